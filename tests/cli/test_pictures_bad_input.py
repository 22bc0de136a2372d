"""Movies and places of which no picture can be made: one line each, and nothing is written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.exporters import EXPORTS
from playnano.stack.stack import AFMImageStack

KNOWN: dict[str, Any] = {"pixel_size_nm": 5.0, "timestamps": [0.0, 0.5, 1.0]}
HEIGHTS = np.random.default_rng(0).normal(size=(3, 32, 32)).astype(np.float32)
PICTURES = ["gif", "mp4", "avi", "png", "jpg", "montage"]

CANNOT = {
    "all NaN": (
        lambda: AFMImageStack.from_array(np.full_like(HEIGHTS, np.nan), **KNOWN),
        "there is nothing to draw: every pixel of the movie is NaN",
        "",
    ),
    "no pixel size": (
        lambda: AFMImageStack.from_array(HEIGHTS, timestamps=[0.0, 0.5, 1.0]),
        "the pixel size is not known: set `pixel_size_nm` of the input, or `scale_bar: false`",
        " (--pixel-size-nm, --no-scale-bar)",
    ),
    "no times": (
        lambda: AFMImageStack.from_array(HEIGHTS, pixel_size_nm=5.0),
        "the times of the frames are not known: set `frame_interval_s` of the input, or `timestamp: false`",
        " (--frame-interval-s, --no-timestamp)",
    ),
}


def saved(stack: AFMImageStack, folder: Path) -> str:
    EXPORTS["npz"]().write(stack, folder / "movie.npz")
    return "movie.npz"


@pytest.fixture
def uncomputed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is computed: to begin with it fails the test."""

    def begun(*_: object, **__: object) -> None:
        raise AssertionError("frames were computed")

    monkeypatch.setattr("playnano.runner.running.spool", begun)


@pytest.mark.parametrize("case", CANNOT)
def test_movies_that_cannot_be_drawn(playnano, folder: Path, case: str) -> None:
    make, message, flags = CANNOT[case]
    result = playnano("process", saved(make(), folder), "--make-gif")
    assert (result.exit_code, result.stderr) == (1, f"--make-gif: gif: {message} (movie.npz){flags}\n")
    assert not (folder / "output").exists()


@pytest.mark.parametrize("format", PICTURES)
@pytest.mark.parametrize("level", [0.0, 7.0, -1e6])
def test_a_single_frame_and_constant_heights_are_drawn(
    playnano, folder: Path, format: str, level: float
) -> None:
    single = AFMImageStack.from_array(np.full((1, 32, 32), level), pixel_size_nm=5.0, timestamps=[0.0])
    result = playnano("process", saved(single, folder), "--export", format)
    assert result.exit_code == 0, result.stderr
    assert "no frame is good: each is lost, partial or blank" in result.stderr


@pytest.mark.usefixtures("uncomputed")
@pytest.mark.parametrize("format", PICTURES)
@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_folder_that_cannot_be_made(playnano, folder: Path, format: str, place: str) -> None:
    (folder / "taken").write_text("mine", encoding="utf-8")
    result = playnano("process", "movie.asd", "--export", format, "--output-folder", place)
    told = f"error: cannot make the folder {Path(place)}: taken is a file (movie.asd)\n"
    assert (result.exit_code, result.stderr) == (1, told)
    assert (folder / "taken").read_text(encoding="utf-8") == "mine"


def test_a_movie_without_frames(playnano, folder: Path) -> None:
    EXPORTS["npz"]().write(AFMImageStack.from_array(HEIGHTS, **KNOWN).select([]), folder / "movie.npz")
    result = playnano("process", "movie.npz", "--make-gif")
    assert (result.exit_code, result.stderr) == (1, "error: movie.npz: there is no frame in it\n")


CANNOT_BE = {
    "--make-gif --fps 0": "--fps: input should be greater than 0",
    "--make-video --fps -1": "--fps: input should be greater than 0",
    "--make-gif --zmin 5 --zmax 1": "--make-gif: zmin (5) must be less than zmax (1)",
    "--make-sequence --zmin nan": "--zmin: input should be a valid number or 'auto'",
    "--make-gif --cmap nosuch": "--cmap: there is no colormap 'nosuch'",
    "--make-video --cmap virdis": "--cmap: there is no colormap 'virdis'; did you mean 'viridis'?",
    "--make-gif --scale-bar-nm 500": "--make-gif: gif: a scale bar of 500 nm does not fit in a picture "
    "128 nm wide; `scale_bar_nm: 50` does (movie.asd) (--scale-bar-nm)",
}


@pytest.mark.usefixtures("uncomputed")
@pytest.mark.parametrize("flags", CANNOT_BE)
def test_flags_that_cannot_be(playnano, folder: Path, flags: str) -> None:
    result = playnano("process", "movie.asd", *flags.split())
    assert (result.exit_code, result.stderr) == (1, f"{CANNOT_BE[flags]}\n")
    assert not (folder / "output").exists()


@pytest.mark.usefixtures("uncomputed")
@pytest.mark.parametrize("case", ["no pixel size", "no times"])
def test_what_is_not_known_is_told_before_the_movie_is_computed(playnano, folder: Path, case: str) -> None:
    make, message, flags = CANNOT[case]
    result = playnano("process", saved(make(), folder), "--make-video", "--processing", "remove_plane")
    assert (result.exit_code, result.stderr) == (1, f"--make-video: mp4: {message} (movie.npz){flags}\n")


@pytest.mark.usefixtures("uncomputed")
def test_the_fixture_sees_what_is_computed(playnano, folder: Path) -> None:
    result = playnano("process", "movie.asd", "--make-gif", "--no-scale-bar")
    assert result.exit_code == 3
    assert "frames were computed" in result.stderr
