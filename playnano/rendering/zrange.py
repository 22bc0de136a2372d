"""The heights that the darkest and the lightest colour stand for: one range for the whole movie."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.kernels.percentiles import Counts, Summed, leading, percentiles
from playnano.quality import bad_frames, judged
from playnano.stack.frames import Image
from playnano.stack.once import OncePerKey
from playnano.stack.parallel import ahead, batches
from playnano.stack.scratch import StoredFrames
from playnano.stack.stack import AFMImageStack

PERCENTS = (1.0, 99.0)
Percents = tuple[float, float]
Bound = float | Literal["auto"]
T = TypeVar("T")
_BATCH_PIXELS = 2**18  # setting up 65,536 counters costs as much as counting so many pixels


@dataclass(frozen=True)
class ZRange:
    """Heights of the darkest and the lightest colour, in the unit of the images."""

    zmin: float
    zmax: float
    left_out: tuple[int, ...] = ()
    """Frames that the range does not count: lost, partial or blank."""


@dataclass(frozen=True)
class HeightSurvey:
    """Extremes and height histogram of some frames."""

    extremes: NDArray[np.float64]
    """(frames, 2): least and greatest height; inf and -inf where there is none."""
    counts: Counts | None
    """How often each leading half-word occurs in the frames that are not blank; None where all are."""

    def shown(self) -> list[int]:
        """The frames that are not blank, counted from the first one looked at."""
        return np.flatnonzero(self.extremes[:, 0] < self.extremes[:, 1]).tolist()

    def span(self) -> tuple[float, float]:
        """Least and greatest height of the frames that are not blank; of all where all are."""
        extremes = self.extremes[self.shown() or slice(None)]
        return float(extremes[:, 0].min()), float(extremes[:, 1].max())

    def and_then(self, later: "HeightSurvey") -> "HeightSurvey":
        """The look at these frames and at those that follow them."""
        counts = [one for one in (self.counts, later.counts) if one is not None]
        total = np.sum(counts, axis=0) if counts else None
        return HeightSurvey(np.concatenate([self.extremes, later.extremes]), total)


def movie_range(
    stack: AFMImageStack, zmin: Bound, zmax: Bound, threads: int = 1, percents: Percents = PERCENTS
) -> ZRange:
    """The range for all frames of a movie, in memory that does not grow with their number.

    What is `auto` is the exact lower or upper of two percentiles of all heights of the good frames; of all
    that are not blank where none is good.

    Raises
    ------
    PlaynanoError
        Where every pixel is NaN, or where the bound that was given leaves no range.
    """
    stack = judged(stack, threads)
    bad = tuple(sorted(bad_frames(stack.frame_metadata)))
    if zmin != "auto" and zmax != "auto":
        return ZRange(zmin, zmax, bad)
    bounds, left_out = _movie_bounds(stack, bad, percents, threads)
    return ZRange(*_settled(bounds, zmin, zmax, percents), left_out)


_Bounds = tuple[tuple[float, float], tuple[int, ...]]
_bounds: OncePerKey[StoredFrames, OncePerKey[tuple[Any, ...], _Bounds]] = OncePerKey(weak=True)


def _movie_bounds(stack: AFMImageStack, bad: tuple[int, ...], percents: Percents, threads: int) -> _Bounds:
    """Two percentiles of a movie, and the frames that are not counted; noted for the next of its pictures."""
    if not isinstance(stack.frames, StoredFrames):  # only what lies in scratch files surely stays as it is
        return _counted_bounds(stack, bad, percents, threads)
    noted = _bounds.of(stack.frames, OncePerKey)  # a GIF and a video that are written side by side look once
    key = (stack.dtype, bad, percents)
    return noted.of(key, lambda: _counted_bounds(stack, bad, percents, threads))


def _counted_bounds(stack: AFMImageStack, bad: tuple[int, ...], percents: Percents, threads: int) -> _Bounds:
    over = partial(_over, stack, threads)
    candidates = [index for index in range(len(stack)) if index not in bad] or list(range(len(stack)))
    look = reduce(HeightSurvey.and_then, over(candidates, survey))
    shown = [candidates[place] for place in look.shown()]

    def summed(count: Callable[[Image], Counts]) -> Counts:
        return reduce(np.add, over(shown, lambda images: count(heights(images))))

    left_out = tuple(sorted(set(range(len(stack))) - set(shown)))
    return _auto(look, summed, stack.dtype, percents), left_out


def frame_range(image: Image, zmin: Bound, zmax: Bound, percents: Percents = PERCENTS) -> ZRange:
    """The range of one frame by itself; a frame of nothing but NaN gets one too."""
    look = survey([image])
    if not np.isfinite(look.extremes).all():
        return ZRange(0.0, 1.0)
    bounds = _auto(look, lambda count: count(heights([image])), image.dtype, percents)
    return ZRange(*_settled(bounds, zmin, zmax, percents))


def _over(
    stack: AFMImageStack, threads: int, indices: Sequence[int], work: Callable[[list[Image]], T]
) -> Iterator[T]:
    """What `work` gives for the images of some frames, a few small ones or one large at a time."""
    return ahead(
        lambda task: work([stack[indices[place]].astype(stack.dtype, copy=False) for place in task]),
        batches(len(indices), _BATCH_PIXELS // (stack.shape[1] * stack.shape[2])),
        threads,
    )


def heights(images: Sequence[Image]) -> Image:
    """The numbers of images, 1-D: neither NaN nor infinite."""
    parts = [
        image[valid] if not valid.all() else image.ravel()
        for image in images
        for valid in [np.isfinite(image)]
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def survey(images: Sequence[Image]) -> HeightSurvey:
    """A look at some frames: their extremes, and their heights counted where they differ."""
    numbers = [heights([image]) for image in images]
    extremes = np.array([(one.min(), one.max()) if one.size else (np.inf, -np.inf) for one in numbers], float)
    shown = [one for one, (low, high) in zip(numbers, extremes, strict=True) if low < high]
    return HeightSurvey(extremes, leading(heights(shown)) if shown else None)


def _auto(
    look: HeightSurvey, summed: Summed, dtype: np.dtype[Any], percents: Percents
) -> tuple[float, float]:
    """Percentiles; the extremes where those coincide; a unit around the only height where those do too."""
    low, high = look.span()
    if low > high:
        raise PlaynanoError("there is nothing to draw: every pixel of the movie is NaN")
    if look.counts is not None:
        first, last = percentiles(percents, look.counts, summed, dtype)
        low, high = (first, last) if first < last else (low, high)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def ordinal(percent: float) -> str:
    """`1st`, `99th`, `0.1st`."""
    text = f"{percent:g}"
    teen = text[-2:] in ("11", "12", "13")
    return text + ("th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th"))


def _settled(auto: tuple[float, float], zmin: Bound, zmax: Bound, percents: Percents) -> tuple[float, float]:
    low, high = auto[0] if zmin == "auto" else zmin, auto[1] if zmax == "auto" else zmax
    if low >= high and zmax == "auto":
        above = f"above the {ordinal(percents[1])} percentile of the heights ({high:.4g})"
        raise PlaynanoError(f"zmin is {low:g}, {above}: give zmax too")
    if low >= high:
        below = f"below the {ordinal(percents[0])} percentile of the heights ({low:.4g})"
        raise PlaynanoError(f"zmax is {high:g}, {below}: give zmin too")
    return low, high
