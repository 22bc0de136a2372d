"""Properties of labelled regions, all regions of an image at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Labels = NDArray[np.int32]
Values = NDArray[Any]
RING_GAP_PX = 1
RING_PX = 3


def grouped_median(values: Values, groups: Values, count: int) -> Values:
    """Median of the values of each group; NaN for a group without values.

    Parameters
    ----------
    values : float array (n,)
    groups : int array (n,)
        Group of each value, from 0 to `count` - 1.
    """
    order = np.lexsort((values, groups))
    ordered, sizes = values[order], np.bincount(groups, minlength=count)
    first = np.cumsum(sizes) - sizes
    medians = np.full(count, np.nan)
    some = sizes > 0
    low, high = first[some] + (sizes[some] - 1) // 2, first[some] + sizes[some] // 2
    medians[some] = (ordered[low] + ordered[high]) / 2
    return medians


def local_background(labels: Labels, image: Image, count: int) -> Values:
    """Height of the surface around each region: median of a ring of 3 pixels, one pixel away from it.

    A region whose ring holds no number gets the median of all that is not a region.
    """
    near = _grown(labels, RING_GAP_PX)
    far = _grown(near, RING_PX)
    ring = (far > 0) & (near == 0) & np.isfinite(image)
    levels = grouped_median(image[ring].astype(np.float64), far[ring] - 1, count)
    if np.isnan(levels).any():
        bare = image[(labels == 0) & np.isfinite(image)]
        levels[np.isnan(levels)] = np.median(bare.astype(np.float64)) if bare.size else np.nan
    return levels


def _grown(labels: Labels, pixels: int) -> Labels:
    """Regions grown by some pixels, along the axes and the diagonals in turn: nearly round."""
    grown = labels
    for turn in range(pixels):
        spread = _spread(grown, 0)
        spread = np.maximum(spread, _spread(grown, 1)) if turn % 2 == 0 else _spread(spread, 1)
        grown = np.where(grown > 0, grown, spread)
    return grown


def spread_by_one(labels: Labels) -> Labels:
    """The largest label among a pixel and its eight neighbours."""
    return _spread(_spread(labels, 0), 1)


def _spread(labels: Labels, axis: int) -> Labels:
    """The largest label among a pixel and its two neighbours along an axis."""
    spread = labels.copy()
    ahead, behind = (slice(1, None), slice(None, -1)) if axis == 0 else (np.s_[:, 1:], np.s_[:, :-1])
    np.maximum(spread[ahead], labels[behind], out=spread[ahead])
    np.maximum(spread[behind], labels[ahead], out=spread[behind])
    return spread


def perimeters(labels: Labels, count: int, pixel: tuple[float, float]) -> Values:
    """Length of each region's outline by the Cauchy-Crofton formula in four directions.

    Parameters
    ----------
    pixel : (float, float)
        Pixel size (y, x); the result has its unit.

    References
    ----------
    Legland, D., Kieu, K. and Devaux, M.-F. (2007), Image Analysis and Stereology 26, 83-92.
    """
    y, x = pixel
    slant, diagonal = np.arctan2(y, x), np.hypot(y, x)
    padded = np.pad(labels, 1)
    steps = (
        ((0, 1), slant, y),
        ((1, 0), np.pi / 2 - slant, x),
        ((1, 1), np.pi / 4, y * x / diagonal),
        ((1, -1), np.pi / 4, y * x / diagonal),
    )
    return np.asarray(
        sum(_crossings(padded, step, count) * (angle * spacing / 2) for step, angle, spacing in steps)
    )


def _crossings(labels: Labels, step: tuple[int, int], count: int) -> Values:
    """How often lines in one direction cross the outline of each region."""
    dy, dx = step
    height, width = labels.shape
    here = labels[: height - dy, max(0, -dx) : width - max(0, dx)]
    neighbour = labels[dy:, max(0, dx) : width - max(0, -dx)]
    differ = here != neighbour
    both = np.concatenate([here[differ], neighbour[differ]])
    return np.bincount(both, minlength=count + 1)[1:].astype(np.float64)


def region_properties(
    labels: Labels, image: Image, count: int, pixel: tuple[float, float]
) -> dict[str, Values]:
    """Sizes, positions, heights and shapes of regions.

    Parameters
    ----------
    labels : int32 array (height, width)
        0 = no region, else 1 to `count`, each of them there. Regions hold no NaN of the image.
    pixel : (float, float)
        Pixel size (y, x) in nm.

    Returns
    -------
    dict of arrays (count,)
        Lengths in nm from the centre of the first pixel; heights above the local background.
    """
    level = local_background(labels, image, count)
    rows, columns = np.nonzero(labels)
    group = labels[rows, columns] - 1
    heights = image[rows, columns].astype(np.float64) - level[group]
    sizes, area = np.bincount(group, minlength=count), pixel[0] * pixel[1]
    stats = _height_statistics(heights, group, sizes)
    y, x = rows * pixel[0], columns * pixel[1]
    outline = _means(y, group, sizes), _means(x, group, sizes)
    weights = np.maximum(heights * np.where(stats["mean"] < 0, -1.0, 1.0)[group], 0)
    weighted = _weighted_centre(y, x, weights, group, outline)
    return {
        "y": weighted[0],
        "x": weighted[1],
        "y_outline": outline[0],
        "x_outline": outline[1],
        "area": sizes * area,
        "radius": np.sqrt(sizes * area / np.pi),
        **{f"height_{name}": value for name, value in stats.items()},
        "level": level,
        "volume": np.bincount(group, heights, count) * area,
        "perimeter": perimeters(labels, count, pixel),
        **_axes(y - outline[0][group], x - outline[1][group], group, sizes),
        **_boxes(rows, columns, group, sizes, labels.shape),
    }


def _means(values: Values, group: Values, sizes: Values) -> Values:
    return np.asarray(np.bincount(group, values, len(sizes)) / sizes)


def _weighted_centre(
    y: Values, x: Values, weights: Values, group: Values, plain: tuple[Values, Values]
) -> tuple[Values, Values]:
    total = np.bincount(group, weights, len(plain[0]))
    usable = total > 0
    divisor = np.where(usable, total, 1)
    centres = (np.bincount(group, weights * place, len(total)) / divisor for place in (y, x))
    first, second = (np.where(usable, centre, other) for centre, other in zip(centres, plain, strict=True))
    return first, second


def _height_statistics(heights: Values, group: Values, sizes: Values) -> dict[str, Values]:
    order = np.lexsort((heights, group))
    last = np.cumsum(sizes) - 1
    return {
        "max": heights[order][last],
        "mean": _means(heights, group, sizes),
        "median": grouped_median(heights, group, len(sizes)),
    }


def _axes(y: Values, x: Values, group: Values, sizes: Values) -> dict[str, Values]:
    """Orientation of the longer axis, eccentricity and axes of the ellipse with the same second moments."""
    yy, xx, xy = (_means(product, group, sizes) for product in (y * y, x * x, x * y))
    spread = np.hypot(xx - yy, 2 * xy)
    longer, shorter = (xx + yy + spread) / 2, np.maximum((xx + yy - spread) / 2, 0)
    share = np.divide(shorter, longer, out=np.ones_like(longer), where=longer > 0)
    return {
        "orientation": np.rad2deg(np.arctan2(2 * xy, xx - yy) / 2),
        "eccentricity": np.sqrt(1 - share),
        "major_axis": 4 * np.sqrt(longer),
        "minor_axis": 4 * np.sqrt(shorter),
    }


def _boxes(
    rows: Values, columns: Values, group: Values, sizes: Values, shape: tuple[int, int]
) -> dict[str, Values]:
    first = np.cumsum(sizes) - sizes
    order = np.argsort(group, kind="stable")
    top, bottom = (ufunc.reduceat(rows[order], first) for ufunc in (np.minimum, np.maximum))
    left, right = (ufunc.reduceat(columns[order], first) for ufunc in (np.minimum, np.maximum))
    return {
        "box_y": top,
        "box_x": left,
        "box_height": bottom - top + 1,
        "box_width": right - left + 1,
        "margin_y": np.minimum(top, shape[0] - 1 - bottom),
        "margin_x": np.minimum(left, shape[1] - 1 - right),
    }
