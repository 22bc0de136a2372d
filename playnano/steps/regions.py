"""Masks from the histogram, from slopes and by place; masks made larger and smaller."""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from playnano.kernels.base_level import levels_of
from playnano.kernels.medians import median
from playnano.kernels.slopes import squared_slopes
from playnano.kernels.thresholds import otsu
from playnano.model import HeightUnit, Pixels
from playnano.stack.frames import Frame, Mask
from playnano.steps.base import MaskStep

Index = Annotated[Pixels, Field(ge=0)]
Side = Annotated[Pixels, Field(ge=1)]


class MaskOtsu(MaskStep):
    """Mask what lies above a threshold that splits the heights best (Otsu).

    With `levels: 2` the heights are split in three, and the mask is what lies above the lower threshold.

    References
    ----------
    N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Syst. Man Cybern. 9, 62
    (1979), doi:10.1109/TSMC.1979.4310076.
    """

    step: Literal["mask_otsu"] = "mask_otsu"
    levels: Literal[1, 2] = 1
    """Number of thresholds."""

    def features(self, frame: Frame) -> Mask:
        values = frame.image[frame.background()]
        if values.size < 2 or np.ptp(values) == 0:
            return np.zeros(frame.image.shape, bool)
        return np.asarray(frame.image > otsu(values, self.levels)[0])


class MaskBasePeak(MaskStep):
    """Mask pixels more than some standard deviations away from the background's peak in the histogram.

    The background is the lowest level that a fifth of the image lies on; its width is that of the heights
    below its top, so that what stands on it does not count.
    """

    step: Literal["mask_base_peak"] = "mask_base_peak"
    factor: Annotated[float, Field(gt=0)] = 3.0
    """Standard deviations of the background's peak."""
    side: Literal["above", "below", "both"] = "above"
    """On which side of the peak features lie."""

    def features(self, frame: Frame) -> Mask:
        values = frame.image[frame.background()].astype(np.float64)
        if values.size < 2 or np.ptp(values) == 0:
            return np.zeros(frame.image.shape, bool)
        spread = 1.4826 * median(np.abs(values - median(values)))
        base = float(levels_of(values, spread / 4)[0])
        below = base - values[values < base]
        reach = self.factor * (1.4826 * median(below) if below.size else spread)
        above, under = frame.image > base + reach, frame.image < base - reach
        return np.asarray({"above": above, "below": under, "both": above | under}[self.side])


class MaskHysteresis(MaskStep):
    """Mask regions above a low threshold that reach a high one somewhere."""

    step: Literal["mask_hysteresis"] = "mask_hysteresis"
    low: HeightUnit
    """Every pixel of a region is above this."""
    high: HeightUnit
    """Some pixel of a region is above this."""

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self

    def features(self, frame: Frame) -> Mask:
        from scipy.ndimage import label

        regions, count = label(frame.image > self.low, np.ones((3, 3)))
        reached = np.zeros(count + 1, bool)
        reached[np.unique(regions[frame.image > self.high])] = True
        reached[0] = False
        return np.asarray(reached[regions])


class MaskEdges(MaskStep):
    """Mask where the image is steep: slopes above some times their median, by the Sobel filter."""

    step: Literal["mask_edges"] = "mask_edges"
    factor: Annotated[float, Field(gt=0)] = 4.0
    """Slope that is an edge, against the median slope."""

    def features(self, frame: Frame) -> Mask:
        finite = np.isfinite(frame.image)
        if not finite.any():
            return finite
        heights = np.where(finite, frame.image, median(frame.image[finite])).astype(np.float64)
        steepness = squared_slopes(heights)
        least = self.factor**2 * median(steepness[finite])
        return np.asarray((steepness > least) & (steepness > 0) & finite)


class GrowMask(MaskStep):
    """Grow the mask in force by some pixels on all sides."""

    step: Literal["grow_mask"] = "grow_mask"
    pixels: Annotated[Pixels, Field(ge=1, le=100)] = 1
    """How far."""

    def features(self, frame: Frame) -> Mask:
        from scipy.ndimage import maximum_filter

        if frame.mask is None:
            return np.zeros(frame.image.shape, bool)
        grown = maximum_filter(frame.mask.view(np.uint8), 2 * self.pixels + 1, mode="constant")
        return np.asarray(grown.astype(bool) & np.isfinite(frame.image))


class ShrinkMask(MaskStep):
    """Shrink the mask in force by some pixels on all sides, but for the borders of the image."""

    reduces_mask: ClassVar[bool] = True

    step: Literal["shrink_mask"] = "shrink_mask"
    pixels: Annotated[Pixels, Field(ge=1, le=100)] = 1
    """How far."""

    def features(self, frame: Frame) -> Mask:
        from scipy.ndimage import minimum_filter

        if frame.mask is None:
            return np.zeros(frame.image.shape, bool)
        shrunk = minimum_filter(frame.mask.view(np.uint8), 2 * self.pixels + 1, mode="constant", cval=1)
        return np.asarray(shrunk.astype(bool) & np.isfinite(frame.image))


class RemoveSmallFromMask(MaskStep):
    """Take regions of few pixels out of the mask in force; pixels that touch at a corner are one region."""

    reduces_mask: ClassVar[bool] = True

    step: Literal["remove_small_from_mask"] = "remove_small_from_mask"
    min_pixels: Annotated[Pixels, Field(ge=1)] = 10
    """Regions of fewer pixels than this are taken out."""

    def features(self, frame: Frame) -> Mask:
        from scipy.ndimage import label

        if frame.mask is None:
            return np.zeros(frame.image.shape, bool)
        regions, _ = label(frame.mask & np.isfinite(frame.image), np.ones((3, 3)))
        stays = np.bincount(regions.ravel()) >= self.min_pixels
        stays[0] = False
        return np.asarray(stays[regions])


class InvertMask(MaskStep):
    """Invert the mask in force; without one, mask everything."""

    reduces_mask: ClassVar[bool] = True

    step: Literal["invert_mask"] = "invert_mask"

    def features(self, frame: Frame) -> Mask:
        return frame.background()


class FillMaskHoles(MaskStep):
    """Fill the holes of the mask in force."""

    step: Literal["fill_mask_holes"] = "fill_mask_holes"

    def features(self, frame: Frame) -> Mask:
        from scipy.ndimage import binary_fill_holes

        if frame.mask is None:
            return np.zeros(frame.image.shape, bool)
        return np.asarray(binary_fill_holes(frame.mask) & np.isfinite(frame.image))


class MaskRectangle(MaskStep):
    """Mask a rectangle, the same in every frame; what lies beyond the image does not count."""

    step: Literal["mask_rectangle"] = "mask_rectangle"
    top: Index = 0
    """First row, from 0."""
    left: Index = 0
    """First column, from 0."""
    height: Side = 10
    """Number of rows."""
    width: Side = 10
    """Number of columns."""

    def features(self, frame: Frame) -> Mask:
        mask = np.zeros(frame.image.shape, bool)
        mask[self.top : self.top + self.height, self.left : self.left + self.width] = True
        return mask & np.isfinite(frame.image)
