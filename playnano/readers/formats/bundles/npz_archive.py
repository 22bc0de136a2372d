"""NPZ files: arrays by name, checked against the archive's directory and read on demand."""

import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from playnano.errors import ReadError
from playnano.layouts.bundle import MASKS
from playnano.layouts.deflate import crc32
from playnano.readers.formats.bundles import playnano_0_5
from playnano.readers.parsing.bundle import BROKEN, MAX_RATIO, check_images
from playnano.readers.parsing.claims import check_text
from playnano.readers.parsing.messages import one_line
from playnano.readers.parsing.zip import member_bytes
from playnano.stack.frames import Images
from playnano.stack.scratch import UnpackedImages
from playnano.stack.tables import Values

_BROKEN_HEADER = (SyntaxError, tokenize.TokenError, EOFError, struct.error, OverflowError)
BROKEN_ZIP = (*BROKEN, *_BROKEN_HEADER, zipfile.BadZipFile, zlib.error, RuntimeError)

_ZIP_ENDS, _ZIP_END = b"PK\5\6", 22
"""How the last part of an archive begins, and its length in bytes without a comment."""


@contextmanager
def intact() -> Iterator[None]:
    """What a broken archive raises, as one ReadError."""
    try:
        yield
    except BROKEN_ZIP as error:
        raise ReadError(f"it is not an intact NPZ bundle: {one_line(error)}") from error


@dataclass(frozen=True)
class Array:
    """An array in an archive, not read yet."""

    member: zipfile.ZipInfo
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    """Bytes of the member before the values."""


@dataclass(frozen=True)
class Archive:
    """An NPZ file: its arrays by name, in the order of the file."""

    path: Path
    arrays: Mapping[str, Array]

    def value(self, name: str) -> Any:
        """The value of a 0-d array; text or a number.

        Raises
        ------
        ReadError
            Where there is none of that name, or it is neither text nor a number.
        """
        array = self.arrays.get(name)
        if array is None:
            raise ReadError(f"'{name}' is missing in it")
        if array.shape != ():
            raise ReadError(f"'{name}' has the shape {array.shape}; it should be a single value")
        check_text(name, array.member.file_size, array.member.compress_size)
        with zipfile.ZipFile(self.path) as archive:
            content = archive.read(array.member)[array.begin :]
        if array.dtype.hasobject:
            return playnano_0_5.unpickled_text(content, name)
        return np.frombuffer(content, array.dtype).reshape(()).item()

    def text(self, name: str) -> str:
        """A text.

        Raises
        ------
        ReadError
            Where there is none.
        """
        value = self.value(name)
        value = value.decode() if isinstance(value, bytes) else value
        if not isinstance(value, str):
            raise ReadError(f"'{name}' is not text")
        return value

    def images(self, name: str, *, is_mask: bool = False) -> Images:
        """A layer, or a mask, unpacked on first access.

        Raises
        ------
        ReadError
            Where there is none of that name, or its size is not what it says.
        """
        if name not in self.arrays:
            raise ReadError(f"'{name}' is missing in it")
        array = self.arrays[name]
        check_images(name, array.dtype, array.shape, is_mask, array.member.compress_size)
        n, height, width = array.shape
        if array.begin + n * height * width * array.dtype.itemsize != array.member.file_size:
            raise ReadError(f"'{name}' does not hold values of the shape {array.shape}")
        if array.member.file_size > MAX_RATIO * array.member.compress_size:
            raise ReadError(f"'{name}' is too small to hold values of the shape {array.shape}")
        return UnpackedImages((n, height, width), array.dtype, partial(_unpack, self.path, array))

    def whole(self, array: Array) -> Values:
        """An array of numbers, read at once.

        Raises
        ------
        ReadError
            Where its size is not what it says, or it is damaged.
        """
        size = array.begin + math.prod(array.shape) * array.dtype.itemsize
        packed = array.member.compress_size
        if size != array.member.file_size or size > MAX_RATIO * max(packed, 1):
            raise ReadError(f"'{array.member.filename}' does not hold values of the shape {array.shape}")
        with intact(), zipfile.ZipFile(self.path) as archive:
            content = archive.read(array.member)[array.begin :]
        return np.frombuffer(content, array.dtype).reshape(array.shape)

    def layers(self, group: str) -> dict[str, Images]:
        """The layers, or masks, in the order of the file."""
        names = [name for name in self.arrays if name.startswith(f"{group}__")]
        return {name.removeprefix(f"{group}__"): self.images(name, is_mask=group == MASKS) for name in names}


def read_archive(path: Path) -> Archive:
    """The arrays of an NPZ file, none of them read."""
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        _refuse_overlaps(path, members)
        _refuse_more(path, archive)
        arrays = {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    return Archive(path, arrays)


def _refuse_overlaps(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """No part of the file is two arrays: a small file would hold any number of large ones."""
    size = path.stat().st_size
    if sum(member.compress_size for member in members) > size:
        raise ReadError(f"its arrays take more than the {size:,} bytes of the file")
    if len({member.filename for member in members}) != len(members):
        raise ReadError("two of its arrays have one name")


def _refuse_more(path: Path, archive: zipfile.ZipFile) -> None:
    """An archive is the whole file: what is before or behind it may be another one, which is not read."""
    first = min((member.header_offset for member in archive.infolist()), default=0)
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, _ZIP_END + len(archive.comment)), 2)
        ends = file.read(len(_ZIP_ENDS)) == _ZIP_ENDS
    if first or not ends:
        place = "before its first array" if first else "behind its end"
        raise ReadError(f"bytes lie {place}: some were inserted, or it is two files in one")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    with archive.open(member) as file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, by_column, dtype = read_header(file)
        if by_column and len(shape) > 1:
            raise ReadError(f"'{member.filename}' is stored by columns; playnano stores by rows")
        return Array(member, dtype, shape, file.tell())


def _unpack(path: Path, array: Array, sink: BinaryIO) -> None:
    """Write an array's values; the bytes before them are checked with the rest and left out."""
    skip, crc = array.begin, 0
    try:
        for piece in member_bytes(path, array.member):
            crc = crc32(piece, crc)
            sink.write(memoryview(piece)[skip:])
            skip = max(0, skip - len(piece))
    except ValueError as error:
        raise ReadError(f"{path}: {array.member.filename}: {error}") from error
    if crc != array.member.CRC:
        raise ReadError(f"{path}: {array.member.filename} is damaged: its checksum does not fit")
