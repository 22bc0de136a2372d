"""Metadata of frames."""

from collections.abc import Mapping, Sequence
from typing import Literal

from playnano.errors import PlaynanoError

ScanDirection = Literal["up", "down"]
"""Which way the slow axis of a frame was scanned."""
FrameMetadata = Mapping[str, float | int | str | bool | None]


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
