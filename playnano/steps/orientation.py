"""Flip and turn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from playnano.errors import StepError
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, FrameStep, StackStep
from playnano.steps.selecting import Arranged


class VerticalFlip(FrameStep):
    """Flip each image and its mask vertically.

    `scan_direction` stays as the frame was recorded; `correct_shear` counts the flips before it.
    """

    moves_pixels: ClassVar[bool] = True

    step: Literal["vertical_flip"] = "vertical_flip"

    def process(self, frame: Frame) -> Frame:
        return Frame(frame.image[::-1].copy(), None if frame.mask is None else frame.mask[::-1].copy())


class HorizontalFlip(FrameStep):
    """Mirror each image left to right, its mask too."""

    moves_pixels: ClassVar[bool] = True

    step: Literal["horizontal_flip"] = "horizontal_flip"

    def process(self, frame: Frame) -> Frame:
        mask = None if frame.mask is None else frame.mask[:, ::-1].copy()
        return Frame(frame.image[:, ::-1].copy(), mask)


class Rotate90(StackStep):
    """Turn each image and its mask counterclockwise by quarter turns.

    After an odd number of turns, scan lines run from top to bottom: steps that work along lines come before
    this one. Pixels that are not square can only be turned by two.
    """

    moves_pixels: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Any]] = {"turns": 2}

    step: Literal["rotate90"] = "rotate90"
    turns: Literal[1, 2, 3]
    """Number of quarter turns, counterclockwise."""

    def looks_at_frames(self) -> bool:
        return False

    def extent(self, before: Extent) -> Extent:
        return replace(before, height=before.width, width=before.height) if self.turns % 2 else before

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        y, x = stack.pixel_size_y_nm, stack.pixel_size_nm
        if self.turns % 2 and y is not None and x is not None and not np.isclose(y, x, rtol=1e-6):
            raise StepError(
                f"pixels of {y:g} x {x:g} nm are not square: only `turns: 2` keeps the scale of all layers"
            )
        return Turned(stack.frames, self.turns), stack.frame_metadata


@dataclass(frozen=True)
class Turned(DerivedFrames):
    """Each frame turned counterclockwise."""

    turns: int

    @property
    def shape(self) -> tuple[int, int, int]:
        length, height, width = self.frames.shape
        return (length, width, height) if self.turns % 2 else (length, height, width)

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.frames[index]
        mask = None if frame.mask is None else np.rot90(frame.mask, self.turns).copy()
        return Frame(np.rot90(frame.image, self.turns).copy(), mask)
