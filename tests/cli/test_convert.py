"""`playnano convert`: any readable to any writable."""

from pathlib import Path

import numpy as np
import pytest

from playnano import load


def test_a_movie_in_another_format(playnano, folder: Path) -> None:
    result = playnano("convert", "movie.asd", "made/copy.ome.tif")
    assert result.exit_code == 0
    assert (folder / "made" / "copy.ome.tif").exists()
    assert np.array_equal(load("made/copy.ome.tif").data, load("movie.asd").data)


def test_a_folder_of_pictures(playnano, folder: Path) -> None:
    assert playnano("convert", "movie.asd", "frames", "--to", "png").exit_code == 0
    assert len(list((folder / "frames").glob("frames_*.png"))) == 4


def test_layers_go_along(playnano, folder: Path) -> None:
    playnano("run", "recipe.yaml", "movie.asd", "-q")
    assert playnano("convert", "output/movie_filtered.npz", "b.h5").exit_code == 0
    assert list(load("b.h5").processed) == ["raw", "step_1_remove_plane", "step_2_gaussian_filter"]


def test_what_the_user_says_is_in_the_provenance(playnano, folder: Path) -> None:
    said = ("--pixel-size-nm", "2x1", "--frame-interval-s", "0.25", "--unit", "V", "--frames", "1:3")
    assert playnano("convert", "movie.asd", "a.npz", *said).exit_code == 0
    read = load("a.npz")
    assert (read.pixel_size_y_nm, read.pixel_size_nm, read.unit, len(read)) == (2.0, 1.0, "V", 2)
    assert read.timestamps.tolist() == [0.25, 0.5]
    assert read.provenance.history[0].input is not None
    assert read.provenance.history[0].input.overrides == {
        "unit": "V",
        "pixel_size_nm": [2.0, 1.0],
        "frame_interval_s": 0.25,
        "frames": "1:3",
    }


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (("movie.asd", "a.xyz"), 2, "error: a.xyz: its extension does not determine a format ("),
        (("movie.asd", ".npz"), 2, "error: .npz: npz writes names that end in .npz\n"),
        (("movie.asd", "a.gif", "--to", "npz"), 2, "error: a.gif: npz writes names that end in .npz\n"),
        (("movie.asd", "a", "--to", "pgn"), 1, "error: there is no export format 'pgn'; did you mean 'png'?"),
        (("gone.asd", "a.npz"), 1, "error: gone.asd: there is no such file\n"),
        (("movie.asd", "a.npz", "--frames", "9:"), 1, "error: "),
        (("recipe.yaml", "a.npz"), 1, "error: recipe.yaml: no reader knows this file; "),
        (("movie.asd", "movie.asd/a.npz"), 1, "error: cannot make the folder movie.asd: "),
    ],
)
def test_bad_input_is_told_in_one_line(playnano, folder: Path, argv, code: int, told: str) -> None:
    before = sorted(folder.iterdir())
    result = playnano("convert", *argv)
    assert (result.exit_code, result.stderr[: len(told)]) == (code, told)
    assert result.stderr.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_nothing_is_overwritten_unasked(playnano, folder: Path) -> None:
    (folder / "a.npz").write_bytes(b"mine")
    result = playnano("convert", "movie.asd", "a.npz")
    assert result.exit_code == 1
    assert (folder / "a.npz").read_bytes() == b"mine"
    assert playnano("convert", "movie.asd", "a.npz", "--overwrite").exit_code == 0
    assert len(load("a.npz")) == 4


def test_a_zarr_is_called_without_its_endings(playnano, folder: Path) -> None:
    assert playnano("convert", "movie.asd", "run_0.5nm.ome.zarr").exit_code == 0
    assert playnano("process", "run_0.5nm.ome.zarr", "--export", "npz").exit_code == 0
    assert (folder / "output" / "run_0.5nm.npz").exists()


@pytest.mark.parametrize("ending", ["gsf", "png"])
def test_a_folder_with_files_of_others_is_not_overwritten(playnano, folder: Path, ending: str) -> None:
    frames, to = folder / "kk", ("--to", ending, "--overwrite")
    assert playnano("convert", "movie.asd", "kk", *to).exit_code == 0
    assert playnano("convert", "movie.asd", "kk", *to, "--frames", "0:2").exit_code == 0
    assert len(list(frames.iterdir())) == 2
    for number in range(2, 7):
        (frames / f"kk_{number:04d}.{ending}").write_bytes(b"mine")
    result = playnano("convert", "movie.asd", "kk", *to)
    assert result.exit_code == 1
    which = ", ".join(f"kk_{number:04d}.{ending}" for number in (2, 3, 4))
    assert (
        f"kk holds files that playnano did not write ({which} and 2 more); choose another name"
        in result.stderr
    )
    assert [file.read_bytes() for file in sorted(frames.iterdir())[2:]] == [b"mine"] * 5
