"""Surfaces: roughness, and how much of them a mask covers."""

from typing import ClassVar, Literal

import numpy as np

from playnano.kernels.contours import contour_size
from playnano.kernels.roughness import height_parameters
from playnano.kernels.segmentation import connected_regions
from playnano.measurements.base import Floats, FrameMeasure, Masked, MovieFrame, heights_column
from playnano.model import HeightUnit
from playnano.stack.tables import Column, Rows, unit_suffix

Part = Literal["all", "background", "features"]
_MEANINGS = {
    "sa": "Arithmetic mean deviation from the mean height",
    "sq": "Root mean square deviation from the mean height",
    "sp": "Highest point above the mean height",
    "sv": "Lowest point below the mean height, as a positive number",
    "sz": "From the lowest point to the highest",
}


class PartOfFrame(Masked):
    """The fields of measures that take a part of each frame."""

    part: Part = "all"
    """Pixels that count: all, those outside the mask (`background`), or those in it (`features`)."""

    def heights(self, frame: MovieFrame) -> Floats:
        """The finite heights of the part, as float64."""
        chosen = np.isfinite(frame.image)
        if self.part != "all" and frame.mask is not None:
            chosen &= frame.mask if self.part == "features" else ~frame.mask
        elif self.part == "features":
            chosen &= False
        return frame.image[chosen].astype(np.float64)


class Roughness(FrameMeasure, PartOfFrame):
    """Roughness of each frame: the height parameters of ISO 25178-2.

    Heights count from their mean; level the movie first. No filter is applied.

    References
    ----------
    ISO 25178-2:2021, Geometrical product specifications: surface texture, areal.
    """

    needs_pixel_size: ClassVar[bool] = False

    measure: Literal["roughness"] = "roughness"

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        sa, sq, sp, sv, sz = (heights_column(name, unit, text) for name, text in _MEANINGS.items())
        skew = Column("ssk", "", "Skewness of the heights; empty for a flat surface")
        kurtosis = Column("sku", "", "Kurtosis of the heights, 3 for a normal distribution")
        pixels = Column("pixels", "px", "Number of pixels that count", "integer")
        return (sa, sq, skew, kurtosis, sp, sv, sz, pixels)

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        heights = self.heights(frame)
        values = height_parameters(heights)
        named = {
            (name if name in ("ssk", "sku") else f"{name}_{unit_suffix(unit)}"): np.array([value])
            for name, value in values.items()
        }
        return {**named, "pixels": np.array([heights.size])}


class Coverage(FrameMeasure, Masked):
    """Share of each frame that a mask covers, and its number of connected regions."""

    needs_pixel_size: ClassVar[bool] = False
    needs_mask: ClassVar[bool] = True

    measure: Literal["coverage"] = "coverage"

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return (
            Column("covered_share", "", "Masked part of the pixels that hold a number, from 0 to 1"),
            Column("covered_nm2", "nm2", "Masked area; empty where the pixel size is unknown"),
            Column("regions", "", "Number of connected regions of the mask", "integer"),
        )

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        valid = np.isfinite(frame.image)
        mask = valid & (False if frame.mask is None else frame.mask)
        covered, pixels = int(mask.sum()), int(valid.sum())
        return {
            "covered_share": np.array([covered / pixels if pixels else np.nan]),
            "covered_nm2": np.array([covered * frame.pixel_nm[0] * frame.pixel_nm[1]]),
            "regions": np.array([connected_regions(np.asarray(mask))[1]]),
        }


class Boundary(FrameMeasure):
    """Area above a height in each frame, and the length of its contour.

    Heights are linear between the centres of pixels, so both are right to a part of a pixel where the image
    is smooth; noise lengthens a contour.
    """

    revision: ClassVar[int] = 2

    measure: Literal["boundary"] = "boundary"
    height: HeightUnit = 1.0
    """Height of the contour, in the unit of the images."""

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return (
            Column("area_nm2", "nm2", "Area above the height"),
            Column("length_nm", "nm", "Length of the contour, along the edge of the image too"),
            Column("regions", "", "Number of connected regions above the height", "integer"),
        )

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        area, length = contour_size(frame.image, self.height, frame.pixel_nm)
        above = np.asarray(frame.image > self.height)
        return {
            "area_nm2": np.array([area]),
            "length_nm": np.array([length]),
            "regions": np.array([connected_regions(above)[1]]),
        }
