"""Drift: shift each frame so that the scene stands still."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from playnano.errors import PlaynanoError, StepError
from playnano.model import Px
from playnano.stack import AFMImageStack, Frame, FrameMetadata, Frames, Image
from playnano.steps.base import Extent, StackStep
from playnano.steps.regions import Region, largest_square
from playnano.steps.registration import DECIMALS, Found, Shift, prepared, register, shifted

WHOLE = 1e-6
"""Shifts this near to whole pixels copy pixels."""


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

    def found(self, stack: AFMImageStack) -> list[Found]:
        """The shift of each frame."""
        raise NotImplementedError

    def extent(self, before: Extent) -> Extent:
        return Extent(before.frames, None, None)

    def rearranged(self, stack: AFMImageStack) -> tuple[Frames, Sequence[FrameMetadata]]:
        found = self.found(stack)
        region = _canvas([f.shift for f in found], stack.shape[1], stack.shape[2], self.mode)
        return Aligned(stack.frames, tuple(found), region), stack.frame_metadata

    def _accepted(self, reference: Image | None, image: Image | None, start: Shift, before: Shift) -> Found:
        """The shift of one frame, sought around `start`; that of its neighbour where it is not found."""
        held = Found(before, 0.0)
        if reference is None or image is None:
            return held
        found = register(reference, image, start, self.max_jump)
        too_far = self.max_shift is not None and np.hypot(*found.shift) > self.max_shift
        jumped = self.max_jump is not None and np.hypot(*(found.shift - before)) > self.max_jump
        return held if too_far or jumped or found.confidence <= 0 else found


class AlignFrames(_Aligning):
    """Shift every frame onto a reference frame.

    Each frame is registered with the reference, starting from the shift of its neighbour, then once more
    with the mean of all aligned frames, which is less noisy than any of them. Estimates are made on
    copies with aligned lines; the images are moved once, by cubic splines (whole pixels are copied).
    Measures each frame's shift in px and the correlation it was found with (0: not found, the shift of
    its neighbour was taken).
    """

    step: Literal["align_frames"] = "align_frames"
    reference_frame: Annotated[int, Field(ge=0)] = 0
    """Number of the frame that stays where it is, counted from 0."""

    def extent(self, before: Extent) -> Extent:
        if self.reference_frame >= before.frames:
            there = f"the movie has {before.frames} (0 to {before.frames - 1})"
            raise StepError(f"there is no frame {self.reference_frame}: {there}")
        return super().extent(before)

    def found(self, stack: AFMImageStack) -> list[Found]:
        self.extent(Extent(*stack.shape))
        reference = prepared(stack[self.reference_frame], self.pre_filter_sigma)
        if reference is None:
            raise PlaynanoError(
                f"frame {self.reference_frame} shows nothing to align by; choose another reference_frame"
            )
        first = self._pass(stack, reference, [np.zeros(2)] * len(stack))
        mean = _mean_scene(stack, first, self.pre_filter_sigma)
        second = self._pass(stack, mean, [f.shift for f in first])
        origin = second[self.reference_frame].shift
        return [Found(np.round(f.shift - origin, DECIMALS) + 0.0, f.confidence) for f in second]

    def _pass(self, stack: AFMImageStack, reference: Image, starts: Sequence[Shift]) -> list[Found]:
        """Outward from the reference frame, so that each start is near."""
        found: dict[int, Found] = {}
        n, middle = len(stack), self.reference_frame
        for indices, step in ((range(middle, n), 1), (range(middle - 1, -1, -1), -1)):
            for index in indices:
                before = found[index - step].shift if index - step in found else starts[index]
                start = starts[index] if np.any(starts[index]) else before
                found[index] = self._accepted(
                    reference, prepared(stack[index], self.pre_filter_sigma), start, before
                )
        return [found[index] for index in range(n)]


class RollingFrameAlign(_Aligning):
    """Shift every frame onto the mean of the aligned frames before it.

    For scenes that change: the reference is never older than the window. The first frame stays where it
    is. Otherwise as `align_frames`.
    """

    step: Literal["rolling_frame_align"] = "rolling_frame_align"
    window: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many aligned frames before it a frame is compared with."""

    def found(self, stack: AFMImageStack) -> list[Found]:
        found: list[Found] = []
        recent: list[Image] = []
        for image in (prepared(image, self.pre_filter_sigma) for image in stack):
            before = found[-1].shift if found else np.zeros(2)
            reference = np.mean(recent, axis=0) if recent else None
            first = reference is None and image is not None
            found.append(Found(before, 1.0) if first else self._accepted(reference, image, before, before))
            if image is not None and found[-1].confidence > 0:
                recent = [*recent, shifted(image, found[-1].shift)][-self.window :]
        return found


def _mean_scene(stack: AFMImageStack, found: Sequence[Found], sigma: float) -> Image:
    total, count = np.zeros(stack.shape[1:]), np.zeros(stack.shape[1:])
    for image, at in zip(_prepared_images(stack, sigma), found, strict=True):
        if image is not None and at.confidence > 0:
            total += shifted(image, at.shift)
            count += shifted(np.ones_like(image), at.shift) > 0.5
    return np.asarray(total / np.maximum(count, 1), np.float32)


def _prepared_images(stack: AFMImageStack, sigma: float) -> Iterator[Image | None]:
    return (prepared(image, sigma) for image in stack)


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
    found: tuple[Found, ...]
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
        image = _between_pixels(frame.image, place - whole)
        return Frame(
            _placed(image, whole, self.shape[1:], np.nan),
            None if frame.mask is None else _placed(frame.mask, whole, self.shape[1:], False),
            {
                "shift_y": float(found.shift[0]),
                "shift_x": float(found.shift[1]),
                "confidence": found.confidence,
            },
        )


def _between_pixels(image: Image, rest: Shift) -> Image:
    """The image moved by less than a pixel; NaN where a pixel it needs is NaN or outside."""
    if np.abs(rest).max() < WHOLE:
        return image
    from scipy.ndimage import shift as spline_shift

    finite = np.isfinite(image)
    level = float(np.median(image[finite])) if finite.any() else 0.0
    moved = (
        spline_shift(np.where(finite, image - level, 0), rest, order=3, mode="nearest", output=np.float64)
        + level
    )
    known = spline_shift(finite.astype(np.float32), rest, order=1, mode="constant", cval=0.0)
    return np.where(known > 1 - 1e-3, moved, np.nan).astype(image.dtype)


def _placed(image: Any, whole: Any, shape: tuple[int, ...], fill: Any) -> Any:
    """The image on a canvas, its upper left corner at `whole`."""
    canvas = np.full(shape, fill, image.dtype)
    (y, x), (height, width) = (int(v) for v in whole), image.shape
    rows, columns = slice(max(0, y), min(shape[0], y + height)), slice(max(0, x), min(shape[1], x + width))
    canvas[rows, columns] = image[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    return canvas
