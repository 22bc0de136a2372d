"""HDF5 bundles: a chunk a frame, compressed by threads, readable by every HDF5 program."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from playnano.exporters.base import BundleExport
from playnano.exporters.data.base import computed, data_of, layer_of_data, mask_in_force
from playnano.layouts.bundle import (
    ANALYSIS,
    CHANNEL,
    DATA,
    FORMAT_KEY,
    IMAGES,
    MASK,
    MASKS,
    PROCESSED,
    TIMESTAMPS,
    UNIT,
    VALUES,
    pixel_sizes,
    texts,
)
from playnano.layouts.deflate import deflate, deflate_planes
from playnano.stack.frames import Images, LayerImage
from playnano.stack.hashing import as_stored, file_type
from playnano.stack.parallel import ahead, tasks
from playnano.stack.stack import AFMImageStack

FORMAT_VERSION = 1
LEVEL = 1
OLDEST_READER = ("earliest", "v108")  # programs built on HDF5 1.8 read it, and the bytes stay the same


class H5Export(BundleExport):
    """All layers, masks, metadata and provenance in one compressed `.h5` file."""

    extension: ClassVar[str] = ".h5"
    aliases: ClassVar[tuple[str, ...]] = ("hdf5",)

    format: Literal["h5"] = "h5"

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> None:
        import h5py

        stack = computed(stack, path.parent, self.keeps, threads)
        with h5py.File(path, "w", libver=OLDEST_READER, track_order=True) as file:
            _write_small(file, stack, self.keeps)
            for group, layers in ((PROCESSED, stack.processed), (MASKS, stack.masks)):
                folder = file.create_group(group, track_order=True)
                for name in filter(self.keeps, layers):
                    _write_images(folder, name, layers[name], threads)
            _write_tables(file, stack)
            _write_measured_images(file, stack, threads)
            _write_data(file, stack, threads)


def _write_small(file: Any, stack: AFMImageStack, keeps: Callable[[str], bool]) -> None:
    entries = texts(stack, keeps)
    file.attrs[FORMAT_KEY] = FORMAT_VERSION
    for name, value in (pixel_sizes(stack) | {key: entries.pop(key) for key in (CHANNEL, UNIT)}).items():
        file.attrs[name] = value
    for name, text in entries.items():
        file.create_dataset(name, data=text, track_times=False)
    file.create_dataset(TIMESTAMPS, data=stack.timestamps, track_times=False)


def _write_tables(file: Any, stack: AFMImageStack) -> None:
    if not stack.tables:
        return
    tables = file.create_group(ANALYSIS, track_order=True)
    for name, table in stack.tables.items():
        group = tables.create_group(name, track_order=True)
        group.attrs["order"], group.attrs["note"] = table.order, table.note
        for column in table.columns:
            dataset = group.create_dataset(column.name, data=table.column(column.name), track_times=False)
            dataset.attrs["unit"], dataset.attrs["description"] = column.unit, column.description


def _write_measured_images(file: Any, stack: AFMImageStack, threads: int) -> None:
    """Each as `values` with a dimension scale for each axis, which other programs label plots with."""
    if not stack.images:
        return
    images = file.create_group(IMAGES, track_order=True)
    for name, one in stack.images.items():
        group = images.create_group(name, track_order=True)
        if len(one.shape) == 3:
            _write_images(group, VALUES, one.values, threads)
        else:
            group.create_dataset(VALUES, data=np.asarray(one, "<f4"), track_times=False)
        values = group[VALUES]
        values.attrs["unit"], values.attrs["description"] = one.unit, one.description
        for place, axis in enumerate(one.axes):
            scale = group.create_dataset(axis.name, data=axis.values, track_times=False)
            scale.attrs["unit"], scale.attrs["description"] = axis.unit, axis.column.description
            scale.make_scale(axis.name)
            values.dims[place].attach_scale(scale)


def _write_data(file: Any, stack: AFMImageStack, threads: int) -> None:
    same = layer_of_data(stack)
    if same is not None and same in file[PROCESSED]:
        file[DATA] = file[PROCESSED][same]
    else:
        _write_images(file, DATA, data_of(stack), threads)
    mask = mask_in_force(stack.frames)
    if mask is not None:
        _write_images(file, MASK, mask, threads)


def _write_images(group: Any, name: str, images: Images, threads: int) -> None:
    dtype = file_type(images)
    dataset = group.create_dataset(
        name,
        shape=images.shape,
        dtype=dtype,
        chunks=(1, *images.shape[1:]),
        compression="gzip",
        compression_opts=LEVEL,
        shuffle=dtype.itemsize > 1,
        track_times=False,
    )
    for index, chunk in enumerate(_chunks(images, threads)):
        dataset.id.write_direct_chunk((index, 0, 0), chunk)


def _chunks(images: Images, threads: int) -> Iterator[bytes]:
    def compressed(indices: range) -> list[bytes]:
        return [_chunk(images[index]) for index in indices]

    for chunks in ahead(compressed, tasks(images), threads):
        yield from chunks


def _chunk(image: LayerImage) -> bytes:
    image = as_stored(image)
    if image.itemsize == 1:
        return deflate(image.data.cast("B"), LEVEL)
    return deflate_planes((plane.data for plane in _shuffled(image)), LEVEL)


def _shuffled(image: LayerImage) -> LayerImage:
    """The lowest bytes of all pixels, then the next ones: what HDF5 calls shuffle."""
    words = image.reshape(-1).view("<u4")
    planes = np.empty((4, words.size), np.uint8)
    for place, plane in enumerate(planes):
        np.right_shift(words, 8 * place, out=plane, casting="unsafe")
    return planes
