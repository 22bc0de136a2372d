"""A plugin whose step has a name that is taken, and whose export is none."""

from typing import Literal

from playnano.stack.frames import Frame
from playnano.steps.base import FrameStep


class RemovePlane(FrameStep):
    """Not the plane that playnano removes."""

    step: Literal["remove_plane"] = "remove_plane"

    def process(self, frame: Frame) -> Frame:
        return frame


NOT_AN_EXPORT = "text"
