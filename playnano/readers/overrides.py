"""What the user says of a movie in place of its file."""

from dataclasses import replace

from playnano.errors import ReadError
from playnano.stack.metadata import numbered
from playnano.stack.stack import AFMImageStack


def overridden(
    stack: AFMImageStack,
    unit: str | None,
    pixel_size_nm: float | tuple[float, float] | None,
    frame_interval_s: float | None,
) -> AFMImageStack:
    """The stack with the user's overrides."""
    metadata = [dict(frame) for frame in stack.frame_metadata]
    if pixel_size_nm is not None:
        y, x = pixel_size_nm if isinstance(pixel_size_nm, tuple) else (pixel_size_nm, pixel_size_nm)
        stack = replace(stack, pixel_size_nm=x, pixel_size_y_nm=y)
        metadata = [{**frame, "frame_pixel_size_nm": x} for frame in metadata]
    if frame_interval_s is not None:
        metadata = [{**frame, "timestamp": index * frame_interval_s} for index, frame in enumerate(metadata)]
    return replace(stack, unit=unit or stack.unit, frame_metadata=tuple(metadata))


def first_frames(stack: AFMImageStack, frames: tuple[int | None, int | None]) -> AFMImageStack:
    """Only the frames from a start to an end, as in a slice.

    Raises
    ------
    ReadError
        Where none is among them.
    """
    chosen = range(len(stack))[slice(*frames)]
    if not chosen:
        raise ReadError(f"the movie has {len(stack)} frames: none of them is in {span(frames)}")
    chosen_stack = stack.select(chosen)
    return replace(chosen_stack, frame_metadata=numbered(chosen_stack.frame_metadata, chosen))


def span(frames: tuple[int | None, int | None]) -> str:
    """The first and last frame as a recipe has them: `start:end`."""
    return ":".join("" if end is None else str(end) for end in frames)
