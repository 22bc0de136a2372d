"""NPZ bundles: those that playnano writes, and those of playNano 0.5."""

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
from playnano.layouts.bundle import (
    ANALYSIS,
    CHANNEL,
    DATA,
    FRAME_METADATA,
    MASK,
    MASKS,
    PIXEL_SIZE,
    PIXEL_SIZE_Y,
    PROCESSED,
    PROVENANCE,
    RAW_FRAME_METADATA,
    UNIT,
)
from playnano.layouts.deflate import crc32
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import playnano_0_5
from playnano.readers.parsing.bundle import (
    BROKEN,
    MAX_RATIO,
    BundleParts,
    check_channel,
    check_images,
    read_metadata,
    read_pixel_size,
    read_provenance,
    read_raw_metadata,
    stored_table,
)
from playnano.readers.parsing.claims import check_text
from playnano.readers.parsing.messages import one_line
from playnano.readers.parsing.zip import ZIP_MAGIC, member_bytes
from playnano.stack.frames import Images
from playnano.stack.provenance import Provenance
from playnano.stack.scratch import UnpackedImages
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table, Values

_BROKEN_HEADER = (SyntaxError, tokenize.TokenError, EOFError, struct.error, OverflowError)
_BROKEN_ZIP = (*BROKEN, *_BROKEN_HEADER, zipfile.BadZipFile, zlib.error, RuntimeError)


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

    def column(self, array: Array) -> Values:
        """A 1-d array of numbers.

        Raises
        ------
        ReadError
            Where its size is not what it says, or it is damaged.
        """
        size = array.begin + array.shape[0] * array.dtype.itemsize
        packed = array.member.compress_size
        if size != array.member.file_size or size > MAX_RATIO * max(packed, 1):
            raise ReadError(f"'{array.member.filename}' does not hold values of the shape {array.shape}")
        with _intact(), zipfile.ZipFile(self.path) as archive:
            content = archive.read(array.member)[array.begin :]
        return np.frombuffer(content, array.dtype)

    def layers(self, group: str) -> dict[str, Images]:
        """The layers, or masks, in the order of the file."""
        names = [name for name in self.arrays if name.startswith(f"{group}__")]
        return {name.removeprefix(f"{group}__"): self.images(name, is_mask=group == MASKS) for name in names}


def recognise(path: Path) -> bool:
    """Whether the file is a bundle, or was one before it was cut short."""
    try:
        with path.open("rb") as file:
            if file.read(4) != ZIP_MAGIC:
                return False
        with zipfile.ZipFile(path) as archive:
            return {f"{DATA}.npy", f"{PROVENANCE}.npy", f"{FRAME_METADATA}.npy"} <= set(archive.namelist())
    except OSError:
        return False
    except _BROKEN_ZIP:
        return path.suffix.lower() == ".npz"


def open_bundle(path: Path, options: ReadOptions) -> AFMImageStack:
    """The stack in a bundle; a layer is unpacked into a scratch file when it is first asked for.

    Raises
    ------
    ReadError
        Where the bundle is damaged or not complete.
    """
    with _intact():
        return _stack(_archive(path), options)


def channels(path: Path) -> tuple[str, ...]:
    """The one channel of a bundle."""
    with _intact():
        return (_archive(path).text(CHANNEL),)


@contextmanager
def _intact() -> Iterator[None]:
    try:
        yield
    except _BROKEN_ZIP as error:
        raise ReadError(f"it is not an intact NPZ bundle: {one_line(error)}") from error


def _stack(archive: Archive, options: ReadOptions) -> AFMImageStack:
    channel = archive.text(CHANNEL)
    check_channel(options.channel, channel)
    text = archive.text(PROVENANCE)
    if playnano_0_5.wrote(text):
        return _stack_of_0_5(archive, channel, text, options)
    raw_metadata = archive.text(RAW_FRAME_METADATA) if RAW_FRAME_METADATA in archive.arrays else None
    processed, provenance = archive.layers(PROCESSED), read_provenance(text)
    return BundleParts(
        data=_data(archive, processed),
        channel=channel,
        unit=archive.text(UNIT),
        pixel_size_nm=read_pixel_size(archive.value(PIXEL_SIZE)),
        pixel_size_y_nm=read_pixel_size(archive.value(PIXEL_SIZE_Y), PIXEL_SIZE_Y),
        frame_metadata=read_metadata(archive.text(FRAME_METADATA)),
        raw_frame_metadata=read_raw_metadata(raw_metadata),
        provenance=provenance,
        mask=archive.images(MASK, is_mask=True) if MASK in archive.arrays else None,
        processed=processed,
        masks=archive.layers(MASKS),
        tables=_tables(archive, provenance),
    ).stack()


def _tables(archive: Archive, provenance: Provenance) -> dict[str, Table]:
    """The tables in the order of the file."""
    tables: dict[str, dict[str, Array]] = {}
    for key, array in archive.arrays.items():
        if key.startswith(f"{ANALYSIS}__") and key.count("__") >= 2:
            name, _, column = key.removeprefix(f"{ANALYSIS}__").rpartition("__")
            tables.setdefault(name, {})[column] = array
    return {name: _table(archive, name, arrays, provenance) for name, arrays in tables.items()}


def _table(archive: Archive, name: str, arrays: Mapping[str, Array], provenance: Provenance) -> Table:
    shapes = {column: (array.dtype, array.shape) for column, array in arrays.items()}
    return stored_table(name, shapes, provenance, lambda column: archive.column(arrays[column]))


def _data(archive: Archive, processed: Mapping[str, Images]) -> Images:
    """The data: where a layer's bytes are the same, that layer, so that both are unpacked once."""

    def bytes_of(key: str) -> tuple[int, int, int]:
        member = archive.arrays[key].member
        return member.CRC, member.file_size, member.compress_size

    data = archive.images(DATA)
    for name, images in processed.items():
        if images.shape == data.shape and bytes_of(f"{PROCESSED}__{name}") == bytes_of(DATA):
            return images
    return data


def _stack_of_0_5(archive: Archive, channel: str, provenance: str, options: ReadOptions) -> AFMImageStack:
    backups = archive.text(playnano_0_5.BACKUPS) if playnano_0_5.BACKUPS in archive.arrays else None
    return playnano_0_5.parts(
        data=archive.images(DATA),
        channel=channel,
        unit=options.unit,
        pixel_size_nm=archive.value(PIXEL_SIZE),
        metadata=archive.text(FRAME_METADATA),
        backups=backups,
        provenance=provenance,
        processed=archive.layers(PROCESSED),
        masks=archive.layers(MASKS),
    ).stack()


def _archive(path: Path) -> Archive:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        _refuse_overlaps(path, members)
        arrays = {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    return Archive(path, arrays)


def _refuse_overlaps(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """No part of the file is two arrays: a small file would hold any number of large ones."""
    size = path.stat().st_size
    if sum(member.compress_size for member in members) > size:
        raise ReadError(f"its arrays take more than the {size:,} bytes of the file")
    if len({member.filename for member in members}) != len(members):
        raise ReadError("two of its arrays have one name")


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


READER = Reader(
    name="npz",
    description="NumPy bundle written by playnano or playNano 0.5",
    suffixes=(".npz",),
    recognise=recognise,
    channels=channels,
    open=open_bundle,
    keeps="data, layers, masks, the mask in force, metadata of frames, provenance",
    loses="nothing",
)
