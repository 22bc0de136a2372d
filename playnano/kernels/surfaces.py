"""Polynomial surfaces fitted by least squares."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.stack.frames import Frame, Image, Mask

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
    return _fit_background(frame.image, background, (y, x, terms))


@lru_cache(maxsize=16)
def _basis(height: int, width: int, order: int) -> tuple[Floats, Floats, Floats]:
    """Polynomials orthonormal over the rows and over the columns, and which products have degree <= order."""
    y, x = _orthonormal(height, order), _orthonormal(width, order)
    degrees = np.add.outer(np.arange(y.shape[1]), np.arange(x.shape[1]))
    return y, x, (degrees <= order).astype(np.float64)


def _orthonormal(n: int, order: int) -> Floats:
    coordinate = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    return np.asarray(np.linalg.qr(np.polynomial.legendre.legvander(coordinate, min(order, n - 1)))[0])


def _fit_background(heights: Image, background: Mask, basis: tuple[Floats, Floats, Floats]) -> Floats:
    """Normal equations from moments: sums over pixels of products of functions are small matrix products.

    Of a large frame, no more than two copies are in memory beside it.
    """
    y, x, terms = basis
    chosen = np.flatnonzero(terms)
    if np.count_nonzero(background) < len(chosen):
        raise NothingToFitError("too few pixels are left unmasked to fit the surface")
    gram = _gram(background, y, x)[np.ix_(chosen, chosen)]
    image = np.zeros(heights.shape)
    np.copyto(image, heights, where=background)
    first = y @ _coefficients(image, gram, chosen, basis) @ x.T
    np.subtract(image, first, out=image)
    np.multiply(image, background, out=image)
    rounding = _coefficients(image, gram, chosen, basis)  # the second pass removes the errors of the first
    del image
    return np.asarray(np.add(first, y @ rounding @ x.T, out=first))


def _gram(background: Mask, y: Floats, x: Floats) -> Floats:
    """Sums over the background of the products of every two functions."""
    yy = (y[:, :, None] * y[:, None, :]).reshape(len(y), -1)
    xx = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    a, b = y.shape[1], x.shape[1]
    sums = (yy.T @ background.astype(np.float64) @ xx).reshape(a, a, b, b)
    return np.asarray(sums.transpose(0, 2, 1, 3).reshape(a * b, a * b))


def _coefficients(
    image: Floats, gram: Floats, chosen: NDArray[np.intp], basis: tuple[Floats, Floats, Floats]
) -> Floats:
    y, x, terms = basis
    moments = (y.T @ image @ x).ravel()[chosen]
    solution, _, rank, _ = np.linalg.lstsq(gram, moments, rcond=1e-12)
    if rank < len(chosen):
        raise NothingToFitError("the pixels left unmasked do not determine the surface")
    coefficients = np.zeros(terms.size)
    coefficients[chosen] = solution
    return coefficients.reshape(terms.shape)
