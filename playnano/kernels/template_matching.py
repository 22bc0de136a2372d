"""Normalised cross-correlation of an image with a template at several angles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Templates:
    """A template turned to several angles, ready for images of one shape."""

    angles_deg: tuple[float, ...]
    spectra: tuple[NDArray[Any], ...]
    weight_spectrum: NDArray[Any]
    norms: tuple[float, ...]
    weight: float
    shape: tuple[int, int]
    half: tuple[int, int]

    @classmethod
    def of(cls, patch: Floats, angles_deg: Sequence[float], shape: tuple[int, int]) -> "Templates":
        """The largest disc in a patch, turned; for images of `shape`.

        Parameters
        ----------
        patch : array (h, w)
            Odd sides, finite.
        """
        from scipy.ndimage import rotate

        half = patch.shape[0] // 2, patch.shape[1] // 2
        y, x = np.mgrid[-half[0] : half[0] + 1, -half[1] : half[1] + 1]
        disc = (y**2 + x**2 <= min(half) ** 2).astype(np.float64)
        spectra, norms = [], []
        for angle in angles_deg:
            turned = rotate(patch, angle, reshape=False, order=3, mode="nearest")
            own = disc * (turned - np.sum(disc * turned) / disc.sum())
            spectra.append(np.conj(np.fft.rfft2(own, shape)))
            norms.append(float(np.sum(own**2)))
        weight = np.conj(np.fft.rfft2(disc, shape))
        return cls(tuple(angles_deg), tuple(spectra), weight, tuple(norms), float(disc.sum()), shape, half)

    def score(self, image: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Best correlation over the angles at each pixel, -1 to 1, and the index of its angle.

        Where the template would reach over the edge, the score is -1.
        """
        away = image - image.mean()
        spectrum = np.fft.rfft2(away)
        sums = np.fft.irfft2(spectrum * self.weight_spectrum, self.shape)
        squares = np.fft.irfft2(np.fft.rfft2(away**2) * self.weight_spectrum, self.shape)
        spread = np.maximum(squares - sums**2 / self.weight, 0)
        floor = max(1e-9 * float(spread.max()), 1e-30)
        best, index = np.full(self.shape, -1.0), np.zeros(self.shape, np.int64)
        for place, (own, norm) in enumerate(zip(self.spectra, self.norms, strict=True)):
            product = np.fft.irfft2(spectrum * own, self.shape)
            score = np.where(
                spread > floor, product / np.sqrt(np.maximum(spread, floor) * max(norm, 1e-30)), 0
            )
            better = score > best
            best[better], index[better] = score[better], place
        return self._centred(best, -1.0), self._centred(index, 0)

    def _centred(self, values: NDArray[Any], edge: float) -> NDArray[Any]:
        """Values at the template's centre in place of its corner."""
        (dy, dx), (height, width) = self.half, self.shape
        centred = np.full(values.shape, edge, values.dtype)
        centred[dy : height - dy, dx : width - dx] = values[: height - 2 * dy, : width - 2 * dx]
        return centred
