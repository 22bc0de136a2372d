"""Images that were shifted onto one another, in one: their mean or their median."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.refinement import Moved
from playnano.kernels.registration_copies import Copy
from playnano.kernels.rows import row_medians
from playnano.kernels.translation import overlap, placed
from playnano.stack.frames import Image

_MOST_CELLS = 1 << 24
_ROWS_AT_A_TIME = 32


class Mosaic:
    """Copies added up on a canvas that grows with them. Only for finding shifts: single precision."""

    def __init__(self, parts: Iterable[Moved] = ()) -> None:
        self._corner = np.zeros(2, np.int64)
        self._total = np.zeros((0, 0), np.float32)
        self._count = np.zeros((0, 0), np.float32)
        for part in parts:
            self.add(part)

    def add(self, part: Moved) -> None:
        """Add a copy, its lines offset as on the present mosaic."""
        self._reach_to(part.corner, part.copy.image.shape)
        on_canvas, _ = overlap(part.corner - self._corner, part.copy.image.shape, self._total.shape)
        onto = levelled_onto(self.view(part.corner, part.copy.image.shape), part)
        self._total[on_canvas] += onto.image * onto.valid
        self._count[on_canvas] += onto.valid

    def view(self, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Copy:
        """The mean in a rectangle (height, width) at `corner`."""
        mean, valid = np.zeros(shape, np.float32), np.zeros(shape, bool)
        on_canvas, on_part = overlap(corner - self._corner, shape, self._total.shape)
        mean[on_part] = self._total[on_canvas] / np.maximum(self._count[on_canvas], 1)
        valid[on_part] = self._count[on_canvas] > 0
        return Copy(mean, valid)

    def view_without(self, part: Moved, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Copy:
        """What `view` gives, of all copies but one that was added."""
        on_canvas, on_part = overlap(corner - self._corner, shape, self._total.shape)
        total, count = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        total[on_part], count[on_part] = self._total[on_canvas], self._count[on_canvas]
        onto = levelled_onto(self.view(part.corner, part.copy.image.shape), part)
        inside, of_part = overlap(part.corner - corner, onto.image.shape, shape)
        total[inside] -= onto.image[of_part] * onto.valid[of_part]
        count[inside] -= onto.valid[of_part]
        valid = count > 0.5
        return Copy(np.where(valid, total / np.maximum(count, 1), 0).astype(np.float32), valid)

    def _reach_to(self, corner: NDArray[np.int64], size: tuple[int, ...]) -> None:
        if not self._total.size:
            self._corner = corner
        start, end = self._corner, self._corner + self._total.shape
        if np.all(corner >= start) and np.all(corner + size <= end):
            return
        spare = np.array(size) // 8  # so that slow drift does not copy the canvas frame after frame
        before = np.where(corner < start, start - corner + spare, 0)
        after = np.where(corner + size > end, corner + size - end + spare, 0)
        around = ((int(before[0]), int(after[0])), (int(before[1]), int(after[1])))
        self._total, self._count = np.pad(self._total, around), np.pad(self._count, around)
        self._corner = start - before


class MedianMosaic:
    """The median of copies on a canvas: what moves over a place leaves no trace in it."""

    def __init__(self, parts: Sequence[Moved]) -> None:
        corners = np.array([part.corner for part in parts])
        shape = np.array(parts[0].copy.image.shape)
        self._corner = corners.min(axis=0)
        height, width = (int(n) for n in corners.max(axis=0) - self._corner + shape)
        stacked = np.full((len(parts), height, width), np.nan, np.float32)
        for layer, part in zip(stacked, parts, strict=True):
            image = np.where(part.copy.valid, part.copy.image, np.nan)
            on_canvas, on_part = overlap(part.corner - self._corner, image.shape, layer.shape)
            layer[on_canvas] = image[on_part]
        self._median = _median(stacked)

    def view(self, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Copy:
        """The median in a rectangle (height, width) at `corner`."""
        image = placed(self._median, self._corner - corner, shape, np.nan)
        valid = np.isfinite(image)
        return Copy(np.where(valid, image, 0).astype(np.float32), valid)


def most_parts(height: int, width: int) -> int:
    """How many copies a median mosaic of this size may be made of, to stay within memory."""
    return max(5, _MOST_CELLS // max(1, height * width))


def levelled_onto(reference: Copy, part: Moved) -> Copy:
    """The part's copy, its rows offset as they are on the reference where both are valid."""
    both = reference.valid & part.copy.valid
    if not both.any():
        return part.copy
    offsets = row_medians(part.copy.image - reference.image, both)
    return Copy(part.copy.image - offsets[:, None], part.copy.valid)


def _median(stacked: Image) -> Image:
    """Along the first axis, NaN left out; NaN where there is nothing else."""
    counts = np.isfinite(stacked).sum(axis=0)
    median = np.full(counts.shape, np.nan, np.float32)
    for start in range(0, len(median), _ROWS_AT_A_TIME):
        rows = slice(start, start + _ROWS_AT_A_TIME)
        ordered, count = np.sort(stacked[:, rows], axis=0), counts[rows]
        low = np.take_along_axis(ordered, np.maximum(count - 1, 0)[None] // 2, axis=0)[0]
        high = np.take_along_axis(ordered, np.minimum(count // 2, len(stacked) - 1)[None], axis=0)[0]
        median[rows] = np.where(count > 0, (low + high) / 2, np.nan)
    return median
