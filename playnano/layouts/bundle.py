"""What the NPZ, HDF5 and OME layouts share: names of their parts, metadata and provenance as text."""

import json
import math
from collections.abc import Callable, Sequence

from playnano.stack.contents import plain_frames, sealed
from playnano.stack.metadata import FrameMetadata
from playnano.stack.stack import AFMImageStack

FORMAT_KEY = "playnano_format"
"""Attribute of an HDF5 bundle: the version of its layout."""
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
ANALYSIS = "analysis"
"""Group of the tables: `analysis/<table>/<column>`, or `analysis__<table>__<column>` in an NPZ file."""
IMAGES = "images"
"""Group of measured images: `images/<name>/values` and `images/<name>/<axis>`, likewise."""
VALUES = "values"


def texts(stack: AFMImageStack, keeps: Callable[[str], bool] = lambda layer: False) -> dict[str, str]:
    """All of a stack that is text, by the name of its part.

    Parameters
    ----------
    keeps : callable
        Whether the file will hold the layer of a given name.
    """
    entries = {
        CHANNEL: stack.channel,
        UNIT: stack.unit,
        FRAME_METADATA: metadata_json(stack.frame_metadata),
        PROVENANCE: json.dumps(sealed(stack, keeps)),
    }
    if stack.raw_frame_metadata is not None:
        entries[RAW_FRAME_METADATA] = metadata_json(stack.raw_frame_metadata)
    return entries


def pixel_sizes(stack: AFMImageStack) -> dict[str, float]:
    """Pixel sizes in nm by the name of their part; NaN where they are not known."""
    sizes = {PIXEL_SIZE: stack.pixel_size_nm, PIXEL_SIZE_Y: stack.pixel_size_y_nm}
    return {name: math.nan if size is None else size for name, size in sizes.items()}


def metadata_json(metadata: Sequence[FrameMetadata]) -> str:
    """Metadata of frames as a JSON list of objects; null for unknown values."""
    return json.dumps(plain_frames(metadata), allow_nan=False)
