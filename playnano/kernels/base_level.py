"""Levels of an image from the histogram of its heights: the background's, and those of terraces."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BASE_SHARE = 0.2
"""The background is the lowest level that so much of the image lies on."""
TERRACE_SHARE = 0.05
_MOST_BINS = 4096


def levels_of(heights: Floats, width: float, *, many: bool = False) -> Floats:
    """Heights of the levels of an image: the background's first, then those of other terraces, in order.

    Parameters
    ----------
    heights : array (n,)
    width : float
        Standard deviation of the heights on one level.
    many : bool
        Whether to look for more than the background's.
    """
    ordered = np.sort(heights)
    low, high = (_percentile(ordered, percent) for percent in (0.1, 99.9))
    if not high > low:
        return np.array([low])
    width = max(width, (high - low) / _MOST_BINS)
    centres, density = _density(ordered, low - 3 * width, high + 3 * width, width)
    peaks = _peaks(density)
    share = _share_around(ordered, centres[peaks], 2 * width)
    enough = peaks[share >= BASE_SHARE]
    base = _refined(centres, density, int(enough[0] if enough.size else np.argmax(density)))
    if not many:
        return np.array([base])
    others = [_refined(centres, density, int(p)) for p in peaks[share >= TERRACE_SHARE]]
    apart = [level for level in others if abs(level - base) > 3 * width]
    return np.array(_thinned(base, sorted(apart), 3 * width))


def _percentile(ordered: Floats, percent: float) -> float:
    place = percent / 100 * (len(ordered) - 1)
    low = int(place)
    above = float(ordered[min(low + 1, len(ordered) - 1)])
    return float(ordered[low]) + (above - float(ordered[low])) * (place - low)


def _density(ordered: Floats, low: float, high: float, width: float) -> tuple[Floats, Floats]:
    """A histogram smoothed to the width of a level."""
    from scipy.ndimage import gaussian_filter1d

    bins = int(min(_MOST_BINS, max(8, np.ceil(4 * (high - low) / width))))
    edges = np.linspace(low, high, bins + 1)
    counts = np.diff(np.searchsorted(ordered, edges)).astype(np.float64)
    smooth = gaussian_filter1d(counts, width * bins / (high - low), mode="constant")
    return (edges[1:] + edges[:-1]) / 2, smooth


def _peaks(density: Floats) -> NDArray[np.int64]:
    padded = np.concatenate([[-1.0], density, [-1.0]])
    inner = padded[1:-1]
    return np.flatnonzero((inner > padded[:-2]) & (inner >= padded[2:]) & (inner > 0))


def _share_around(ordered: Floats, centres: Floats, reach: float) -> Floats:
    inside = np.searchsorted(ordered, centres + reach) - np.searchsorted(ordered, centres - reach)
    return np.asarray(inside / len(ordered))


def _refined(centres: Floats, density: Floats, place: int) -> float:
    """The top of a peak, by a parabola through three bins."""
    if not 0 < place < len(density) - 1:
        return float(centres[place])
    before, top, after = density[place - 1 : place + 2]
    curvature = before - 2 * top + after
    shift = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return float(centres[place] + shift * (centres[1] - centres[0]))


def _thinned(base: float, levels: list[float], apart: float) -> list[float]:
    """The base, then levels in order, none nearer to another than `apart`."""
    kept = [base]
    for level in levels:
        if all(abs(level - one) >= apart for one in kept):
            kept.append(level)
    return kept
