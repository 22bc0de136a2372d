import hashlib
import os
from io import FileIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from playnano.errors import StepError
from playnano.kernels.quality import SAMPLE_FRAMES
from playnano.quality import judged, judging
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run
from playnano.stack.frames import Frame
from playnano.stack.lazy import ReadFrames
from playnano.stack.parallel import ahead
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import FrameStep


class ShortReads(FileIO):
    """A file that gives a few bytes at a time, as systems do of 2 GB and more."""

    def readinto(self, buffer: Any) -> int:
        return super().readinto(memoryview(buffer)[:100])


class FailsAtThree(FrameStep):
    """Fails where the frame's mean is above 3."""

    step: Literal["fails"] = "fails"

    def process(self, frame: Frame) -> Frame:
        if frame.image.mean() > 3:
            raise ValueError("too high")
        return frame


class Halves(FrameStep):
    """Breaks the rule that a frame step keeps the shape."""

    step: Literal["halves"] = "halves"

    def process(self, frame: Frame) -> Frame:
        return frame.with_image(frame.image[::2])


def test_a_run_reads_and_judges_every_frame_once() -> None:
    read: list[int] = []

    def frame(index: int) -> np.ndarray:
        read.append(index)
        return np.full((4, 5), index, np.float32)

    stack = AFMImageStack(ReadFrames(frame, (7, 4, 5)), "height", "nm", frame_metadata=({},) * 7)
    recipe = read_recipe("version: 1\nsteps: [{step: zero_mean}, {step: gaussian_filter}]\nexports: []\n")
    done = run(recipe, stack, threads=2)
    np.asarray(done.processed["step_1_zero_mean"])
    assert sorted(read) == list(range(7))
    assert {frame["quality"] for frame in done.frame_metadata} == {"blank"}


def test_judging_reads_nothing_until_a_frame_is_asked_for() -> None:
    read: list[int] = []
    scene = np.random.default_rng(0).normal(size=(12, 16)).astype(np.float32)

    def frame(index: int) -> np.ndarray:
        read.append(index)
        return scene if index != 150 else np.full_like(scene, 2.0)

    stack = AFMImageStack(ReadFrames(frame, (200, 12, 16)), "height", "nm", frame_metadata=({},) * 200)
    levelled = stack.apply("remove_plane")
    assert read == []
    assert not np.array_equal(levelled[0], scene)
    assert len(read) <= 1 + SAMPLE_FRAMES
    np.testing.assert_array_equal(levelled[150], stack[150])
    np.testing.assert_array_equal(levelled[140:160].apply("zero_mean").apply("remove_plane")[10], stack[150])


def test_judging_can_be_cancelled_where_progress_is_reported(movie: AFMImageStack) -> None:
    class CancelledError(Exception): ...

    def cancel(done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        spool(judging(movie), progress=cancel)
    with pytest.raises(CancelledError):
        judged(spool(movie), progress=cancel)


def test_records_are_completed_with_the_hash_of_what_was_stored(movie: AFMImageStack) -> None:
    done = spool(movie.apply("remove_plane").apply("mask_threshold", threshold=1.0))
    plane, mask = done.provenance.steps
    assert (
        plane.sha256
        == hashlib.sha256(np.asarray(done.processed[plane.name]).astype("<f4").tobytes()).hexdigest()
    )
    assert mask.sha256 == hashlib.sha256(np.asarray(done.masks[mask.name]).tobytes()).hexdigest()
    assert len(plane.measured["tilt_x"]) == len(movie)


def test_the_result_is_stored_once(movie: AFMImageStack) -> None:
    done = spool(movie.apply("remove_plane").apply("mask_threshold", threshold=1.0))
    assert done.frames.images is done.processed["step_1_remove_plane"]


def test_layers_that_are_not_kept_are_hashed_all_the_same(movie: AFMImageStack) -> None:
    all_layers = spool(movie.apply("remove_plane").apply("zero_mean"))
    none = spool(movie.apply("remove_plane").apply("zero_mean"), keep=lambda name: False)
    assert none.processed == {}
    assert none.provenance.steps == all_layers.provenance.steps
    np.testing.assert_array_equal(none.data, all_layers.data)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_do_not_depend_on_threads(movie: AFMImageStack, threads: int) -> None:
    lazy = movie.apply("remove_plane").apply("row_median_align").apply("polynomial_flatten")
    assert spool(lazy, threads=threads).provenance.steps == spool(lazy).provenance.steps


def test_a_mask_that_starts_late_is_false_before(movie: AFMImageStack) -> None:
    stack = spool(movie.apply("mask_threshold", threshold=6.0))
    masks = [stack.frames[index].mask for index in range(6)]
    np.testing.assert_array_equal(masks, movie.data > 6)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_step_that_fails_names_itself_and_the_frame(
    movie: AFMImageStack, threads: int, tmp_path: Path
) -> None:
    stack = FailsAtThree().apply(movie.apply("vertical_flip"))
    with pytest.raises(StepError, match="step_2_fails failed on frame 3: ValueError: too high") as caught:
        spool(stack, Scratch(tmp_path), threads=threads)
    assert caught.value.position == 1


def test_a_frame_step_that_changes_the_shape_is_refused(movie: AFMImageStack) -> None:
    with pytest.raises(
        StepError, match=r"step_1_halves gave an image of shape \(12, 32\) for one of \(24, 32\) on frame 0"
    ):
        spool(Halves().apply(movie))


def test_scratch_goes_with_the_stack_that_reads_it(movie: AFMImageStack, tmp_path: Path) -> None:
    stack = spool(movie.apply("zero_mean"), Scratch(tmp_path))
    assert list(tmp_path.iterdir())
    np.asarray(stack.processed["raw"])
    del stack
    assert not list(tmp_path.iterdir())


def test_only_a_few_frames_are_computed_ahead() -> None:
    started: list[int] = []
    for result in ahead(lambda item: started.append(item) or item, range(100), 2):
        assert max(started) - result <= 4
    assert sorted(started) == list(range(100))


def test_frames_are_read_from_scratch_files_whole(
    movie: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled = spool(movie, Scratch(tmp_path))
    with monkeypatch.context() as short:
        short.setattr(Path, "open", lambda path, *args, **more: ShortReads(path))
        np.testing.assert_array_equal(spooled.data, movie.data)
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        os.truncate(file, file.stat().st_size - 1)
    with pytest.raises(OSError, match="cut short"):
        spooled[len(movie) - 1]
