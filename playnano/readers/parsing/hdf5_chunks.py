"""Frames of an HDF5 dataset (pixels, frames) by plain file reads.

h5py does one thing at a time, so that threads wait for one another. Where a chunk belongs to one frame
and the filters are the usual ones, the places of the chunks are looked up once, and reading a frame is
left to the file system and `playnano.deflate`, which threads can do side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import ReadError
from playnano.layouts.deflate import inflate
from playnano.readers.parsing.hdf5 import check_within, filters

Column = NDArray[Any]
_DEFLATE, _SHUFFLE = 1, 2  # numbers of the filters in the HDF5 specification
_PLAIN_PIPELINES = ((), (_DEFLATE,), (_SHUFFLE,), (_SHUFFLE, _DEFLATE))


@dataclass(frozen=True)
class FrameColumns:
    """What is there of a dataset (pixels, frames)."""

    read: Callable[[int], Column]
    """One frame as a flat array of the dataset's type, by its number."""
    n_frames: int
    """Frames up to the last one that was written."""
    never_written: tuple[int, ...] = ()
    """Those before it that were not; they read as the dataset's fill value."""


@dataclass(frozen=True)
class Chunk:
    """Where a part of a frame lies."""

    first: int
    """Its first pixel in the frame."""
    offset: int
    """Its place in the file, in bytes."""
    size: int
    """Its size in the file, in bytes."""
    skipped: int
    """Bit i is set where filter i was not applied to this chunk."""


@dataclass(frozen=True)
class PlainReads:
    """Reads one frame of a dataset whose chunks are (some pixels, 1)."""

    path: Path
    pixels: int
    chunk_pixels: int
    dtype: np.dtype[Any]
    fill: Any
    filters: tuple[int, ...]
    chunks: dict[int, list[Chunk]]

    def __call__(self, index: int) -> Column:
        """The frame's values, flat."""
        chunks = self.chunks.get(index, [])
        with self.path.open("rb", buffering=0) as file:
            if len(chunks) == 1 and self.chunk_pixels >= self.pixels:
                return self._values(file, chunks[0])[: self.pixels]
            column = np.full(self.pixels, self.fill, self.dtype)
            for chunk in chunks:
                part = column[chunk.first : chunk.first + self.chunk_pixels]
                part[:] = self._values(file, chunk)[: len(part)]
        return column

    def _values(self, file: FileIO, chunk: Chunk) -> Column:
        file.seek(chunk.offset)
        data: bytes | memoryview = file.read(chunk.size)
        size = self.chunk_pixels * self.dtype.itemsize
        for place, code in reversed(list(enumerate(self.filters))):
            if not chunk.skipped >> place & 1:
                data = inflate(data, size) if code == _DEFLATE else self._unshuffled(data, size)
        if len(data) != size:
            raise ValueError(f"{len(data)} bytes are stored where {size} belong")
        return np.frombuffer(data, self.dtype)

    def _unshuffled(self, data: bytes | memoryview, size: int) -> memoryview:
        if len(data) != size:
            raise ValueError(f"{len(data)} bytes are stored where {size} belong")
        planes = np.frombuffer(data, np.uint8).reshape(self.dtype.itemsize, -1)
        values = np.empty((planes.shape[1], len(planes)), np.uint8)
        for place, plane in enumerate(planes):  # a third of the time that the transpose takes
            values[:, place] = plane
        return values.data.cast("B")


def columns(dataset: Any, path: Path) -> FrameColumns:
    """What is there of an h5py dataset (pixels, frames), which may be closed afterwards.

    Raises
    ------
    ReadError
        Where the data lie beyond the end of the file, or in another one.
    """
    check_within(dataset, path)
    read = _by_h5py(path, dataset.name)
    pixels, n_frames = dataset.shape
    if dataset.chunks is None:
        stored = dataset.id.get_storage_size() >= dataset.size * dataset.dtype.itemsize
        return FrameColumns(read, n_frames if stored else 0)
    chunk_pixels, width = dataset.chunks
    chunks = _chunks(dataset, path.stat().st_size)
    whole = -(-pixels // chunk_pixels)
    complete = [index for index, parts in chunks.items() if len(parts) >= whole]
    n_frames = min(n_frames, max(complete, default=-width) + width)
    pipeline = filters(dataset)
    if width != 1 or pipeline not in _PLAIN_PIPELINES or dataset.file.userblock_size:
        return FrameColumns(read, n_frames)
    plain = PlainReads(path, pixels, chunk_pixels, dataset.dtype, dataset.fillvalue, pipeline, chunks)
    return FrameColumns(plain, n_frames, tuple(sorted(set(range(n_frames)).difference(complete))))


def _chunks(dataset: Any, file_size: int) -> dict[int, list[Chunk]]:
    """The chunks there are, by the frame (or the first of several) that they belong to."""
    infos: list[Any] = []
    dataset.id.chunk_iter(infos.append)
    chunks: dict[int, list[Chunk]] = {}
    for info in infos:
        first, index = info.chunk_offset
        if info.byte_offset + info.size > file_size:
            raise ReadError(f"frame {index} lies beyond the end of the file")
        chunks.setdefault(index, []).append(Chunk(first, info.byte_offset, info.size, info.filter_mask))
    return chunks


def _by_h5py(path: Path, name: str) -> Callable[[int], Column]:
    def read(index: int) -> Column:
        import h5py

        with h5py.File(path, "r") as file:  # h5py's own lock makes this safe, one thread at a time
            column: Column = file[name][:, index]
            return column

    return read
