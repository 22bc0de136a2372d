"""What the user says of a movie in place of its file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playnano.errors import Doubt, ReadError
from playnano.quality import judging
from playnano.readers.parsing.units import factor_between, lengths_known, nm_per
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.stack.metadata import numbered
from playnano.stack.stack import AFMImageStack


@dataclass(frozen=True)
class ScaledFrames(DerivedFrames):
    """Frames in another unit."""

    factor: float

    def __getitem__(self, index: int, /) -> Frame:
        frame = self.frames[index]
        image = np.multiply(frame.image, self.factor, dtype=np.float64).astype(self.dtype)
        return Frame(image, frame.mask, frame.measured)


def in_unit(stack: AFMImageStack, unit: str) -> AFMImageStack:
    """The stack in the user's unit, its values converted where the file states another.

    Raises
    ------
    ReadError
        For a bundle with layers, which are in the unit that it states.
    """
    factor = factor_between(stack.unit, unit)
    if factor == 1.0 and nm_per(stack.unit) == nm_per(unit):
        return replace(stack, unit=unit)
    if stack.processed or stack.provenance.input:
        raise ReadError(f"its results are in {stack.unit}: leave out `unit`", settings=("unit",))
    if factor is None:
        doubt = Doubt(
            f"the file states {stack.unit}: its values are taken to be {unit}, and are not converted"
            + lengths_known(unit)
        )
        return replace(stack, unit=unit, warnings=(*stack.warnings, doubt))
    return replace(stack, unit=unit, frames=ScaledFrames(stack.frames, factor))


def overridden(
    stack: AFMImageStack,
    pixel_size_nm: float | tuple[float, float] | None,
    frame_interval_s: float | None,
) -> AFMImageStack:
    """The stack with the user's overrides, and a note of each that contradicts what the file states."""
    contradictions = _contradictions(stack, pixel_size_nm, frame_interval_s)
    stack = replace(stack, warnings=(*stack.warnings, *_other_lengths(stack.unit), *contradictions))
    metadata = [dict(frame) for frame in stack.frame_metadata]
    if pixel_size_nm is not None:
        y, x = pixel_size_nm if isinstance(pixel_size_nm, tuple) else (pixel_size_nm, pixel_size_nm)
        stack = replace(stack, pixel_size_nm=x, pixel_size_y_nm=y)
        metadata = [{**frame, "frame_pixel_size_nm": x} for frame in metadata]
    if frame_interval_s is not None:
        epoch = metadata[0].get("start_epoch_ms")
        times = [index * frame_interval_s for index in range(len(metadata))]
        metadata = [{**frame, **_taken_at(time, epoch)} for frame, time in zip(metadata, times, strict=True)]
    return replace(stack, frame_metadata=tuple(metadata))


def _contradictions(
    stack: AFMImageStack,
    pixel_size_nm: float | tuple[float, float] | None,
    frame_interval_s: float | None,
) -> Iterator[str]:
    stated = (stack.pixel_size_y_nm, stack.pixel_size_nm)
    if pixel_size_nm is not None and None not in stated:
        old, new = _as_text(stated), _as_text(pixel_size_nm)
        if old != new:
            yield f"pixel_size_nm {new} replaces {old} that the file states"
    steps = np.diff(stack.timestamps)
    if frame_interval_s is not None and steps.size and np.isfinite(steps).all():
        old, new = _as_text(float(np.median(steps))), _as_text(frame_interval_s)
        if old != new:
            yield f"frame_interval_s {new} replaces {old} that the file states"


def _as_text(value: Any) -> str:
    """A number, or (y, x) as a recipe has it; where they are equal, one number."""
    numbers = [f"{one:.6g}" for one in (value if isinstance(value, tuple) else (value,))]
    return numbers[0] if len(set(numbers)) == 1 else f"[{', '.join(numbers)}]"


def _taken_at(time: float, epoch: float | str | None) -> dict[str, float | None]:
    """The times of a frame by the user's interval: by it the movie begins when the file says.

    How long the file says that frames last belongs to its own interval, and is left out.
    """
    start = epoch + round(1000 * time) if isinstance(epoch, int) else None
    return {"timestamp": time, "start_epoch_ms": start, "frame_duration_s": None}


def _other_lengths(unit: str) -> tuple[str, ...]:
    """The warning that settings in nm are compared with heights in another unit."""
    if nm_per(unit) in (None, 1.0):
        return ()
    return (f"heights are in {unit}: settings of steps in nm are taken to be in {unit}",)


def first_frames(stack: AFMImageStack, frames: tuple[int | None, int | None]) -> AFMImageStack:
    """Only the frames from a start to an end, as in a slice; judged by the whole movie.

    Raises
    ------
    ReadError
        Where none is among them.
    """
    chosen = range(len(stack))[slice(*frames)]
    if not chosen:
        raise ReadError(f"the movie has {len(stack)} frames: none of them is in {span(frames)}")
    chosen_stack = judging(stack).select(chosen)
    warnings = (*stack.warnings, *_ends_early(len(stack), frames))
    metadata = numbered(chosen_stack.frame_metadata, chosen)
    return replace(chosen_stack, frame_metadata=metadata, warnings=warnings)


def _ends_early(count: int, frames: tuple[int | None, int | None]) -> tuple[str, ...]:
    """The note that a movie has fewer frames than were asked for."""
    end = frames[1]
    if end is None or end <= count:
        return ()
    return (f"the movie has {count} frames: those of {span(frames)} end at frame {count - 1}",)


def span(frames: tuple[int | None, int | None]) -> str:
    """The first and last frame as a recipe has them: `start:end`."""
    return ":".join("" if end is None else str(end) for end in frames)
