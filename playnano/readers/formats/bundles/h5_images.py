"""Layers of an HDF5 bundle, read on demand: a chunk for each frame, or unpacked as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from playnano.errors import ReadError
from playnano.readers.parsing.bundle import BROKEN, check_images
from playnano.readers.parsing.hdf5 import (
    BROKEN_HDF5,
    check_within,
    filters,
    is_too_small,
    stored_bytes,
    trouble,
)
from playnano.readers.parsing.hdf5_chunks import Chunk, PlainReads
from playnano.readers.parsing.messages import one_line
from playnano.readers.unchanged import check_same
from playnano.stack.frames import Images, LayerImage, checked_index
from playnano.stack.lazy import LazyImages
from playnano.stack.parallel import TASK_BYTES
from playnano.stack.scratch import UnpackedImages

_DEFLATE, _SHUFFLE = 1, 2  # numbers of the filters in the HDF5 specification
_OUR_FILTERS = ((), (_DEFLATE,), (_SHUFFLE, _DEFLATE))
BROKEN_H5 = (*BROKEN, *BROKEN_HDF5)
"""What h5py and playnano raise where a bundle is broken."""


@dataclass(frozen=True, repr=False)
class ChunkImages(LazyImages):
    """A layer with a frame in each chunk, read by plain file reads, by any number of threads."""

    frames: PlainReads
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    changed: int
    """When the file was last changed, in ns, as it was opened."""

    def __getitem__(self, index: int, /) -> LayerImage:
        index = checked_index(index, len(self))
        path = self.frames.path
        check_same(path, self.changed)
        try:
            return self.frames(index).reshape(self.shape[1:])
        except (ValueError, OSError) as error:
            raise ReadError(f"{path}: frame {index} is damaged: {error}") from error


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a bundle.

    Raises
    ------
    ReadError
        Where it is broken, or what is done with it meets a broken part.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except BROKEN_H5 as error:
        otherwise = f"it is not an intact HDF5 bundle: {one_line(error)}"
        raise ReadError(trouble(error, otherwise)) from error


def dataset_of(file: Any, name: str) -> Any:
    """A dataset of a file.

    Raises
    ------
    ReadError
        Where it is missing.
    """
    import h5py

    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise ReadError(f"'{name}' is missing in it")
    return dataset


def images_of(file: Any, name: str, path: Path, *, is_mask: bool = False) -> Images:
    """A layer or a mask, of which nothing is read yet.

    Raises
    ------
    ReadError
        Where it is missing, cannot be a layer, or cannot be in this file.
    """
    dataset = dataset_of(file, name)
    check_within(dataset, path)
    check_images(name, dataset.dtype, dataset.shape, is_mask, stored_bytes(dataset, path))
    refuse_elsewhere(dataset, name, path)
    pipeline = filters(dataset)
    if dataset.chunks == (1, *dataset.shape[1:]) and pipeline in _OUR_FILTERS and not file.userblock_size:
        return _chunk_images(dataset, path, name, pipeline)
    return UnpackedImages(dataset.shape, dataset.dtype.newbyteorder("="), partial(_unpack, path, name))


def refuse_elsewhere(dataset: Any, name: str, path: Path) -> None:
    """Refuse values that lie in another file, or that cannot all be in this one.

    Raises
    ------
    ReadError
        Where that is so.
    """
    check_within(dataset, path)
    if is_too_small(dataset):
        raise ReadError(f"'{name}' is too small to hold values of the shape {dataset.shape}")


def _chunk_images(dataset: Any, path: Path, name: str, pipeline: tuple[int, ...]) -> ChunkImages:
    n, height, width = dataset.shape
    chunks: dict[int, list[Chunk]] = {}
    file_size = path.stat().st_size

    def note(info: Any) -> None:
        if info.byte_offset + info.size > file_size:
            raise ReadError(f"frame {info.chunk_offset[0]} of '{name}' lies beyond the end of the file")
        chunks[info.chunk_offset[0]] = [Chunk(0, info.byte_offset, info.size, info.filter_mask)]

    dataset.id.chunk_iter(note)
    missing = next((index for index in range(n) if index not in chunks), None)
    if missing is not None:
        raise ReadError(f"frame {missing} of '{name}' is missing in it")
    pixels = height * width
    reads = PlainReads(path, pixels, pixels, dataset.dtype, dataset.fillvalue, pipeline, chunks)
    return ChunkImages(reads, (n, height, width), dataset.dtype, path.stat().st_mtime_ns)


def _unpack(path: Path, name: str, sink: BinaryIO) -> None:
    """Write a layer whose chunks are not frames, about a megabyte at a time, whole chunks at once."""
    with opened(path) as file:
        dataset = file[name]
        deep = dataset.chunks[0] if dataset.chunks else 1
        frame_bytes = dataset.shape[1] * dataset.shape[2] * dataset.dtype.itemsize
        step = deep * max(1, TASK_BYTES // (deep * frame_bytes))
        for start in range(0, dataset.shape[0], step):
            frames = dataset[start : start + step]
            sink.write(np.ascontiguousarray(frames, dataset.dtype.newbyteorder("=")).data.cast("B"))
