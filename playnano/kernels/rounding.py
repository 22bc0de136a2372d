"""Heights that an instrument rounded, as 12-bit converters do: the step between them, and what hides it."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.medians import median
from playnano.stack.frames import Image, Mask

Floats = NDArray[np.float64]

_SAMPLE = 2**15
_GAP = 0.02
"""Gaps between sorted differences count from this many times their spread."""
_CORE = (10, 90)
"""Percentiles between which differences are looked at: edges of features lie beyond."""
_EXACT = 0.95
"""Heights are rounded where gaps make up so much of the spread: noise about a few levels fills more of it."""


def rounding_step(heights: Image, counted: Mask) -> float:
    """Step that the heights of an image are rounded to; 0 where they are not, or much finer than the noise.

    Second differences along the lines then lie on few values, whatever tilt, bow and offsets the image has.
    Those at the edges of flat features do so only to within the noise, and are fewer.
    """
    lines = slice(None, None, max(1, heights.size // _SAMPLE))
    some = np.where(counted[lines], heights[lines], np.nan)
    differences = np.diff(some, 2, axis=1)
    ordered = np.sort(differences[np.isfinite(differences)])
    if ordered.size < 16:
        return 0.0
    core = ordered[slice(*(len(ordered) * percent // 100 for percent in _CORE))].astype(np.float64)
    spread = float(core[-1] - core[0])
    gaps = np.diff(core)
    gaps = gaps[gaps > _GAP * spread]
    return median(gaps) if gaps.sum() > _EXACT * spread > 0 else 0.0


@lru_cache(maxsize=4)
def dither(height: int, width: int) -> Floats:
    """Random numbers from -0.5 to 0.5, the same at every run; (height, width), not to be written to.

    Added to heights in units of their rounding step, they leave differences no favourite values.
    """
    # the legacy generator is the one whose numbers NumPy promises never to change
    numbers = np.random.RandomState(0).random_sample((height, width)) - 0.5
    numbers.setflags(write=False)
    return np.asarray(numbers)
