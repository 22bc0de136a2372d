"""Mean squared displacement, and the diffusion coefficient and exponent fitted to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
BLOCKS = 20
"""Parts of the pairs that are left out in turn to estimate errors."""


@dataclass(frozen=True)
class Displacements:
    """Sums over pairs of points of one track, by block (rows) and by lag in frames (columns)."""

    squares: Floats
    times: Floats
    counts: Floats

    def joined(self, other: "Displacements") -> "Displacements":
        """The blocks of both."""
        pairs = zip(self._parts(), other._parts(), strict=True)
        return Displacements(*(np.concatenate(pair) for pair in pairs))

    def without(self, block: int) -> "Displacements":
        """All but one block."""
        return Displacements(*(np.delete(part, block, axis=0) for part in self._parts()))

    def _parts(self) -> tuple[Floats, Floats, Floats]:
        return self.squares, self.times, self.counts

    def msd(self) -> tuple[Floats, Floats, Floats]:
        """Mean time, mean squared displacement and number of pairs at each lag; NaN where there is none."""
        counts = self.counts.sum(axis=0)
        divisor = np.where(counts > 0, counts, np.nan)
        return self.times.sum(axis=0) / divisor, self.squares.sum(axis=0) / divisor, counts


def displacements(frames: Integers, times: Floats, places: Floats, most_lags: int) -> Displacements:
    """Squared displacements of one track: every pair of points, sorted by the frames between them.

    Parameters
    ----------
    frames : int array (n,)
        Rising; frames in which the particle was not seen are missing.
    places : array (n, 2)
        Positions.
    most_lags : int
        Longest lag, in frames.
    """
    span = int(frames[-1] - frames[0]) + 1
    blocks = max(1, min(BLOCKS, span // 2))
    sums = np.zeros((3, blocks, most_lags))
    for lag in range(1, min(most_lags, span - 1) + 1):
        later = np.searchsorted(frames, frames + lag)
        has_partner = (later < len(frames)) & (frames[np.minimum(later, len(frames) - 1)] == frames + lag)
        here, then = np.flatnonzero(has_partner), later[has_partner]
        block = (frames[here] - frames[0]) * blocks // span
        square = np.sum((places[then] - places[here]) ** 2, axis=1)
        for row, values in enumerate((square, times[then] - times[here], np.ones(len(here)))):
            sums[row, :, lag - 1] = np.bincount(block, values, blocks)
    return Displacements(sums[0], sums[1], sums[2])


@dataclass(frozen=True)
class DiffusionFit:
    """A diffusion coefficient and an exponent with their standard errors; NaN of too few points."""

    d: float
    d_error: float
    offset: float
    alpha: float
    alpha_error: float


def diffusion_fit(moved: Displacements, fitted_lags: int) -> DiffusionFit:
    """Fit 4 D t + c to the first lags, and t to the power of alpha; errors by a jackknife over blocks.

    Points at different lags come from the same displacements, so that the residuals of a fit say little
    of its error: blocks are left out in turn instead.

    References
    ----------
    Michalet, X. (2010), Physical Review E 82, 041914.
    """
    whole = _fit(moved, fitted_lags)
    blocks = [block for block in range(len(moved.counts)) if moved.counts[block].any()]
    parts = np.array([_fit(moved.without(block), fitted_lags) for block in blocks])
    count = len(blocks)
    if count < 2:
        errors = np.full(3, np.nan)
    else:
        errors = np.sqrt((count - 1) / count * np.sum((parts - parts.mean(axis=0)) ** 2, axis=0))
    return DiffusionFit(whole[0], float(errors[0]), whole[1], whole[2], float(errors[2]))


def _fit(moved: Displacements, fitted_lags: int) -> tuple[float, float, float]:
    """D, the offset c, and alpha."""
    times, squares, counts = (part[:fitted_lags] for part in moved.msd())
    some = counts > 0
    times, squares, weights = times[some], squares[some], counts[some] / np.arange(1, len(counts) + 1)[some]
    if len(times) < 2:
        return np.nan, np.nan, np.nan
    slope, offset = _line(times, squares, weights)
    positive = squares > 0
    alpha = (
        _line(np.log(times[positive]), np.log(squares[positive]), weights[positive])[0]
        if positive.sum() > 1
        else np.nan
    )
    return slope / 4, offset, alpha


def _line(x: Floats, y: Floats, weights: Any) -> tuple[float, float]:
    """Slope and offset of the straight line that fits best."""
    mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
    spread = np.sum(weights * (x - mean_x) ** 2)
    if spread <= 0:
        return np.nan, np.nan
    slope = float(np.sum(weights * (x - mean_x) * (y - mean_y)) / spread)
    return slope, float(mean_y - slope * mean_x)
