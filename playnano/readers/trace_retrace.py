"""Trace and retrace together: the second channel shifted onto the first, and the two made one movie.

The scanner lags behind its drive, so that a line scanned backwards lies some pixels beside the same line
scanned forwards. That shift is a matter of the scanner and of how it is driven, not of the sample: one
shift along the fast axis is found for the whole movie, the median of those of some frames spread over it.
A frame can so be computed without the others, and a bad one does not bend its own picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from playnano.errors import ReadError
from playnano.kernels.line_shift import shift_of, shifted
from playnano.stack.frames import Frame, Frames, checked_index
from playnano.stack.lazy import LazyFrames
from playnano.stack.metadata import FrameMetadata
from playnano.stack.stack import AFMImageStack

Combination = Literal["mean", "difference", "interleave"]
_JOINED: dict[Combination, str] = {"mean": " + ", "difference": " - ", "interleave": ", "}
_FRAMES_LOOKED_AT = 9
_DECIMALS = 2  # of a pixel: more would be noise, and would differ from machine to machine


@dataclass(frozen=True)
class Combined(LazyFrames):
    """Frames of two channels as one: mean or difference, frame by frame."""

    trace: Frames
    retrace: Frames
    shift_px: float
    combination: Combination

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""
        return self.trace.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The wider of the two."""
        return np.result_type(self.trace.dtype, self.retrace.dtype)

    def __getitem__(self, index: int, /) -> Frame:
        first = self.trace[index].image.astype(np.float64)
        second = shifted(self.retrace[index].image, self.shift_px)
        both = first - second if self.combination == "difference" else (first + second) / 2
        return Frame(both.astype(self.dtype))


@dataclass(frozen=True)
class Interleaved(Combined):
    """Frames of two channels in turn: trace, retrace, trace, ..."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(twice the frames, height, width)."""
        n_frames, height, width = self.trace.shape
        return 2 * n_frames, height, width

    def __getitem__(self, index: int, /) -> Frame:
        number, is_retrace = divmod(checked_index(index, len(self)), 2)
        if not is_retrace:
            return Frame(self.trace[number].image.astype(self.dtype, copy=False))
        return Frame(shifted(self.retrace[number].image, self.shift_px).astype(self.dtype))


def wanted_channels(
    channel: str | Sequence[str] | None, combine: str | None
) -> tuple[tuple[str | None, ...], Combination | None]:
    """The channels to read, one (None = the topography) or two, and what to make of two.

    Raises
    ------
    ReadError
        For two channels without a combination, the reverse, or a combination that is not known.
    """
    names = (channel,) if channel is None or isinstance(channel, str) else tuple(channel)
    combination = next((name for name in _JOINED if name == combine), None)
    ways = ", ".join(_JOINED)
    if combine is not None and combination is None:
        raise ReadError(f"there is no combination '{combine}' (known: {ways})")
    if len(names) != (1 if combination is None else 2):
        raise ReadError(f"two channels, such as trace and retrace, go with a combination ({ways})")
    return names, combination


def combined(trace: AFMImageStack, retrace: AFMImageStack, combination: Combination) -> AFMImageStack:
    """The movie of two channels that were scanned forth and back.

    `mean` and `difference` (trace minus retrace) have the frames and times of the trace. `interleave` has
    twice as many: each trace, then its retrace half a line later, which is when each of its lines was
    scanned. A line takes 1 / line_rate; where that is not known, the height-th part of a frame's time.
    Frames are looked at to find the shift, which `frame_metadata` and `header` hold as `retrace_shift_px`
    (how far the retrace lies to the right, in px). Pixels that the shifted retrace does not reach are NaN,
    and so are those that are NaN in either.

    Raises
    ------
    ReadError
        Where the two are not of one size and unit, or a frame that is looked at cannot be read.
    """
    _check_alike(trace, retrace)
    shift, warnings = _found_shift(trace.frames, retrace.frames)
    kind = Interleaved if combination == "interleave" else Combined
    metadata = _in_turn(trace, retrace) if combination == "interleave" else trace.frame_metadata
    added = (warning for warning in retrace.warnings if warning not in trace.warnings)
    return replace(
        trace,
        frames=kind(trace.frames, retrace.frames, shift, combination),
        channel=_JOINED[combination].join((trace.channel, retrace.channel)),
        frame_metadata=tuple({**frame, "retrace_shift_px": shift} for frame in metadata),
        processed={},
        masks={},
        warnings=(*trace.warnings, *added, *warnings),
        header={**trace.header, "retrace_shift_px": shift},
    )


def _check_alike(trace: AFMImageStack, retrace: AFMImageStack) -> None:
    first, second = trace.channel, retrace.channel
    if first == second:
        raise ReadError(f"'{first}' is named twice: it takes two channels to combine them")
    if trace.unit != retrace.unit:
        units = f"{trace.unit} and {retrace.unit}"
        raise ReadError(f"'{first}' and '{second}' cannot be combined: their units are {units}")
    if trace.shape != retrace.shape:
        sizes = " and ".join("{} frames of {} x {}".format(*stack.shape) for stack in (trace, retrace))
        raise ReadError(f"'{first}' and '{second}' cannot be combined: they have {sizes} pixels")


def _in_turn(trace: AFMImageStack, retrace: AFMImageStack) -> list[FrameMetadata]:
    """Metadata of trace and retrace in turn, each with its channel and its time."""
    metadata: list[FrameMetadata] = []
    for frame, delay in zip(trace.frame_metadata, _delays_s(trace), strict=True):
        metadata += [
            {**frame, "channel": trace.channel},
            {**frame, "channel": retrace.channel, **_later(frame, delay)},
        ]
    return metadata


def _later(frame: FrameMetadata, delay_s: float | None) -> FrameMetadata:
    time, epoch_ms = frame.get("timestamp"), frame.get("start_epoch_ms")
    return {
        "timestamp": None if delay_s is None or not isinstance(time, int | float) else time + delay_s,
        "start_epoch_ms": None
        if delay_s is None or not isinstance(epoch_ms, int)
        else epoch_ms + round(1000 * delay_s),
    }


def _delays_s(trace: AFMImageStack) -> list[float | None]:
    """Half the time of a line in each frame, before the next frame begins; None where it is not known."""
    times = trace.timestamps
    intervals = np.append(np.diff(times), np.nan)
    usual = float(np.median(intervals[intervals > 0])) if (intervals > 0).any() else np.nan
    longest = np.where(intervals > 0, intervals, usual)
    lines = [_line_s(frame, trace.shape[1]) for frame in trace.frame_metadata]
    delays = [
        0.5 * float(np.fmin(wait / trace.shape[1] if np.isnan(line) else line, wait))
        for line, wait in zip(lines, longest, strict=True)
    ]
    return [delay if np.isfinite(delay) else None for delay in delays]


def _line_s(frame: FrameMetadata, height: int) -> float:
    """The time of a line, forth and back, in s; NaN where the file does not say it."""
    rate, duration = frame.get("line_rate"), frame.get("frame_duration_s")
    if isinstance(rate, int | float) and rate > 0:
        return 1 / rate
    return duration / height if isinstance(duration, int | float) and duration > 0 else np.nan


def _found_shift(trace: Frames, retrace: Frames) -> tuple[float, tuple[str, ...]]:
    """The movie's shift in px to a hundredth, and a warning where there is none to be found."""
    n_frames = len(trace)
    chosen = np.unique(np.linspace(0, n_frames - 1, min(n_frames, _FRAMES_LOOKED_AT)).round().astype(int))
    shifts = [shift_of(trace[index].image, retrace[index].image) for index in chosen.tolist()]
    measured = [shift for shift in shifts if shift is not None]
    if measured:
        return round(float(np.median(measured)), _DECIMALS) + 0.0, ()
    return 0.0, ("no shift between trace and retrace could be found: they are combined as they lie",)
