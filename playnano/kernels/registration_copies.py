"""Copies of a frame to register by: reduced, smoothed, without pixels that are not recorded."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from playnano.kernels.gaussian import smoothed
from playnano.kernels.rows import row_medians
from playnano.stack.frames import Image, Mask

SEARCH_SIDE = 128
"""Longest side in px of the copies that are searched over all shifts."""
REFINED_SIDE = 256
"""Least side in px to which the copies that shifts are refined on are reduced."""
_LEAST_SHARE = 0.02
_CLIPPED_AT = 3.0
"""Standard deviations: what stands out further decides no search."""


@dataclass(frozen=True)
class Copy:
    """An image in float32, 0 where it is not valid."""

    image: Image
    valid: Mask

    @cached_property
    def whole(self) -> bool:
        """Whether every pixel is valid."""
        return bool(self.valid.all())

    def reduced(self, factor: int) -> "Copy":
        """The copy with means of `factor` x `factor` pixels for pixels."""
        if factor == 1:
            return self
        sums = _block_sums(self.image, factor)
        if self.whole:
            return Copy(sums / np.float32(factor**2), np.ones(sums.shape, bool))
        counts = _block_sums(self.valid.astype(np.float32), factor)
        valid = counts > factor**2 / 2
        sums /= np.maximum(counts, 1)
        sums *= valid
        return Copy(sums, valid)

    def levelled(self) -> "Copy":
        """The copy to be searched: without the medians of its rows and the slope along them, and clipped."""
        weights = self.valid.astype(np.float32)
        image = self.image - row_medians(self.image, self.valid)[:, None]
        image *= weights
        x = np.linspace(-1, 1, image.shape[1], dtype=np.float32)
        x = x - (weights @ x).sum() / weights.sum()
        steepness = float((image @ x).sum() / max(1e-12, (weights @ x**2).sum()))
        image -= weights * (np.float32(steepness) * x)
        power = float(np.einsum("ij,ij->i", image, image).sum(dtype=np.float64))
        most = _CLIPPED_AT * np.sqrt(power / max(1, int(np.count_nonzero(self.valid))))
        np.clip(image, -most, most, out=image)
        return Copy(image, self.valid)


def reduction(shape: tuple[int, ...], sigma: float) -> int:
    """By how much images are reduced to refine shifts: what is smoothed by `sigma` loses nothing by it."""
    factor = 1
    while sigma >= 1 and min(shape) // (2 * factor) >= REFINED_SIDE:
        factor *= 2
    return factor


def search_reduction(shape: tuple[int, ...]) -> int:
    """By how much a copy is reduced further to be searched over all shifts."""
    factor = 1
    while max(shape) // factor > SEARCH_SIDE and min(shape) // (2 * factor) >= 16:
        factor *= 2
    return factor


def prepared(image: Image, sigma: float, factor: int = 1) -> Copy | None:
    """A copy to register by; None where the image shows nothing.

    Parameters
    ----------
    image : array (height, width)
        NaN, and rows of one value, are left out.
    sigma : float
        Standard deviation of the smoothing, in px of the image.
    factor : int, optional
        Blocks of so many pixels become one.
    """
    finite = np.isfinite(image)
    if np.count_nonzero(finite) < _LEAST_SHARE * image.size:
        return None
    whole = bool(finite.all())
    lowest = (image if whole else np.where(finite, image, np.inf)).min(axis=1)
    highest = (image if whole else np.where(finite, image, -np.inf)).max(axis=1)
    recorded = highest > lowest  # rows of one value: nothing was recorded there
    valid = finite if recorded.all() else finite & recorded[:, None]
    if np.count_nonzero(valid) < max(1.0, _LEAST_SHARE * image.size):
        return None
    level = float(np.median(lowest[recorded] + (highest[recorded] - lowest[recorded]) / 2))
    spread = float(highest[recorded].max()) - float(lowest[recorded].min())
    if spread <= 1e-6 * max(1.0, abs(level)):
        return None
    copy = Copy(_centred(image, valid, level), valid).reduced(factor)
    narrower = np.sqrt(max(0.0, sigma**2 - (factor**2 - 1) / 12)) / factor
    return copy if narrower == 0 else _smooth(copy, float(narrower))


def _smooth(copy: Copy, sigma: float) -> Copy:
    if copy.whole:
        return Copy(smoothed(copy.image, sigma), copy.valid)
    image = smoothed(np.where(copy.valid, copy.image, np.nan).astype(np.float32), sigma)
    return Copy(np.where(copy.valid, image, 0).astype(np.float32), copy.valid)


def _centred(image: Image, valid: Mask, level: float) -> Image:
    """Heights above a level, 0 where they are not valid."""
    centred = (image - image.dtype.type(level)).astype(np.float32, copy=False)
    return centred if valid.all() else np.where(valid, centred, np.float32(0))


def _block_sums(image: Image, factor: int) -> Image:
    """Sums of blocks of pixels: of lines first, which lie side by side in memory."""
    height, width = (n // factor * factor for n in image.shape)
    lines = image[0:height:factor, :width].copy()
    for y in range(1, factor):
        lines += image[y:height:factor, :width]
    blocks = lines[:, 0::factor].copy()
    for x in range(1, factor):
        blocks += lines[:, x::factor]
    return blocks
