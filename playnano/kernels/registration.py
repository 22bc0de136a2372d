"""How far a frame has to be shifted to lie on another one.

Cross-correlation of windowed images, not phase-normalised: the spectrum of AFM images falls off steeply,
and normalising it lets noise decide. A window that stays where it is pulls every estimate towards zero;
so the frame is shifted by the estimate and registered again until nothing changes.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.gaussian import smoothed
from playnano.kernels.rows import row_medians
from playnano.kernels.translation import Shift, between_pixels, placed, spline_coefficients
from playnano.stack.frames import Image

CONVERGED_PX = 0.02
MAX_ROUNDS = 8
DECIMALS = 2
"""Of a shift: finer than any estimate, and a scene that stands still is not moved by rounding errors."""


@dataclass(frozen=True)
class EstimatedShift:
    """A shift, and how alike the two images are once it is done: the correlation, 1 for equal images."""

    shift: Shift
    confidence: float


def prepared(image: Image, sigma: float) -> Image | None:
    """A copy of the image to register by: lines aligned, smoothed, NaN at zero; None if it shows nothing."""
    finite = np.isfinite(image)
    if not finite.any():
        return None
    aligned = np.where(finite, image - row_medians(image, finite)[:, None], 0).astype(np.float32)
    aligned = smoothed(aligned, sigma) if sigma > 0 else aligned
    aligned -= aligned.mean(dtype=np.float64)
    return aligned if np.any(np.abs(aligned) > 1e-6 * max(1.0, float(np.abs(image[finite]).max()))) else None


def register(reference: Image, moving: Image, start: Shift, reach: float | None = None) -> EstimatedShift:
    """The shift that puts `moving` on `reference`, sought around `start`.

    Parameters
    ----------
    reference, moving : array (height, width)
        As `prepared` gives them.
    reach : float, optional
        How far from `start` to look, in px; half the image unless given.
    """
    window = _window(*reference.shape)
    still = _spectrum(reference * window)
    coefficients = spline_coefficients(moving)
    shift, confidence = start.astype(np.float64), 0.0
    for count in range(MAX_ROUNDS):
        moved = _spectrum(_shifted(coefficients, shift) * window)
        correction, confidence = _peak(still, moved, reference.shape, reach if count == 0 else None)
        shift = shift + correction
        if np.abs(correction).max() < CONVERGED_PX:
            break
    return EstimatedShift(np.round(shift, DECIMALS) + 0.0, confidence)


def _shifted(coefficients: Image, shift: Shift) -> Image:
    """The image of these spline coefficients moved by (y, x) px; zero where nothing comes from."""
    whole = np.round(shift)
    return np.asarray(placed(between_pixels(coefficients, shift - whole), whole, coefficients.shape, 0))


@lru_cache(maxsize=4)
def _window(height: int, width: int) -> NDArray[np.float32]:
    return np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1]).astype(np.float32)


def _spectrum(image: Image) -> NDArray[Any]:
    from scipy.fft import rfft2

    return np.asarray(rfft2(image - image.mean(dtype=np.float64).astype(image.dtype)))


def _peak(
    still: NDArray[Any], moved: NDArray[Any], shape: tuple[int, ...], reach: float | None
) -> tuple[Shift, float]:
    from scipy.fft import irfft2

    correlation = np.asarray(irfft2(still * moved.conj(), shape))
    near = correlation if reach is None else np.where(_distance(*shape) <= reach, correlation, -np.inf)
    top = np.unravel_index(int(np.argmax(near)), shape)
    between = [_vertex(correlation, top, axis) for axis in (0, 1)]
    whole = [(at + n // 2) % n - n // 2 for at, n in zip(top, shape, strict=True)]
    return np.add(whole, between, dtype=np.float64), float(correlation[top] / _energy(still, moved, shape))


def _vertex(correlation: NDArray[Any], top: tuple[Any, ...], axis: int) -> float:
    """Where the parabola through the peak and its two neighbours is highest, from the peak."""
    line = np.take(correlation, top[1 - axis], axis=1 - axis)
    at = int(top[axis])
    before, peak, after = float(line[at - 1]), float(line[at]), float(line[(at + 1) % len(line)])
    bend = before - 2 * peak + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))


@lru_cache(maxsize=4)
def _distance(height: int, width: int) -> NDArray[np.float64]:
    y, x = (np.abs((np.arange(n) + n // 2) % n - n // 2) for n in (height, width))
    return np.hypot(y[:, None], x[None, :])


def _energy(still: NDArray[Any], moved: NDArray[Any], shape: tuple[int, ...]) -> float:
    """What the correlation of equal images would be (Parseval; half of each spectrum is stored)."""
    weights = np.full(still.shape[1], 2.0)
    weights[0] = 1.0
    if shape[1] % 2 == 0:
        weights[-1] = 1.0
    powers = [float(np.sum(np.abs(s) ** 2 * weights, dtype=np.float64)) for s in (still, moved)]
    return float(np.sqrt(powers[0] * powers[1])) / (shape[0] * shape[1]) or 1.0
