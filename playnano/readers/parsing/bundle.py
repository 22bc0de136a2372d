"""What all bundle readers share: the parts of a bundle, checked, and the stack they make."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.layouts.bundle import FRAME_METADATA, PIXEL_SIZE, PROVENANCE, RAW_FRAME_METADATA
from playnano.readers.parsing.claims import check_claim
from playnano.readers.parsing.messages import one_line
from playnano.stack.edited import facts_compared
from playnano.stack.frames import Images
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.metadata import FrameMetadata
from playnano.stack.provenance import Provenance
from playnano.stack.scratch import StoredFrames
from playnano.stack.stack import RAW, AFMImageStack
from playnano.stack.tables import Table

MAX_RATIO = 1040
"""Deflate makes no more than 1032 bytes of one: a file that promises more lies."""
BROKEN = (ValueError, KeyError, TypeError, RecursionError)
"""What reading text that someone has damaged raises."""


@dataclass(frozen=True)
class BundleParts:
    """What a bundle holds, as it was read."""

    data: Images
    channel: str
    unit: str
    pixel_size_nm: float | None
    pixel_size_y_nm: float | None
    frame_metadata: tuple[FrameMetadata, ...]
    provenance: Provenance
    raw_frame_metadata: tuple[FrameMetadata, ...] | None = None
    mask: Images | None = None
    processed: Mapping[str, Images] = field(default_factory=dict)
    masks: Mapping[str, Images] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    images: Mapping[str, MeasuredImages] = field(default_factory=dict)

    def stack(self) -> AFMImageStack:
        """The stack these parts make.

        Raises
        ------
        ReadError
            Where one part does not fit another.
        """
        _check_count(FRAME_METADATA, self.frame_metadata, len(self.data))
        if self.raw_frame_metadata is not None and RAW in self.processed:
            _check_count(RAW_FRAME_METADATA, self.raw_frame_metadata, len(self.processed[RAW]))
        if self.mask is not None and self.mask.shape != self.data.shape:
            raise ReadError(f"the mask has the shape {self.mask.shape}, the data {self.data.shape}")
        stack = AFMImageStack(
            frames=StoredFrames(self.data, self.mask),
            channel=self.channel,
            unit=self.unit,
            pixel_size_nm=self.pixel_size_nm,
            pixel_size_y_nm=self.pixel_size_y_nm,
            frame_metadata=self.frame_metadata,
            processed=self.processed,
            masks=self.masks,
            tables=self.tables,
            images=self.images,
            provenance=self.provenance,
            raw_frame_metadata=self.raw_frame_metadata,
        )
        return facts_compared(stack)


def _check_count(name: str, metadata: Sequence[FrameMetadata], n_frames: int) -> None:
    if len(metadata) != n_frames:
        raise ReadError(f"{name} describes {len(metadata)} frames, and there are {n_frames}")


def read_metadata(text: str, name: str = FRAME_METADATA) -> tuple[FrameMetadata, ...]:
    """Metadata of frames from what `metadata_json` wrote.

    Raises
    ------
    ReadError
        Where the text is not a list of objects with plain values.
    """
    frames = read_json(text, name)
    if not isinstance(frames, list) or not all(_is_metadata(frame) for frame in frames):
        raise ReadError(f"{name} is not a list of the metadata of frames")
    return tuple(frames)


def _is_metadata(frame: Any) -> bool:
    if not isinstance(frame, dict):
        return False
    time = frame.get("timestamp")
    is_time = time is None or (isinstance(time, int | float) and not isinstance(time, bool))
    return is_time and all(value is None or isinstance(value, (int, float, str)) for value in frame.values())


def read_raw_metadata(text: str | None) -> tuple[FrameMetadata, ...] | None:
    """Metadata of the frames as they were read, those also that were dropped; None where the file has none.

    Raises
    ------
    ReadError
        Where the text is not a list of objects with plain values.
    """
    return None if text is None else read_metadata(text, RAW_FRAME_METADATA)


def read_provenance(text: str) -> Provenance:
    """Provenance from what `Provenance.to_json` wrote.

    Raises
    ------
    ReadError
        Where the text is none.
    """
    try:
        return Provenance.from_json(text)
    except BROKEN as error:
        raise ReadError(f"{PROVENANCE} cannot be read: {one_line(error)}") from error


def read_json(text: str, name: str) -> Any:
    """What a JSON text says.

    Raises
    ------
    ReadError
        Where it is not valid JSON.
    """
    try:
        return json.loads(text)
    except BROKEN as error:
        raise ReadError(f"{name} cannot be read: {one_line(error)}") from error


def read_pixel_size(value: Any, name: str = PIXEL_SIZE) -> float | None:
    """A pixel size in nm; None for NaN.

    Raises
    ------
    ReadError
        For anything but a positive number.
    """
    try:
        size = float(value)
    except BROKEN as error:
        raise ReadError(f"{name} is not a number") from error
    if math.isnan(size):
        return None
    if not 0 < size < math.inf:
        raise ReadError(f"{name} is {size}: no pixel has that size")
    return size


def check_channel(choice: str | None, channel: str) -> None:
    """A bundle holds one channel.

    Raises
    ------
    ReadError
        Where another one is requested.
    """
    if choice is not None and choice != channel:
        raise ReadError(f"there is no channel '{choice}': the file holds '{channel}'")


def check_images(name: str, dtype: np.dtype[Any], shape: tuple[int, ...], is_mask: bool, stored: int) -> None:
    """Whether an array in a file can be a layer, or a mask, and the file can hold it in `stored` bytes.

    Raises
    ------
    ReadError
        Where its type or its axes say that it cannot.
    """
    fits = dtype == np.dtype(bool) if is_mask else dtype.kind == "f" and dtype.itemsize in (4, 8)
    if not fits or len(shape) != 3 or 0 in shape:
        expected = "bool" if is_mask else "float32"
        if 0 in shape[:1]:
            raise ReadError("there is no frame in it")
        raise ReadError(
            f"'{name}' is {dtype} of shape {tuple(shape)}, not {expected} (frames, height, width)"
        )
    try:
        check_claim(shape, dtype.itemsize, stored)
    except ReadError as error:
        raise ReadError(f"'{name}': {error}") from None
