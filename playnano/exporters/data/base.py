"""What data exports share: computed frames, the mask in force, the layer that the data are."""

from collections.abc import Callable, Iterator
from pathlib import Path

from playnano.errors import ExportError
from playnano.stack.frames import Frames, Images, LayerImage
from playnano.stack.hashing import as_stored
from playnano.stack.lazy import FrameImages, FrameMasks, LayerFrames
from playnano.stack.parallel import ahead, tasks
from playnano.stack.scratch import Scratch, StoredFrames
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def computed(stack: AFMImageStack, folder: Path, keep: Callable[[str], bool], threads: int) -> AFMImageStack:
    """The stack with frames that can be read again and again; as the runner gives it already."""
    if isinstance(stack.frames, LayerFrames):
        return stack
    return spool(stack, Scratch(folder), keep=keep, threads=threads)


def stored_images(images: Images, threads: int) -> Iterator[LayerImage]:
    """The images as files hold them, in order, a few read ahead by threads."""

    def read(indices: range) -> list[LayerImage]:
        return [as_stored(images[index]) for index in indices]

    for several in ahead(read, tasks(images), threads):
        yield from several


def one_pixel_size(stack: AFMImageStack, format: str) -> None:
    """Refuse a movie whose frames differ in pixel size.

    Raises
    ------
    ExportError
        With the first two sizes and what to use instead.
    """
    sizes = dict.fromkeys(frame.get("frame_pixel_size_nm") for frame in stack.frame_metadata)
    if len(sizes) > 1:
        first, second, *_ = sizes
        raise ExportError(f"{format} holds one pixel size, not {first} and {second} nm: use npz or h5")


def mask_in_force(frames: Frames) -> Images | None:
    """The masks of frames that `computed` gave; None where no frame has one."""
    if isinstance(frames, LayerFrames):
        return None
    if isinstance(frames, StoredFrames):
        return frames.masks
    return FrameMasks(frames) if any(frames[index].mask is not None for index in range(len(frames))) else None


def layer_of_data(stack: AFMImageStack) -> str | None:
    """Name of the layer equal to the data; None where no layer is."""
    if not isinstance(stack.frames, StoredFrames):
        return None
    return next((name for name, images in stack.processed.items() if images is stack.frames.images), None)


def data_of(stack: AFMImageStack) -> Images:
    """The images of a stack's frames, without reading their masks where these lie apart."""
    return stack.frames.images if isinstance(stack.frames, StoredFrames) else FrameImages(stack.frames)
