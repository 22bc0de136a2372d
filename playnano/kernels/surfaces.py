"""Polynomial surfaces fitted by least squares."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.stack.frames import Frame, Mask

Floats = NDArray[np.float64]


def fit_surface(frame: Frame, order: int) -> Floats:
    """The polynomial surface of total degree `order` that fits the background best.

    Parameters
    ----------
    frame : Frame
        Its background are the pixels that are neither masked nor NaN.

    Returns
    -------
    array (height, width) of float64

    Raises
    ------
    NothingToFitError
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
        raise NothingToFitError("too few pixels are left unmasked to fit the surface")
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
    for _ in range(2):  # the second pass removes the rounding errors of the first
        moments = (y.T @ ((image - surface) * weights) @ x).ravel()[chosen]
        solution, _, rank, _ = np.linalg.lstsq(gram, moments, rcond=1e-12)
        if rank < len(chosen):
            raise NothingToFitError("the pixels left unmasked do not determine the surface")
        coefficients = np.zeros(a * b)
        coefficients[chosen] = solution
        surface += y @ coefficients.reshape(a, b) @ x.T
    return surface
