"""Which frames, which part of them, and which way up."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, Strict

from playnano.errors import StepError
from playnano.stack.frames import Frames
from playnano.stack.lazy import Selection
from playnano.stack.metadata import FrameMetadata, numbered
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, StackStep

Index = Annotated[int, Field(ge=0)]
Indices = Annotated[tuple[Index, ...], Strict(False), Field(min_length=1)]
Arranged = tuple[Frames, Sequence[FrameMetadata]]


class _Selecting(StackStep):
    """A step that keeps some frames."""

    def looks_at_frames(self) -> bool:
        return False

    def kept(self, n_frames: int) -> Sequence[int]:
        """Numbers of the frames that stay, of a movie of `n_frames`."""
        raise NotImplementedError

    def extent(self, before: Extent) -> Extent:
        if before.at_least:  # which frames there are is known when they are selected
            return replace(before, at_most=True)
        return replace(before, frames=len(self._kept(before.frames)))

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        kept = tuple(self._kept(len(stack)))
        metadata = [stack.frame_metadata[index] for index in kept]
        return Selection(stack.frames, kept), numbered(metadata, kept)

    def _kept(self, n_frames: int) -> Sequence[int]:
        kept = self.kept(n_frames)
        if not kept:
            raise StepError(f"no frame would be left of {n_frames}")
        return kept


class DropFrames(_Selecting):
    """Drop frames by their numbers, counted from 0.

    Numbers are those of the frames that the step gets: after `input.frames` and the steps before it. The
    frames keep their number in the movie as `original_frame` in their metadata.
    """

    step: Literal["drop_frames"] = "drop_frames"
    indices_to_drop: Indices
    """Numbers of the frames to drop."""

    def kept(self, n_frames: int) -> Sequence[int]:
        _check_indices(self.indices_to_drop, n_frames)
        return sorted(set(range(n_frames)) - set(self.indices_to_drop))


class DropFrameRange(_Selecting):
    """Drop a range of frames, counted from 0; `end` is not dropped.

    Numbers refer to the frames that the step receives, as in `drop_frames`.
    """

    step: Literal["drop_frame_range"] = "drop_frame_range"
    start: Index
    """Number of the first frame to drop."""
    end: Index
    """Number of the first frame after it to keep."""

    def kept(self, n_frames: int) -> Sequence[int]:
        if not self.start < self.end <= n_frames:
            raise StepError(f"{self.start} to {self.end} is not a range of frames: the movie has {n_frames}")
        return [*range(self.start), *range(self.end, n_frames)]


class SelectFrames(_Selecting):
    """Keep frames by their numbers, counted from 0, in the order given.

    Numbers are those of the frames that the step gets, as in `drop_frames`.
    """

    step: Literal["select_frames"] = "select_frames"
    keep_indices: Indices
    """Numbers of the frames to keep."""

    def kept(self, n_frames: int) -> Sequence[int]:
        _check_indices(self.keep_indices, n_frames)
        return self.keep_indices


class DropFinalFrames(_Selecting):
    """Drop frames at the end."""

    step: Literal["drop_final_frames"] = "drop_final_frames"
    n_frames_to_drop: Annotated[int, Field(ge=1)] = 1
    """Number of frames to drop."""

    def kept(self, n_frames: int) -> Sequence[int]:
        return range(max(0, n_frames - self.n_frames_to_drop))


def _check_indices(indices: Sequence[int], n_frames: int) -> None:
    beyond = [index for index in indices if index >= n_frames]
    if beyond:
        raise StepError(f"there is no frame {beyond[0]}: the movie has {n_frames} (0 to {n_frames - 1})")
