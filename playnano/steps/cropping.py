"""Crop to what all frames show."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from playnano.kernels.rectangles import Region, largest_square, largest_valid
from playnano.model import Pixels
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, StackStep
from playnano.steps.selecting import Arranged

EMPTY = "every pixel is NaN"
Margin = Annotated[Pixels, Field(ge=0)]


class IntersectionCrop(StackStep):
    """Crop to the largest rectangle in which no frame has NaN: what all frames show after alignment.

    Frames that are all NaN are ignored in the search, but cropped like the others.
    """

    step: Literal["intersection_crop"] = "intersection_crop"
    pad: Margin = 0
    """Margin left around the rectangle, as far as there are pixels."""

    def extent(self, before: Extent) -> Extent:
        return replace(before, height=None, width=None)

    def region(self, stack: AFMImageStack) -> Region:
        """The part of the images that stays."""
        return largest_valid(stack.frames).grown(self.pad, *stack.shape[1:])

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        return Cropped(stack.frames, self.region(stack)), stack.frame_metadata


class CropSquare(IntersectionCrop):
    """Crop to the largest square, in the middle of the rectangle in which no frame has NaN."""

    step: Literal["crop_square"] = "crop_square"  # type: ignore[assignment]

    def region(self, stack: AFMImageStack) -> Region:
        return largest_square(super().region(stack))


@dataclass(frozen=True)
class Cropped(DerivedFrames):
    """A part of each frame."""

    region: Region

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.frames), self.region.height, self.region.width

    def __getitem__(self, index: int, /) -> Frame:
        frame, part = self.frames[index], self.region.slices
        mask = None if frame.mask is None else frame.mask[part]
        blank = not np.isfinite(frame.image).any()
        return Frame(frame.image[part], mask, unfitted=EMPTY if blank else "")
