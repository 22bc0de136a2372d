"""The path of a movie's drift: which frames fit into it, and what lies between them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(frames, 2): y and x in px."""
Flags = NDArray[np.bool_]

_NEAR_PX = 3.0
_FAR = 8.0
"""Times the usual distance from both neighbours."""
_UNSURE = 0.6
"""Of the median confidence: a frame away from both neighbours has to be surer than that."""
_ALONE = 0.3
"""Confidence that a frame needs with fewer than so many found in a row."""
_IN_A_ROW = 3
_WINDOW = 2
"""Frames before and after one that its velocity is fitted to."""


def interpolated(path: Points, valid: Flags) -> Points:
    """The path, in straight lines across frames not found; at rest before the first and after the last."""
    if not valid.any():
        return np.zeros_like(path)
    at, places = np.flatnonzero(valid), np.arange(len(path))
    return np.stack([np.interp(places, at, path[at, axis]) for axis in (0, 1)], axis=1)


def outlying(path: Points, valid: Flags, confidence: NDArray[np.float64]) -> Flags:
    """The frames that agree with no neighbour, and whose confidence is too low to be believed.

    Either they lie away from the frames found before and after them, or hardly any is found beside them.
    """
    at = np.flatnonzero(valid)
    marked = valid & (confidence < _ALONE) & (_in_a_row(valid) < min(_IN_A_ROW, len(path)))
    if len(at) < 3:
        return marked
    before, here, after = at[:-2], at[1:-1], at[2:]
    share = ((here - before) / (after - before))[:, None]
    away = np.hypot(*(path[here] - (path[before] * (1 - share) + path[after] * share)).T)
    limit = max(_NEAR_PX, _FAR * float(np.median(away)))
    unsure = confidence[here] < _UNSURE * float(np.median(confidence[at]))
    marked[here[(away > limit) & unsure]] = True
    return marked


def _in_a_row(valid: Flags) -> NDArray[np.int64]:
    """How many frames are found in a row, for each of them."""
    number = np.cumsum(~valid)
    return np.bincount(number[valid], minlength=len(valid) + 1)[number]


def velocities(path: Points, valid: Flags) -> Points:
    """The slope of the straight line through the frames around each one: (frames, 2), px per frame."""
    whole = interpolated(path, valid)
    result = np.zeros_like(whole)
    for index in range(len(path)):
        start, stop = max(0, index - _WINDOW), min(len(path), index + _WINDOW + 1)
        places = np.arange(start, stop) - (start + stop - 1) / 2
        if len(places) > 1:
            result[index] = places @ whole[start:stop] / (places @ places)
    return result


def outward(middle: int, indices: Sequence[int]) -> list[int]:
    """The indices from the middle one on, then those before it backwards: each has a neighbour done."""
    after = [index for index in indices if index > middle]
    return after + [index for index in reversed(indices) if index < middle]
