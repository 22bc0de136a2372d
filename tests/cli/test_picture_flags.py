"""Pictures by flags."""

import json
from pathlib import Path

import pytest
from PIL import Image

from playnano import read_recipe


def test_a_gif_with_the_flags_that_say_how_it_looks(playnano, folder: Path) -> None:
    line = "process movie.asd --processing remove_plane --make-gif --cmap viridis --zmin -1 --zmax auto"
    result = playnano(*line.split(), "--scale-bar-nm", "20", "--fps", "10", "--output-name", "my_video")
    assert result.exit_code == 0, result.output
    with Image.open(folder / "output/my_video_filtered.gif") as gif:
        assert (gif.n_frames, gif.info["duration"]) == (4, 100)
    side = json.loads((folder / "output/my_video_filtered.gif.provenance.json").read_text(encoding="utf-8"))
    assert side["picture"]["cmap"] == "viridis"
    assert side["picture"]["zmin"] == -1
    assert side["picture"]["scale_bar"]["nm"] == 20
    assert [record["step"] for record in side["provenance"]["steps"]] == ["remove_plane"]


def test_the_flags_stand_for_a_recipe(playnano, folder: Path) -> None:
    flags = "--make-gif --export npz --no-timestamp --no-scale-bar --colour-bar --zmin -2 --fps 4"
    printed = playnano("process", "movie.asd", *flags.split(), "--print-recipe").stdout
    gif, npz = read_recipe(printed).exports
    assert (gif.format, npz.format) == ("gif", "npz")
    assert (gif.timestamp, gif.scale_bar, gif.colour_bar, gif.zmin, gif.fps) == (False, False, True, -2, 4)


def test_a_movie_that_nothing_has_levelled_gets_a_hint_once(playnano, folder: Path) -> None:
    result = playnano("process", "movie.asd", "--make-gif", "--no-scale-bar")
    assert result.stderr.count("quicklook") == 1
    levelled = playnano("process", "movie.asd", "--make-gif", "--no-scale-bar", "--processing", "zero_mean")
    assert "quicklook" not in levelled.stderr


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        ("--make-gif --fps 0", 1, "--fps: input should be greater than 0"),
        ("--make-gif --fps fast", 1, "--fps: input should be a valid number"),
        ("--make-gif --zmin 5 --zmax 1", 1, "--make-gif: zmin (5) must be less than zmax (1)"),
        ("--make-gif --zmin low", 1, "--zmin: input should be a valid number or 'auto'"),
        (
            "--make-gif --cmap afm_brwn",
            1,
            "--cmap: there is no colormap 'afm_brwn'; did you mean 'afm_brown'?",
        ),
        ("--make-gif --scale-bar-nm -3", 1, "--scale-bar-nm: input should be greater than 0"),
        ("--export npz --cmap viridis", 2, "--cmap is for pictures: add --make-gif"),
        ("--export npz --fps 3", 2, "--fps is for GIF or video: add --make-gif or --make-video"),
    ],
)
def test_bad_input_is_one_line_that_names_the_flag(
    playnano, folder: Path, flags: str, code: int, message: str
) -> None:
    result = playnano("process", "movie.asd", *flags.split())
    assert result.exit_code == code
    assert result.stderr.removeprefix("error: ").splitlines() == [message]
    assert not (folder / "output").exists()


def test_a_scale_bar_longer_than_the_picture_names_one_that_fits(playnano, folder: Path) -> None:
    result = playnano("process", "movie.asd", "--make-gif", "--scale-bar-nm", "5000")
    assert result.exit_code == 1
    assert "does not fit" in result.stderr
    assert "--scale-bar-nm" in result.stderr
    assert not (folder / "output").exists()
