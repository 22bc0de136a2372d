"""Flip and turn."""

from typing import ClassVar, Literal

from playnano.stack.frames import Frame
from playnano.steps.base import FrameStep


class VerticalFlip(FrameStep):
    """Flip each image and its mask vertically."""

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
