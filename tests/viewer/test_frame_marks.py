"""Frames that the bar of all frames marks."""

from dataclasses import replace

import numpy as np

from playnano import AFMImageStack
from playnano.viewer.frame_marks import dropped_frames, frame_marks, shown_numbers


def movie() -> AFMImageStack:
    frames = np.random.default_rng(4).normal(size=(6, 8, 8)).astype(np.float32)
    return AFMImageStack.from_array(frames, pixel_size_nm=1.0)


def test_frames_that_were_dropped_are_named_at_their_place() -> None:
    read = movie()
    kept = read.apply("drop_frames", indices_to_drop=[0, 3, 5])
    assert dropped_frames(kept, read) == [(0, 0), (2, 3), (3, 5)]
    assert shown_numbers(kept) == [1, 2, 4]
    assert (dropped_frames(read, read), shown_numbers(read)) == ([], None)
    assert dropped_frames(read.apply("select_frames", keep_indices=[4, 1]), read) == []


def test_alignments_that_are_not_sure_are_marked() -> None:
    stack = movie().apply("zero_median")
    measured = {"found": [1, 1, 0, 1, 1, 1], "confidence": [0.9, 0.29, 0.0, 0.3, None, 0.1]}
    record = stack.provenance.steps[0].model_copy(update={"measured": measured})
    provenance = stack.provenance.model_copy(update={"steps": (record,)})
    assert frame_marks(replace(stack, provenance=provenance)) == {"low confidence": [1, 5], "not found": [2]}
