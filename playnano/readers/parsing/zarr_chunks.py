"""Chunks of a Zarr array on disk: whether each file is as long as it says, before one is decoded."""

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playnano.errors import ReadError

_HEADERS = (".zarray", ".zattrs", ".zgroup", "zarr.json")
_BLOSC_HEADER = 16
_BLOSC_LENGTH = struct.Struct("<I")


def check_chunks(path: Path, array: Any) -> None:
    """Refuse an array of which a chunk has lost or got bytes.

    Chunks that are not compressed have the length of their values, those of Blosc say theirs. Others, and
    shards, are checked by their codecs when they are read.

    Raises
    ------
    ReadError
        Where a chunk is shorter or longer.
    """
    codecs = [type(codec).__name__.lower() for codec in array.compressors]
    if array.shards is not None or array.filters or any("blosc" not in name for name in codecs[-1:]):
        return
    whole = math.prod(array.chunks) * array.dtype.itemsize
    for chunk in _files(path / array.path):
        size = chunk.stat().st_size
        length = _blosc_length(chunk) if codecs else whole
        if size != length:
            name = chunk.relative_to(path).as_posix()
            raise ReadError(f"chunk {name} has {size} bytes, not {length}: some were lost or inserted")


def _files(folder: Path) -> Iterator[Path]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name not in _HEADERS)
    return (file for file in files if not file.name.startswith("._"))  # what macOS leaves on other disks


def _blosc_length(chunk: Path) -> int:
    with chunk.open("rb") as file:
        header = file.read(_BLOSC_HEADER)
    if len(header) < _BLOSC_HEADER:
        return _BLOSC_HEADER
    return int(_BLOSC_LENGTH.unpack_from(header, 12)[0])
