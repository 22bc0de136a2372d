"""The slope of flat parts, whatever steps lie between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.kernels.surfaces import Floats
from playnano.stack.frames import Frame, Image, Mask

_ROUNDS = 100
_EXACT_ROUNDS = 4
"""Rounds on all facets, after those on facets of like slope taken together."""
_COARSE = 1e-5
_BINS = 96
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
    facets = _Facets(steep_y, steep_x, np.ones(1))
    total = np.zeros(2)
    if tolerance < _COARSE:  # where the search ends no longer depends on where it begins
        total = _most_frequent(facets.binned(), total, tolerance, _ROUNDS)
    total = _most_frequent(facets, total, tolerance, _EXACT_ROUNDS if tolerance < _COARSE else _ROUNDS)
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


@dataclass(frozen=True)
class _Facets:
    """Slopes along y and x of facets, and how many facets each stands for."""

    y: Floats
    x: Floats
    counts: Floats

    def binned(self) -> "_Facets":
        """Facets of like slope as one, of their mean slope."""
        if len(self.y) <= _BINS**2:
            return self
        place = _bins(self.y) * _BINS + _bins(self.x)
        counts = np.bincount(place, minlength=_BINS**2)
        filled = counts > 0
        y, x = (np.bincount(place, steep, _BINS**2)[filled] / counts[filled] for steep in (self.y, self.x))
        return _Facets(y, x, counts[filled].astype(np.float64))


def _bins(steep: Floats) -> NDArray[np.int64]:
    low, high = np.percentile(steep[:: max(1, len(steep) // 10000)], [0.5, 99.5])
    scale = _BINS / (high - low) if high > low else 0.0
    return np.asarray(np.clip((steep - low) * scale, 0, _BINS - 1).astype(np.int64))


def _most_frequent(facets: _Facets, start: Floats, tolerance: float, rounds: int) -> Floats:
    """The slope (y, x) that most facets are near to, by the weighted mean of theirs again and again."""
    total = start
    for _ in range(rounds):
        y, x = facets.y - total[0], facets.x - total[1]
        squares = y * y + x * x
        mean = float((squares * facets.counts).mean() / facets.counts.mean())
        if not mean:
            break
        weights = np.exp(squares * (-_WIDTH / mean)) * facets.counts
        if not weights.sum():
            break
        step = np.array([weights @ y, weights @ x]) / weights.sum()
        total = total + step
        if np.hypot(*step) < tolerance:
            break
    return total
