"""Morphology of masks."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Specks(NamedTuple):
    """A mask without specks, and the same grown by a pixel."""

    mask: Mask
    grown: Mask


def without_specks(mask: Mask) -> Specks:
    """A mask without pixels that have fewer than two neighbours in it, and the rest grown by a pixel."""
    count = _sums_of_three(mask.astype(np.uint8))
    kept = mask & (count > 2)
    return Specks(kept, _sums_of_three(kept.astype(np.uint8)) > 0)


def _sums_of_three(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Sums over 3 x 3 pixels."""
    padded = np.pad(values, 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray(rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:])
