"""What a report shows of a run, gathered: frames to look at, heights, and what to be wary of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.kernels.base_level import levels_of
from playnano.quality import bad_frames, numbered, quality_notes
from playnano.rendering.zrange import ZRange, movie_range
from playnano.stack.frame_columns import LOW_CONFIDENCE, FrameColumn, frame_columns, measured_last
from playnano.stack.frames import Image, Images
from playnano.stack.lazy import FrameImages
from playnano.stack.metadata import frame_numbers
from playnano.stack.stack import RAW, AFMImageStack

Floats = NDArray[np.float64]
SAMPLED_FRAMES = 24
SAMPLED_PIXELS = 20_000
MUCH_COVERED = 0.7
MUCH_CLIPPED = 0.05
SATURATED = 0.005
WORST_BY = (("background_rms", 1), ("confidence", -1), ("row_shift_std", 1), ("masked_share", 1))
"""Which measured number tells the worst frame, the first that there is; 1 where high is bad."""


@dataclass(frozen=True)
class Shown:
    """A frame to look at, and why."""

    index: int
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Heights:
    """Heights of some pixels of some frames."""

    values: Floats
    peak: float | None
    """Level of the background: the lowest that a fifth of the pixels lies on; None without heights."""


@dataclass(frozen=True)
class Summary:
    """All that a report shows of a stack that is computed."""

    stack: AFMImageStack
    threads: int = 1

    @cached_property
    def columns(self) -> tuple[FrameColumn, ...]:
        """What the steps measured on every frame."""
        return frame_columns(self.stack)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Number in the movie of each frame."""
        return frame_numbers(self.stack.frame_metadata)

    @cached_property
    def bad(self) -> tuple[int, ...]:
        """Frames that are lost, partial or blank."""
        return bad_frames(self.stack.frame_metadata)

    @cached_property
    def good(self) -> tuple[int, ...]:
        """All other frames; every frame where none is good."""
        bad = set(self.bad)
        return tuple(i for i in range(len(self.stack)) if i not in bad) or tuple(range(len(self.stack)))

    @cached_property
    def raw(self) -> Images | None:
        """The frames as they were read; None without steps, or where that layer is not there."""
        return self.stack.processed.get(RAW) if self.stack.provenance.all_steps() else None

    def raw_image(self, index: int) -> Image | None:
        """Frame `index` as it was read."""
        if self.raw is None:
            return None
        before = self.stack.raw_frame_metadata or self.stack.frame_metadata
        places = {number: place for place, number in enumerate(frame_numbers(before))}
        place = places.get(self.numbers[index])
        return None if place is None or place >= len(self.raw) else self.raw[place]

    @cached_property
    def zrange(self) -> ZRange:
        """Heights of the darkest and the lightest colour of the result."""
        try:
            return movie_range(self.stack, "auto", "auto", self.threads)
        except PlaynanoError:  # every pixel is NaN
            return ZRange(0.0, 1.0)

    @cached_property
    def worst(self) -> tuple[int, FrameColumn] | None:
        """The good frame that a measured number says is the worst, and that number."""
        for name, sign in WORST_BY:
            column = measured_last(self.columns, name)
            values = None if column is None else sign * column.values[list(self.good)]
            if column is not None and values is not None and len(values) > 1 and np.isfinite(values).any():
                return self.good[int(np.nanargmax(values))], column
        return None

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """First, middle, last and worst frame; each once."""
        last = len(self.stack) - 1
        titles: dict[int, list[str]] = {}
        for title, index in (("first", 0), ("middle", last // 2), ("last", last)):
            titles.setdefault(index, []).append(title)
        if self.worst is not None:
            titles.setdefault(self.worst[0], []).append("worst")
        return tuple(Shown(index, tuple(names)) for index, names in titles.items())

    @cached_property
    def sampled(self) -> tuple[int, ...]:
        """Some good frames, evenly spaced."""
        places = np.linspace(0, len(self.good) - 1, min(SAMPLED_FRAMES, len(self.good))).round().astype(int)
        return tuple(self.good[place] for place in places)

    @cached_property
    def after(self) -> Heights:
        """Heights of the result."""
        images = FrameImages(self.stack.frames)
        return _heights([images[index] for index in self.sampled])

    @cached_property
    def before(self) -> Heights | None:
        """Heights as they were read, where that is kept."""
        images = [self.raw_image(index) for index in self.sampled] if self.raw is not None else []
        kept = [image for image in images if image is not None]
        return _heights(kept) if kept else None

    @cached_property
    def clipped(self) -> float:
        """Share of the heights that lie outside the colour range."""
        values = self.after.values
        outside = (values < self.zrange.zmin) | (values > self.zrange.zmax)
        return float(outside.mean()) if values.size else 0.0

    @cached_property
    def saturated(self) -> float:
        """Share of pixels, as they were read, at the highest or lowest value of their frame."""
        images = [image for i in self.sampled if (image := self._as_read(i)) is not None]
        shares = [_at_extremes(image) for image in images]
        return float(np.mean(shares)) if shares else 0.0

    def _as_read(self, index: int) -> Image | None:
        return self.raw_image(index) if self.stack.provenance.all_steps() else self.stack[index]

    def flags(self) -> list[str]:
        """What to be wary of, a sentence each."""
        return list(dict.fromkeys([*self._quality(), *self._measured(), *self._pixels(), *self._warnings()]))

    def _quality(self) -> Iterator[str]:
        runs = (*self.stack.provenance.history, self.stack.provenance)
        for run in runs:
            judged = sum(map(len, run.frame_quality.values()))
            count = max(len(self.stack.raw_frame_metadata or self.stack.frame_metadata), judged)
            yield from quality_notes(run.frame_quality, count)
        yield from (line for run in runs for line in run.unfitted_frames())
        source = self.stack.provenance.input
        if source is not None and source.missing_frames:
            yield f"{source.missing_frames} frames of the movie are missing"

    def _measured(self) -> Iterator[str]:
        for column in self.columns:
            if column.name == "found" and not any("not found" in warning for warning in self.stack.warnings):
                yield from self._frames(column.values == 0, f"not found by {column.layer}")
            if column.name == "confidence":
                low = (column.values > 0) & (column.values < LOW_CONFIDENCE)
                yield from self._frames(low, f"aligned by {column.layer} with a confidence below 0.3")
            if column.name in ("coverage", "masked_share"):
                full = column.values > MUCH_COVERED
                yield from self._frames(full, f"covered over 70 % ({column.label})")
            if column.name == "whole_line_jumps":
                what = "with lines that jump from end to end, levelled as offsets"
                yield from self._frames(column.values > 0, f"{what} ({column.label})")

    def _frames(self, marked: NDArray[np.bool_], what: str) -> Iterator[str]:
        frames = [self.numbers[index] for index in np.flatnonzero(marked)]
        if frames:
            which = numbered(frames)
            which = which if len(which) < 120 else f"{which[:120].rpartition(',')[0]}, ..."
            yield f"{len(frames)} of {len(self.stack)} frames {what}: {which}"

    def _pixels(self) -> Iterator[str]:
        if not self.after.values.size:
            yield "no pixel holds a height"
        if self.clipped > MUCH_CLIPPED:
            yield f"{self.clipped:.1%} of the heights lie outside the colour range"
        if self.saturated > SATURATED:
            yield (
                f"{self.saturated:.1%} of the pixels, as read, have the highest or lowest value of their "
                "frame: the signal may be clipped"
            )

    def _warnings(self) -> Iterator[str]:
        source = self.stack.provenance.input
        yield from (*(source.warnings if source else ()), *self.stack.warnings)


def _heights(images: Sequence[Image]) -> Heights:
    """Some pixels of each image, the same ones every time."""
    parts = [image.ravel()[:: max(1, image.size // SAMPLED_PIXELS)] for image in images]
    values = np.concatenate(parts).astype(np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        return Heights(values, None)
    low, high = np.percentile(values, [1, 99])
    return Heights(values, float(levels_of(values, (high - low) / 100)[0]))


def _at_extremes(image: Image) -> float:
    values = image[np.isfinite(image)]
    if not values.size or values.min() == values.max():
        return 0.0
    return float(np.mean((values == values.min()) | (values == values.max())))
