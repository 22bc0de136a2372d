"""Denoising of images that leaves NaN where it was."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Floats = NDArray[np.float64]

_MEDIAN_NETWORK = (
    (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3),
    (5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip
"""Which of nine numbers are put in order, pair by pair, until the fifth is their median."""
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


def median_of_nine(image: Image) -> Image:
    """Median of the 3 x 3 pixels around each; the border is repeated. The image must not hold NaN.

    By 19 comparisons of shifted images, several times as fast as sorting each square.
    """
    padded = np.pad(image, 1, mode="edge")
    height, width = image.shape
    p = [padded[y : y + height, x : x + width].copy() for y in range(3) for x in range(3)]
    for low, high in _MEDIAN_NETWORK:
        smaller = np.minimum(p[low], p[high])
        np.maximum(p[low], p[high], out=p[high])
        p[low] = smaller
    return p[4]


def along_lines(image: Image, sections: Floats) -> Image:
    """Each line filtered forwards and backwards by sections of second order: no phase is shifted."""
    from scipy.signal import sosfiltfilt

    finite = np.isfinite(image)
    width = image.shape[1]
    levels = _line_levels(image, finite)
    heights = image.astype(np.float64) - levels
    for row, good in zip(heights, finite, strict=True):
        if not good.all():
            row[:] = np.interp(np.arange(width), np.flatnonzero(good), row[good]) if good.any() else 0.0
    padding = min(3 * (2 * len(sections) + 1), width - 1)
    after = sosfiltfilt(sections, heights, axis=1, padlen=padding)
    passes_level = np.isclose(np.prod(sections[:, :3].sum(1) / sections[:, 3:].sum(1)), 1)
    return np.where(finite, after + (levels if passes_level else 0), image).astype(image.dtype)


def _line_levels(image: Image, finite: NDArray[np.bool_]) -> Floats:
    """Median of the numbers of each line (height, 1); 0 where there is none."""
    if finite.all():
        return np.median(image, axis=1, keepdims=True).astype(np.float64)
    medians = [np.median(line[good]) if good.any() else 0.0 for line, good in zip(image, finite, strict=True)]
    return np.array(medians, np.float64)[:, None]


def _filled(heights: Floats, finite: NDArray[np.bool_]) -> Floats:
    from scipy.ndimage import distance_transform_edt

    if finite.all():
        return heights
    nearest = distance_transform_edt(~finite, return_distances=False, return_indices=True)
    return np.asarray(heights[tuple(nearest)])
