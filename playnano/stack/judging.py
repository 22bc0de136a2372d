"""What the stack knows of judging frames; `playnano.quality` does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from playnano.stack.frames import Image

if TYPE_CHECKING:
    from playnano.stack.stack import AFMImageStack

Progress = Callable[[int, int], None]


class Judgement(Protocol):
    """Judges the frames of a movie, each when it is read; finished once all were."""

    @property
    def frames(self) -> Any:
        """The frames as they were read."""

    def see(self, index: int, image: Image) -> None:
        """Take the evidence of one of `frames`, which has just been read."""

    def is_bad(self, index: int) -> bool:
        """Whether a frame is not good; reads what it takes to say so."""

    def of(self, indices: Sequence[int]) -> Judgement:
        """The same judgement, of some of the frames."""

    def finished(self, stack: AFMImageStack, threads: int, progress: Progress) -> AFMImageStack:
        """The stack with the quality of every frame noted; reads the frames that were not seen."""
