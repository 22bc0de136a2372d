"""Normalised cross-correlation of images with gaps, over whole shifts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.registration_copies import Copy
from playnano.kernels.translation import Shift

LEAST_OVERLAP = 0.3
"""Of the image, that has to lie on the other one for a shift to count."""
_AS_HIGH = 0.9
"""Peaks this near to the highest are as good as it."""
_LOBE = 2


@dataclass(frozen=True)
class Peak:
    """The shift (y, x) that a correlation decides for, and the next best one."""

    shift: Shift
    height: float
    """Correlation coefficient."""
    rival: float
    """How good the next best one is, as a share of this one."""
    rival_shift: Shift


@dataclass(frozen=True)
class Correlations:
    """The correlation coefficient of two images at each shift; the middle one is for none."""

    heights: NDArray[np.float32]
    """-1 where they hardly overlap."""
    overlaps: NDArray[np.float32]
    """Share of the image that lies on the other one."""

    @property
    def scores(self) -> NDArray[np.float32]:
        """The heights in standard deviations, but for a factor: what little overlaps weighs less."""
        return np.asarray(self.heights * np.sqrt(self.overlaps))


def correlations(around: Copy, image: Copy) -> Correlations:
    """The correlation coefficient of an image with each part of a larger one.

    Parameters
    ----------
    around : Copy (height + 2 * reach_y, width + 2 * reach_x)
    image : Copy (height, width)

    Returns
    -------
    Correlations (2 * reach_y + 1, 2 * reach_x + 1)
        The middle one is for the image in the middle of the larger one.

    References
    ----------
    D. Padfield, "Masked object registration in the Fourier domain", IEEE Trans. Image Process. 21, 2706
    (2012).
    """
    lags = tuple(a - b + 1 for a, b in zip(around.image.shape, image.image.shape, strict=True))
    f, f2, in_f = _spectra(around, around.image.shape)
    g, g2, in_g = (spectrum.conj() for spectrum in _spectra(image, around.image.shape))

    def lagged(product: NDArray[Any]) -> NDArray[np.float32]:
        from scipy.fft import irfft2

        full = irfft2(product, _lengths(around.image.shape), overwrite_x=True)
        return np.asarray(full[: lags[0], : lags[1]])

    count = np.maximum(lagged(in_f * in_g), 1)
    sum_f, sum_g = lagged(f * in_g), lagged(in_f * g)
    spread_f, spread_g = lagged(f2 * in_g) - sum_f**2 / count, lagged(in_f * g2) - sum_g**2 / count
    shared = lagged(f * g) - sum_f * sum_g / count
    spread = np.maximum(spread_f, 0) * np.maximum(spread_g, 0)
    overlaps = count / max(1, int(image.valid.sum()))
    usable = (overlaps >= LEAST_OVERLAP) & (spread > 1e-6 * float(spread.max()))
    result = np.full(lags, -1, np.float32)
    np.divide(shared, np.sqrt(spread), out=result, where=usable)
    return Correlations(result, np.minimum(overlaps, 1))


def decided_peak(correlation: Correlations, expected: Shift, reach: float | None) -> Peak:
    """Of the peaks that are about as high as the highest, the one nearest to the shift that is expected.

    Parameters
    ----------
    correlation : Correlations
    expected : array (2,)
        Shift (y, x) from the middle.
    reach : float or None
        How far from the expected shift to look.
    """
    scores = correlation.scores
    places = _maxima(scores)
    shifts = (places - np.array(scores.shape) // 2).astype(np.float64)
    heights = scores[places[:, 0], places[:, 1]]
    away = np.hypot(*(shifts - expected).T)
    within = np.ones(len(away), bool) if reach is None else away <= max(1.0, reach)
    if not within.any():
        return Peak(expected, -1.0, -1.0, expected)
    high = within & (heights >= _AS_HIGH * heights[within].max())
    chosen = int(np.argmin(np.where(high, away, np.inf)))
    best = _rival(places, heights, chosen)
    return Peak(
        shifts[chosen] + _between(scores, places[chosen]),
        float(correlation.heights[tuple(places[chosen])]),
        float(heights[best] / heights[chosen]) if best != chosen and heights[chosen] > 0 else 0.0,
        shifts[best],
    )


def _rival(places: NDArray[np.int64], heights: NDArray[np.float32], chosen: int) -> int:
    """The nearest of the other peaks that are about as high as the chosen one; else the highest of them."""
    others = np.where(np.arange(len(places)) == chosen, -1.0, heights)
    as_high = others >= _AS_HIGH * heights[chosen]
    if not as_high.any():
        return int(np.argmax(others))
    apart = np.hypot(*(places - places[chosen]).T)
    return int(np.argmin(np.where(as_high, apart, np.inf)))


def _maxima(correlation: NDArray[np.float32]) -> NDArray[np.int64]:
    """The highest place, and those above all others within some pixels; not at the map's border."""
    from scipy.ndimage import maximum_filter

    highest = maximum_filter(correlation, size=2 * _LOBE + 1, mode="constant", cval=-1)
    peaks = np.argwhere((correlation == highest) & (correlation > 0))
    inner = np.all((peaks > 0) & (peaks < np.array(correlation.shape) - 1), axis=1)
    peaks = peaks[inner]
    if len(peaks):
        return peaks
    return np.array([np.unravel_index(int(np.argmax(correlation)), correlation.shape)])


def _between(correlation: NDArray[np.float32], place: NDArray[np.int64]) -> Shift:
    """Where the parabolas through a peak and its neighbours are highest, from the peak."""
    offsets = np.zeros(2)
    for axis in (0, 1):
        line = np.take(correlation, place[1 - axis], axis=1 - axis)
        at = int(place[axis])
        if not 0 < at < len(line) - 1:
            continue
        before, peak, after = (float(v) for v in line[at - 1 : at + 2])
        bend = before - 2 * peak + after
        offsets[axis] = 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))
    return offsets


def _lengths(shape: tuple[int, ...]) -> tuple[int, ...]:
    from scipy.fft import next_fast_len

    return tuple(next_fast_len(n, real=True) for n in shape)


def _spectra(copy: Copy, shape: tuple[int, ...]) -> tuple[NDArray[Any], ...]:
    from scipy.fft import rfft2

    image = copy.image
    return tuple(rfft2(part, _lengths(shape)) for part in (image, image**2, copy.valid.astype(np.float32)))
