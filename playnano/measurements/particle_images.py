"""Images of single particles, on square pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.errors import MeasureError
from playnano.kernels.patches import patch
from playnano.measurements.base import pixel_nm
from playnano.stack.frames import Image
from playnano.stack.lazy import FrameImages
from playnano.stack.measured_images import X, Y
from playnano.stack.numbering import table_places
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
MOST_PIXELS = 2**27
"""Of all particles together that are held in memory (1 GB as float64)."""


@dataclass(frozen=True)
class Particles:
    """Images around the rows of a table."""

    rows: Integers
    """Rows of the table that are there."""
    images: tuple[Image, ...]
    centres: Floats
    """(n, 2): where each particle lies in its image, px."""
    corners: Integers
    """(n, 2): where each image lies in its frame, px."""


def square_pixel(stack: AFMImageStack) -> float:
    """Side of the square pixels that particles are compared on, in nm: the least pixel size of the movie."""
    return float(min(size for index in range(len(stack)) for size in pixel_nm(stack, index)))


def odd_side(size_nm: float, pixel: float) -> int:
    """Side in pixels, odd, at least 3."""
    return 2 * max(1, round(size_nm / pixel / 2)) + 1


def centred_axes(side: int, pixel: float) -> list[tuple[Column, Floats]]:
    """Axes with 0 in the middle."""
    positions = np.asarray((np.arange(side) - side // 2) * pixel, np.float64)
    return [(axis, positions) for axis in (Y, X)]


def particles_of(
    table: Table, chosen: Integers, stack: AFMImageStack, margin: int, pixel: float, *, at_edge: bool = False
) -> Particles:
    """What lies around rows of a table, read frame by frame.

    Parameters
    ----------
    margin : int
        Pixels around the place.
    at_edge : bool
        Take those too whose surroundings hold no number somewhere.

    Raises
    ------
    MeasureError
        Where they do not fit into memory.
    """
    side = 2 * margin + 1
    if len(chosen) * side**2 > MOST_PIXELS:
        raise MeasureError(
            f"{len(chosen)} particles of {side} x {side} px are too many; set `max_particles` lower"
        )
    frames = table_places(stack, table.column("frame"))[chosen]
    places = np.stack([table.column(name)[chosen] for name in ("y_nm", "x_nm")], axis=1) / pixel
    corners = np.rint(places).astype(np.int64) - margin
    source, images = FrameImages(stack.frames), {}
    for frame in np.unique(frames).tolist():
        image = source[frame]
        for index in np.flatnonzero(frames == frame).tolist():
            part = _part(image, corners[index], side, pixel, pixel_nm(stack, frame))
            if at_edge or np.isfinite(part).all():
                images[index] = part
    kept = np.array(sorted(images), np.int64)
    return Particles(
        chosen[kept], tuple(images[index] for index in kept.tolist()), (places - corners)[kept], corners[kept]
    )


def _part(
    image: Image, corner: Integers, side: int, pixel: float, size_nm: tuple[float, float]
) -> Image | Floats:
    """A part of an image on square pixels: as it is where its own are such, else by cubic splines."""
    scale = pixel / np.array(size_nm)
    if np.allclose(scale, 1, rtol=1e-4):
        return patch(image, (int(corner[0]), int(corner[1])), (side, side))
    from scipy.ndimage import map_coordinates

    y, x = ((first + np.arange(side)) * by for first, by in zip(corner.tolist(), scale.tolist(), strict=True))
    grid = np.meshgrid(y, x, indexing="ij")
    return np.asarray(map_coordinates(image.astype(np.float64), grid, order=3, mode="constant", cval=np.nan))
