"""Frames that show nothing, or by what was measured on them: drop them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, Strict, model_validator

from playnano.errors import PlaynanoError, StepError, did_you_mean
from playnano.quality import bad_frames
from playnano.stack.lazy import Selection
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
            raise ValueError("column needs above or below, and they need column")
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
