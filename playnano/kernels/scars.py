"""Scars: short runs along a line that lie above or below the lines around them."""

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image, Mask

Floats = NDArray[np.float64]
_SAMPLE = 2**16


def scars(image: Image, valid: Mask, *, hard: float, soft: float, max_width: int, min_length: int) -> Mask:
    """Pixels of scars of either sign; bool (height, width).

    Parameters
    ----------
    image : array (height, width)
    valid : bool array (height, width)
        Pixels that hold a number.
    hard, soft : float
        Excess over the lines above and below, in standard deviations of the differences of neighbouring
        lines, that starts a scar, and that continues one along the line.
    max_width : int
        Most lines that a scar covers.
    min_length : int
        Least length of a scar, px.
    """
    heights = np.where(valid, image, np.nan).astype(np.float64)
    differences = np.diff(heights, axis=0).ravel()[:: max(1, image.size // _SAMPLE) | 1]
    differences = differences[np.isfinite(differences)]
    if not differences.size:
        return np.zeros(image.shape, bool)
    scale = 1.4826 * float(np.median(np.abs(differences - np.median(differences))))
    if scale == 0:
        scale = float(differences.std())
    marks = np.zeros(image.shape, bool)
    for sign in (1.0, -1.0) if scale > 0 else ():
        excess = _excess(sign * heights, max_width)
        excess = _over_surroundings(excess, sign * heights, soft * scale, max_width) / scale
        marks |= _long_runs(excess, hard, soft, min_length)
    return marks


def without_marked(image: Image, marked: Mask) -> Image:
    """The image with marked pixels interpolated between the nearest others above and below."""
    rest = ~marked & np.isfinite(image)
    repaired = image.copy()
    rows = np.arange(len(image))
    for column in np.flatnonzero((marked & np.isfinite(image)).any(axis=0)):
        is_kept = rest[:, column]
        if is_kept.any():
            gaps = marked[:, column] & np.isfinite(image[:, column])
            repaired[gaps, column] = np.interp(rows[gaps], rows[is_kept], image[is_kept, column])
    return repaired


def _excess(heights: Floats, max_width: int) -> Floats:
    """How far a pixel and those of its strip, of up to `max_width` lines, lie above the lines around it."""
    height = len(heights)
    best = np.zeros_like(heights)
    lowest = heights
    for width in range(1, min(max_width, height - 2) + 1):
        if width > 1:
            lowest = np.minimum(lowest[:-1], heights[width - 1 :])
        inside = lowest[1 : height - width]
        around = np.maximum(heights[: height - width - 1], heights[width + 1 :])
        excess = inside - around
        for row in range(width):
            part = best[1 + row : 1 + row + len(excess)]
            np.fmax(part, excess, out=part)
    return best


def _over_surroundings(excess: Floats, heights: Floats, least: float, max_width: int) -> Floats:
    """Excesses of at least `least`, and no more than the pixel lies above the median of its column nearby.

    The lines between two scars lie below both of them, and are no scar.
    """
    reach = 2 * max_width
    rows, columns = np.nonzero(excess >= least)
    padded = np.pad(heights, ((reach, reach), (0, 0)), constant_values=np.nan)
    nearby = np.stack([padded[rows + shift, columns] for shift in range(2 * reach + 1)])
    own = heights[rows, columns] - _median_of_numbers(nearby)
    less = np.zeros_like(excess)
    less[rows, columns] = np.minimum(excess[rows, columns], own)
    return less


def _median_of_numbers(values: Floats) -> Floats:
    """Median along the first axis; NaN are left out, one number at least is there."""
    ordered = np.sort(values, axis=0)
    counts = np.isfinite(values).sum(axis=0)
    places = np.arange(values.shape[1])
    return np.asarray(ordered[(counts - 1) // 2, places] + ordered[counts // 2, places]) / 2


def _long_runs(excess: Floats, hard: float, soft: float, min_length: int) -> Mask:
    """Runs along lines of pixels above `soft` that hold one above `hard` and are long enough."""
    weak = np.pad(excess >= soft, ((0, 0), (1, 1)))
    edges = np.diff(weak.astype(np.int8).ravel())
    starts, ends = np.flatnonzero(edges == 1) + 1, np.flatnonzero(edges == -1) + 1
    strong = np.concatenate([[0], np.cumsum(np.pad(excess >= hard, ((0, 0), (1, 1))).ravel())])
    kept = (ends - starts >= min_length) & (strong[ends] > strong[starts])
    marks = np.zeros(weak.size + 1, np.int32)
    marks[starts[kept]] += 1
    marks[ends[kept]] -= 1
    return np.asarray(np.cumsum(marks[:-1]).reshape(weak.shape)[:, 1:-1] > 0)
