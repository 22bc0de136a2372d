"""Parts of images around a place, of a given size."""

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Floats = NDArray[np.float64]


def patch(image: Image, corner: tuple[int, int], shape: tuple[int, int]) -> Image:
    """The pixels of a box; NaN where it reaches out of the image.

    Parameters
    ----------
    corner : (row, column)
        Of its first pixel.
    shape : (height, width)
    """
    part = np.full(shape, np.nan, image.dtype)
    first = np.maximum(corner, 0)
    last = np.minimum(np.add(corner, shape), image.shape)
    if (last > first).all():
        (y0, x0), (y1, x1), (y, x) = first.tolist(), last.tolist(), corner
        part[y0 - y : y1 - y, x0 - x : x1 - x] = image[y0:y1, x0:x1]
    return part


def turned_patch(image: Image, centre: tuple[float, float], side: int, angle_deg: float) -> Floats:
    """A square around a place, turned by an angle, by cubic splines; NaN where it reaches out of the image.

    A pixel of the patch at (v, u) from its centre shows the image at `centre` plus (v, u) turned
    counter-clockwise by `angle_deg`, as seen with rows going down.

    Parameters
    ----------
    centre : (y, x)
        In pixels.
    side : int
        Odd.
    """
    from scipy.ndimage import map_coordinates

    half, angle = side // 2, np.deg2rad(angle_deg)
    v, u = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    y = centre[0] + np.cos(angle) * v - np.sin(angle) * u
    x = centre[1] + np.sin(angle) * v + np.cos(angle) * u
    return np.asarray(
        map_coordinates(image.astype(np.float64), [y, x], order=3, mode="constant", cval=np.nan)
    )
