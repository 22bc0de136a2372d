"""Denoising of images that leaves NaN where it was."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Floats = NDArray[np.float64]

_NORMAL_QUARTILE = 0.6745  # standard deviations


def denoised(image: Image, denoise: Callable[[Floats], Floats]) -> Image:
    """The image as `denoise` makes it, NaN where it was; a flat image stays as it is.

    Parameters
    ----------
    denoise : callable
        Gets the heights over their median in float64, (height, width); where the image holds no number, that
        of the nearest pixel stands.
    """
    finite = np.isfinite(image)
    if not finite.any() or np.ptp(image[finite]) == 0:
        return image.copy()
    level = float(np.median(image[finite]))
    heights = _filled(image.astype(np.float64), finite) - level
    after = (denoise(heights) + level).astype(image.dtype)
    return np.where(finite, after, image)


def noise_of(heights: Floats) -> float:
    """Standard deviation of the noise, from the diagonal differences of 2 x 2 pixels.

    Slopes, and offsets of lines, do not count. 0 for a single row or column.
    """
    if min(heights.shape) < 2:
        return 0.0
    across = np.diff(heights, axis=1)
    return float(np.median(np.abs(across[1:] - across[:-1]))) / 2 / _NORMAL_QUARTILE


def along_lines(image: Image, sections: Floats) -> Image:
    """Each line filtered forwards and backwards by sections of second order: no phase is shifted."""
    from scipy.signal import sosfiltfilt

    finite = np.isfinite(image)
    width = image.shape[1]
    heights = np.zeros(image.shape)
    levels = np.zeros((len(image), 1))
    for row, line, good, level in zip(heights, image.astype(np.float64), finite, levels, strict=True):
        if good.any():
            level[:] = np.median(line[good])
            row[:] = np.interp(np.arange(width), np.flatnonzero(good), line[good] - level)
    padding = min(3 * (2 * len(sections) + 1), width - 1)
    after = sosfiltfilt(sections, heights, axis=1, padlen=padding)
    passes_level = np.isclose(np.prod(sections[:, :3].sum(1) / sections[:, 3:].sum(1)), 1)
    return np.where(finite, after + (levels if passes_level else 0), image).astype(image.dtype)


def _filled(heights: Floats, finite: NDArray[np.bool_]) -> Floats:
    from scipy.ndimage import distance_transform_edt

    if finite.all():
        return heights
    nearest = distance_transform_edt(~finite, return_distances=False, return_indices=True)
    return np.asarray(heights[tuple(nearest)])
