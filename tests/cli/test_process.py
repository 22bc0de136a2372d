"""`playnano process`: a recipe from flags."""

from pathlib import Path

import pytest

from playnano import load, read_recipe

STEPS = "remove_plane; mask_threshold:threshold=1,name=blobs; drop_frames:indices_to_drop=[1,2]"


def test_formats_stand_apart_or_together(playnano, folder: Path) -> None:
    assert playnano("process", "movie.asd", "--processing", STEPS, "--export", "npz", "hdf5").exit_code == 0
    stack = load(folder / "output/movie_filtered.h5")
    assert len(stack) == 2
    assert list(stack.masks) == ["blobs"]
    assert (folder / "output/movie_filtered.npz").exists()
    line = "process --export npz,h5 --export h5 movie.asd --output-name again"
    assert playnano(*line.split()).exit_code == 0
    assert {path.name for path in (folder / "output").glob("again*")} == {"again.npz", "again.h5"}


def test_raw_is_set_on_every_export(playnano, folder: Path) -> None:
    result = playnano("process", "movie.asd", "--processing", STEPS, "--export", "npz", "h5", "--raw")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (folder / "output").iterdir()} == {"movie_raw.npz", "movie_raw.h5"}
    assert len(load(folder / "output/movie_raw.npz")) == 4


def test_what_the_user_knows_better_than_the_file(playnano, folder: Path) -> None:
    flags = "--unit nm --pixel-size-nm 2.5,2 --frame-interval-s 1e-1 --channel TP --reader asd --strict"
    result = playnano("process", "movie.asd", "--export", "npz", *flags.split())
    assert result.exit_code == 0, result.output
    stack = load(folder / "output/movie.npz")
    assert (stack.unit, stack.pixel_size_y_nm, stack.pixel_size_nm) == ("nm", 2.5, 2.0)
    assert stack.timestamps.tolist() == pytest.approx([0, 0.1, 0.2, 0.3])


def test_the_recipe_printed_is_the_recipe_run(playnano, folder: Path) -> None:
    flags = [
        "process",
        "movie.asd",
        "--processing",
        STEPS,
        "--export",
        "hdf5",
        "--set",
        "exports.1.layers=none",
    ]
    printed = playnano(*flags, "--print-recipe", "--output-folder", "out")
    assert printed.exit_code == 0
    assert not (folder / "out").exists()
    assert read_recipe(printed.stdout).input.path == "movie.asd"
    (folder / "printed.yaml").write_text(printed.stdout, encoding="utf-8")
    assert playnano(*flags).exit_code == 0
    assert playnano("run", "printed.yaml").exit_code == 0
    by_flags, by_recipe = (
        load(folder / place / "movie_filtered.h5").provenance for place in ("output", "out")
    )
    assert by_flags.history[-1].steps == by_recipe.history[-1].steps


def test_a_saved_recipe_finds_its_movie(playnano, folder: Path) -> None:
    line = "process movie.asd --export npz --processing zero_mean --save-recipe recipes/mine.yaml"
    assert playnano(*line.split()).exit_code == 0
    assert "path: ../movie.asd" in (folder / "recipes/mine.yaml").read_text(encoding="utf-8")
    assert playnano("run", "recipes/mine.yaml", "--overwrite").exit_code == 0
    refused = playnano(*line.split(), "--output-name", "other")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "error: recipes/mine.yaml exists; set `overwrite` to replace it (--overwrite)\n",
    )
    assert not (folder / "output/other_filtered.npz").exists()


def test_a_recipe_can_be_saved_without_a_run(playnano, folder: Path) -> None:
    assert (
        playnano("process", "movie.asd", "--processing", "zero_mean", "--save-recipe", "mine.yaml").exit_code
        == 0
    )
    assert read_recipe((folder / "mine.yaml").read_text(encoding="utf-8")).steps[0].step == "zero_mean"
    assert not (folder / "output").exists()


def test_a_recipe_of_several_movies_names_none(playnano) -> None:
    printed = playnano("process", "movie.asd", "other.asd", "--export", "npz", "--print-recipe")
    assert "input" not in printed.stdout


def test_nothing_to_write_is_wrong_usage(playnano) -> None:
    result = playnano("process", "movie.asd", "--processing", "zero_mean")
    assert result.exit_code == 2
    assert result.stderr.startswith('error: nothing to write: add for example "--make-gif"')


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ["--processing", "zero_mean; gausian_filter:sigma=2"],
            "--processing:1:12: there is no step 'gausian_filter'; did you mean 'gaussian_filter'?\n"
            "    1 | zero_mean; gausian_filter:sigma=2\n"
            "                   ^\n",
        ),
        (
            ["--processing", "gaussian_filter:sigma=-1,sgma=3"],
            "--processing:1:23: sigma: input should be greater than 0\n"
            "    1 | gaussian_filter:sigma=-1,sgma=3\n"
            "                              ^\n"
            "--processing:1:26: 'sgma' is not a parameter of gaussian_filter (it takes: sigma)\n"
            "    1 | gaussian_filter:sigma=-1,sgma=3\n"
            "                                 ^\n",
        ),
        (["--processing", "drop_frames"], "--processing:1:1: 'indices_to_drop' is missing\n"),
        (["--processing", "zero_mean; drop_frames:indices_to_drop=[9]"], "--processing:1:12: drop_frames: "),
        (["--export", "np"], "--export np: there is no export format 'np'; did you mean 'npz'?\n"),
        (["--pixel-size-nm", "-1"], "--pixel-size-nm: "),
        (["--pixel-size-nm", "x"], "--pixel-size-nm: "),
        (["--frame-interval-s", "a minute"], "--frame-interval-s: "),
        (["--reader", "asf"], "--reader: there is no reader 'asf'"),
        (["--channel", "XX"], "error: movie.asd: "),
    ],
)
def test_errors_name_the_flag(playnano, folder: Path, flags: list[str], message: str) -> None:
    result = playnano("process", "movie.asd", "--export", "h5", *flags)
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith(message)
    assert not (folder / "output").exists()


def test_a_file_called_like_a_format(playnano, folder: Path) -> None:
    (folder / "npz").write_bytes((folder / "movie.asd").read_bytes())
    assert playnano("process", "--export", "h5", "./npz", "--reader", "asd").exit_code == 0
    assert playnano("process", "--export", "h5", "--reader", "asd", "--overwrite", "--", "npz").exit_code == 0
    assert playnano("process", "--export", "h5", "npz").exit_code == 2
