"""Filters over time, by the frames' real times; frames without contact do not count."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.errors import StepError
from playnano.kernels.medians import ordered_images
from playnano.model import Seconds
from playnano.quality import bad_frames
from playnano.stack.frames import Frame, Image
from playnano.stack.lazy import DerivedFrames
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column
from playnano.steps.base import StackStep
from playnano.steps.selecting import Arranged

Floats = NDArray[np.float64]
Stacked = NDArray[Any]
"""(frames, height, width)."""
Window = Annotated[int, Field(ge=1, le=999)]
_USED = Column("frames_used", "1", "number of frames that went into this one")


class _Temporal(StackStep):
    """What the filters over time share."""

    measures: ClassVar[tuple[Column, ...]] = (_USED,)

    @abstractmethod
    def weights(self, times: Floats, index: int) -> Floats:
        """Weight of each frame for the frame `index` (frames,); 0 where it does not count."""

    def combined(self, images: Sequence[Image], weights: Floats) -> Floats:
        """One image (height, width) of several, NaN left out."""
        return _weighted_mean(zip(images, weights.tolist(), strict=True))

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        bad = frozenset(bad_frames(stack.frame_metadata))
        return Filtered(stack.frames, self, frame_times(stack), bad), stack.frame_metadata


class TemporalMean(_Temporal):
    """Replace each frame by the mean of itself and its neighbours in time.

    NaN and frames that are lost, partial or blank do not count; those frames themselves stay as they are.
    Frames are no longer independent afterwards.
    """

    step: Literal["temporal_mean"] = "temporal_mean"
    window: Window = 3
    """Number of frames, the middle one included; an even number reaches one further back."""

    def weights(self, times: Floats, index: int) -> Floats:
        return _window(len(times), index, self.window)


class TemporalMedian(TemporalMean):
    """Replace each frame by the median of itself and its neighbours in time: brief events disappear.

    NaN and frames that are lost, partial or blank do not count; those frames themselves stay as they are.
    Frames are no longer independent afterwards.
    """

    step: Literal["temporal_median"] = "temporal_median"  # type: ignore[assignment]

    def combined(self, images: Sequence[Image], weights: Floats) -> Floats:
        return nan_median(np.array(images))


class TemporalGaussian(_Temporal):
    """Replace each frame by a mean of the frames around it, weighted by a Gaussian of their time apart.

    NaN and frames that are lost, partial or blank do not count; those frames themselves stay as they are.
    Frames are no longer independent afterwards.
    """

    step: Literal["temporal_gaussian"] = "temporal_gaussian"
    sigma: Annotated[Seconds, Field(gt=0)] | None = None
    """Standard deviation; that of one median frame interval by default. It ends at 4 sigma."""

    def weights(self, times: Floats, index: int) -> Floats:
        interval = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
        apart = (times - times[index]) / (self.sigma or interval)
        return np.asarray(np.where(np.abs(apart) <= 4, np.exp(-(apart**2) / 2), 0.0))


class SubtractMeanFrame(StackStep):
    """Subtract the mean image of the movie from every frame: what moves remains.

    NaN and frames that are lost, partial or blank do not count.
    """

    step: Literal["subtract_mean_frame"] = "subtract_mean_frame"

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        return Subtracted(stack.frames, still_image(stack, None)), stack.frame_metadata


class SubtractBackground(StackStep):
    """Subtract the image that stands still: a percentile over time of every pixel, the median by default.

    NaN and frames that are lost, partial or blank do not count.
    """

    step: Literal["subtract_background"] = "subtract_background"
    percentile: Annotated[float, Field(ge=0, le=100)] = 50.0
    """Percentile over time; a low one leaves out what comes and goes on a background."""

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        return Subtracted(stack.frames, still_image(stack, self.percentile)), stack.frame_metadata


class SubtractRowProfile(StackStep):
    """Subtract the movie's median profile along x: a step or bow that all lines of all frames share.

    The profile is the median over the frames of the median line of each; its median is left in the image.
    Masked pixels, NaN and frames that are lost, partial or blank do not count. Mask large features first, or
    the profile holds them.
    """

    step: Literal["subtract_row_profile"] = "subtract_row_profile"

    def rearranged(self, stack: AFMImageStack) -> Arranged:
        lines = [_median_line(stack.frames[index]) for index in _good(stack)]
        profile = nan_median(np.array(lines)[:, None, :])[0]
        valid = np.isfinite(profile)
        if not valid.any():
            raise StepError("every pixel is masked or NaN: there is no profile to subtract")
        profile = np.where(valid, profile - np.median(profile[valid]), 0.0)
        return Subtracted(stack.frames, np.broadcast_to(profile, stack.shape[1:])), stack.frame_metadata


@dataclass(frozen=True, repr=False)
class Filtered(DerivedFrames):
    """Frames, each combined of those around it."""

    step: _Temporal
    times: Floats
    bad: frozenset[int]

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.frames[index]
        if index in self.bad:
            return Frame(frame.image, frame.mask)
        weights = self.step.weights(self.times, index)
        used = [i for i in np.flatnonzero(weights).tolist() if i not in self.bad]
        images = [self.frames[i].image for i in used]
        image = self.step.combined(images, weights[used]).astype(self.dtype)
        return Frame(image, frame.mask, {"frames_used": float(len(used))})


@dataclass(frozen=True, repr=False)
class Subtracted(DerivedFrames):
    """Frames less one image."""

    image: Floats

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.frames[index]
        difference = np.subtract(frame.image, self.image, dtype=np.float64)
        return Frame(difference.astype(self.dtype), frame.mask)


def frame_times(stack: AFMImageStack) -> Floats:
    """Times in s; numbers of frames where times are not known or do not rise."""
    times = stack.timestamps
    rising = np.isfinite(times).all() and bool(np.all(np.diff(times) > 0))
    return times if rising else np.arange(len(stack), dtype=float)


def still_image(stack: AFMImageStack, percentile: float | None) -> Floats:
    """The mean, or a percentile, over time of every pixel of the good frames (height, width).

    A percentile is found in bands of lines, so that memory does not grow with the movie.
    """
    good = _good(stack)
    _, height, width = stack.shape
    if percentile is None:
        return _weighted_mean((stack[index], 1.0) for index in good)
    still = np.empty((height, width))
    lines = max(1, _BAND_BYTES // (8 * width * len(good)))
    for start in range(0, height, lines):
        band = np.array([stack[index][start : start + lines] for index in good])
        still[start : start + lines] = _nan_percentile(band, percentile)
    return still


_BAND_BYTES = 2**26


def nan_median(images: Stacked) -> Floats:
    """Median over the first axis, NaN left out; NaN where there is nothing else."""
    return _nan_percentile(images, 50.0)


def _weighted_mean(images: Iterable[tuple[Image, float]]) -> Floats:
    """The mean of images with a weight each, NaN left out; NaN where there is nothing else."""
    total: Floats | float = 0.0
    weights: Floats | float = 0.0
    for image, weight in images:
        present = np.isfinite(image)
        whole = bool(present.all())
        total = total + np.multiply(image if whole else np.where(present, image, 0), weight, dtype=np.float64)
        weights = weights + (weight if whole else weight * present)
    shape = np.shape(total)
    mean = np.divide(total, weights, out=np.full(shape, np.nan), where=np.broadcast_to(weights, shape) > 0)
    return np.asarray(mean)


def _nan_percentile(images: Stacked, percentile: float) -> Floats:
    present = np.isfinite(images)
    if present.all():
        return _percentile_of_whole(ordered_images(images), percentile)
    ordered = ordered_images(np.where(present, images, np.inf))
    count = present.sum(axis=0)
    place = percentile / 100 * np.maximum(count - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    lower, upper = (np.take_along_axis(ordered, p[None], axis=0)[0].astype(np.float64) for p in (low, high))
    with np.errstate(invalid="ignore"):
        value = lower + (upper - lower) * (place - low)
    return np.asarray(np.where(count > 0, value, np.nan))


def _percentile_of_whole(ordered: Stacked, percentile: float) -> Floats:
    place = percentile / 100 * (len(ordered) - 1)
    low = int(place)
    lower = ordered[low].astype(np.float64)
    return np.asarray(lower if place == low else lower + (ordered[low + 1] - lower) * (place - low))


def _window(length: int, index: int, window: int) -> Floats:
    weights = np.zeros(length)
    weights[max(0, index - window // 2) : index + (window - 1) // 2 + 1] = 1.0
    return weights


def _good(stack: AFMImageStack) -> list[int]:
    bad = set(bad_frames(stack.frame_metadata))
    return [index for index in range(len(stack)) if index not in bad] or list(range(len(stack)))


def _median_line(frame: Frame) -> Floats:
    image = np.where(frame.background(), frame.image, np.nan).astype(np.float64)
    return np.asarray(nan_median(image[:, None, :])[0])
