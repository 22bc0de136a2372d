"""Frames that show nothing: drop them, or fill them from their neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from playnano.errors import PlaynanoError, StepError, did_you_mean
from playnano.quality import KEY, bad_frames
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames, Selection
from playnano.stack.metadata import numbered
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, StackStep
from playnano.steps.selecting import Arranged

Bad = Literal["lost", "partial", "blank"]
BadKinds = Annotated[tuple[Bad, ...], Strict(False), Field(min_length=1)]
EVERY_KIND: tuple[Bad, ...] = ("lost", "partial", "blank")


class _Dropping(StackStep):
    """A step that drops frames by what they show."""

    def extent(self, before: Extent) -> Extent:
        return replace(before, at_most=True)

    def bad(self, stack: AFMImageStack) -> Sequence[int]:
        """Numbers of the frames to drop."""
        raise NotImplementedError

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        bad = set(self.bad(stack))
        kept = tuple(index for index in range(len(stack)) if index not in bad)
        if not kept:
            raise StepError(f"no frame would be left of {len(stack)}")
        metadata = [stack.frame_metadata[index] for index in kept]
        return Selection(stack.frames, kept), numbered(metadata, kept)


class DropBadFrames(_Dropping):
    """Drop frames that show nothing of the sample, or by what a step before measured on them.

    A frame is `lost` where the tip had no contact (neighbouring lines have nothing in common), `partial`
    where some lines were not recorded, `blank` where it holds one level only, or nothing but NaN. With
    `column`, frames are dropped by a measured number instead; those without one are kept.
    """

    step: Literal["drop_bad_frames"] = "drop_bad_frames"
    kinds: BadKinds = EVERY_KIND
    """Which frames to drop, where no `column` is given."""
    column: str | None = None
    """Name of a number that a step before measured on every frame, such as `background_rms`."""
    above: float | None = None
    """Drop frames whose number is greater than this; in the unit of the column."""
    below: float | None = None
    """Drop frames whose number is less than this; in the unit of the column."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        limited = self.above is not None or self.below is not None
        if limited != (self.column is not None):
            raise PydanticCustomError("column_limit", "column needs above or below, and they need column")
        return self

    def bad(self, stack: AFMImageStack) -> Sequence[int]:
        if self.column is None:
            return bad_frames(stack.frame_metadata, self.kinds)
        low, high = (np.nan if limit is None else limit for limit in (self.below, self.above))
        values = measured_column(stack, self.column)
        return np.flatnonzero((values < low) | (values > high)).tolist()


class DropBlankFrames(_Dropping):
    """Drop frames that hold one level only, or nothing but NaN."""

    step: Literal["drop_blank_frames"] = "drop_blank_frames"

    def bad(self, stack: AFMImageStack) -> Sequence[int]:
        return bad_frames(stack.frame_metadata, ("blank",))


class InterpolateFrames(StackStep):
    """Fill frames that show nothing from the good frames before and after them.

    Each pixel is interpolated linearly in time between the nearest good frames, by frame numbers where times
    are not known; before the first and after the last good frame, that frame is repeated. Such frames hold
    nothing new: their `quality` becomes `interpolated`.
    """

    step: Literal["interpolate_frames"] = "interpolate_frames"
    kinds: BadKinds = EVERY_KIND
    """Which frames to fill."""

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        filled = set(bad_frames(stack.frame_metadata, self.kinds))
        sources = np.array([i for i in range(len(stack)) if i not in set(bad_frames(stack.frame_metadata))])
        if filled and not sources.size:
            raise StepError("no frame is good: there is nothing to interpolate from")
        mixes = {index: _mix(index, sources, _times(stack)) for index in filled}
        metadata = [
            {**frame, KEY: "interpolated"} if index in filled else frame
            for index, frame in enumerate(stack.frame_metadata)
        ]
        return Interpolated(stack.frames, mixes), metadata


@dataclass(frozen=True)
class Mix:
    """Two frames, and the weight of the second, from 0 to 1."""

    before: int
    after: int
    weight: float


@dataclass(frozen=True, repr=False)
class Interpolated(DerivedFrames):
    """Frames, of which some are mixed of two others."""

    mixes: dict[int, Mix]

    def __getitem__(self, index: int, /) -> Frame:
        mix = self.mixes.get(index)
        if mix is None:
            frame = self.frames[index]
            return Frame(frame.image, frame.mask)
        before = self.frames[mix.before]
        if mix.before == mix.after:
            return Frame(before.image, before.mask)
        after = self.frames[mix.after].image
        return Frame(((1 - mix.weight) * before.image + mix.weight * after).astype(self.dtype, copy=False))


def measured_column(stack: AFMImageStack, name: str) -> NDArray[np.float64]:
    """What the latest step with a column of this name measured, one number per frame; NaN where none.

    Raises
    ------
    PlaynanoError
        Where no step measured it, or frames were dropped since.
    """
    records = [record for record in stack.provenance.all_steps() if name in record.measured]
    if not records:
        names = {column for record in stack.provenance.all_steps() for column in record.measured}
        near = did_you_mean(name, sorted(names))
        raise PlaynanoError(f"no step before measures '{name}'{near} (measured: {', '.join(sorted(names))})")
    values = np.array([np.nan if v is None else v for v in records[-1].measured[name]], float)
    if len(values) != len(stack):
        what = (
            f"'{name}' was measured by {records[-1].name} on {len(values)} frames; now there are {len(stack)}"
        )
        raise PlaynanoError(f"{what}: put drop_bad_frames right after it")
    return values


def _times(stack: AFMImageStack) -> NDArray[np.float64]:
    times = stack.timestamps
    regular = np.isfinite(times).all() and bool(np.all(np.diff(times) > 0))
    return times if regular else np.arange(len(stack), dtype=float)


def _mix(index: int, sources: NDArray[np.int64], times: NDArray[np.float64]) -> Mix:
    place = int(np.searchsorted(sources, index))
    before = int(sources[max(place - 1, 0)])
    after = int(sources[min(place, len(sources) - 1)])
    span = times[after] - times[before]
    return Mix(before, after, float((times[index] - times[before]) / span) if span > 0 else 0.0)
