"""Levelling: subtract a surface fitted to the background."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.errors import NothingToFitError
from playnano.kernels.surfaces import Floats, fit_surface
from playnano.stack.frames import Frame, Image
from playnano.stack.tables import Column
from playnano.steps.base import FrameStep
from playnano.steps.columns import IMAGE_UNIT

OF_FITS = 64
"""Roundings of float64 that a fit may gather; no more than these left is nothing: flat images stay flat."""


class RemovePlane(FrameStep):
    """Subtract the best-fit plane of the background.

    Least squares of z = a x + b y + c over all pixels that are neither masked nor NaN; the plane is
    subtracted everywhere, which levels a tilted sample.
    """

    leaves_bad_frames: ClassVar[bool] = True
    measures: ClassVar[tuple[Column, ...]] = (
        Column("tilt_x", f"{IMAGE_UNIT} per px", "slope of the plane along x"),
        Column("tilt_y", f"{IMAGE_UNIT} per px", "slope of the plane along y"),
        Column("offset", IMAGE_UNIT, "height of the plane in the middle of the image"),
    )

    revision: ClassVar[int] = 2

    step: Literal["remove_plane"] = "remove_plane"

    def process(self, frame: Frame) -> Frame:
        surface = fit_surface(frame, 1)
        height, width = surface.shape
        return frame.with_image(
            difference(frame.image, surface),
            tilt_x=float(surface[0, -1] - surface[0, 0]) / max(1, width - 1),
            tilt_y=float(surface[-1, 0] - surface[0, 0]) / max(1, height - 1),
            offset=float(surface[0, 0] + surface[-1, -1]) / 2,
        )


class PolynomialFlatten(FrameStep):
    """Subtract the best-fit polynomial surface of the background.

    Least squares of all terms x^i y^j with i + j <= order over all pixels that are neither masked nor
    NaN; the surface is subtracted everywhere.
    """

    leaves_bad_frames: ClassVar[bool] = True
    measures: ClassVar[tuple[Column, ...]] = (
        Column("surface_range", IMAGE_UNIT, "range of the subtracted surface"),
    )

    revision: ClassVar[int] = 2

    step: Literal["polynomial_flatten"] = "polynomial_flatten"
    order: Annotated[int, Field(ge=0, le=12)] = 2
    """Highest total degree of the polynomial."""

    def process(self, frame: Frame) -> Frame:
        surface = fit_surface(frame, self.order)
        return frame.with_image(difference(frame.image, surface), surface_range=float(np.ptp(surface)))


class ZeroMean(FrameStep):
    """Shift each image so that the mean of its background is zero."""

    leaves_bad_frames: ClassVar[bool] = True
    measures: ClassVar[tuple[Column, ...]] = (Column("offset", IMAGE_UNIT, "mean of the background before"),)

    revision: ClassVar[int] = 2

    step: Literal["zero_mean"] = "zero_mean"

    def process(self, frame: Frame) -> Frame:
        offset = float(np.mean(background_values(frame), dtype=np.float64))
        return frame.with_image(difference(frame.image, offset), offset=offset)


class ZeroMedian(FrameStep):
    """Shift each image so that the median of its background is zero."""

    leaves_bad_frames: ClassVar[bool] = True
    measures: ClassVar[tuple[Column, ...]] = (
        Column("offset", IMAGE_UNIT, "median of the background before"),
    )

    revision: ClassVar[int] = 2

    step: Literal["zero_median"] = "zero_median"

    def process(self, frame: Frame) -> Frame:
        offset = float(np.median(background_values(frame)))
        return frame.with_image(difference(frame.image, offset), offset=offset)


def background_values(frame: Frame) -> NDArray[Any]:
    """The background's values, flat.

    Raises
    ------
    NothingToFitError
        Where every pixel is masked or NaN.
    """
    values: NDArray[Any] = frame.image[frame.background()]
    if not values.size:
        raise NothingToFitError(frame.emptiness())
    return values


def difference(image: Image, surface: Floats | float) -> Image:
    """Image minus surface; zero where nothing is left but the rounding of the image's numbers."""
    difference = np.empty_like(image)
    np.subtract(image, surface, out=difference, dtype=np.float64, casting="same_kind")
    roundings = 2 * np.finfo(image.dtype).eps + OF_FITS * np.finfo(np.float64).eps
    if _largest(difference) <= roundings * _largest(image):
        difference[np.isfinite(difference)] = 0
    return difference


def _largest(image: Image) -> float:
    """The largest absolute value of those that are finite, without a copy of the image; 0 where none is."""
    highest, lowest = float(image.max()), float(image.min())
    if not np.isfinite(highest - lowest):  # six times slower
        finite = np.isfinite(image)
        highest, lowest = (float(f(image, initial=0, where=finite)) for f in (np.max, np.min))
    return max(highest, -lowest)
