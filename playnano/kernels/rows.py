"""Levels of rows (scan lines)."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.kernels.line_offsets import filled_between
from playnano.kernels.line_shapes import coordinates
from playnano.kernels.medians import medians_of_counted, medians_of_rows
from playnano.kernels.rounding import dither, rounding_step
from playnano.stack.frames import Image, Mask

Floats = NDArray[np.float64]

_LINES = 64
"""So many lines at a time stay in the processor's cache."""


def row_medians(image: Image, background: Mask) -> NDArray[Any]:
    """The median of each row's background (height,), in the image's type.

    Raises
    ------
    NothingToFitError
        Where no pixel is background.
    """
    if background.all():
        return medians_of_rows(image)
    middles, counts = medians_of_counted(image, background)
    if not counts.any():
        raise NothingToFitError("every pixel is masked or NaN")
    return filled_between(middles, counts > 0).astype(image.dtype)


def row_levels(image: Image, background: Mask, level: Callable[[Floats], float]) -> Floats:
    """A level of each row (height,) from the values of its background in order.

    A row without background takes its level from the rows around it, by interpolation.

    Raises
    ------
    NothingToFitError
        Where no pixel is background.
    """
    return _each_row(
        level(np.sort(row[b].astype(np.float64))) if b.any() else None for row, b in _rows(image, background)
    )


def trimmed_mean(share: float) -> Callable[[Floats], float]:
    """The mean without a share of the values at both ends: 0 gives the mean, 0.5 the median."""

    def level(ordered: Floats) -> float:
        cut = min(int(share * len(ordered)), (len(ordered) - 1) // 2)
        return float(ordered[cut : len(ordered) - cut].mean())

    return level


def modus(ordered: Floats) -> float:
    """The most frequent value: the mean of the middle third of the shortest window of sqrt(n) values."""
    if len(ordered) < 9:
        return float(np.median(ordered))
    size = round(np.sqrt(len(ordered)))
    start = int(np.argmin(ordered[size - 1 :] - ordered[: len(ordered) - size + 1]))
    third = size // 3
    return float(ordered[start + third : start + size - third].mean())


def cumulated_differences(image: Image, background: Mask) -> Floats:
    """Offsets of rows (height,) from the median differences of neighbouring rows, added up.

    Only pixels that are background in both rows count; between rows without any, the difference is taken
    from the pairs around. The straight line through the offsets is left in the image (it is tilt), and
    their mean is 0. Rounded heights are spread over their steps first: medians would else lie on multiples of
    a step, and their errors add up.
    """
    both = background[1:] & background[:-1]
    if not both.any():
        if len(image) == 1 and background.any():
            return np.zeros(1)
        raise NothingToFitError("no two neighbouring lines have background in common")
    heights = image.astype(np.float64)
    step = rounding_step(heights, background)
    if step:
        heights += step * dither(*heights.shape)
    jumps = row_medians(np.diff(heights, axis=0), both)
    offsets = np.concatenate([[0.0], np.cumsum(jumps)])
    place = np.linspace(-1, 1, len(offsets))
    offsets -= offsets.mean()
    return np.asarray(offsets - place * (offsets @ place) / (place @ place))


def row_polynomials(image: Image, background: Mask, order: int) -> Floats:
    """A polynomial through the background of each row; (height, width).

    A row with too few pixels takes its coefficients from the rows around it.
    """
    width = image.shape[1]
    basis = np.linalg.qr(np.polynomial.legendre.legvander(coordinates(width), min(order, width - 1)))[0]
    if background.all():
        return np.asarray(image.astype(np.float64) @ basis @ basis.T)
    counts = background.sum(axis=1)
    enough = counts > basis.shape[1]
    if not enough.any():
        raise NothingToFitError("every line has too few unmasked pixels for the polynomial")
    weights = background.astype(np.float64)
    products = (basis[:, :, None] * basis[:, None, :]).reshape(width, -1)
    gram = (weights @ products).reshape(len(image), basis.shape[1], -1)
    right = np.where(background, image, 0).astype(np.float64) @ basis
    gram[~enough] = np.eye(basis.shape[1])
    solved = np.einsum("ijk,ik->ij", np.linalg.pinv(gram, rcond=1e-12, hermitian=True), right)
    filled = np.stack([filled_between(column, enough) for column in solved.T], axis=1)
    return np.asarray(filled @ basis.T)


def facet_tilts(image: Image, background: Mask) -> Floats:
    """The tilt of each row by its flat parts, over its middle; (height, width).

    Slopes between neighbouring pixels are averaged with weights that fall off with their distance from the
    common slope, again and again, so that steps do not count.
    """
    steps = np.diff(image.astype(np.float64), axis=1)
    both = background[:, 1:] & background[:, :-1]
    blocks = [slice(start, start + _LINES) for start in range(0, len(image), _LINES)]
    slope = np.concatenate([_frequent_slopes(steps[lines], both[lines]) for lines in blocks])
    slope = filled_between(slope, np.asarray(both.any(axis=1)))
    return np.asarray(np.multiply.outer(slope, np.arange(image.shape[1]) - (image.shape[1] - 1) / 2))


def _frequent_slopes(steps: Floats, both: Mask) -> Floats:
    """The slope that most steps of each row are near to (height,)."""
    whole = bool(both.all())
    steps = steps if whole else np.where(both, steps, 0.0)
    slope, rest, weights = np.zeros(len(steps)), np.empty_like(steps), np.empty_like(steps)
    counts = np.maximum(both.sum(axis=1), 1)
    for _ in range(30):
        np.subtract(steps, slope[:, None], out=rest)
        if not whole:
            rest *= both
        np.multiply(rest, rest, out=weights)
        spread = weights.sum(axis=1) / counts / 20
        weights *= (-1 / np.maximum(spread, 1e-300))[:, None]
        np.exp(weights, out=weights)
        if not whole:
            weights *= both
        slope = slope + np.einsum("ij,ij->i", weights, rest) / np.maximum(weights.sum(axis=1), 1e-300)
    return slope


def _rows(image: Image, background: Mask) -> Iterable[tuple[Image, Mask]]:
    return zip(image, background, strict=True)


def _each_row(levels: Iterable[float | None]) -> Floats:
    """Levels as an array, those that are None interpolated."""
    values = np.array([np.nan if level is None else level for level in levels])
    if np.isnan(values).all():
        raise NothingToFitError("every pixel is masked or NaN")
    return filled_between(values, ~np.isnan(values))
