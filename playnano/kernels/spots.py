"""Spots in images: local maxima, and blobs over a range of sizes, with sub-pixel accuracy."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Refine = Literal["none", "parabola", "gaussian"]


def filled(image: Image) -> Floats:
    """The image as float64, its median where it holds no number."""
    valid = np.isfinite(image)
    level = float(np.median(image[valid].astype(np.float64))) if valid.any() else 0.0
    return np.where(valid, image, level).astype(np.float64)


def local_maxima(values: Floats, radius: tuple[float, float], least: float) -> Integers:
    """Rows and columns (n, 2) of maxima; of two within an ellipse the higher. In raster order.

    Parameters
    ----------
    radius : (float, float)
        Half axes of the ellipse along y and x, in pixels.
    least : float
        Smaller maxima are left out. A plateau counts once.
    """
    from scipy.ndimage import label, maximum_filter

    peaks = (values >= least) & (values == maximum_filter(values, 3, mode="nearest"))
    labels = np.empty(peaks.shape, np.int32)
    label(peaks, np.ones((3, 3), int), output=labels)
    names, first = np.unique(labels, return_index=True)
    places = np.stack(np.unravel_index(np.sort(first[names > 0]), values.shape), axis=1).astype(np.int64)
    strength = values[places[:, 0], places[:, 1]]
    return places[separated(places / np.array(radius), np.ones(len(places)), strength)]


def refined(values: Floats, peaks: Integers, how: Refine = "parabola") -> tuple[Floats, Floats]:
    """Positions (n, 2) of maxima with sub-pixel accuracy, and the values there.

    A parabola is fitted through the neighbours along each axis; for `gaussian`, through their logarithms
    above the least of them. At the edge of the image the pixel itself is given.
    """
    height, width = values.shape
    places, tops = peaks.astype(np.float64), values[peaks[:, 0], peaks[:, 1]].copy()
    inner = (peaks[:, 0] > 0) & (peaks[:, 0] < height - 1) & (peaks[:, 1] > 0) & (peaks[:, 1] < width - 1)
    if how == "none" or not inner.any():
        return places, tops
    y, x = peaks[inner].T
    for axis, (dy, dx) in enumerate(((1, 0), (0, 1))):
        before, here, after = values[y - dy, x - dx], values[y, x], values[y + dy, x + dx]
        offset, rise = _vertex(before, here, after, how)
        places[inner, axis] += offset
        tops[inner] += rise
    return places, tops


def _vertex(before: Floats, here: Floats, after: Floats, how: Refine) -> tuple[Floats, Floats]:
    """Where a parabola through three values has its top, from the middle one, and how much higher it is."""
    rise = _top(before, here, after)[1]
    if how == "gaussian":
        floor = np.minimum(before, after) - 0.05 * np.abs(here - np.minimum(before, after)) - 1e-12
        before, here, after = (np.log(np.maximum(v - floor, 1e-12)) for v in (before, here, after))
    return _top(before, here, after)[0], rise


def _top(before: Floats, here: Floats, after: Floats) -> tuple[Floats, Floats]:
    bend = 2 * here - before - after
    safe = np.where(bend > 0, bend, 1.0)
    offset = np.where(bend > 0, np.clip((after - before) / (2 * safe), -0.5, 0.5), 0.0)
    return offset, (after - before) * offset / 4


def smoothed(values: Floats, sigma: tuple[float, float]) -> Floats:
    """Values smoothed by a Gaussian; sigma along y and x in pixels."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(values, sigma, mode="nearest")) if max(sigma) > 0 else values


def blob_response(values: Floats, sigma: tuple[float, float]) -> Floats:
    """Twice the negated scale-normalised Laplacian of Gaussian: the height of a Gaussian blob of that sigma.

    References
    ----------
    Lindeberg, T. (1998), International Journal of Computer Vision 30, 79-116.
    """
    from scipy.ndimage import gaussian_filter

    parts = (
        sigma[axis] ** 2 * gaussian_filter(values, sigma, order=order, mode="nearest")
        for axis, order in ((0, (2, 0)), (1, (0, 2)))
    )
    return np.asarray(-2 * sum(parts))


def blobs(values: Floats, sigmas: Floats, pixel: tuple[float, float], least: float) -> dict[str, Any]:
    """Blobs over a range of sizes: maxima of the response over position and scale.

    Parameters
    ----------
    sigmas : array (n,)
        Sizes, rising, in the unit of `pixel`.
    pixel : (float, float)
        Pixel size (y, x).
    least : float
        Least response.

    Returns
    -------
    dict
        `places` (n, 2) in pixels, `sigma` and `response` (n,).
    """
    from scipy.ndimage import maximum_filter

    space = np.stack([blob_response(values, (s / pixel[0], s / pixel[1])) for s in sigmas])
    is_peak = (space >= least) & (space == maximum_filter(space, 3, mode="nearest"))
    scale, y, x = np.nonzero(is_peak)
    order = np.lexsort((x, y))
    scale, peaks = scale[order], np.stack([y, x], axis=1)[order]
    places, tops = np.empty((len(peaks), 2)), np.empty(len(peaks))
    for index, (level, peak) in enumerate(zip(scale, peaks, strict=True)):
        place, top = refined(space[level], peak[None])
        places[index], tops[index] = place[0], top[0]
    return {"places": places, "sigma": sigmas[scale], "response": tops}


def separated(places: Floats, sizes: Floats, strength: Floats) -> NDArray[np.bool_]:
    """Which spots are kept where two overlap: the stronger of two whose centres lie within the larger's size.

    Parameters
    ----------
    places : array (n, 2)
    sizes, strength : arrays (n,)
        Size in the unit of the places.
    """
    from scipy.spatial import cKDTree

    kept = np.ones(len(places), bool)
    if len(places) < 2:
        return kept
    pairs = cKDTree(places).query_pairs(float(sizes.max()), output_type="ndarray")
    away = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    pairs = pairs[away < np.maximum(sizes[pairs[:, 0]], sizes[pairs[:, 1]])]
    rank = np.empty(len(places), np.int64)
    rank[np.lexsort((np.arange(len(places)), -strength))] = np.arange(len(places))
    neighbours: dict[int, list[int]] = {}
    for one, other in pairs.tolist():
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    for place in np.argsort(rank).tolist():
        if kept[place]:
            weaker = [other for other in neighbours.get(place, ()) if rank[other] > rank[place]]
            kept[weaker] = False
    return kept
