"""PNG files: indexed colours, text and pixel size, compressed by the deflate of `layouts`."""

import struct

import numpy as np
from numpy.typing import NDArray

from playnano.layouts.deflate import crc32, deflate

LARGEST_PNG_NUMBER = 2**31 - 1


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


INDEXED_8_BIT = bytes([8, 3, 0, 0, 0])


PERCEPTUAL = b"\0"


METRE = b"\x01"


SUB = 1
"""The filter of a row: differences to the pixel on the left."""


Picture = NDArray[np.uint8]


def png_data(picture: Picture) -> bytes:
    """Pixels (height, width) as the rest of a PNG file.

    Each is stored as its difference to the one before it in its row, the fast axis, where heights hang
    together: 10 to 40 % smaller than as they are, and never worse for lines that are offset to one another.
    """
    rows = np.empty((picture.shape[0], picture.shape[1] + 1), np.uint8)
    rows[:, 0] = SUB
    rows[:, 1] = picture[:, 0]
    np.subtract(picture[:, 1:], picture[:, :-1], out=rows[:, 2:])
    return chunk(b"IDAT", deflate(rows.data.cast("B"))) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file: length, kind, data, checksum."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", crc32(body))


def png_text(key: str, text: str) -> bytes:
    """A text, stored as tEXt where Latin-1 holds it, else as iTXt in UTF-8."""
    try:
        return chunk(b"tEXt", key.encode("ascii") + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return chunk(b"iTXt", key.encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8"))
