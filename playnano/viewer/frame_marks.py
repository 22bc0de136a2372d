"""Frames that the page marks on its bar of all frames: known without reading one."""

from bisect import bisect
from collections.abc import Iterator

import numpy as np

from playnano.stack.frame_columns import LOW_CONFIDENCE, frame_columns
from playnano.stack.metadata import frame_numbers
from playnano.stack.numbering import table_numbers
from playnano.stack.stack import AFMImageStack


def frame_marks(stack: AFMImageStack) -> dict[str, list[int]]:
    """Places of frames that are blank by the file, not found by a step, or aligned with low confidence."""
    marks: dict[str, set[int]] = {}
    blank = [place for place, frame in enumerate(stack.frame_metadata) if frame.get("blank")]
    for kind, places in (("blank", blank), *_alignment_marks(stack)):
        marks.setdefault(kind, set()).update(places)
    return {kind: sorted(places) for kind, places in marks.items() if places}


def _alignment_marks(stack: AFMImageStack) -> Iterator[tuple[str, list[int]]]:
    for column in frame_columns(stack):
        if column.name == "found":
            yield "not found", np.flatnonzero(column.values == 0).tolist()
        if column.name == "confidence":
            low = (column.values > 0) & (column.values < LOW_CONFIDENCE)
            yield "low confidence", np.flatnonzero(low).tolist()


def dropped_frames(stack: AFMImageStack, read: AFMImageStack) -> list[tuple[int, int]]:
    """Of each frame dropped since the movie was read, the place that follows it and its number.

    Empty where the frames are not in order.
    """
    numbers = frame_numbers(stack.frame_metadata) or tuple(range(len(stack)))
    if list(numbers) != sorted(numbers):
        return []
    dropped = sorted(set(frame_numbers(read.frame_metadata)) - set(numbers))
    return [(bisect(numbers, number), number) for number in dropped]


def shown_numbers(stack: AFMImageStack) -> list[int] | None:
    """Number of each frame as tables have it; None where it is the place."""
    numbers = table_numbers(stack)
    return None if (numbers == np.arange(len(stack))).all() else list(map(int, numbers))


def numbers_as_read(stack: AFMImageStack) -> list[int] | None:
    """Number of each frame in the movie as it was read, by which frames of two layers are paired.

    None where it is the place.
    """
    numbers = frame_numbers(stack.frame_metadata)
    return None if numbers == tuple(range(len(stack))) else list(numbers)
