"""NPZ bundles: every layer as an array that `numpy.load(path, allow_pickle=False)` opens."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.lib import format as npy

from playnano.exporters.base import BundleExport
from playnano.exporters.data.base import computed, data_of, layer_of_data, mask_in_force
from playnano.exporters.encoding.zip import Member, ZipWriter
from playnano.layouts.bundle import (
    ANALYSIS,
    DATA,
    IMAGES,
    MASK,
    MASKS,
    PROCESSED,
    TIMESTAMPS,
    VALUES,
    pixel_sizes,
    texts,
)
from playnano.layouts.deflate import Buffer, raw_segment
from playnano.stack.frames import Images
from playnano.stack.hashing import as_stored, file_type
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.parallel import ahead, tasks
from playnano.stack.stack import AFMImageStack

SEPARATOR = "__"


class NpzExport(BundleExport):
    """All layers, masks, metadata and provenance as NumPy arrays in one compressed `.npz` file."""

    extension: ClassVar[str] = ".npz"

    format: Literal["npz"] = "npz"

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> None:
        stack = computed(stack, path.parent, self.keeps, threads)
        with path.open("w+b") as file:
            archive = ZipWriter(file)
            for key, value in small_arrays(stack, self.keeps).items():
                _add_small(archive, key, value)
            for table, measured in stack.tables.items():
                for column in measured.names:
                    key = SEPARATOR.join((ANALYSIS, table, column))
                    _add_small(archive, key, measured.column(column))
            for name, one in stack.images.items():
                _add_measured_images(archive, SEPARATOR.join((IMAGES, name)), one, threads)
            data = _add_images(archive, DATA, data_of(stack), threads)
            self._add_layers(archive, stack, data, threads)
            archive.close()

    def _add_layers(self, archive: ZipWriter, stack: AFMImageStack, data: Member, threads: int) -> None:
        same = layer_of_data(stack)
        for group, layers in ((PROCESSED, stack.processed), (MASKS, stack.masks)):
            for name in filter(self.keeps, layers):
                if layers is stack.processed and name == same:
                    archive.add_again(_file_name(f"{group}{SEPARATOR}{name}"), data)
                else:
                    _add_images(archive, f"{group}{SEPARATOR}{name}", layers[name], threads)
        mask = mask_in_force(stack.frames)
        if mask is not None:
            _add_images(archive, MASK, mask, threads)


def small_arrays(stack: AFMImageStack, keeps: Callable[[str], bool]) -> dict[str, Any]:
    """All of a stack but its images, as arrays: text and numbers 0-d, times in s one per frame."""
    entries = {name: np.array(text) for name, text in texts(stack, keeps).items()}
    sizes = {name: np.array(size, np.float64) for name, size in pixel_sizes(stack).items()}
    return {TIMESTAMPS: stack.timestamps, **sizes, **entries}


def _file_name(key: str) -> str:
    return f"{key}.npy"


def _add_small(archive: ZipWriter, key: str, value: Any) -> None:
    content = io.BytesIO()
    npy.write_array(content, value, allow_pickle=False)
    plain = content.getvalue()
    archive.add(_file_name(key), len(plain), [(plain, raw_segment(plain, last=True))])


def _add_measured_images(archive: ZipWriter, key: str, images: MeasuredImages, threads: int) -> None:
    if len(images.shape) == 3:
        _add_images(archive, f"{key}{SEPARATOR}{VALUES}", images.values, threads)
    else:
        _add_small(archive, f"{key}{SEPARATOR}{VALUES}", np.asarray(images, "<f4"))
    for axis in images.axes:
        _add_small(archive, f"{key}{SEPARATOR}{axis.name}", np.asarray(axis.values))


def _add_images(archive: ZipWriter, key: str, images: Images, threads: int) -> Member:
    header = _header(images)
    n, height, width = images.shape
    size = len(header) + n * height * width * file_type(images).itemsize
    return archive.add(_file_name(key), size, _pieces(header, images, threads))


def _header(images: Images) -> bytes:
    content = io.BytesIO()
    described = {"descr": file_type(images).str, "fortran_order": False, "shape": tuple(images.shape)}
    npy.write_array_header_1_0(content, described)
    return content.getvalue()


def _pieces(header: bytes, images: Images, threads: int) -> Iterator[tuple[Buffer, bytes]]:
    def piece(indices: range) -> tuple[Buffer, bytes]:
        plain = [as_stored(images[index]).data.cast("B") for index in indices]
        together = plain[0] if len(plain) == 1 else b"".join(plain)
        return together, raw_segment(together, last=False)

    yield header, raw_segment(header, last=False)
    yield from ahead(piece, tasks(images), threads)
    yield b"", raw_segment(b"", last=True)
