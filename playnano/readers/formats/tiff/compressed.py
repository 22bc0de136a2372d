"""Compressed pieces of TIFF images whose predictors or codes tifffile alone does not undo."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_PREDICTOR, OF_DIFFERENCES, OF_FLOATS = 1, 2, 3
"""What is done to values before they are compressed, by its number in the TIFF specification."""
LARGEST_LZW = 1 << 26
"""Bytes of a piece, once decoded, up to which it is handed to Pillow."""


def lzw_decoded(data: bytes, rows: int, row_bytes: int) -> bytes:
    """The bytes of a piece compressed by LZW, by Pillow's libtiff: it gets them as an 8-bit picture."""
    from PIL import Image

    with Image.open(io.BytesIO(_header(rows, row_bytes, len(data)) + data)) as picture:
        return picture.tobytes()


def inflated(data: bytes, size: int) -> bytes:
    """The bytes of a piece compressed by deflate, of which no more than `size` are made."""
    return zlib.decompressobj().decompress(data, size)


def without_predictor(
    stored: bytes, shape: tuple[int, int], dtype: np.dtype[Any], predictor: int
) -> NDArray[Any]:
    """The values (rows, columns) of a piece, in native byte order.

    Parameters
    ----------
    dtype : dtype
        With the byte order of the file.

    Raises
    ------
    ValueError
        Where there are too few bytes.
    """
    if predictor == OF_FLOATS:
        planes = np.frombuffer(stored, np.uint8).reshape(shape[0], -1).cumsum(axis=1, dtype=np.uint8)
        pixels = planes.reshape(shape[0], dtype.itemsize, shape[1]).swapaxes(1, 2)
        return (
            np.ascontiguousarray(pixels).view(dtype.newbyteorder(">"))[..., 0].astype(dtype.newbyteorder("="))
        )
    values = np.frombuffer(stored, dtype).reshape(shape)
    if predictor != OF_DIFFERENCES:
        return values.astype(dtype.newbyteorder("="))
    whole = np.dtype(f"u{dtype.itemsize}")
    differences = values.view(whole.newbyteorder(dtype.byteorder)).astype(whole)
    return differences.cumsum(axis=1, dtype=whole).view(dtype.newbyteorder("="))


def _header(rows: int, row_bytes: int, size: int) -> bytes:
    """A TIFF file of one strip, up to where its bytes begin."""
    tags = {256: row_bytes, 257: rows, 258: 8, 259: 5, 262: 1, 273: 0, 277: 1, 278: rows, 279: size}
    begin = 8 + 2 + 12 * len(tags) + 4
    entries = [
        struct.pack("<HHII", code, 4, 1, begin if code == 273 else value) for code, value in tags.items()
    ]
    return b"".join([b"II*\0", struct.pack("<IH", 8, len(tags)), *entries, bytes(4)])
