"""Morphology of masks."""

import numpy as np

from playnano.stack.frames import Mask


def closed_by_square(mask: Mask, side: int) -> Mask:
    """Binary closing by a square, one axis after the other: the time does not grow with its side."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    closed = np.pad(mask, side).view(np.uint8)  # the margin: what touches the border must not be eroded there
    for axis in (0, 1):
        closed = maximum_filter1d(closed, side, axis, mode="constant", origin=-1 if side % 2 == 0 else 0)
    for axis in (0, 1):
        closed = minimum_filter1d(closed, side, axis, mode="constant")
    return np.asarray(closed[side:-side, side:-side].astype(bool))
