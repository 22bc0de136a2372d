"""Levelling: subtract a surface fitted to the background."""

from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.errors import PlaynanoError
from playnano.frames import Frame, Image, Mask
from playnano.steps.base import FrameStep

Floats = NDArray[np.float64]


class RemovePlane(FrameStep):
    """Subtract the plane that fits the background best.

    Least squares of z = a x + b y + c over all pixels that are neither masked nor NaN; the plane is
    subtracted everywhere. Measures the plane's slopes in image units per pixel and its mean.
    """

    step: Literal["remove_plane"] = "remove_plane"

    def process(self, frame: Frame) -> Frame:
        surface = fit_surface(frame, 1)
        height, width = surface.shape
        return frame.with_image(
            _difference(frame.image, surface),
            tilt_x=float(surface[0, -1] - surface[0, 0]) / max(1, width - 1),
            tilt_y=float(surface[-1, 0] - surface[0, 0]) / max(1, height - 1),
            offset=float(surface[0, 0] + surface[-1, -1]) / 2,
        )


class PolynomialFlatten(FrameStep):
    """Subtract the polynomial surface that fits the background best.

    Least squares of all terms x^i y^j with i + j <= order over all pixels that are neither masked nor
    NaN; the surface is subtracted everywhere. Measures the surface's range.
    """

    step: Literal["polynomial_flatten"] = "polynomial_flatten"
    order: Annotated[int, Field(ge=0, le=12)] = 2
    """Highest total degree of the polynomial."""

    def process(self, frame: Frame) -> Frame:
        surface = fit_surface(frame, self.order)
        return frame.with_image(_difference(frame.image, surface), surface_range=float(np.ptp(surface)))


class ZeroMean(FrameStep):
    """Shift each image so that the mean of its background is zero."""

    step: Literal["zero_mean"] = "zero_mean"

    def process(self, frame: Frame) -> Frame:
        offset = float(np.mean(background_values(frame), dtype=np.float64))
        return frame.with_image(_difference(frame.image, offset), offset=offset)


class ZeroMedian(FrameStep):
    """Shift each image so that the median of its background is zero."""

    step: Literal["zero_median"] = "zero_median"

    def process(self, frame: Frame) -> Frame:
        offset = float(np.median(background_values(frame)))
        return frame.with_image(_difference(frame.image, offset), offset=offset)


def background_values(frame: Frame) -> NDArray[Any]:
    """The background's values, flat.

    Raises
    ------
    PlaynanoError
        Where every pixel is masked or NaN.
    """
    values: NDArray[Any] = frame.image[frame.background()]
    if not values.size:
        raise PlaynanoError("every pixel is masked or NaN: nothing is left to level by")
    return values


def fit_surface(frame: Frame, order: int) -> Floats:
    """The polynomial surface of total degree `order` that fits the background best.

    Parameters
    ----------
    frame : Frame
        Its background is what is neither masked nor NaN.

    Returns
    -------
    array (height, width) of float64

    Raises
    ------
    PlaynanoError
        Where the background does not determine the surface.
    """
    y, x, terms = _basis(*frame.image.shape, order)
    background = frame.background()
    if background.all():
        coefficients = y.T @ frame.image.astype(np.float64) @ x * terms
        return np.asarray(y @ coefficients @ x.T)
    return _fit_background(np.where(background, frame.image, 0).astype(np.float64), background, (y, x, terms))


@lru_cache(maxsize=16)
def _basis(height: int, width: int, order: int) -> tuple[Floats, Floats, Floats]:
    """Polynomials orthonormal over the rows and over the columns, and which products have degree <= order."""
    y, x = _orthonormal(height, order), _orthonormal(width, order)
    degrees = np.add.outer(np.arange(y.shape[1]), np.arange(x.shape[1]))
    return y, x, (degrees <= order).astype(np.float64)


def _orthonormal(n: int, order: int) -> Floats:
    coordinate = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    return np.asarray(np.linalg.qr(np.polynomial.legendre.legvander(coordinate, min(order, n - 1)))[0])


def _fit_background(image: Floats, background: Mask, basis: tuple[Floats, Floats, Floats]) -> Floats:
    """Normal equations from moments: sums over pixels of products of functions are small matrix products."""
    y, x, terms = basis
    chosen = np.flatnonzero(terms)
    if np.count_nonzero(background) < len(chosen):
        raise PlaynanoError("too few pixels are left unmasked to fit the surface")
    weights = background.astype(np.float64)
    yy = (y[:, :, None] * y[:, None, :]).reshape(len(y), -1)
    xx = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    a, b = y.shape[1], x.shape[1]
    gram = (
        (yy.T @ weights @ xx)
        .reshape(a, a, b, b)
        .transpose(0, 2, 1, 3)
        .reshape(a * b, a * b)[np.ix_(chosen, chosen)]
    )
    surface = np.zeros_like(image)
    for _ in range(2):  # the second pass removes what the first one rounded
        moments = (y.T @ ((image - surface) * weights) @ x).ravel()[chosen]
        solution, _, rank, _ = np.linalg.lstsq(gram, moments, rcond=1e-12)
        if rank < len(chosen):
            raise PlaynanoError("the pixels left unmasked do not determine the surface")
        coefficients = np.zeros(a * b)
        coefficients[chosen] = solution
        surface += y @ coefficients.reshape(a, b) @ x.T
    return surface


def _difference(image: Image, surface: Floats | float) -> Image:
    difference = np.empty_like(image)
    np.subtract(image, surface, out=difference, dtype=np.float64, casting="same_kind")
    return difference
