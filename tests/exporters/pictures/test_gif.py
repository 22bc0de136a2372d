"""GIF, judged by Pillow's own decoder."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from playnano.errors import PlaynanoError
from playnano.exporters.pictures.gif import GifExport, ticks
from playnano.rendering.pictures import pictures
from playnano.runner.writing import PlannedFile, write_exports
from playnano.stack.stack import AFMImageStack


def gif(stack: AFMImageStack, folder: Path, threads: int = 1, **settings: object) -> Path:
    export = GifExport(**{"min_height": 16, "scale_bar": False, **settings})
    return write_exports(stack, [PlannedFile(export, folder / "movie.gif")], threads=threads).outputs[0]


def decoded(path: Path) -> tuple[list[np.ndarray], list[int]]:
    images, durations = [], []
    with Image.open(path) as movie:
        for index in range(movie.n_frames):
            movie.seek(index)
            images.append(np.asarray(movie.convert("RGB")))
            durations.append(movie.info["duration"])
    return images, durations


def test_every_pixel_has_the_colour_it_was_given(movie: AFMImageStack, tmp_path: Path) -> None:
    data = movie.data.copy()
    data[1, 3:5, 6:9] = np.nan
    stack = AFMImageStack.from_array(data, pixel_size_nm=2.0, timestamps=list(movie.timestamps))
    images, _ = decoded(gif(stack, tmp_path))
    shown = pictures(stack, GifExport(min_height=16, scale_bar=False), fps=5.0)
    for index, image in enumerate(images):
        np.testing.assert_array_equal(image, shown.palette[shown[index]])


def test_there_is_one_palette(movie: AFMImageStack, tmp_path: Path) -> None:
    content = gif(movie, tmp_path).read_bytes()
    blocks = [content[at : at + 10] for at in range(len(content)) if content[at : at + 5] == b",\0\0\0\0"]
    assert len(blocks) == 6
    assert all(block[9] & 0x80 == 0 for block in blocks), "a frame has a palette of its own"


def test_equal_frames_stay_frames(tmp_path: Path) -> None:
    still = AFMImageStack.from_array(
        np.repeat(np.arange(600.0).reshape(1, 20, 30), 5, 0), timestamps=range(5)
    )
    images, durations = decoded(gif(still, tmp_path, timestamp=False))
    assert len(images) == len(durations) == 5


@given(st.lists(st.floats(0.02, 3), min_size=1, max_size=200))
def test_the_total_time_is_exact_to_a_tick(durations: list[float]) -> None:
    given_ticks = ticks(np.array(durations))
    assert abs(given_ticks.sum() - sum(durations) * 100) <= 1.5
    assert given_ticks.min() >= 2


def test_seven_frames_a_second_are_rounded_with_the_rest_carried_over(
    movie: AFMImageStack, tmp_path: Path
) -> None:
    _, durations = decoded(gif(movie, tmp_path, fps=7.0))
    assert durations == [140, 150, 140, 140, 140, 150]


def test_real_time_is_the_movies_own(movie: AFMImageStack, tmp_path: Path) -> None:
    times = [0.0, 0.5, 1.5, 1.6, 2.6, 3.1]
    metadata = [{**m, "timestamp": t} for m, t in zip(movie.frame_metadata, times, strict=True)]
    irregular = replace(movie, frame_metadata=tuple(metadata))
    _, durations = decoded(gif(irregular, tmp_path, timing="real", speed=2.0))
    assert durations == [250, 500, 50, 500, 250, 250]


def test_too_fast_is_said_aloud(movie: AFMImageStack, tmp_path: Path) -> None:
    export = GifExport(fps=200.0, min_height=16, scale_bar=False)
    done = write_exports(movie, [PlannedFile(export, tmp_path / "fast.gif")])
    assert (
        done.notes[-1]
        == "fast.gif: a GIF's frames last 0.02 s to 655.35 s: the movie takes 0.12 s, not 0.03 s"
    )


@pytest.mark.parametrize(("loop", "info"), [(0, 0), (1, None), (3, 2)])
def test_how_often_it_plays(movie: AFMImageStack, tmp_path: Path, loop: int, info: int | None) -> None:
    with Image.open(gif(movie, tmp_path, loop=loop)) as image:
        assert image.info.get("loop") == info


def test_the_same_bytes_whatever_the_number_of_threads(
    movie: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    (tmp_path / "one").mkdir()
    (tmp_path / "three").mkdir()
    one, three = gif(movie, tmp_path / "one"), gif(movie, tmp_path / "three", threads=3)
    assert one.read_bytes() == three.read_bytes()


def test_times_beside_it(movie: AFMImageStack, tmp_path: Path) -> None:
    path = gif(movie.apply("drop_frames", indices_to_drop=[1]), tmp_path, times_csv=True)
    lines = path.with_name("movie.gif.times.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["frame,time_s,duration_s", "0,0.0,", "1,1.0,"]
    side = json.loads(path.with_name("movie.gif.provenance.json").read_text(encoding="utf-8"))
    assert side["file"] == "movie.gif"
    assert side["provenance"]["run"]["outputs"] == ["movie.gif"]


@pytest.mark.parametrize(
    ("stack", "settings", "message"),
    [
        (AFMImageStack.from_array(np.zeros((2, 8, 8))), {}, "timestamp: false"),
        (
            AFMImageStack.from_array(np.zeros((2, 8, 8)), timestamps=[0, 1]),
            {"scale_bar": True},
            "scale_bar: false",
        ),
        (
            AFMImageStack.from_array(np.zeros((2, 8, 8))),
            {"timestamp": False, "timing": "real"},
            "timing: fps",
        ),
        (AFMImageStack.from_array(np.full((2, 8, 8), np.nan)), {"timestamp": False}, "NaN"),
    ],
)
def test_what_cannot_be_drawn(stack: AFMImageStack, settings: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(PlaynanoError, match=message):
        gif(stack, tmp_path, **settings)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("level", [0.0, 5.0])
def test_constant_heights_and_a_single_frame_are_drawn(level: float, tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(np.full((1, 8, 8), level), timestamps=[0.0])
    assert len(decoded(gif(stack, tmp_path, timestamp=False))[0]) == 1
