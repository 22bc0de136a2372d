"""Gaussian smoothing that leaves NaN where it was."""

import numpy as np

from playnano.stack.frames import Image


def smoothed(image: Image, sigma: float) -> Image:
    """The image smoothed by a Gaussian of `sigma` pixels, NaN where it was NaN."""
    finite = np.isfinite(image)
    whole = bool(finite.all())
    numbers = image.reshape(-1) if whole else image[finite]
    if numbers.size and (numbers == numbers[0]).all():
        return image.copy()  # rounding of the weights would give a flat image a texture
    if whole:
        return _gaussian(image, sigma)
    weights = _gaussian(finite.astype(image.dtype), sigma)
    smooth = _gaussian(np.where(finite, image, 0), sigma)
    return np.divide(smooth, weights, out=image.copy(), where=finite)


def _gaussian(image: Image, sigma: float) -> Image:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(image, sigma, output=image.dtype, mode="reflect", truncate=4.0))
