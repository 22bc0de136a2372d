"""Which frames, which part of them, and which way up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, Strict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from playnano.errors import PlaynanoError, StepError
from playnano.frames import Frame, Frames, Image, Selection
from playnano.model import HeightUnit, Pixels
from playnano.stack import AFMImageStack, FrameMetadata
from playnano.steps.base import Extent, FrameStep, StackStep
from playnano.steps.regions import Region, largest_square, largest_valid

Index = Annotated[int, Field(ge=0)]
Indices = Annotated[tuple[Index, ...], Strict(False), Field(min_length=1)]
Margin = Annotated[Pixels, Field(ge=0)]
Arranged = tuple[Frames, Sequence[FrameMetadata]]


class VerticalFlip(FrameStep):
    """Turn each image upside down, its mask too."""

    step: Literal["vertical_flip"] = "vertical_flip"

    def process(self, frame: Frame) -> Frame:
        return Frame(frame.image[::-1].copy(), None if frame.mask is None else frame.mask[::-1].copy())


class ReplaceNan(StackStep):
    """Replace NaN, such as the border that alignment leaves, by a number.

    Mean and median are those of the frame; `global_mean` is that of the whole movie.
    """

    step: Literal["replace_nan"] = "replace_nan"
    mode: Literal["zero", "mean", "median", "global_mean", "constant"] = "zero"
    """What takes the place of NaN."""
    value: HeightUnit | None = None
    """The number for `mode: constant`; 0 unless given."""

    @field_validator("value")
    @classmethod
    def _is_used(cls, value: float | None, others: ValidationInfo) -> float | None:
        if value is not None and others.data.get("mode", "constant") != "constant":
            raise PydanticCustomError("value_unused", "only mode: constant takes a value")
        return value

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        return Filled(stack.frames, self.mode, self._number(stack)), stack.frame_metadata

    def _number(self, stack: AFMImageStack) -> float:
        if self.mode == "global_mean":
            return _mean_of_all(stack)
        return self.value or 0.0 if self.mode == "constant" else 0.0


@dataclass(frozen=True)
class Filled:
    """Frames without NaN."""

    frames: Frames
    mode: str
    number: float

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.frames.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.frames.dtype

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.frames[index]
        finite = np.isfinite(frame.image)
        if finite.all():
            return frame
        return frame.with_image(
            np.where(finite, frame.image, self._fill(frame.image[finite])).astype(self.dtype)
        )

    def _fill(self, values: Image) -> float:
        if self.mode not in ("mean", "median"):
            return self.number
        if not values.size:
            raise PlaynanoError(
                f"a frame is NaN everywhere: it has no {self.mode}; use mode: zero or constant"
            )
        return float(np.mean(values, dtype=np.float64) if self.mode == "mean" else np.median(values))


def _mean_of_all(stack: AFMImageStack) -> float:
    total, count = 0.0, 0
    for image in stack:
        finite = image[np.isfinite(image)]
        total, count = total + float(finite.sum(dtype=np.float64)), count + finite.size
    if not count:
        raise PlaynanoError("the whole movie is NaN: it has no mean; use mode: zero or constant")
    return total / count


class _Selecting(StackStep):
    """A step that keeps some frames."""

    def kept(self, n_frames: int) -> Sequence[int]:
        """Numbers of the frames that stay, of a movie of `n_frames`."""
        raise NotImplementedError

    def extent(self, before: Extent) -> Extent:
        return Extent(len(self._kept(before.frames)), before.height, before.width)

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        kept = tuple(self._kept(len(stack)))
        return Selection(stack.frames, kept), [stack.frame_metadata[index] for index in kept]

    def _kept(self, n_frames: int) -> Sequence[int]:
        kept = self.kept(n_frames)
        if not kept:
            raise StepError(f"no frame would be left of {n_frames}")
        return kept


class DropFrames(_Selecting):
    """Drop frames by their numbers, counted from 0."""

    step: Literal["drop_frames"] = "drop_frames"
    indices_to_drop: Indices
    """Numbers of the frames to drop."""

    def kept(self, n_frames: int) -> Sequence[int]:
        _check_indices(self.indices_to_drop, n_frames)
        return sorted(set(range(n_frames)) - set(self.indices_to_drop))


class DropFrameRange(_Selecting):
    """Drop a run of frames, counted from 0; the end is not dropped."""

    step: Literal["drop_frame_range"] = "drop_frame_range"
    start: Index
    """Number of the first frame to drop."""
    end: Index
    """Number of the first frame after it to keep."""

    def kept(self, n_frames: int) -> Sequence[int]:
        if not self.start < self.end <= n_frames:
            raise StepError(f"{self.start} to {self.end} is no range of frames: the movie has {n_frames}")
        return [*range(self.start), *range(self.end, n_frames)]


class SelectFrames(_Selecting):
    """Keep frames by their numbers, counted from 0, in the order given."""

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
    """How many."""

    def kept(self, n_frames: int) -> Sequence[int]:
        return range(max(0, n_frames - self.n_frames_to_drop))


def _check_indices(indices: Sequence[int], n_frames: int) -> None:
    beyond = [index for index in indices if index >= n_frames]
    if beyond:
        raise StepError(f"there is no frame {beyond[0]}: the movie has {n_frames} (0 to {n_frames - 1})")


class IntersectionCrop(StackStep):
    """Crop to the largest rectangle in which no frame has NaN: what all frames show after alignment."""

    step: Literal["intersection_crop"] = "intersection_crop"
    pad: Margin = 0
    """Margin left around the rectangle, as far as there are pixels."""

    def extent(self, before: Extent) -> Extent:
        return Extent(before.frames, None, None)

    def region(self, stack: AFMImageStack) -> Region:
        """The part of the images that stays."""
        return largest_valid(stack.frames).grown(self.pad, *stack.shape[1:])

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        return Cropped(stack.frames, self.region(stack)), stack.frame_metadata


class CropSquare(IntersectionCrop):
    """Crop to the largest square, in the middle of the rectangle in which no frame has NaN."""

    step: Literal["crop_square"] = "crop_square"  # type: ignore[assignment]

    def region(self, stack: AFMImageStack) -> Region:
        return largest_square(super().region(stack))


@dataclass(frozen=True)
class Cropped:
    """A part of each frame."""

    frames: Frames
    region: Region

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.frames), self.region.height, self.region.width

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.frames.dtype

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int, /) -> Frame:
        frame, part = self.frames[index], self.region.slices
        return Frame(frame.image[part], None if frame.mask is None else frame.mask[part])
