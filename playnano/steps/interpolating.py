"""Frames that show nothing, or are missing: interpolated from their neighbours in time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playnano.errors import StepError
from playnano.quality import KEY, bad_frames, judging, numbered
from playnano.stack.chain import Maker
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.stack.metadata import FrameMetadata, frame_numbers, without_quality
from playnano.stack.metadata import numbered as with_numbers
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, StackStep
from playnano.steps.frame_quality import EVERY_KIND, BadKinds
from playnano.steps.selecting import Arranged

Times = NDArray[np.float64]

GAP = 1.5
"""Frames this many median intervals apart have others missing between them."""


class InterpolateFrames(StackStep):
    """Fill frames that show nothing, or are missing, from the good frames before and after them.

    Each pixel is interpolated linearly in time between the nearest good frames, by frame numbers where times
    are not known; before the first and after the last good frame, that frame is repeated. Such frames hold
    nothing new: their `quality` becomes `interpolated`.

    With `fill_gaps`, frames are inserted too where the times of two frames lie 1.5 median intervals or more
    apart: as many as make the intervals about even. They get the metadata of the frame before the gap, and
    the run says where they are.
    """

    step: Literal["interpolate_frames"] = "interpolate_frames"
    kinds: BadKinds = EVERY_KIND
    """Which frames to fill."""
    fill_gaps: bool = False
    """Whether to insert frames where the times show that some are missing."""

    def extent(self, before: Extent) -> Extent:
        return replace(before, at_least=True) if self.fill_gaps else before

    def apply(self, stack: AFMImageStack) -> AFMImageStack:
        stack = spool(judging(stack))  # nothing to do where the runner has done it
        frames, metadata = self.rearranged(stack)
        notes = self._notes(stack)
        record = self._new_record(stack).model_copy(update={"notes": list(notes)})
        after = stack.made_of(frames, metadata, Maker(record.name, len(stack.provenance.steps)), record)
        return replace(after, warnings=(*stack.warnings, *(f"{record.name}: {note}" for note in notes)))

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        filled = set(bad_frames(stack.frame_metadata, self.kinds))
        bad = set(bad_frames(stack.frame_metadata))
        sources = np.array([i for i in range(len(stack)) if i not in bad])
        inserted = self._inserted(stack)
        if (filled or inserted.any()) and not sources.size:
            raise StepError("no frame is good: there is nothing to interpolate from")
        places = _with_inserted(inserted)
        times = _times(stack)
        mixes = tuple(
            _mix(place, sources, times) if place % 1 or int(place) in filled else Mix(int(place), int(place))
            for place in places
        )
        return Interpolated(stack.frames, mixes), _metadata(stack, places, filled)

    def _inserted(self, stack: AFMImageStack) -> NDArray[np.int64]:
        """How many frames are missing after each frame; (frames,).

        Raises
        ------
        StepError
            Where times do not tell, or the gaps are longer than the movie.
        """
        missing = np.zeros(len(stack), np.int64)
        if not self.fill_gaps or len(stack) < 2:
            return missing
        intervals = np.diff(stack.timestamps)
        if not (np.isfinite(intervals).all() and (intervals > 0).all()):
            raise StepError("fill_gaps needs the times of the frames, and they are not known or do not rise")
        parts = intervals / float(np.median(intervals))
        count = float(np.sum(np.rint(parts[parts >= GAP]) - 1))
        if count > len(stack):
            raise StepError(
                f"fill_gaps: {count:.0f} frames would be inserted, more than the movie's {len(stack)}; "
                "cut the movie where it pauses (drop_frame_range)"
            )
        missing[:-1] = np.where(parts >= GAP, np.rint(parts) - 1, 0)
        return missing

    def _notes(self, stack: AFMImageStack) -> tuple[str, ...]:
        inserted = self._inserted(stack)
        count = int(inserted.sum())
        if not count:
            return ()
        names = frame_numbers(stack.frame_metadata)
        which = numbered([names[index] for index in np.flatnonzero(inserted)])
        what = "frame is" if count == 1 else "frames are"
        return (f"{count} {what} inserted where times show a gap (after {which})",)


@dataclass(frozen=True)
class Mix:
    """Two frames, and the weight of the second, from 0 to 1."""

    before: int
    after: int
    weight: float = 0.0


@dataclass(frozen=True, repr=False)
class Interpolated(DerivedFrames):
    """Frames, of which some are mixed of two others."""

    mixes: tuple[Mix, ...]
    """What each frame is made of; one frame twice is that frame."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""
        return len(self.mixes), *self.frames.shape[1:]

    def __getitem__(self, index: int, /) -> Frame:
        mix = self.mixes[index]
        before = self.frames[mix.before]
        if mix.before == mix.after:
            return Frame(before.image, before.mask)
        after = self.frames[mix.after].image
        return Frame(((1 - mix.weight) * before.image + mix.weight * after).astype(self.dtype, copy=False))


def _with_inserted(inserted: NDArray[np.int64]) -> list[float]:
    """Numbers of all frames in those that were there: that of one inserted lies between two of them."""
    return [
        float(index + part)
        for index, count in enumerate(inserted)
        for part in np.arange(count + 1) / (count + 1)
    ]


def _metadata(stack: AFMImageStack, places: Sequence[float], filled: set[int]) -> list[FrameMetadata]:
    frames: Sequence[FrameMetadata] = stack.frame_metadata
    if len(places) == len(frames):
        return [{**one, KEY: "interpolated"} if i in filled else one for i, one in enumerate(frames)]
    times = np.interp(places, np.arange(len(frames)), stack.timestamps)
    frames = with_numbers(frames, range(len(frames)))
    plain = without_quality(frames)
    return [
        {**plain[int(place)], KEY: "interpolated", "timestamp": round(float(time), 9)}
        if place % 1
        else {**frames[int(place)], KEY: "interpolated"}
        if int(place) in filled
        else frames[int(place)]
        for place, time in zip(places, times, strict=True)
    ]


def _times(stack: AFMImageStack) -> Times:
    times = stack.timestamps
    regular = np.isfinite(times).all() and bool(np.all(np.diff(times) > 0))
    return times if regular else np.arange(len(stack), dtype=float)


def _mix(place: float, sources: NDArray[np.int64], times: Times) -> Mix:
    """What a frame is made of whose number, or place between two numbers, this is."""
    at = int(np.searchsorted(sources, place))
    before = int(sources[max(at - 1, 0)])
    after = int(sources[min(at, len(sources) - 1)])
    span = times[after] - times[before]
    time = float(np.interp(place, np.arange(len(times)), times))
    return Mix(before, after, float((time - times[before]) / span) if span > 0 else 0.0)
