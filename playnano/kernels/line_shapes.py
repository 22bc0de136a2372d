"""The shape of a surface along its lines, whatever the offset of each line."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.line_offsets import filled_between, least_absolute
from playnano.kernels.medians import medians_of_counted
from playnano.stack.frames import Image, Mask

Floats = NDArray[np.float64]

LEAST_SHARE = 0.02
"""A line with a smaller share of background takes its offset from the lines around it."""
ROWS, COLUMNS = 6, 12
"""Parts of the image in which slopes are estimated."""
LINES_OF_PART = 40
"""So many lines of each part show its slope."""
_ALL = slice(None)
_AXES = np.array([0, 1, 0])  # u, u^2 and u v: the powers of u in them, less one


@dataclass(frozen=True)
class Shape:
    """An offset for each line, and the coefficients of u, u^2 and u v; u, v from -1 to 1 along x and y."""

    coefficients: Floats
    offsets: Floats

    def over(self, u: Floats, dtype: np.dtype[Any], lines: slice = _ALL) -> Image:
        """The surface at places along some of the lines; (lines, places)."""
        v = coordinates(len(self.offsets))[lines]
        a, b, c = self.coefficients
        of_lines = np.stack([a + c * v, self.offsets[lines], np.ones_like(v)], axis=1)
        along = np.stack([u, np.ones_like(u), b * u * u])
        return np.asarray(of_lines.astype(dtype) @ along.astype(dtype))

    def with_offsets(self, offsets: Floats) -> "Shape":
        """The shape with more added to each line."""
        return replace(self, offsets=self.offsets + offsets)

    def __add__(self, other: "Shape") -> "Shape":
        return Shape(self.coefficients + other.coefficients, self.offsets + other.offsets)


def shape_by_differences(heights: Image, valid: Mask, u: Floats, polynomial: bool) -> Shape:
    """The shape by median differences of pixels some way apart along the lines, in parts of the image.

    Offsets of lines do not matter to it, and features little: their edges go up as often as down.
    """
    none = Shape(np.zeros(3), np.zeros(len(heights)))
    lag = max(1, heights.shape[1] // 24)
    slope, y, x = _slopes(heights, valid, u, lag)
    if len(slope) < 4:
        return none
    terms = np.stack([np.ones_like(x), 2 * x, y], axis=1)[:, : 3 if polynomial else 1]
    coefficients = np.zeros(3)
    coefficients[: terms.shape[1]] = least_absolute(terms * (u[lag] - u[0]), slope)
    return replace(none, coefficients=coefficients)


def fitted_shape(rest: Image, near: Mask, u: Floats, polynomial: bool, *, lines: bool = True) -> Shape:
    """The shape that fits best where `near`, each line with an offset of its own: least squares.

    Lines with too few pixels take their offset from the lines around them. Without `lines`, the offsets
    follow a straight line or a parabola.
    """
    v = coordinates(len(rest))
    powers = np.stack([np.ones_like(u), u, u * u, u * u * u, (u * u) * (u * u)], axis=1)
    moments = near.astype(np.float64) @ powers
    sums = np.multiply(rest, near.astype(rest.dtype)).astype(np.float64, copy=False) @ powers[:, :3]
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


@lru_cache(maxsize=16)
def coordinates(n: int) -> Floats:
    """Places of n pixels, from -1 to 1; not to be written to."""
    places = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    places.setflags(write=False)
    return places


def _solved(gram: Floats, target: Floats, v: Floats, count: int) -> Floats:
    """The normal equations of u, u^2 and u v, summed over lines; only the first `count` of them."""
    by_line = np.stack([np.ones_like(v), np.ones_like(v), v], axis=1)
    full = gram[:, _AXES][:, :, _AXES] * by_line[:, :, None] * by_line[:, None, :]
    matrix = full.sum(axis=0)[:count, :count]
    right = (by_line * target[:, _AXES]).sum(axis=0)[:count]
    solution = np.zeros(3)
    solution[:count] = np.linalg.lstsq(matrix, right, rcond=1e-9)[0]
    return solution


def _slopes(heights: Image, valid: Mask, u: Floats, lag: int) -> tuple[Floats, Floats, Floats]:
    """Median difference of pixels `lag` apart in each part of the image, and where that part lies (y, x)."""
    height, width = heights.shape
    if width < 8:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    lines, places = _parts(height, ROWS, LINES_OF_PART), _parts(width - lag, COLUMNS)
    rows = lines.ravel()
    differences = heights[rows, lag:] - heights[rows, :-lag]
    both = valid[rows, lag:] & valid[rows, :-lag]
    cells = (len(lines) * len(places), -1)
    slopes, counts = medians_of_counted(_cut(differences, places, cells), _cut(both, places, cells))
    y = coordinates(height)[lines].mean(axis=1)
    x = (u[places[:, 0]] + u[places[:, -1] + lag]) / 2
    some = counts > 0
    return slopes[some], np.repeat(y, len(x))[some], np.tile(x, len(y))[some]


def _parts(length: int, most: int, pixels: int | None = None) -> NDArray[np.intp]:
    """Places in each of some parts of the same size, which may overlap; at most so many, (parts, pixels)."""
    count = min(most, length)
    size = -(-length // count)
    starts = np.linspace(0, length - size, count).round().astype(np.intp)
    return starts[:, None] + np.arange(0, size, max(1, size // (pixels or size)))


def _cut(values: NDArray[Any], places: NDArray[np.intp], cells: tuple[int, int]) -> NDArray[Any]:
    """Values (parts * lines, width) of the parts that they are cut to along the lines, (cells, n)."""
    cut = np.stack([values[:, own[0] : own[-1] + 1] for own in places])
    parts = cut.reshape(len(places), cells[0] // len(places), -1)
    return parts.transpose(1, 0, 2).reshape(cells)
