"""Masks: which pixels are features, to be left out of fits."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.kernels.morphology import closed_by_square
from playnano.model import HeightUnit, Pixels
from playnano.stack.frames import Frame, Mask
from playnano.steps.base import FrameStep, MaskStep


class MaskThreshold(MaskStep):
    """Mask pixels above a threshold."""

    step: Literal["mask_threshold"] = "mask_threshold"
    threshold: HeightUnit = 0.0
    """Pixels above this are masked."""

    def features(self, frame: Frame) -> Mask:
        return np.asarray(frame.image > self.threshold)


class MaskBelowThreshold(MaskStep):
    """Mask pixels below a threshold."""

    step: Literal["mask_below_threshold"] = "mask_below_threshold"
    threshold: HeightUnit = 0.0
    """Pixels below this are masked."""

    def features(self, frame: Frame) -> Mask:
        return np.asarray(frame.image < self.threshold)


class MaskMeanOffset(MaskStep):
    """Mask pixels more than some standard deviations above the mean: z - mean > factor * std."""

    step: Literal["mask_mean_offset"] = "mask_mean_offset"
    factor: float = 1.0
    """Number of standard deviations above the mean."""

    def features(self, frame: Frame) -> Mask:
        finite = frame.image[np.isfinite(frame.image)].astype(np.float64)
        if not finite.size:
            return np.zeros(frame.image.shape, bool)
        above = np.subtract(frame.image, finite.mean(), dtype=np.float64)
        return np.asarray(above > self.factor * finite.std())


class MaskMorphological(MaskStep):
    """Mask pixels far from zero and close gaps: binary closing of |z| > threshold with a square."""

    step: Literal["mask_morphological"] = "mask_morphological"
    threshold: HeightUnit = 0.0
    """Pixels further from zero than this are masked."""
    structure_size: Annotated[Pixels, Field(ge=1, le=501)] = 3
    """Side of the square that closes gaps."""

    def features(self, frame: Frame) -> Mask:
        far = np.abs(frame.image) > self.threshold
        return closed_by_square(far, self.structure_size) & np.isfinite(frame.image)


class MaskAdaptive(MaskStep):
    """Mask pixels that exceed the mean of their tile by an offset.

    The image is cut into square tiles from its upper left corner; those at the other borders are smaller.
    """

    step: Literal["mask_adaptive"] = "mask_adaptive"
    block_size: Annotated[Pixels, Field(ge=1)] = 15
    """Side of a tile."""
    offset: HeightUnit = 0.0
    """Pixels above the tile's mean plus this are masked."""

    def features(self, frame: Frame) -> Mask:
        finite = np.isfinite(frame.image)
        sums = self._tile_sums(np.where(finite, frame.image, 0).astype(np.float64))
        means = sums / np.maximum(self._tile_sums(finite.astype(np.float64)), 1)
        height, width = frame.image.shape
        spread = means.repeat(self.block_size, 0)[:height].repeat(self.block_size, 1)[:, :width]
        return np.asarray(frame.image > spread + self.offset)

    def _tile_sums(self, values: NDArray[Any]) -> NDArray[Any]:
        rows, columns = (np.arange(0, n, self.block_size) for n in values.shape)
        return np.asarray(np.add.reduceat(np.add.reduceat(values, rows, 0), columns, 1))


class ClearMask(FrameStep):
    """Drop the mask: later steps fit on every pixel again."""

    drops_mask: ClassVar[bool] = True

    step: Literal["clear_mask"] = "clear_mask"

    def process(self, frame: Frame) -> Frame:
        return Frame(frame.image)


class Clear(ClearMask):
    """Drop the mask: the name that `clear_mask` has in playNano 0.5."""

    step: Literal["clear"] = "clear"  # type: ignore[assignment]
