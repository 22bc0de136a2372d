"""Offsets of scan lines: from the differences of neighbouring lines, and for lines without background."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.base_level import base_levels
from playnano.kernels.line_jumps import LASTING, STEP, LineDifferences, densest, settled
from playnano.kernels.medians import median
from playnano.stack.frames import Image, Mask

Floats = NDArray[np.float64]

BAND = 12
"""Number of lines that show together on which level the background lies."""
WANDERING = 3.0
"""From one band to the next, offsets wander by fewer times the noise; what differs more is a feature."""
NEIGHBOURS = 21
"""Number of neighbouring lines that a line's correction is based on."""
TORN = 5
"""A line whose differences to the one before spread so many times more than those of others is torn."""
_CONVERGED = 1e-3
"""In typical deviations: a fit that changes by less from one round to the next is one."""
_WITHIN = 2 * 0.3853
"""Width of the densest 30 % of a Gaussian, in standard deviations."""


@dataclass(frozen=True)
class LineOffsets:
    """What the differences of neighbouring lines show."""

    offsets: Floats
    """Offset of each line (height,); their mean is 0."""
    noise: float
    """Standard deviation of the heights, from line to line."""
    jumps: int = 0
    """Number of jumps of a whole line, far beyond the others or lasting, that count as offsets."""


def offsets_by_differences(
    heights: Image, valid: Mask, *, whole_lines_are_steps: bool = False
) -> LineOffsets:
    """Offset of each line by its most frequent difference to the line before.

    Unlike a line's median, this holds where a feature fills most of a line. Errors add up along the frame,
    so the offsets are good beside their neighbours and wander slowly.

    Parameters
    ----------
    whole_lines_are_steps : bool
        Whether a jump of a whole line far beyond the others is a step of the sample, not an offset.
    """
    if len(heights) < 2:
        return LineOffsets(np.zeros(len(heights)), _noise_along(heights))
    differences, counts = _sorted_differences(heights, valid)
    usual = median(differences[:, differences.shape[1] // 2])
    centre, width = densest(differences, usual)
    noise = median(width) / _WITHIN
    jumps = settled(differences, centre, 2.5 * noise)
    jumps[counts < 3] = usual
    torn = width > TORN * median(width)
    lines = LineDifferences(heights, valid, usual, noise)
    jumps = lines.bridged(jumps, torn)
    jumps = lines.with_missed(lines.without_edges(jumps, torn))
    whole = lines.far_beyond(jumps)
    offsets = np.concatenate([[0.0], np.cumsum(jumps)])
    count = len(whole) + len(_apart_from(whole, lasting_jumps(offsets, noise)))
    if whole_lines_are_steps:
        jumps[whole] = usual
        offsets = np.concatenate([[0.0], np.cumsum(jumps)])
    return LineOffsets(offsets - offsets.mean(), noise / np.sqrt(2), count)


def wander(heights: Image, valid: Mask, noise: float) -> Floats:
    """How far the lines (height,) of an image without its line offsets wander from the background's level.

    Errors of the differences of lines add up, above all where heights are rounded, and may come to more than
    the features' height. The background's level is therefore followed from band to band of lines; where it
    changes by more than offsets wander, the band shows another level, such as that of a patch.

    Parameters
    ----------
    noise : float
        Standard deviation of the heights.
    """
    ends = np.linspace(0, len(heights), max(1, round(len(heights) / BAND)) + 1).round().astype(int)
    bands = [slice(first, last) for first, last in pairwise(ends.tolist())]
    shown = [band for band in bands if valid[band].any()]
    if len(shown) < 2:
        return np.zeros(len(heights))
    whole = bool(valid.all())
    levels = base_levels(
        [heights[band].ravel() if whole else heights[band][valid[band]] for band in shown], noise
    )
    centres = [(band.start + band.stop - 1) / 2 for band in shown]
    changes = np.diff(levels)
    changes[np.abs(changes) > WANDERING * noise] = 0.0
    path = np.concatenate([[0.0], np.cumsum(changes)])
    way = np.interp(np.arange(len(heights)), centres, path)
    return np.asarray(way - way.mean())


def lasting_jumps(offsets: Floats, noise: float) -> list[int]:
    """Jumps after which the level of the lines stays another, however much lines differ one by one.

    The means of some lines after and before each jump are compared. They differ far more than elsewhere, and
    at least half of that by the jump itself.
    """
    if len(offsets) < 6 * LASTING:
        return []
    sums = np.concatenate([[0.0], np.cumsum(offsets)])
    after, middle, before = sums[2 * LASTING :], sums[LASTING:-LASTING], sums[: -2 * LASTING]
    changes = (after - 2 * middle + before) / LASTING
    places = np.linspace(-1, 1, len(changes))
    terms = np.stack([np.ones_like(places), places], axis=1)  # of tilt and bow
    changes = changes - terms @ least_absolute(terms, changes)
    jumps = np.diff(offsets)
    jumps = (jumps - np.median(jumps))[LASTING - 1 : LASTING - 1 + len(changes)]
    limit = max(6 * 1.4826 * float(np.median(np.abs(changes))), STEP * noise)
    far = (np.abs(changes) > limit) & (jumps * np.sign(changes) > 0.5 * np.abs(changes))
    return [int(place) + LASTING - 1 for place in _highest(np.where(far, np.abs(changes), 0.0))]


def _highest(values: Floats) -> NDArray[np.int64]:
    """Places of values above 0 that are the highest around them."""
    from scipy.ndimage import maximum_filter1d

    return np.flatnonzero(
        (values > 0) & (values == maximum_filter1d(values, 2 * LASTING - 1, mode="constant"))
    )


def _apart_from(some: list[int], others: list[int]) -> list[int]:
    """Those of the others that are not near one of some."""
    return [other for other in others if all(abs(other - one) >= LASTING for one in some)]


def smooth_offsets(heights: Image, valid: Mask, bowed: bool) -> Floats:
    """Offset of each line (height,) for lines that follow a slope, or with a bow; their mean is 0."""
    if len(heights) < 2:
        return np.zeros(len(heights))
    differences, counts = _sorted_differences(heights, valid)
    medians = differences[counts > 0, differences.shape[1] // 2]
    if not len(medians):
        return np.zeros(len(heights))
    places = np.linspace(-1, 1, len(differences))
    terms = np.stack([np.ones(len(places)), places], axis=1)[:, : 2 if bowed else 1]
    slopes = terms @ least_absolute(terms[counts > 0], medians)
    offsets = np.concatenate([[0.0], np.cumsum(slopes)])
    return np.asarray(offsets - offsets.mean())


def without_outliers(corrections: Floats, noise: float) -> Floats:
    """Corrections of line offsets (height,), those far from their neighbours' interpolated.

    Offsets by differences are right from line to line and wander slowly, so what corrects them is smooth; a
    line that differs has taken a feature for the background.
    """
    from scipy.ndimage import median_filter

    apart = np.abs(corrections - median_filter(corrections, NEIGHBOURS, mode="nearest"))
    return filled_between(corrections, apart <= max(noise, 6 * 1.4826 * median(apart)))


def filled_between(values: Floats, valid: Mask) -> Floats:
    """Values (n,) with those that are not known interpolated between their neighbours; 0 where none is."""
    if valid.all():
        return values
    if not valid.any():
        return np.zeros_like(values)
    places = np.arange(len(values))
    return np.asarray(np.interp(places, places[valid], values[valid]))


def _sorted_differences(heights: Image, valid: Mask) -> tuple[Image, NDArray[np.int64]]:
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


def least_absolute(terms: Floats, values: Floats) -> Floats:
    """Coefficients of the least sum of absolute deviations, by reweighting."""
    weights: Floats = np.ones(len(values))
    coefficients: Floats = np.zeros(terms.shape[1])
    last = values
    for _ in range(30):
        scaled = terms.T * weights
        coefficients = np.linalg.lstsq(scaled @ terms, scaled @ values, rcond=1e-12)[0].astype(float)
        fit = terms @ coefficients
        rest = np.abs(values - fit)
        usual = float(rest.sum()) / len(rest)
        if np.abs(fit - last).max() <= _CONVERGED * usual:
            break
        last = fit
        least = 1e-3 * usual + 1e-30
        weights = np.asarray(least / np.maximum(rest, least), np.float64)
    return np.asarray(coefficients)


def _noise_along(heights: Image) -> float:
    steps = np.diff(heights, axis=1)
    return 1.0484 * float(np.median(np.abs(steps))) if steps.size else 0.0
