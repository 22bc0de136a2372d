"""Pixels inside polygons."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from playnano.stack.frames import Mask


def inside_polygon(shape: tuple[int, int], vertices: Sequence[tuple[float, float]]) -> Mask:
    """Pixels of an image (height, width) whose centres lie inside a polygon, by the even-odd rule.

    Parameters
    ----------
    vertices : sequence of (y, x)
        In pixels from the centre of the first one; the last is joined to the first. Centres on an upper or
        left border are inside, those on a lower or right border are not.
    """
    y, x = np.ogrid[: shape[0], : shape[1]]
    inside = np.zeros(shape, bool)
    for (y0, x0), (y1, x1) in pairwise([*vertices, vertices[0]]):
        if y0 != y1:
            crossing = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
            inside ^= ((y0 <= y) != (y1 <= y)) & (x < crossing)
    return inside
