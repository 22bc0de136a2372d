"""Shapes that the synthetic movie is drawn with; distances and heights in nm."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Points = NDArray[np.floating[Any]]
Shape = Callable[[Points, Points], Image]
"""Heights at distances (y, x) from the centre."""

STEP_NM = 36.0
_RING_RADIUS_NM, _RING_WIDTH_NM, _CAP_WIDTH_NM = 17.0, 6.5, 11.0
_FILAMENT_WIDTH_NM, _FILAMENT_HEIGHT_NM = 6.0, 2.4
_REACH_NM = 45.0


@dataclass(frozen=True)
class Molecule:
    """What one of the diffusing particles looks like."""

    is_ring: bool
    height_nm: float
    lobes: int
    """Subunits seen along the rim of a ring."""


def molecule_shape(molecule: Molecule, turn: float) -> Shape:
    """The heights of a molecule that is turned by so many radians."""
    if not molecule.is_ring:
        return _cap(molecule.height_nm, _CAP_WIDTH_NM)

    def ring(y: Points, x: Points) -> Image:
        rim = np.exp(-0.5 * ((np.hypot(y, x) - _RING_RADIUS_NM) / _RING_WIDTH_NM) ** 2)
        lobes = 1 + 0.12 * np.cos(molecule.lobes * (np.arctan2(y, x) - turn))
        height: Image = molecule.height_nm * rim * lobes
        return height

    return ring


def _cap(height_nm: float, width_nm: float) -> Shape:
    def cap(y: Points, x: Points) -> Image:
        height: Image = height_nm * np.exp(-0.5 * (y**2 + x**2) / width_nm**2)
        return height

    return cap


HEAD = _cap(4.5, 9.0)


def filament(shape: tuple[int, int], start: Points, along: Points, pixel_size_nm: float) -> Image:
    """A straight ridge through `start` (y, x) in pixels, with the twist of a helix."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    away_y, away_x = (y - start[0]) * pixel_size_nm, (x - start[1]) * pixel_size_nm
    across = away_x * along[0] - away_y * along[1]
    twist = np.cos(2 * np.pi * (away_y * along[0] + away_x * along[1]) / STEP_NM)
    ridge: Image = (
        _FILAMENT_HEIGHT_NM * np.exp(-0.5 * (across / _FILAMENT_WIDTH_NM) ** 2) * (1 + 0.12 * twist)
    )
    return ridge


def draw(image: Image, centre: Points, shape: Shape, pixel_size_nm: float) -> None:
    """Lay a shape over the image where it is higher than the image; `centre` (y, x) in pixels."""
    reach = int(np.ceil(_REACH_NM / pixel_size_nm))
    rows, columns = (_within(c, reach, n) for c, n in zip(centre, image.shape, strict=True))
    y, x = np.arange(image.shape[0])[rows, None], np.arange(image.shape[1])[None, columns]
    drawn = shape((y - centre[0]) * pixel_size_nm, (x - centre[1]) * pixel_size_nm)
    image[rows, columns] = np.maximum(image[rows, columns], drawn + 0.3 * image[rows, columns])


def _within(centre: float, reach: int, length: int) -> slice:
    middle = int(centre)
    return slice(min(max(0, middle - reach), length), min(max(0, middle + reach + 1), length))
