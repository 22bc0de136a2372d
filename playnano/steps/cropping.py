"""Crop to a rectangle, or to what all frames show."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from playnano.errors import StepError
from playnano.kernels.rectangles import Region, largest_square, largest_valid
from playnano.model import Pixels
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, StackStep
from playnano.steps.lengths import Length, LengthUnit, pixel_sizes
from playnano.steps.selecting import Arranged

EMPTY = "every pixel is NaN"
Margin = Annotated[Pixels, Field(ge=0)]


class Crop(StackStep):
    """Crop every frame to the same rectangle.

    Lengths in nm are rounded to whole pixels, from the image's upper left corner.
    """

    step: Literal["crop"] = "crop"
    top: Annotated[Length, Field(ge=0)] = 0.0
    """Distance of the rectangle's upper border from that of the image."""
    left: Annotated[Length, Field(ge=0)] = 0.0
    """Distance of the rectangle's left border from that of the image."""
    height: Annotated[Length, Field(gt=0)] | None = None
    """Height of the rectangle; by default it reaches to the lower border."""
    width: Annotated[Length, Field(gt=0)] | None = None
    """Width of the rectangle; by default it reaches to the right border."""
    unit: LengthUnit = "px"
    """Unit of the lengths."""

    @model_validator(mode="after")
    def _counts_whole_pixels(self) -> Self:
        for name in ("top", "left", "height", "width"):
            length = getattr(self, name)
            if self.unit == "px" and length is not None and length != int(length):
                raise ValueError(f"{name} is a whole number of pixels; set `unit: nm` for nm")
        return self

    def looks_at_frames(self) -> bool:
        return False

    def extent(self, before: Extent) -> Extent:
        if self.unit == "nm" or before.height is None or before.width is None:
            return replace(before, height=None, width=None)
        region = self._region(before.height, before.width, (1.0, 1.0))
        return replace(before, height=region.height, width=region.width)

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        _, height, width = stack.shape
        region = self._region(height, width, pixel_sizes(stack, self.unit))
        return Cropped(stack.frames, region), stack.frame_metadata

    def _region(self, height: int, width: int, pixel: tuple[float, float]) -> Region:
        top, rows = _span(self.top, self.height, height, pixel[0], "rows")
        left, columns = _span(self.left, self.width, width, pixel[1], "columns")
        return Region(top, left, rows, columns)


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


def _span(start: float, length: float | None, size: int, pixel: float, what: str) -> tuple[int, int]:
    """First pixel and number of pixels of a part of an axis that has so many pixels."""
    first = round(min(start / pixel, 2.0 * size))
    end = size if length is None else round(min((start + length) / pixel, 2.0 * size))
    if not first < end <= size:
        raise StepError(f"{what} {first} to {end} are not in the image, which has {size} {what}")
    return first, end - first
