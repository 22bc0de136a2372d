"""What the NPZ, HDF5 and OME layouts share: names of their parts, metadata and provenance as text."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playnano.frames import FrameImages, Frames, Images, Layer, LayerFrames, Stacked, checked_index
from playnano.spool import Scratch, StoredFrames, spool
from playnano.stack import AFMImageStack, FrameMetadata

DATA = "data"
MASK = "mask"
"""The mask in force; there is none where no frame has one."""
PROCESSED = "processed"
MASKS = "masks"
TIMESTAMPS = "timestamps"
CHANNEL = "channel"
UNIT = "unit"
PIXEL_SIZE = "pixel_size_nm"
PIXEL_SIZE_Y = "pixel_size_y_nm"
FRAME_METADATA = "frame_metadata_json"
RAW_FRAME_METADATA = "raw_frame_metadata_json"
PROVENANCE = "provenance_json"

FILE_TYPE = np.dtype("<f4")
MASK_TYPE = np.dtype(bool)
TASK_BYTES = 2**20  # frames smaller than this share a task


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


@dataclass(frozen=True, repr=False)
class FrameMasks(Stacked):
    """The masks of frames; all False where a frame has none."""

    frames: Frames
    dtype: np.dtype[Any] = MASK_TYPE

    @property
    def shape(self) -> tuple[int, int, int]:  # type: ignore[override]
        """(frames, height, width)."""
        return self.frames.shape

    def __getitem__(self, index: int, /) -> Layer:
        mask = self.frames[checked_index(index, len(self))].mask
        return np.zeros(self.shape[1:], bool) if mask is None else mask


def data_of(stack: AFMImageStack) -> Images:
    """The images of a stack's frames, without reading their masks where these lie apart."""
    return stack.frames.images if isinstance(stack.frames, StoredFrames) else FrameImages(stack.frames)


def file_type(images: Images) -> np.dtype[Any]:
    """How a file holds a layer: little-endian float32, or one byte a pixel."""
    return MASK_TYPE if images.dtype == bool else FILE_TYPE


def as_stored(image: Layer) -> Layer:
    """An image as files hold it, in C order."""
    return np.ascontiguousarray(image, MASK_TYPE if image.dtype == bool else FILE_TYPE)


def tasks(images: Images) -> Iterator[range]:
    """Frames in order, as many together as are worth a thread's while."""
    n, height, width = images.shape
    size = max(1, TASK_BYTES // max(1, height * width * images.dtype.itemsize))
    return (range(start, min(start + size, n)) for start in range(0, n, size))


def texts(stack: AFMImageStack) -> dict[str, str]:
    """All of a stack that is text, by the name of its part."""
    told = {
        CHANNEL: stack.channel,
        UNIT: stack.unit,
        FRAME_METADATA: metadata_json(stack.frame_metadata),
        PROVENANCE: json.dumps(json.loads(stack.provenance.to_json())),
    }
    if stack.raw_frame_metadata is not None:
        told[RAW_FRAME_METADATA] = metadata_json(stack.raw_frame_metadata)
    return told


def pixel_sizes(stack: AFMImageStack) -> dict[str, float]:
    """Pixel sizes in nm by the name of their part; NaN where they are not known."""
    sizes = {PIXEL_SIZE: stack.pixel_size_nm, PIXEL_SIZE_Y: stack.pixel_size_y_nm}
    return {name: math.nan if size is None else size for name, size in sizes.items()}


def metadata_json(metadata: Sequence[FrameMetadata]) -> str:
    """Metadata of frames as a JSON list of objects; what is not known is null."""
    frames = [{key: _plain(value) for key, value in frame.items()} for frame in metadata]
    return json.dumps(frames, allow_nan=False)


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
