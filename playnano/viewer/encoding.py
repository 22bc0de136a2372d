"""Frames as bytes for the page: the numbers themselves, so that the page can colour and measure them."""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEDIA_TYPE = "application/octet-stream"
HEADER = struct.Struct("<4sBxxxII")
"""Magic, kind, height, width; the pixels follow in C order."""
MAGIC = b"PNF1"
HEIGHTS, MASK = 0, 1


def frame_bytes(image: NDArray[Any]) -> bytes:
    """A height image as little-endian float32, or a mask as one byte per pixel, after a header."""
    is_mask = image.dtype.itemsize == 1
    pixels = np.ascontiguousarray(image, np.uint8 if is_mask else "<f4")
    return HEADER.pack(MAGIC, MASK if is_mask else HEIGHTS, *image.shape) + pixels.tobytes()
