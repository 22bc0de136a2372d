"""Rectangles of images."""

from dataclasses import dataclass

import numpy as np

from playnano.errors import PlaynanoError
from playnano.stack.frames import Frames, Mask


@dataclass(frozen=True)
class Region:
    """A rectangle of pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """What to index an image (height, width) with."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def grown(self, margin: int, height: int, width: int) -> "Region":
        """The rectangle with a margin around it, within an image of this size."""
        top, left = max(0, self.top - margin), max(0, self.left - margin)
        bottom, right = (
            min(height, self.top + self.height + margin),
            min(width, self.left + self.width + margin),
        )
        return Region(top, left, bottom - top, right - left)


def largest_square(region: Region) -> Region:
    """The largest square in the middle of a rectangle."""
    side = min(region.height, region.width)
    return Region(
        region.top + (region.height - side) // 2, region.left + (region.width - side) // 2, side, side
    )


def largest_valid(frames: Frames) -> Region:
    """The largest rectangle in which no frame has NaN, but frames of nothing else.

    Raises
    ------
    PlaynanoError
        Where there is no pixel that all frames show.
    """
    valid, is_blank = np.ones(frames.shape[1:], bool), True
    for index in range(len(frames)):
        finite = np.isfinite(frames[index].image)
        if finite.any():
            valid, is_blank = valid & finite, False
    region = Region(0, 0, 0, 0) if is_blank else _largest_rectangle(valid)
    if region.height * region.width == 0:
        raise PlaynanoError("the frames share no pixel: nothing would be left")
    return region


def _largest_rectangle(valid: Mask) -> Region:
    """The largest all-True rectangle: for each row as its base, the largest one under a skyline."""
    best = Region(0, 0, 0, 0)
    skyline = np.zeros(valid.shape[1], int)
    for row, valid_row in enumerate(valid):
        skyline = np.where(valid_row, skyline + 1, 0)
        left, height, width = _under_skyline(skyline.tolist())
        if height * width > best.height * best.width:
            best = Region(row - height + 1, left, height, width)
    return best


def _under_skyline(heights: list[int]) -> tuple[int, int, int]:
    """Left edge, height and width of the largest rectangle under a row of columns."""
    best, open_columns = (0, 0, 0), list[tuple[int, int]]()
    for at, height in enumerate([*heights, 0]):
        left = at
        while open_columns and open_columns[-1][1] >= height:
            left, tall = open_columns.pop()
            if tall * (at - left) > best[1] * best[2]:
                best = (left, tall, at - left)
        open_columns.append((left, height))
    return best
