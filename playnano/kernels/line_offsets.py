"""Offsets of scan lines: from the differences of neighbouring lines, and for lines without background."""

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Mask

Floats = NDArray[np.float64]

SHARE = 0.3
"""Share of a line that the densest part of its differences to the next line holds."""
SETTLING = 5
NEIGHBOURS = 21
"""Number of neighbouring lines that a line's correction is based on."""
FEW_LINES = 3
"""So few lines between two opposite jumps are lines with an offset, not a feature that fills them."""
_WITHIN = 2 * 0.3853
"""Width of the densest 30 % of a Gaussian, in standard deviations."""
NEARNESS = 0.15
"""Cost of a jump between lines, against the width of the densest part: of two, the nearer counts."""


def offsets_by_differences(heights: Floats, valid: Mask) -> tuple[Floats, float]:
    """Offset of each line (height,) by its most frequent difference to the line before, and the noise.

    Unlike a line's median, this holds where a feature fills most of a line. Errors add up along the frame,
    so the offsets are good beside their neighbours and wander slowly; their mean is 0.
    """
    if len(heights) < 2:
        return np.zeros(len(heights)), _noise_along(heights)
    differences, counts = _sorted_differences(heights, valid)
    usual = float(np.median(differences[:, differences.shape[1] // 2]))
    centre, width = _densest(differences, usual)
    noise = float(np.median(width)) / _WITHIN
    jumps = _settled(differences, centre, 2.5 * noise)
    jumps[counts < 3] = usual
    jumps = _without_edges(jumps, usual, noise)
    offsets = np.concatenate([[0.0], np.cumsum(jumps)])
    return offsets - offsets.mean(), noise / np.sqrt(2)


def _settled(differences: Floats, centre: Floats, reach: float) -> Floats:
    """The mean of what lies near the centre of each row, again and again: it no longer leans to the start."""
    for _ in range(SETTLING):
        near = np.abs(differences - centre[:, None]) <= reach
        sums, counts = np.einsum("ij,ij->i", differences, near), near.sum(axis=1)
        centre = np.divide(sums, counts, out=centre.copy(), where=counts > 0)
    return centre


def _without_edges(jumps: Floats, usual: float, noise: float) -> Floats:
    """Jumps without those far beyond the others: the edge of what fills whole lines, not an offset.

    A jump that the next few lines take back is an offset of these lines, and stays.
    """
    apart = np.abs(jumps - usual)
    limit = max(6 * 1.4826 * float(np.median(apart)), 8 * noise)
    edges = np.flatnonzero(apart > limit)
    lasting = [
        edge
        for place, edge in enumerate(edges)
        if not any(
            abs(edges[other] - edge) <= FEW_LINES
            and abs(jumps[edges[other]] + jumps[edge] - 2 * usual) < limit
            for other in (place - 1, place + 1)
            if 0 <= other < len(edges)
        )
    ]
    kept = jumps.copy()
    kept[lasting] = usual
    return kept


def without_outliers(corrections: Floats, noise: float) -> Floats:
    """Corrections of line offsets (height,), those far from their neighbours' interpolated.

    Offsets by differences are right from line to line and wander slowly, so what corrects them is smooth; a
    line that differs has taken a feature for the background.
    """
    from scipy.ndimage import median_filter

    apart = np.abs(corrections - median_filter(corrections, NEIGHBOURS, mode="nearest"))
    return filled_between(corrections, apart <= max(noise, 6 * 1.4826 * float(np.median(apart))))


def filled_between(values: Floats, valid: Mask) -> Floats:
    """Values (n,) with those that are not known interpolated between their neighbours; 0 where none is."""
    if valid.all():
        return values
    if not valid.any():
        return np.zeros_like(values)
    places = np.arange(len(values))
    return np.asarray(np.interp(places, places[valid], values[valid]))


def _sorted_differences(heights: Floats, valid: Mask) -> tuple[Floats, NDArray[np.int64]]:
    """Differences of each line to the one before in order, and how many there are.

    Where pixels do not count, the others are spread over the whole width.
    """
    differences = np.diff(heights, axis=0)
    if valid.all():
        differences.sort(axis=1)
        return differences, np.full(len(differences), heights.shape[1])
    both = valid[1:] & valid[:-1]
    counts = both.sum(axis=1)
    ordered = np.sort(np.where(both, differences, np.inf), axis=1)
    width = heights.shape[1]
    places = np.arange(width) * counts[:, None] // width
    spread = np.take_along_axis(ordered, np.minimum(places, np.maximum(counts - 1, 0)[:, None]), axis=1)
    return np.where(counts[:, None] > 0, spread, 0.0), counts


def _densest(ordered: Floats, usual: float) -> tuple[Floats, Floats]:
    """Middle and width of the narrowest window that holds a share of each row; near `usual` preferred."""
    width = ordered.shape[1]
    reach = max(1, round(SHARE * width))
    if width <= reach:
        return np.asarray(ordered.mean(1)), np.ptp(ordered, axis=1)
    widths = ordered[:, reach:] - ordered[:, :-reach]
    middles = (ordered[:, reach:] + ordered[:, :-reach]) / 2
    best = np.argmin(widths + NEARNESS * np.abs(middles - usual), axis=1)
    rows = np.arange(len(ordered))
    return middles[rows, best], widths[rows, best]


def _noise_along(heights: Floats) -> float:
    steps = np.diff(heights, axis=1)
    return 1.0484 * float(np.median(np.abs(steps))) if steps.size else 0.0
