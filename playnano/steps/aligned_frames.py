"""Frames shifted onto a common canvas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from playnano.kernels.drift_path import Points
from playnano.kernels.rectangles import Region
from playnano.kernels.translation import moved, placed, sheared
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.stack.parallel import one_thread_blas


@dataclass(frozen=True, repr=False)
class AlignedFrames(DerivedFrames):
    """Frames, each moved by its shift onto a common canvas."""

    path: Points
    """(frames, 2): shift along y and x in px."""
    canvas: Region
    measured: tuple[Mapping[str, float], ...]
    """What was measured on each frame besides its shift."""
    drift_within: Points | None = None
    """(frames, 2): how far the scene moves while a frame is recorded, from its first row to its last; px."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""
        return len(self.frames), self.canvas.height, self.canvas.width

    def __getitem__(self, index: int, /) -> Frame:
        frame, shift = self.frames[index], self.path[index]
        place = shift - (self.canvas.top, self.canvas.left)
        measured = {"shift_y": float(shift[0]), "shift_x": float(shift[1]), **self.measured[index]}
        if self.drift_within is not None:
            return self._sheared(frame, place, self.drift_within[index], measured)
        whole = np.round(place).astype(int)
        with one_thread_blas():
            image = placed(moved(frame.image, place - whole), whole, self.shape[1:], np.nan)
        mask = None if frame.mask is None else placed(frame.mask, whole, self.shape[1:], False)
        return Frame(image, mask, measured)

    def _sheared(self, frame: Frame, place: Any, drift: Any, measured: Mapping[str, float]) -> Frame:
        image = sheared(frame.image, place, drift, self.shape[1:])
        if frame.mask is None:
            return Frame(image, None, measured)
        features = sheared(frame.mask.astype(np.float32), place, drift, self.shape[1:])
        return Frame(image, np.nan_to_num(features) > 0.5, measured)
