"""Where the pixels of a layer lie: so that two layers can be laid on each other as the scene is."""

from dataclasses import dataclass

from playnano.stack.chain import Chain
from playnano.stack.provenance import Record
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS
from playnano.steps.base import FrameStep
from playnano.steps.cropping import Cropped

Corner = tuple[int, int]
"""Row and column of a first pixel, in the image that it was taken from."""


@dataclass(frozen=True)
class Placement:
    """Which layers a layer can be laid on, and where."""

    plane: str = ""
    """The layer that last turned, mirrored or shifted frames; empty for the scan as it was read."""
    corner: Corner = (0, 0)
    """Where the first pixel lies in that plane."""

    def within(self, corner: Corner) -> "Placement":
        """That of a part of the images."""
        return Placement(self.plane, (self.corner[0] + corner[0], self.corner[1] + corner[1]))


READ = Placement()


def corner_of(stack: AFMImageStack) -> Corner:
    """Where the frames that a step over the stack left lie in those it got."""
    source = stack.frames.source if isinstance(stack.frames, Chain) else stack.frames
    return (source.region.top, source.region.left) if isinstance(source, Cropped) else (0, 0)


def history_placement(stack: AFMImageStack, name: str) -> Placement:
    """That of a layer which a stack brings: by itself where a step that was done may have moved pixels."""
    return Placement(name) if any(map(_may_move, stack.provenance.all_steps())) else READ


def _may_move(record: Record) -> bool:
    kind = STEPS[record.step] if record.step in STEPS.names else None
    return kind is None or not issubclass(kind, FrameStep) or kind.moves_pixels
