"""Drift: shift each frame so that the scene stands still."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from playnano.errors import PlaynanoError, StepError
from playnano.kernels.mosaic import Mosaic, Tile, tile
from playnano.kernels.rectangles import Region, largest_square
from playnano.kernels.registration import DECIMALS, EstimatedShift, prepared, register
from playnano.kernels.translation import WHOLE, Shift, moved, placed
from playnano.model import Px
from playnano.stack.frames import Frame, Frames, Image
from playnano.stack.metadata import FrameMetadata
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, StackStep


class _Aligning(StackStep):
    """What the two ways of aligning share."""

    mode: Literal["pad", "crop", "crop_square"] = "pad"
    """`pad` keeps every pixel, the rest is NaN; `crop` what all frames show; `crop_square` a square of it."""
    max_shift: Annotated[Px, Field(gt=0)] | None = None
    """A frame found further away than this is taken as not found."""
    pre_filter_sigma: Annotated[Px, Field(ge=0, le=100)] = 1.5
    """Smoothing of the copies that shifts are found by; the images themselves are not smoothed."""
    max_jump: Annotated[Px, Field(gt=0)] | None = None
    """A frame found further than this from the one before it is taken as not found."""

    def found(self, stack: AFMImageStack) -> list[EstimatedShift]:
        """The shift of each frame."""
        raise NotImplementedError

    def extent(self, before: Extent) -> Extent:
        return Extent(before.frames, None, None)

    def rearranged(self, stack: AFMImageStack) -> tuple[Frames, Sequence[FrameMetadata]]:
        found = self.found(stack)
        region = _canvas([f.shift for f in found], stack.shape[1], stack.shape[2], self.mode)
        return Aligned(stack.frames, tuple(found), region), stack.frame_metadata

    def _accepted(self, mosaic: Mosaic, image: Image | None, start: Shift, before: Shift) -> EstimatedShift:
        """The shift of one frame, sought around `start`; that of its neighbour where it is not found.

        It is compared with the part of the mosaic around `start`, so that a scene may drift out of the
        image that it began in.
        """
        held = EstimatedShift(before, 0.0)
        if image is None:
            return held
        corner = np.round(start).astype(np.int64)
        found = register(mosaic.view(corner, image.shape), image, start - corner, self.max_jump)
        shift = found.shift + corner
        too_far = self.max_shift is not None and np.hypot(*shift) > self.max_shift
        jumped = self.max_jump is not None and np.hypot(*(shift - before)) > self.max_jump
        return held if too_far or jumped or found.confidence <= 0 else EstimatedShift(shift, found.confidence)


class AlignFrames(_Aligning):
    """Shift every frame onto a reference frame.

    Outward from the reference frame, each frame is registered with the mean of all that are aligned
    already, starting from the shift of its neighbour; then once more with the mean of all frames.
    Estimates are made on copies with aligned lines; the images are moved once, by cubic splines (whole
    pixels are copied). Measures each frame's shift in px and the correlation it was found with (0: not
    found, the shift of its neighbour was taken).
    """

    step: Literal["align_frames"] = "align_frames"
    reference_frame: Annotated[int, Field(ge=0)] = 0
    """Number of the frame that stays where it is, counted from 0."""

    def extent(self, before: Extent) -> Extent:
        if self.reference_frame >= before.frames:
            there = f"the movie has {before.frames} (0 to {before.frames - 1})"
            raise StepError(f"there is no frame {self.reference_frame}: {there}")
        return super().extent(before)

    def found(self, stack: AFMImageStack) -> list[EstimatedShift]:
        self.extent(Extent(*stack.shape))
        mosaic = Mosaic()
        first = self._tracked(stack, mosaic)
        second = self._refined(stack, mosaic, first)
        origin = second[self.reference_frame].shift
        return [EstimatedShift(np.round(f.shift - origin, DECIMALS) + 0.0, f.confidence) for f in second]

    def _tracked(self, stack: AFMImageStack, mosaic: Mosaic) -> list[EstimatedShift]:
        """The shifts by what is aligned already, outward from the reference; fills the mosaic."""
        middle = self.reference_frame
        reference = prepared(stack[middle], self.pre_filter_sigma)
        if reference is None:
            raise PlaynanoError(f"frame {middle} shows nothing to align by; choose another reference_frame")
        found = {middle: EstimatedShift(np.zeros(2), 1.0)}
        mosaic.add(tile(reference, np.zeros(2)))
        for index, neighbour in _outward(middle, len(stack)):
            before = found[neighbour].shift
            image = prepared(stack[index], self.pre_filter_sigma)
            found[index] = self._accepted(mosaic, image, before, before)
            if image is not None and found[index].confidence > 0:
                mosaic.add(tile(image, found[index].shift))
        return [found[index] for index in range(len(stack))]

    def _refined(
        self, stack: AFMImageStack, mosaic: Mosaic, first: Sequence[EstimatedShift]
    ) -> list[EstimatedShift]:
        """The shifts by the mean of all frames, which is less noisy than any of them."""
        found: dict[int, EstimatedShift] = {}
        middle = self.reference_frame
        for index, neighbour in ((middle, middle), *_outward(middle, len(stack))):
            before = found[neighbour].shift if found else np.zeros(2)
            image = prepared(stack[index], self.pre_filter_sigma)
            found[index] = self._accepted(mosaic, image, first[index].shift, before)
        return [found[index] for index in range(len(stack))]


class RollingFrameAlign(_Aligning):
    """Shift every frame onto the mean of the aligned frames before it.

    For scenes that change: the reference is never older than the window. The first frame stays where it
    is. Otherwise as `align_frames`.
    """

    step: Literal["rolling_frame_align"] = "rolling_frame_align"
    window: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many aligned frames before it a frame is compared with."""

    def found(self, stack: AFMImageStack) -> list[EstimatedShift]:
        found: list[EstimatedShift] = []
        recent = deque[Tile](maxlen=self.window)
        for image in (prepared(image, self.pre_filter_sigma) for image in stack):
            before = found[-1].shift if found else np.zeros(2)
            first = not recent and image is not None
            found.append(
                EstimatedShift(before, 1.0)
                if first
                else self._accepted(Mosaic(recent), image, before, before)
            )
            if image is not None and found[-1].confidence > 0:
                recent.append(tile(image, found[-1].shift))
        return found


def _outward(middle: int, n: int) -> Iterator[tuple[int, int]]:
    """Numbers of frames and of their neighbours nearer to the middle one: each start is near."""
    yield from ((index, index - 1) for index in range(middle + 1, n))
    yield from ((index, index + 1) for index in range(middle - 1, -1, -1))


def _canvas(shifts: Sequence[Shift], height: int, width: int, mode: str) -> Region:
    """The part of the plane that the aligned frames show, in pixels of the unshifted frame."""
    moves = np.array(shifts)
    least, most = moves.min(0), moves.max(0)
    if mode == "pad":
        top, left = (int(v) for v in np.floor(least + WHOLE))
        bottom, right = height + int(np.ceil(most[0] - WHOLE)), width + int(np.ceil(most[1] - WHOLE))
        return Region(top, left, bottom - top, right - left)
    top, left = (int(v) for v in np.ceil(most - WHOLE))
    bottom, right = height + int(np.floor(least[0] + WHOLE)), width + int(np.floor(least[1] + WHOLE))
    if bottom <= top or right <= left:
        raise PlaynanoError(
            "the frames have drifted so far that no pixel is shown by all of them; use mode: pad"
        )
    region = Region(top, left, bottom - top, right - left)
    return largest_square(region) if mode == "crop_square" else region


@dataclass(frozen=True)
class Aligned:
    """Frames, each moved by its shift onto a common canvas."""

    frames: Frames
    found: tuple[EstimatedShift, ...]
    canvas: Region

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.frames), self.canvas.height, self.canvas.width

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.frames.dtype

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int, /) -> Frame:
        frame, found = self.frames[index], self.found[index]
        place = found.shift - (self.canvas.top, self.canvas.left)
        whole = np.round(place).astype(int)
        image = moved(frame.image, place - whole)
        return Frame(
            placed(image, whole, self.shape[1:], np.nan),
            None if frame.mask is None else placed(frame.mask, whole, self.shape[1:], False),
            {
                "shift_y": float(found.shift[0]),
                "shift_x": float(found.shift[1]),
                "confidence": found.confidence,
            },
        )
