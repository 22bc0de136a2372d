"""Heights that an instrument rounded, as 12-bit converters do: the step between them, and what hides it."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SAMPLE = 2**15
_GAP = 0.02
"""Gaps between sorted differences count from this many times their spread."""
_CORE = (5, 95)


def rounding_step(heights: Floats) -> float:
    """Step that the heights of an image are rounded to; 0 where they are not.

    Differences of neighbouring pixels then lie on few values, whatever tilt and offsets the image has.
    """
    differences = np.diff(heights, axis=1).ravel()
    ordered = np.sort(differences[:: max(1, differences.size // _SAMPLE) | 1])
    if ordered.size < 16:
        return 0.0
    low, high = np.percentile(ordered, _CORE)
    core = ordered[(ordered >= low) & (ordered <= high)]
    gaps = np.diff(core)
    gaps = gaps[gaps > _GAP * (high - low)]
    return float(np.median(gaps)) if gaps.sum() > 0.5 * (high - low) > 0 else 0.0


@lru_cache(maxsize=4)
def dither(height: int, width: int) -> Floats:
    """Random numbers from -0.5 to 0.5, the same at every run; (height, width), not to be written to.

    Added to heights in units of their rounding step, they leave differences no favourite values.
    """
    # the legacy generator is the one whose numbers NumPy promises never to change
    numbers = np.random.RandomState(0).random_sample((height, width)) - 0.5
    numbers.setflags(write=False)
    return np.asarray(numbers)
