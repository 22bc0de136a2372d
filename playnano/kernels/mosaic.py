"""The mean of images that were shifted onto one another, over all that they cover together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.translation import Shift, between_pixels, overlap, spline_coefficients
from playnano.stack.frames import Image


@dataclass(frozen=True)
class Tile:
    """An image where it lies on the plane: moved between the pixels, and its upper left pixel (y, x)."""

    image: Image
    corner: NDArray[np.int64]


def tile(image: Image, shift: Shift) -> Tile:
    """A prepared image (height, width) where its shift (y, x) puts it."""
    corner = np.round(shift).astype(np.int64)
    return Tile(between_pixels(spline_coefficients(image), shift - corner), corner)


class Mosaic:
    """Tiles added up on a canvas that grows with them. Only for finding shifts: single precision."""

    def __init__(self, tiles: Iterable[Tile] = ()) -> None:
        self._corner = np.zeros(2, np.int64)
        self._total = np.zeros((0, 0), np.float32)
        self._count = np.zeros((0, 0), np.float32)
        for one in tiles:
            self.add(one)

    def add(self, one: Tile) -> None:
        """Add a tile."""
        self._reach_to(one.corner, one.image.shape)
        there, _ = overlap(one.corner - self._corner, one.image.shape, self._total.shape)
        self._total[there] += one.image
        self._count[there] += 1

    def view(self, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Image:
        """The mean of the tiles in a rectangle (height, width) at `corner`; zero where there is none."""
        mean = np.zeros(shape, np.float32)
        there, here = overlap(corner - self._corner, shape, self._total.shape)
        mean[here] = self._total[there] / np.maximum(self._count[there], 1)
        return mean

    def _reach_to(self, corner: NDArray[np.int64], size: tuple[int, ...]) -> None:
        if not self._total.size:
            self._corner = corner
        start, end = self._corner, self._corner + self._total.shape
        if np.all(corner >= start) and np.all(corner + size <= end):
            return
        spare = np.array(size) // 8  # so that slow drift does not copy the canvas frame after frame
        before = np.where(corner < start, start - corner + spare, 0)
        after = np.where(corner + size > end, corner + size - end + spare, 0)
        around: Any = tuple(zip(before.tolist(), after.tolist(), strict=True))
        self._total, self._count = np.pad(self._total, around), np.pad(self._count, around)
        self._corner = start - before
