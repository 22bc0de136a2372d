"""Levels of an image from the histogram of its heights: the background's, and those of terraces."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Floats = NDArray[np.float64]

BASE_SHARE = 0.2
"""The background is the lowest level that so much of the image lies on."""
TERRACE_SHARE = 0.05
_MOST_BINS = 4096
_SAMPLE = 2**14


def levels_of(heights: Image, width: float, *, many: bool = False) -> Floats:
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


def base_levels(groups: Sequence[Image], width: float) -> Floats:
    """The background's level in each of several groups of heights (n,), none of them empty; (groups,).

    All are counted in one pass, in one histogram each over the range of all.

    Parameters
    ----------
    width : float
        Standard deviation of the heights on one level.
    """
    heights = np.concatenate(groups)
    ordered = np.sort(heights[:: max(1, heights.size // _SAMPLE)])
    low, high = (_percentile(ordered, percent) for percent in (0.1, 99.9))
    if not high > low:
        return np.full(len(groups), low)
    width = max(width, (high - low) / _MOST_BINS)
    low, high = low - 3 * width, high + 3 * width
    counts = _counted(heights, [len(group) for group in groups], low, high, _bins(low, high, width))
    bin_width = (high - low) / counts.shape[1]
    return np.asarray(low + bin_width * _bases(counts, width / bin_width))


def _bins(low: float, high: float, width: float) -> int:
    return int(min(_MOST_BINS, max(8, np.ceil(4 * (high - low) / width))))


def _counted(heights: Image, sizes: list[int], low: float, high: float, bins: int) -> Floats:
    """Histograms of the groups that the heights (n,) consist of; (groups, bins)."""
    place = heights - heights.dtype.type(low)
    place *= heights.dtype.type(bins / (high - low))
    place += 1  # what lies outside is counted in a bin before and one after
    np.clip(place, 0, bins + 1, out=place)
    at = place.astype(np.intp)
    at += np.repeat(np.arange(len(sizes)) * (bins + 2), sizes)
    counts = np.bincount(at, minlength=len(sizes) * (bins + 2)).reshape(len(sizes), -1)
    return counts[:, 1:-1].astype(np.float64)


def _bases(counts: Floats, width: float) -> Floats:
    """Places of the backgrounds' levels in histograms (groups, bins); width and places in bins."""
    from scipy.ndimage import gaussian_filter1d

    density = gaussian_filter1d(counts, width, axis=1, mode="constant")
    outside = np.full((len(counts), 1), -1.0)
    below, above = np.hstack([outside, density[:, :-1]]), np.hstack([density[:, 1:], outside])
    share = _counts_around(counts, 2 * width) / counts.sum(axis=1, keepdims=True).clip(1)
    enough = (density > below) & (density >= above) & (density > 0) & (share >= BASE_SHARE)
    places = np.where(enough.any(axis=1), enough.argmax(axis=1), density.argmax(axis=1))
    groups = np.arange(len(counts))
    before, top, after = (side[groups, places] for side in (below, density, above))
    curvature = before - 2 * top + after
    inner = (curvature < 0) & (before >= 0) & (after >= 0)
    shift = np.where(inner, 0.5 * (before - after) / np.where(inner, curvature, 1.0), 0.0)
    return np.asarray(places + 0.5 + shift)


def _counts_around(counts: Floats, reach: float) -> Floats:
    """How many lie within a reach, in bins, of the middle of each bin; (groups, bins)."""
    bins = counts.shape[1]
    sums = np.hstack([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)])
    below, above = (np.clip(np.arange(bins) + 0.5 + way, 0, bins) for way in (-reach, reach))
    return _between(sums, above) - _between(sums, below)


def _between(sums: Floats, places: Floats) -> Floats:
    """Columns of sums (groups, n) at places between them, by straight lines."""
    whole = np.minimum(places.astype(np.intp), sums.shape[1] - 2)
    part = places - whole
    return np.asarray(sums[:, whole] * (1 - part) + sums[:, whole + 1] * part)


def _percentile(ordered: Image, percent: float) -> float:
    place = percent / 100 * (len(ordered) - 1)
    low = int(place)
    above = float(ordered[min(low + 1, len(ordered) - 1)])
    return float(ordered[low]) + (above - float(ordered[low])) * (place - low)


def _density(ordered: Image, low: float, high: float, width: float) -> tuple[Floats, Floats]:
    """A histogram smoothed to the width of a level."""
    from scipy.ndimage import gaussian_filter1d

    bins = _bins(low, high, width)
    edges = np.linspace(low, high, bins + 1)
    counts = np.diff(np.searchsorted(ordered, edges)).astype(np.float64)
    smooth = gaussian_filter1d(counts, width * bins / (high - low), mode="constant")
    return (edges[1:] + edges[:-1]) / 2, smooth


def _peaks(density: Floats) -> NDArray[np.int64]:
    padded = np.concatenate([[-1.0], density, [-1.0]])
    inner = padded[1:-1]
    return np.flatnonzero((inner > padded[:-2]) & (inner >= padded[2:]) & (inner > 0))


def _share_around(ordered: Image, centres: Floats, reach: float) -> Floats:
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
