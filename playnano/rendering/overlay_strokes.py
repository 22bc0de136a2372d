"""Strokes of an overlay: circles, ways and outlines, legible on any ground."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from playnano.rendering.glyphs import Indices
from playnano.rendering.palette import BLACK

Floats = NDArray[np.float64]
Labels = NDArray[np.int32]


def draw_ring(picture: Indices, place: Floats, radius: float, colour: int) -> None:
    """A circle, with a dark one outside it."""
    if not np.isfinite(place).all():
        return
    reach = int(np.ceil(radius)) + 3
    y0, x0 = (int(np.floor(part)) - reach for part in place)
    top, left = max(0, y0), max(0, x0)
    part = picture[top : max(0, y0 + 2 * reach + 1), left : max(0, x0 + 2 * reach + 1)]
    y, x = np.ogrid[: part.shape[0], : part.shape[1]]
    away = np.hypot(y + top - place[0], x + left - place[1]) - radius
    part[(away >= 1.0) & (away < 2.0)] = BLACK
    part[(away >= -1.0) & (away < 1.0)] = colour


def draw_way(picture: Indices, way: Floats, colour: int) -> None:
    """Straight lines from point to point, two pixels wide."""
    for start, end in pairwise(way[np.isfinite(way).all(axis=1)]):
        count = int(np.ceil(np.abs(end - start).max())) + 1
        points = np.rint(start + np.linspace(0, 1, count)[:, None] * (end - start)).astype(np.int64)
        for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
            y, x = (points + np.array([dy, dx])).T
            inside = (y >= 0) & (x >= 0) & (y < picture.shape[0]) & (x < picture.shape[1])
            picture[y[inside], x[inside]] = colour


def draw_outlines(picture: Indices, labels: Labels, colours: NDArray[np.uint8]) -> None:
    """The edge of every region, one pixel in and one out, with a dark line outside.

    Parameters
    ----------
    labels : int array (h, w)
        Regions of the image that the picture shows, enlarged to it; 0 is none.
    colours : uint8 array
        Colour of each label; 0 for those that are not drawn.
    """
    labels = np.where(colours[labels] > 0, labels, 0)
    rows, columns = (_nearest(n, m) for n, m in zip(labels.shape, picture.shape, strict=True))
    large = labels[np.ix_(rows, columns)]
    width = 1 if min(picture.shape[0] / labels.shape[0], picture.shape[1] / labels.shape[1]) < 2 else 2
    inner = (large > 0) & _differs(large)
    around = _spread(large)
    outer = (large == 0) & (around > 0)
    halo = (large == 0) & (_spread(around) > 0) & ~outer
    if width == 1:
        picture[outer] = BLACK
    else:
        picture[halo] = BLACK
        picture[outer] = colours[around[outer]]
    picture[inner] = colours[large[inner]]


def _nearest(count: int, size: int) -> NDArray[np.int64]:
    """Pixel of the image for each pixel of the picture."""
    return np.asarray((np.arange(size) + 0.5) * count / size, np.int64)


def _differs(labels: Labels) -> NDArray[np.bool_]:
    """Where a neighbour above, below, left or right has another label."""
    differs = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        turned, of = (labels, differs) if axis == 0 else (labels.T, differs.T)
        changed = turned[1:] != turned[:-1]
        of[1:] |= changed
        of[:-1] |= changed
    return differs


def _spread(labels: Labels) -> Labels:
    """The largest label among a pixel and its four neighbours."""
    spread = labels.copy()
    np.maximum(spread[1:], labels[:-1], out=spread[1:])
    np.maximum(spread[:-1], labels[1:], out=spread[:-1])
    np.maximum(spread[:, 1:], labels[:, :-1], out=spread[:, 1:])
    np.maximum(spread[:, :-1], labels[:, 1:], out=spread[:, :-1])
    return spread
