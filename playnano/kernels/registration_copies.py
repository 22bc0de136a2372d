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
        share = _block_means(self.valid.astype(np.float32), factor)
        valid = share > 0.5
        image = np.where(valid, _block_means(self.image, factor) / np.maximum(share, 0.5), 0)
        return Copy(image.astype(np.float32), valid)

    def levelled(self) -> "Copy":
        """The copy to be searched: without the medians of its rows and the slope along them, and clipped."""
        image = self.image - row_medians(self.image, self.valid)[:, None]
        x = np.linspace(-1, 1, image.shape[1], dtype=np.float32)
        weights = self.valid.astype(np.float32)
        x = x - (weights @ x).sum() / weights.sum()
        steepness = float((np.where(self.valid, image, 0) @ x).sum() / max(1e-12, (weights @ x**2).sum()))
        image = np.where(self.valid, image - steepness * x, 0)
        most = _CLIPPED_AT * float(np.sqrt((image**2).sum(dtype=np.float64) / max(1, self.valid.sum())))
        np.clip(image, -most, most, out=image)
        return Copy(image.astype(np.float32), self.valid)


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
    if finite.mean() < _LEAST_SHARE:
        return None
    level = (
        float(image[finite].mean(dtype=np.float64))
        if not finite.all()
        else float(image.mean(dtype=np.float64))
    )
    valid = finite & _recorded_rows(image, finite)[:, None]
    spread = image[valid].astype(np.float64) if not valid.all() else image
    if valid.mean() < _LEAST_SHARE or float(np.ptp(spread)) <= 1e-6 * max(1.0, abs(level)):
        return None
    copy = Copy(np.where(valid, image - level, 0).astype(np.float32), valid).reduced(factor)
    narrower = np.sqrt(max(0.0, sigma**2 - (factor**2 - 1) / 12)) / factor
    return copy if narrower == 0 else _smooth(copy, float(narrower))


def _smooth(copy: Copy, sigma: float) -> Copy:
    if copy.whole:
        return Copy(smoothed(copy.image, sigma), copy.valid)
    image = smoothed(np.where(copy.valid, copy.image, np.nan).astype(np.float32), sigma)
    return Copy(np.where(copy.valid, image, 0).astype(np.float32), copy.valid)


def _recorded_rows(image: Image, finite: Mask) -> Mask:
    """False for rows of one value: nothing was recorded there."""
    if finite.all():
        return np.asarray(image.max(axis=1) > image.min(axis=1))
    highest = np.where(finite, image, -np.inf).max(axis=1)
    return np.asarray(highest > np.where(finite, image, np.inf).min(axis=1))


def _block_means(image: Image, factor: int) -> Image:
    height, width = (n // factor for n in image.shape)
    blocks = np.zeros((height, width), np.float32)
    for y in range(factor):
        for x in range(factor):
            blocks += image[y : height * factor : factor, x : width * factor : factor]
    blocks /= np.float32(factor**2)
    return blocks
