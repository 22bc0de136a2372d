"""The slope of flat parts, whatever steps lie between them."""

import numpy as np

from playnano.errors import NothingToFitError
from playnano.kernels.surfaces import Floats
from playnano.stack.frames import Frame, Image, Mask

_ROUNDS = 100
_WIDTH = 20
"""Facets count by exp(-s^2 / (mean s^2 / _WIDTH)), where s is their slope beside the common one."""


def facet_slope(frame: Frame, aspect: float = 1.0, tolerance: float = 1e-6) -> tuple[float, float]:
    """The most frequent slope of the background, in height per pixel along (y, x).

    Parameters
    ----------
    aspect : float
        Height of a pixel over its width.
    tolerance : float
        The search ends where a round changes the slope by less than this, per pixel of its width.

    Raises
    ------
    NothingToFitError
        Where no square of 2 x 2 pixels is background.
    """
    steep_y, steep_x = _facets(frame.image.astype(np.float64), frame.background(), aspect)
    if not steep_x.size:
        raise NothingToFitError("no square of 2 x 2 pixels is left to find a slope in")
    total = np.zeros(2)
    for _ in range(_ROUNDS):
        squares = (steep_y - total[0]) ** 2 + (steep_x - total[1]) ** 2
        mean = float(squares.mean())
        if not mean:
            break
        weights = np.exp(-squares * (_WIDTH / mean))
        if not weights.sum():
            break
        step = np.array([weights @ (steep_y - total[0]), weights @ (steep_x - total[1])]) / weights.sum()
        total += step
        if np.hypot(*step) < tolerance:
            break
    return float(total[0]) * aspect, float(total[1])


def tilted(shape: tuple[int, int], slope: tuple[float, float]) -> Floats:
    """A plane of this slope along (y, x), zero in the middle of the image."""
    y, x = (np.arange(n) - (n - 1) / 2 for n in shape)
    return np.asarray(np.add.outer(slope[0] * y, slope[1] * x))


def _facets(heights: Image, background: Mask, aspect: float) -> tuple[Floats, Floats]:
    """Slopes (y, x) of each square of 2 x 2 background pixels, per width of a pixel; flat arrays."""
    across, down = np.diff(heights, axis=1), np.diff(heights, axis=0)
    steep_x = (across[1:] + across[:-1]) / 2
    steep_y = (down[:, 1:] + down[:, :-1]) / (2 * aspect)
    corners = background[1:, 1:] & background[1:, :-1] & background[:-1, 1:] & background[:-1, :-1]
    return steep_y[corners], steep_x[corners]
