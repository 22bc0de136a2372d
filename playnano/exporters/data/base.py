"""What data exports share: computed frames, the mask in force, the layer that the data are."""

from collections.abc import Callable
from pathlib import Path

from playnano.stack.frames import Frames, Images
from playnano.stack.lazy import FrameImages, FrameMasks, LayerFrames
from playnano.stack.scratch import Scratch, StoredFrames
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def computed(stack: AFMImageStack, folder: Path, keep: Callable[[str], bool], threads: int) -> AFMImageStack:
    """The stack with frames that can be read again and again; as the runner gives it already."""
    if isinstance(stack.frames, LayerFrames):
        return stack
    return spool(stack, Scratch(folder), keep=keep, threads=threads)


def mask_in_force(frames: Frames) -> Images | None:
    """The masks of frames that `computed` gave; None where no frame has one."""
    if isinstance(frames, LayerFrames):
        return None
    if isinstance(frames, StoredFrames):
        return frames.masks
    return FrameMasks(frames) if any(frames[index].mask is not None for index in range(len(frames))) else None


def layer_of_data(stack: AFMImageStack) -> str | None:
    """Name of the layer that the data are, pixel by pixel; None where they are none of them."""
    if not isinstance(stack.frames, StoredFrames):
        return None
    return next((name for name, images in stack.processed.items() if images is stack.frames.images), None)


def data_of(stack: AFMImageStack) -> Images:
    """The images of a stack's frames, without reading their masks where these lie apart."""
    return stack.frames.images if isinstance(stack.frames, StoredFrames) else FrameImages(stack.frames)
