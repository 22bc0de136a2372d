"""How far a frame has to be shifted to lie on another one, and whether the scene fixes that.

A search by normalised cross-correlation over all shifts within reach, on a reduced copy; then robust least
squares on a finer one. Both are judged: a shift that the images do not fix is not given.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.correlation import Peak, correlations, decided_peak
from playnano.kernels.refinement import BEYOND_DOUBT, Fit, refined
from playnano.kernels.registration_copies import Copy, prepared, reduction, search_reduction
from playnano.kernels.translation import Shift
from playnano.stack.frames import Image

DECIMALS = 2
"""Of a shift in px: finer than any estimate; a scene that stands still is not moved by rounding errors."""
LEAST_AGREEMENT = 0.15
"""Correlation of slopes below which an axis is not fixed, however large the image."""
_SIGNIFICANT = 6.0
"""Standard deviations of the agreement by chance, that a shift needs which is found far away."""
_SIGNIFICANT_NEAR = 3.5
_MOST_NEEDED_NEAR = 0.2
_NEAR = 0.1
"""Of the image: that the best of all shifts lies so near to the one expected is evidence by itself."""
_MARGIN = 4
_LEAST_CORRELATION = 0.15
_AMBIGUOUS = 0.9
"""A rival this near to the peak makes it ambiguous."""


class Reference(Protocol):
    """Something that images are registered with."""

    def view(self, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Copy: ...


@dataclass(frozen=True)
class Registration:
    """A shift (y, x) in px of the copies that are refined, with what it was judged by."""

    shift: Shift
    confidence: float = 0.0
    """Correlation of the slopes of frame and reference, along the lesser of the axes that are fixed."""
    fixed: tuple[bool, bool] = (False, False)
    """Whether the scene fixes the shift along y and x."""
    rival: float = 0.0
    """Height of the best other peak of the correlation, over that of the peak."""
    rival_shift: Shift | None = None
    standing_out: float = 0.0
    """Share of the image that differs from the reference: what moves."""

    @property
    def success(self) -> bool:
        """Whether the scene fixes the shift along any axis."""
        return any(self.fixed)

    @property
    def ambiguous(self) -> bool:
        """Whether another shift is about as good."""
        return self.success and self.rival >= _AMBIGUOUS


@dataclass(frozen=True)
class Scale:
    """How the copies of a movie's frames are made."""

    sigma: float
    """Standard deviation of the smoothing in px of the frames."""
    factor: int
    """By how much the copies are reduced that shifts are refined on."""
    search: int
    """By how much these are reduced further to be searched."""

    @classmethod
    def of(cls, shape: tuple[int, ...], sigma: float) -> "Scale":
        factor = reduction(shape, sigma)
        return cls(sigma, factor, search_reduction(tuple(n // factor for n in shape)))

    def copy(self, image: Image) -> Copy | None:
        """A frame's copy; None where it shows nothing."""
        return prepared(image, self.sigma, self.factor)


def register(
    reference: Reference,
    copy: Copy,
    expected: Shift,
    scale: Scale,
    *,
    reach: float | None = None,
    wide: bool = False,
) -> Registration:
    """The shift that puts a copy on the reference, sought around the one that is expected.

    Parameters
    ----------
    reach : float, optional
        How far from the expected shift to look, in px of the copies.
    wide : bool, optional
        Look three quarters of the image far, not half.
    """
    peak = _search(reference, copy, expected, scale, reach, wide)
    if peak.height < _LEAST_CORRELATION:
        return Registration(expected)
    judged = _judged_at_any_scale(reference, copy, peak.shift, expected, scale)
    return judged if not judged.success else replace(judged, rival=peak.rival, rival_shift=peak.rival_shift)


def registered_near(reference: Reference, moving: Copy, start: Shift, scale: Scale) -> Registration:
    """The shift that puts a copy on the reference, from a start that is right to about a pixel."""
    return _judged_at_any_scale(reference, moving, start, start, scale)


def _judged_at_any_scale(
    reference: Reference, moving: Copy, start: Shift, expected: Shift, scale: Scale
) -> Registration:
    """The shift by the copies as they are; where noise hides it, by the reduced ones."""
    fine = _judged(_Level(reference, moving), start, expected)
    if all(fine.fixed) or scale.search == 1:
        return fine
    reduced = _Level(reference, moving.reduced(scale.search), scale.search)
    coarse = _judged(reduced, start, expected)
    return coarse if sum(coarse.fixed) > sum(fine.fixed) else fine


@dataclass(frozen=True)
class _Level:
    """A reference and the copy to put on it, reduced by a step."""

    reference: Reference
    moving: Copy
    step: int = 1

    def fit(self, start: Shift, along: Shift | None = None) -> Fit | None:
        """Refine a shift on the part of the reference around it."""
        margin = _MARGIN * self.step
        corner = np.round(start).astype(np.int64) - margin
        height, width = (n * self.step + 2 * margin for n in self.moving.image.shape)
        view = self.reference.view(corner, (height, width)).reduced(self.step)
        fit = refined(view, np.zeros(2, np.int64), self.moving, (start - corner) / self.step, along)
        return None if fit is None else replace(fit, shift=fit.shift * self.step + corner)


def _search(
    reference: Reference, copy: Copy, expected: Shift, scale: Scale, reach: float | None, wide: bool
) -> Peak:
    """The peak of the correlation in px of the copies; its shift is absolute."""
    step = scale.search
    margin = [int(n * (0.75 if wide else 0.5)) // step * step for n in copy.image.shape]
    corner = np.round(expected).astype(np.int64)
    height, width = copy.image.shape
    around = reference.view(
        corner - margin, (height // step * step + 2 * margin[0], width // step * step + 2 * margin[1])
    )
    if not around.valid.any():
        return Peak(expected, -1.0, -1.0, expected)
    correlation = correlations(around.reduced(step).levelled(), copy.reduced(step).levelled())
    peak = decided_peak(correlation, (expected - corner) / step, None if reach is None else reach / step)
    return Peak(peak.shift * step + corner, peak.height, peak.rival, peak.rival_shift * step + corner)


def _judged(level: _Level, start: Shift, expected: Shift) -> Registration:
    """The fit where it is fixed; along a direction in which it is not, the shift that was expected."""
    fit = level.fit(start)
    if fit is None:
        return Registration(expected)
    needed = _needed(fit, expected, level)
    fixed = fit.agreement >= needed
    if fixed.all():
        return Registration(
            fit.shift, _confidence(fit.agreement[0]), (True, True), standing_out=fit.standing_out
        )
    if not fixed.any():
        return Registration(expected)
    along = fit.directions[1]
    held = expected + np.dot(fit.shift - expected, along) * along
    again = level.fit(held, along)
    if again is None or again.agreement[1] < needed:
        return Registration(expected)
    axes = (bool(abs(along[0]) > 0.5), bool(abs(along[1]) > 0.5))
    return Registration(again.shift, _confidence(again.agreement[1]), axes, standing_out=again.standing_out)


def _needed(fit: Fit, expected: Shift, level: _Level) -> float:
    """The agreement from which on a fit is believed."""
    away = np.abs(fit.shift - expected).max()
    if away <= _NEAR * level.step * min(level.moving.image.shape):
        return min(_MOST_NEEDED_NEAR, max(LEAST_AGREEMENT, _SIGNIFICANT_NEAR * fit.chance))
    return min(BEYOND_DOUBT, max(LEAST_AGREEMENT, _SIGNIFICANT * fit.chance))


def _confidence(agreement: float) -> float:
    return float(np.clip(agreement, 0, 1))
