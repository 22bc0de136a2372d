"""The contour at a height: its length, and the area above it, with sub-pixel accuracy."""

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Floats = NDArray[np.float64]


def contour_size(image: Image, height: float, pixel: tuple[float, float]) -> tuple[float, float]:
    """Area above a height, and the length of its outline.

    Each square of four pixel centres is two triangles, on which heights are linear. The outer half of the
    pixels at the edge is as high as their centres. The outline runs along the edge of the image too, not
    along pixels without a number, around which there is no surface.

    Parameters
    ----------
    pixel : (y, x)
        Pixel size; area and length have its unit.
    """
    above = np.pad(image.astype(np.float64), 1, mode="edge") - height
    dy, dx = (_steps(count) * size for count, size in zip(image.shape, pixel, strict=True))
    width, depth = np.broadcast_arrays(dx[None], dy[:, None])
    halves = (
        (above[:-1, :-1], above[:-1, 1:], above[1:, :-1]),
        (above[1:, 1:], above[1:, :-1], above[:-1, 1:]),
    )
    area = length = 0.0
    for corner, along, across in halves:
        share, segment = _triangle(corner, along, across, width, depth)
        area += float(np.nansum(share * width * depth / 2))
        length += float(np.nansum(segment))
    edges = ((above[0], dx), (above[-1], dx), (above[:, 0], dy), (above[:, -1], dy))
    return area, length + sum(_positive_length(heights, steps) for heights, steps in edges)


def _steps(count: int) -> Floats:
    """Distances of pixel centres, and half a pixel at both ends."""
    return np.concatenate([[0.5], np.ones(count - 1), [0.5]])


def _triangle(a: Floats, b: Floats, c: Floats, dx: Floats, dy: Floats) -> tuple[Floats, Floats]:
    """Share of right triangles that lies above 0, and the length of the line at 0; NaN beside NaN.

    `a` is the height at the right angle, `b` at the other end along x, `c` along y.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ab, ac, bc = a / (a - b), a / (a - c), b / (b - c)
        one, two, three = a > 0, b > 0, c > 0
        odd = [(two == three) & (one != two), (one == three) & (one != two), (one == two) & (one != three)]
        corner = np.select(odd, [ab * ac, (1 - ab) * bc, (1 - ac) * (1 - bc)], 0.0)
        sides = [(ab, ac), (1 - ab - bc, bc), (1 - bc, bc - ac)]
        segment = np.select(odd, [np.hypot(x * dx, y * dy) for x, y in sides], 0.0)
    is_above = np.select(odd, [one, two, three], False)
    share = np.where(np.any(odd, axis=0), np.where(is_above, corner, 1 - corner), one)
    valid = np.isfinite(a + b + c)
    return np.where(valid, share, np.nan), np.where(valid, segment, np.nan)


def _positive_length(heights: Floats, steps: Floats) -> float:
    """Length of a line that lies above 0, its heights linear between the points."""
    first, second = heights[:-1], heights[1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.maximum(first, second) / np.abs(first - second)
    share = np.where((first > 0) == (second > 0), first > 0, part)
    return float(np.nansum(np.where(np.isfinite(first + second), share, np.nan) * steps))
