"""Steps in a noisy series of values."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def level_changes(values: Floats, shortest: int) -> list[int]:
    """Where a series changes its level: indices of the first value of each level but the first.

    Parameters
    ----------
    values : array (n,)
        Finite.
    shortest : int
        Fewest values of a level.

    References
    ----------
    Kalafut, B. and Visscher, K. (2008), Computer Physics Communications 179, 716-723.
    """
    changes: list[int] = []
    best = _criterion(values, changes)
    while True:
        candidates = _best_splits(values, changes, shortest)
        if not candidates:
            return changes
        trial = sorted([*changes, min(candidates)[1]])
        after = _criterion(values, trial)
        if after >= best:
            return changes
        changes, best = trial, after


def _best_splits(values: Floats, changes: list[int], shortest: int) -> list[tuple[float, int]]:
    """Of each level the split that lowers the sum of squares most: (change of the sum, where)."""
    bounds = [0, *changes, len(values)]
    candidates = []
    for start, end in pairwise(bounds):
        places = np.arange(start + shortest, end - shortest + 1)
        if not len(places):
            continue
        sums = np.concatenate([[0.0], np.cumsum(values[start:end] - values[start:end].mean())])
        left = places - start
        gain = sums[left] ** 2 * (1 / left + 1 / (end - places))
        best = int(np.argmax(gain))
        candidates.append((-float(gain[best]), int(places[best])))
    return candidates


def _criterion(values: Floats, changes: list[int]) -> float:
    """Bayesian information criterion of levels of one common variance, 3 for each change: level and place.

    References
    ----------
    Zhang, N. and Siegmund, D. (2007), Biometrics 63, 22-32.
    """
    bounds = [0, *changes, len(values)]
    squares = sum(
        float(np.sum((values[start:end] - values[start:end].mean()) ** 2)) for start, end in pairwise(bounds)
    )
    count = len(values)
    least = 1e-18 * max(1.0, float(np.abs(values).max()) ** 2)
    return 3 * len(changes) * float(np.log(count)) + count * float(np.log(max(squares / count, least)))
