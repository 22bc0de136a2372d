"""Fill missing pixels."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import ValidationInfo, field_validator

from playnano.errors import PlaynanoError
from playnano.model import HeightUnit
from playnano.stack.frames import Frame, Image
from playnano.stack.lazy import DerivedFrames
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import StackStep
from playnano.steps.selecting import Arranged


class ReplaceNan(StackStep):
    """Replace NaN, such as the border left by alignment, with a number.

    Mean and median are those of the frame; `global_mean` is that of the whole movie.
    """

    step: Literal["replace_nan"] = "replace_nan"
    mode: Literal["zero", "mean", "median", "global_mean", "constant"] = "zero"
    """What replaces NaN."""
    value: HeightUnit | None = None
    """Value for `mode: constant`; by default 0."""

    @field_validator("value")
    @classmethod
    def _is_used(cls, value: float | None, others: ValidationInfo) -> float | None:
        if value is not None and others.data.get("mode", "constant") != "constant":
            raise ValueError("only mode: constant takes a value")
        return value

    def looks_at_frames(self) -> bool:
        return self.mode == "global_mean"

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        return Filled(stack.frames, self.mode, self._number(stack)), stack.frame_metadata

    def _number(self, stack: AFMImageStack) -> float:
        if self.mode == "global_mean":
            return _mean_of_all(stack)
        return self.value or 0.0 if self.mode == "constant" else 0.0


@dataclass(frozen=True)
class Filled(DerivedFrames):
    """Frames without NaN."""

    mode: str
    number: float

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.frames[index]
        finite = np.isfinite(frame.image)
        if finite.all():
            return frame
        if not finite.any() and self.mode in ("mean", "median"):
            return frame.as_it_was(frame.emptiness())
        return frame.with_image(
            np.where(finite, frame.image, self._fill(frame.image[finite])).astype(self.dtype)
        )

    def _fill(self, values: Image) -> float:
        if self.mode not in ("mean", "median"):
            return self.number
        return float(np.mean(values, dtype=np.float64) if self.mode == "mean" else np.median(values))


def _mean_of_all(stack: AFMImageStack) -> float:
    total, count = 0.0, 0
    for image in stack:
        finite = image[np.isfinite(image)]
        total, count = total + float(finite.sum(dtype=np.float64)), count + finite.size
    if not count:
        raise PlaynanoError("the whole movie is NaN: it has no mean; use mode: zero or constant")
    return total / count
