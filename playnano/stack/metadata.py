"""Metadata of frames."""

from collections.abc import Mapping, Sequence
from typing import Literal

from playnano.errors import PlaynanoError

ScanDirection = Literal["up", "down"]
"""Which way the slow axis of a frame was scanned."""
FrameMetadata = Mapping[str, float | int | str | bool | None]

QUALITY_KEYS = ("quality", "flat_lines", "line_correlation", "line_step")
"""What is judged of a frame, and the measures behind it; not in a file of another program."""

ORIGINAL_FRAME = "original_frame"
"""Number of a frame in the movie, from 0, where only some frames were read or kept."""
METADATA_KEYS = (
    "timestamp",
    "frame_pixel_size_nm",
    "frame_duration_s",
    "start_epoch_ms",
    "scan_direction",
    "line_rate",
)


def plain_metadata(
    n_frames: int,
    *,
    timestamps: Sequence[float] | None = None,
    pixel_size_nm: float | None = None,
    **constant: float | str | None,
) -> tuple[FrameMetadata, ...]:
    """Metadata of frames that share all but their time; what is not given is None.

    Raises
    ------
    PlaynanoError
        Where the times are not one a frame.
    """
    if timestamps is not None and len(timestamps) != n_frames:
        raise PlaynanoError(f"{len(timestamps)} times were given for {n_frames} frames")
    shared = dict.fromkeys(METADATA_KEYS) | {"frame_pixel_size_nm": pixel_size_nm} | constant
    times = [None] * n_frames if timestamps is None else [float(time) for time in timestamps]
    return tuple({**shared, "timestamp": time} for time in times)


def numbered(metadata: Sequence[FrameMetadata], numbers: Sequence[int]) -> tuple[FrameMetadata, ...]:
    """Metadata of some frames, with their numbers in the movie; numbers that are there already stay."""
    return tuple(
        {**frame, ORIGINAL_FRAME: frame.get(ORIGINAL_FRAME, number)}
        for frame, number in zip(metadata, numbers, strict=True)
    )


def without_quality(frames: Sequence[FrameMetadata]) -> tuple[FrameMetadata, ...]:
    """Metadata as it was before the frames were judged."""
    return tuple({key: v for key, v in frame.items() if key not in QUALITY_KEYS} for frame in frames)


def frame_numbers(metadata: Sequence[FrameMetadata]) -> tuple[int, ...]:
    """Number in the movie of each frame."""
    numbers = [frame.get(ORIGINAL_FRAME) for frame in metadata]
    return tuple(n if isinstance(n, int) else index for index, n in enumerate(numbers))
