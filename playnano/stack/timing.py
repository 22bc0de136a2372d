"""Times of frames: regular or not, and how long each lasts."""

import numpy as np
from numpy.typing import NDArray

from playnano.stack.stack import AFMImageStack


def mean_interval_s(stack: AFMImageStack) -> float | None:
    """Seconds from frame to frame on average; None where times are not known or do not grow."""
    times = stack.timestamps
    if len(times) < 2 or not np.isfinite(times).all() or times[-1] <= times[0]:
        return None
    return float((times[-1] - times[0]) / (len(times) - 1))


REGULAR = 0.01
"""Intervals that differ from their median by this share of it, or less, are regular: for every export, and in
`playnano info`. Clocks of instruments jitter by less; a dropped frame makes a difference of 1."""


def are_regular(intervals: NDArray[np.float64]) -> bool:
    """Whether times between frames, or how long frames last, are the same for all; the one rule for it."""
    if not len(intervals) or not np.isfinite(intervals).all():
        return False
    median = float(np.median(intervals))
    return median > 0 and float(np.abs(intervals - median).max()) <= REGULAR * median


def regular_interval(times: NDArray[np.float64]) -> float | None:
    """Median of the times between frames; None where a time is not known or they are irregular.

    Programs take it for every interval, so that it is stated only where that is true.
    """
    intervals = np.diff(times)
    return float(np.median(intervals)) if are_regular(intervals) else None


def frame_durations(stack: AFMImageStack) -> NDArray[np.float64]:
    """Time from each frame to the next, in s; the last lasts as long as the middle one of the others."""
    steps = np.diff(stack.timestamps)
    if not steps.size:
        own = stack.frame_metadata[0].get("frame_duration_s")
        return np.array([own if isinstance(own, int | float) and own > 0 else 1.0])
    return np.append(steps, np.median(steps))
