"""Scan-line alignment."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from playnano.kernels.rows import (
    Floats,
    cumulated_differences,
    facet_tilts,
    modus,
    row_levels,
    row_medians,
    row_polynomials,
    trimmed_mean,
)
from playnano.stack.frames import Frame, Image, Mask
from playnano.stack.tables import Column
from playnano.steps.base import FrameStep
from playnano.steps.columns import IMAGE_UNIT

_SHIFTS = Column("row_shift_std", IMAGE_UNIT, "standard deviation of the lines' shifts")


class RowMedianAlign(FrameStep):
    """Subtract from each scan line the median of its background.

    A line whose pixels are all masked or NaN is shifted like its neighbours, by interpolation.
    """

    revision: ClassVar[int] = 3
    leaves_bad_frames: ClassVar[bool] = True
    measures: ClassVar[tuple[Column, ...]] = (_SHIFTS,)

    step: Literal["row_median_align"] = "row_median_align"

    def process(self, frame: Frame) -> Frame:
        medians = row_medians(frame.image, frame.background())
        return frame.with_image(
            frame.image - medians[:, None], row_shift_std=float(np.std(medians, dtype=np.float64))
        )


class AlignRows(FrameStep):
    """Bring the background of all scan lines to one level, by one of the methods of the field.

    `median`, `mean`, `trimmed_mean` and `modus` (the most frequent height) subtract that of each line's
    background; `polynomial` a polynomial along each line; `facet` the tilt of each line's flat parts alone.
    `median_of_differences` adds up the median differences of neighbouring lines, which holds beside features
    that fill more than half of a line; it keeps the image's tilt and mean level, and spreads rounded heights
    over their steps as `auto_level` does. Only pixels that are
    neither masked nor NaN count, and a line without any takes its shift from the lines around it, by
    interpolation. `facet` takes about 30 ms per frame of 512 x 512, for its 30 rounds; the others less
    than 10.

    References
    ----------
    D. Necas, P. Klapetek, "Gwyddion: an open-source software for SPM data analysis", Cent. Eur. J. Phys. 10,
    181 (2012), doi:10.2478/s11534-011-0096-2.
    """

    revision: ClassVar[int] = 2
    leaves_bad_frames: ClassVar[bool] = True
    measures: ClassVar[tuple[Column, ...]] = (_SHIFTS,)

    step: Literal["align_rows"] = "align_rows"
    method: Literal[
        "median", "mean", "trimmed_mean", "median_of_differences", "modus", "polynomial", "facet"
    ] = "median_of_differences"
    """How the level of a line is found."""
    order: Annotated[int, Field(ge=0, le=5)] = 1
    """Degree of the polynomial, for `method: polynomial`."""
    trim: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    """Share of the heights left out at both ends, for `method: trimmed_mean`."""

    def process(self, frame: Frame) -> Frame:
        shifts = self._shifts(frame.image, frame.background())
        image = np.subtract(frame.image, shifts, dtype=np.float64).astype(frame.image.dtype)
        return frame.with_image(image, row_shift_std=float(np.std(shifts.mean(axis=1))))

    def _shifts(self, image: Image, background: Mask) -> Floats:
        """What is subtracted; (height, 1) or (height, width)."""
        if self.method == "median_of_differences":
            return cumulated_differences(image, background)[:, None]
        if self.method == "polynomial":
            return row_polynomials(image, background, self.order)
        if self.method == "facet":
            return facet_tilts(image, background)
        trims = {"median": 0.5, "mean": 0.0, "trimmed_mean": self.trim}
        level = modus if self.method == "modus" else trimmed_mean(trims[self.method])
        return row_levels(image, background, level)[:, None]
