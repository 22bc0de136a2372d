"""One slope for all terraces of an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.kernels.facets import facet_slope, tilted
from playnano.stack.frames import Frame, Image, Mask

Counts = NDArray[np.int_]

_STEEP = 4.0
_ROUNDS = 3
_LEAST_PIXELS = 9


@dataclass(frozen=True)
class Terraces:
    """The slope along (y, x) that all terraces share, and how many there are."""

    slope: tuple[float, float]
    count: int


def shared_slope(frame: Frame, min_share: float, aspect: float = 1.0) -> Terraces:
    """Least squares of one slope, and an offset for each connected region of the flat background.

    Parameters
    ----------
    min_share : float
        Regions that cover less of the image than this do not count.

    Raises
    ------
    NothingToFitError
        Where no region is large enough to have a slope.
    """
    background = frame.background()
    slope, count = facet_slope(frame, aspect), 0
    for _ in range(_ROUNDS):
        level = frame.image - tilted(frame.image.shape, slope)
        change, count = _slope_of(level, _labelled(level, background, min_share))
        slope = (slope[0] + change[0], slope[1] + change[1])
    return Terraces(slope, count)


def _labelled(level: Image, background: Mask, min_share: float) -> Counts:
    """Number of the region of each pixel, 0 for none."""
    from scipy.ndimage import label

    regions, _ = label(background & ~_steep(level, background))
    sizes = np.bincount(regions.ravel())
    enough = sizes >= max(_LEAST_PIXELS, min_share * level.size)
    enough[0] = False
    return np.asarray(np.where(enough, np.cumsum(enough), 0)[regions])


def _steep(level: Image, background: Mask) -> Mask:
    """Where slopes of the smoothed image stand out, and the pixels around."""
    from scipy.ndimage import gaussian_gradient_magnitude, maximum_filter

    heights = np.where(background, level, np.median(level[background])).astype(np.float64)
    slopes = gaussian_gradient_magnitude(heights, 1.5)
    steep = slopes > max(_STEEP * float(np.median(slopes[background])), 1e-9 * float(np.ptp(heights)))
    return np.asarray(maximum_filter(steep.view(np.uint8), 3).astype(bool))


def _slope_of(level: Image, regions: Counts) -> tuple[tuple[float, float], int]:
    y, x = np.nonzero(regions)
    number = regions[y, x]
    counts = np.bincount(number)[1:]
    columns = [_centred(values.astype(np.float64), number, counts) for values in (y, x, level[y, x])]
    design = np.stack(columns[:2], axis=1)
    gram = design.T @ design
    if not counts.size or np.linalg.matrix_rank(gram) < 2:
        raise NothingToFitError("no flat region is large enough to have a slope")
    slope_y, slope_x = np.linalg.solve(gram, design.T @ columns[2])
    return (float(slope_y), float(slope_x)), len(counts)


def _centred(values: Image, number: Counts, counts: Counts) -> Image:
    """Values less the mean of their region."""
    means = np.bincount(number, values)[1:] / counts
    return np.asarray(values - means[number - 1])
