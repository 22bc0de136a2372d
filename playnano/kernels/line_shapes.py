"""The shape of a surface along its lines, whatever the offset of each line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.line_offsets import filled_between, least_absolute
from playnano.kernels.medians import median
from playnano.stack.frames import Mask

Floats = NDArray[np.float64]

LEAST_SHARE = 0.02
"""A line with a smaller share of background takes its offset from the lines around it."""
ROWS, COLUMNS = 6, 12
"""Parts of the image in which slopes are estimated."""
_AXES = np.array([0, 1, 0])  # u, u^2 and u v: the powers of u in them, less one


@dataclass(frozen=True)
class Shape:
    """An offset for each line, and the coefficients of u, u^2 and u v; u, v from -1 to 1 along x and y."""

    coefficients: Floats
    offsets: Floats

    def over(self, width: int) -> Floats:
        """The surface (height, width)."""
        u, v = coordinates(width), coordinates(len(self.offsets))
        a, b, c = self.coefficients
        surface = np.multiply.outer(a + c * v, u)
        surface += b * u * u
        surface += self.offsets[:, None]
        return np.asarray(surface)

    def with_offsets(self, offsets: Floats) -> "Shape":
        """The shape with more added to each line."""
        return replace(self, offsets=self.offsets + offsets)

    def __add__(self, other: "Shape") -> "Shape":
        return Shape(self.coefficients + other.coefficients, self.offsets + other.offsets)


def shape_by_differences(heights: Floats, valid: Mask, polynomial: bool) -> Shape:
    """The shape by median differences of pixels some way apart along the lines, in parts of the image.

    Offsets of lines do not matter to it, and features little: their edges go up as often as down.
    """
    none = Shape(np.zeros(3), np.zeros(len(heights)))
    lag = max(1, heights.shape[1] // 24)
    samples = np.array(list(_slopes(heights, valid, lag)), float).reshape(-1, 3)
    if len(samples) < 4:
        return none
    slope, y, x = samples.T
    terms = np.stack([np.ones_like(x), 2 * x, y], axis=1)[:, : 3 if polynomial else 1]
    run = 2 * lag / (heights.shape[1] - 1)
    coefficients = np.zeros(3)
    coefficients[: terms.shape[1]] = least_absolute(terms * run, slope)
    return replace(none, coefficients=coefficients)


def fitted_shape(rest: Floats, near: Mask, polynomial: bool, *, lines: bool = True) -> Shape:
    """The shape that fits best where `near`, each line with an offset of its own: least squares.

    Lines with too few pixels take their offset from the lines around them. Without `lines`, the offsets
    follow a straight line or a parabola.
    """
    v, u = coordinates(len(rest)), coordinates(rest.shape[1])
    powers = np.stack([u**k for k in range(5)], axis=1)
    weights = near.astype(np.float64)
    moments = weights @ powers
    sums = np.multiply(weights, rest, out=weights) @ powers[:, :3]
    counts = np.maximum(moments[:, :1], 1e-300)
    products = np.stack([moments[:, 2:4], moments[:, 3:5]], axis=1)
    gram = products - moments[:, 1:3, None] * moments[:, None, 1:3] / counts[:, None]
    target = sums[:, 1:] - moments[:, 1:3] * sums[:, :1] / counts
    coefficients = _solved(gram, target, v, 3 if polynomial else 1)
    along = np.stack([coefficients[0] + coefficients[2] * v, np.full_like(v, coefficients[1])], axis=1)
    offsets = (sums[:, 0] - np.einsum("ij,ij->i", moments[:, 1:3], along)) / counts[:, 0]
    enough = moments[:, 0] >= max(3.0, LEAST_SHARE * rest.shape[1])
    if not lines:
        return Shape(coefficients, _smoothed(offsets, moments[:, 0], v, 2 if polynomial else 1))
    return Shape(coefficients, filled_between(offsets, enough))


def _smoothed(offsets: Floats, counts: Floats, v: Floats, degree: int) -> Floats:
    """The polynomial over lines that fits their offsets best, each with the weight of its pixels."""
    terms = np.polynomial.legendre.legvander(v, min(degree, len(v) - 1))
    weights = np.sqrt(counts)
    coefficients = np.linalg.lstsq(terms * weights[:, None], offsets * weights, rcond=1e-9)[0]
    return np.asarray(terms @ coefficients)


def coordinates(n: int) -> Floats:
    """Places of n pixels, from -1 to 1."""
    return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)


def _solved(gram: Floats, target: Floats, v: Floats, count: int) -> Floats:
    """The normal equations of u, u^2 and u v, summed over lines; only the first `count` of them."""
    by_line = np.stack([np.ones_like(v), np.ones_like(v), v])
    full = gram[:, _AXES[:, None], _AXES[None, :]]
    matrix = np.einsum("il,jl,lij->ij", by_line, by_line, full)[:count, :count]
    right = np.einsum("il,li->i", by_line, target[:, _AXES])[:count]
    solution = np.zeros(3)
    solution[:count] = np.linalg.lstsq(matrix, right, rcond=1e-9)[0]
    return solution


def _slopes(heights: Floats, valid: Mask, lag: int) -> Iterator[tuple[float, float, float]]:
    """Median difference of pixels `lag` apart in each part of the image, and where that part lies (y, x)."""
    height, width = heights.shape
    if width < 8:
        return
    v, u = coordinates(height), coordinates(width)
    differences = heights[:, lag:] - heights[:, :-lag]
    both = valid[:, lag:] & valid[:, :-lag]
    for rows in np.array_split(np.arange(height), min(ROWS, height)):
        lines = slice(rows[0], rows[-1] + 1, max(1, len(rows) // 40))
        for places in np.array_split(np.arange(width - lag), min(COLUMNS, width - lag)):
            cells = slice(places[0], places[-1] + 1)
            values = differences[lines, cells][both[lines, cells]]
            if values.size:
                x = (u[places[0]] + u[places[-1] + lag]) / 2
                yield median(values), float(v[rows].mean()), float(x)
