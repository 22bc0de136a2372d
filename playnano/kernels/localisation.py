"""Localisation AFM: maps of where the tips of particles were seen, and their resolution."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FRC_THRESHOLD = 1 / 7
"""Ring correlation at which two halves of the data are taken to agree no more."""
_SMOOTHED_RINGS = 5
_REACH = 4.0
"""Standard deviations to which a Gaussian is drawn."""


@dataclass(frozen=True)
class Localisations:
    """Local maxima of particles, in the frame of their mean."""

    places: Floats
    """(n, 2): (y, x) from the middle, in pixels of the map."""
    heights: Floats
    particles: NDArray[np.int64]
    """(n,): which particle each belongs to."""

    def of(self, chosen: NDArray[np.bool_]) -> "Localisations":
        """Those of some particles: a flag for each particle."""
        kept = chosen[self.particles]
        return Localisations(self.places[kept], self.heights[kept], self.particles[kept])

    def turned(self, symmetry: int) -> "Localisations":
        """With the copies that a rotational symmetry makes of each."""
        angles = 2 * np.pi * np.arange(symmetry) / symmetry
        y, x = self.places[:, 0], self.places[:, 1]
        copies = [
            np.stack([np.cos(a) * y - np.sin(a) * x, np.sin(a) * y + np.cos(a) * x], axis=1) for a in angles
        ]
        return Localisations(
            np.concatenate(copies), np.tile(self.heights, symmetry), np.tile(self.particles, symmetry)
        )


def density(points: Localisations, side: int, sigma: float) -> tuple[Floats, Floats]:
    """Sum of a Gaussian of volume 1 for each localisation, and their heights' mean weighted by them.

    Parameters
    ----------
    side : int
        Side of the map, odd, px.
    sigma : float
        Standard deviation of the Gaussians, px.

    Returns
    -------
    density, height : arrays (side, side)
        Height is NaN where no Gaussian reaches.

    References
    ----------
    Heath, G. R. et al. (2021), Localization atomic force microscopy, Nature 594, 385-390.
    """
    weight, heights = np.zeros((side, side)), np.zeros((side, side))
    middle, reach = side // 2, int(np.ceil(_REACH * sigma))
    span = np.arange(-reach, reach + 1)
    for (y, x), height in zip(points.places + middle, points.heights, strict=True):
        row, column = round(float(y)), round(float(x))
        rows, columns = span + row, span + column
        inside = np.ix_((rows >= 0) & (rows < side), (columns >= 0) & (columns < side))
        gaussian = np.outer(_gaussian(rows - y, sigma), _gaussian(columns - x, sigma))[inside]
        part = np.ix_(rows[inside[0].ravel()], columns[inside[1].ravel()])
        weight[part] += gaussian
        heights[part] += height * gaussian
    reached = weight > 1e-12
    return weight, np.where(reached, heights / np.where(reached, weight, 1), np.nan)


def _gaussian(away: Floats, sigma: float) -> Floats:
    return np.asarray(np.exp(-(away**2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma))


def ring_correlation(one: Floats, other: Floats) -> Floats:
    """Fourier ring correlation of two square images, by frequency in steps of 1/side, from 0 to 1/2.

    References
    ----------
    Nieuwenhuizen, R. P. J. et al. (2013), Measuring image resolution in optical nanoscopy, Nature Methods 10,
    557-562.
    """
    side = one.shape[0]
    window = np.hanning(side)[:, None] * np.hanning(side)
    first, second = (np.fft.fft2((image - image.mean()) * window) for image in (one, other))
    frequency = np.fft.fftfreq(side) * side
    ring = np.rint(np.hypot(frequency[:, None], frequency)).astype(np.int64).ravel()
    rings = side // 2 + 1
    sums = [
        np.bincount(ring, values.ravel(), minlength=rings)[:rings]
        for values in ((first * np.conj(second)).real, np.abs(first) ** 2, np.abs(second) ** 2)
    ]
    norm = np.sqrt(sums[1] * sums[2])
    return np.asarray(np.divide(sums[0], norm, out=np.zeros(rings), where=norm > 0))


def resolution(correlation: Floats, frequency: Floats) -> float:
    """One over the frequency where the smoothed curve first falls below 1/7; NaN where it does not."""
    smooth = _smoothed(correlation)
    below = np.flatnonzero(smooth[1:] < FRC_THRESHOLD)
    if not len(below):
        return float("nan")
    after = int(below[0]) + 1
    before = after - 1
    drop = smooth[before] - smooth[after]
    part = (smooth[before] - FRC_THRESHOLD) / drop if drop > 0 else 0.0
    crossing = frequency[before] + np.clip(part, 0, 1) * (frequency[after] - frequency[before])
    return float(1 / crossing) if crossing > 0 else float("nan")


def _smoothed(curve: Floats) -> Floats:
    """Running mean over five rings, over fewer at the ends."""
    kernel = np.ones(_SMOOTHED_RINGS)
    return np.asarray(np.convolve(curve, kernel, "same") / np.convolve(np.ones(len(curve)), kernel, "same"))
