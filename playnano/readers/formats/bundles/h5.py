"""HDF5 bundles: those that playnano writes, and those of playNano 0.5."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from playnano.errors import ReadError
from playnano.layouts.bundle import (
    ANALYSIS,
    CHANNEL,
    DATA,
    FRAME_METADATA,
    IMAGES,
    MASK,
    MASKS,
    PIXEL_SIZE,
    PIXEL_SIZE_Y,
    PROCESSED,
    PROVENANCE,
    RAW_FRAME_METADATA,
    UNIT,
)
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import playnano_0_5
from playnano.readers.parsing.bundle import (
    BROKEN,
    BundleParts,
    check_channel,
    check_images,
    read_metadata,
    read_pixel_size,
    read_provenance,
    read_raw_metadata,
)
from playnano.readers.parsing.claims import check_text
from playnano.readers.parsing.hdf5 import (
    BROKEN_HDF5,
    SIGNATURE,
    check_within,
    filters,
    is_too_small,
    stored_bytes,
    trouble,
)
from playnano.readers.parsing.hdf5_chunks import Chunk, PlainReads
from playnano.readers.parsing.measured import Arrays, stored_images, stored_table
from playnano.readers.parsing.messages import one_line
from playnano.readers.parsing.parts import check_hdf5_size
from playnano.readers.unchanged import check_same
from playnano.stack.frames import Images, LayerImage, checked_index
from playnano.stack.lazy import LazyImages
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.parallel import TASK_BYTES
from playnano.stack.provenance import Provenance
from playnano.stack.scratch import UnpackedImages
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table, Values

_DEFLATE, _SHUFFLE = 1, 2  # numbers of the filters in the HDF5 specification
_OUR_FILTERS = ((), (_DEFLATE,), (_SHUFFLE, _DEFLATE))
_BROKEN = (*BROKEN, *BROKEN_HDF5)


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


def recognise(path: Path) -> bool:
    """Whether the file is a bundle, or was one before it was cut short."""
    try:
        with path.open("rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                return False
        import h5py

        with h5py.File(path, "r") as opened:
            return all(name in opened for name in (DATA, PROVENANCE, FRAME_METADATA))
    except _BROKEN:
        return path.suffix.lower() in (".h5", ".hdf5") and path.is_file()


def open_bundle(path: Path, options: ReadOptions) -> AFMImageStack:
    """The stack in a bundle; a frame is read on demand.

    Raises
    ------
    ReadError
        Where the bundle is damaged or not complete.
    """
    warnings = check_hdf5_size(path)
    with _opened(path) as file:
        stack = _stack(file, path, options)
    return replace(stack, warnings=(*stack.warnings, *warnings))


def channels(path: Path) -> tuple[str, ...]:
    """The one channel of a bundle."""
    with _opened(path) as file:
        return (_attribute(file, CHANNEL),)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except _BROKEN as error:
        otherwise = f"it is not an intact HDF5 bundle: {one_line(error)}"
        raise ReadError(trouble(error, otherwise)) from error


def _stack(file: Any, path: Path, options: ReadOptions) -> AFMImageStack:
    channel = _attribute(file, CHANNEL)
    check_channel(options.channel, channel)
    text = _text(file, PROVENANCE)
    if playnano_0_5.wrote(text):
        return _stack_of_0_5(file, path, text, options)
    processed, provenance = _layers(file, PROCESSED, path), read_provenance(text)
    raw_metadata = _text(file, RAW_FRAME_METADATA) if RAW_FRAME_METADATA in file else None
    return BundleParts(
        data=_data(file, path, processed),
        channel=channel,
        unit=_attribute(file, UNIT),
        pixel_size_nm=read_pixel_size(_attribute(file, PIXEL_SIZE)),
        pixel_size_y_nm=read_pixel_size(_attribute(file, PIXEL_SIZE_Y), PIXEL_SIZE_Y),
        frame_metadata=read_metadata(_text(file, FRAME_METADATA)),
        raw_frame_metadata=read_raw_metadata(raw_metadata),
        provenance=provenance,
        mask=_images(file, MASK, path, is_mask=True) if MASK in file else None,
        processed=processed,
        masks=_layers(file, MASKS, path),
        tables={name: _table(file, path, name, provenance) for name in file.get(ANALYSIS, ())},
        images={name: _measured_images(file, path, name, provenance) for name in file.get(IMAGES, ())},
    ).stack()


def _table(file: Any, path: Path, name: str, provenance: Provenance) -> Table:
    group = f"{ANALYSIS}/{name}"
    return stored_table(name, _shapes(file, path, group), provenance, partial(_whole, path, group))


def _measured_images(file: Any, path: Path, name: str, provenance: Provenance) -> MeasuredImages:
    group = f"{IMAGES}/{name}"
    return stored_images(
        name,
        _shapes(file, path, group),
        provenance,
        partial(_whole, path, group),
        lambda part: _images(file, f"{group}/{part}", path),
    )


def _shapes(file: Any, path: Path, group: str) -> Arrays:
    datasets = {part: _dataset(file, f"{group}/{part}") for part in file[group]}
    for dataset in datasets.values():
        _refuse_elsewhere(dataset, dataset.name, path)
    return {part: (dataset.dtype, dataset.shape) for part, dataset in datasets.items()}


def _whole(path: Path, group: str, part: str) -> Values:
    with _opened(path) as file:
        return np.asarray(file[f"{group}/{part}"][()])


def _stack_of_0_5(file: Any, path: Path, provenance: str, options: ReadOptions) -> AFMImageStack:
    backups = _text(file, playnano_0_5.BACKUPS) if playnano_0_5.BACKUPS in file else None
    return playnano_0_5.parts(
        data=_images(file, DATA, path),
        channel=_attribute(file, CHANNEL),
        unit=options.unit,
        pixel_size_nm=_attribute(file, PIXEL_SIZE),
        metadata=_text(file, FRAME_METADATA),
        backups=backups,
        provenance=provenance,
        processed=_layers(file, PROCESSED, path),
        masks=_layers(file, MASKS, path),
    ).stack()


def _attribute(file: Any, name: str) -> Any:
    if name not in file.attrs:
        raise ReadError(f"the attribute '{name}' is missing in it")
    value = file.attrs[name]
    return value.decode() if isinstance(value, bytes) else value


def _text(file: Any, name: str) -> str:
    dataset = _dataset(file, name)
    check_within(dataset, Path(file.filename))
    is_text = dataset.shape == () and dataset.dtype.kind in "SO"
    if is_text and dataset.dtype.kind == "S":
        check_text(name, dataset.nbytes, stored_bytes(dataset, Path(file.filename)))
    value = dataset[()] if is_text else None
    if not isinstance(value, bytes | str):
        raise ReadError(f"'{name}' is not text")
    return value.decode() if isinstance(value, bytes) else value


def _dataset(file: Any, name: str) -> Any:
    import h5py

    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise ReadError(f"'{name}' is missing in it")
    return dataset


def _layers(file: Any, group: str, path: Path) -> dict[str, Images]:
    """The layers, or masks, in the order they were made."""
    is_mask = group == MASKS
    return {name: _images(file, f"{group}/{name}", path, is_mask=is_mask) for name in file.get(group, ())}


def _data(file: Any, path: Path, processed: dict[str, Images]) -> Images:
    """The data: where they are a link to a layer, that layer."""
    same = [images for name, images in processed.items() if file[f"{PROCESSED}/{name}"] == file[DATA]]
    return same[0] if same else _images(file, DATA, path)


def _images(file: Any, name: str, path: Path, *, is_mask: bool = False) -> Images:
    dataset = _dataset(file, name)
    check_within(dataset, path)
    check_images(name, dataset.dtype, dataset.shape, is_mask, stored_bytes(dataset, path))
    _refuse_elsewhere(dataset, name, path)
    pipeline = filters(dataset)
    if dataset.chunks == (1, *dataset.shape[1:]) and pipeline in _OUR_FILTERS and not file.userblock_size:
        return _chunk_images(dataset, path, name, pipeline)
    return UnpackedImages(dataset.shape, dataset.dtype.newbyteorder("="), partial(_unpack, path, name))


def _refuse_elsewhere(dataset: Any, name: str, path: Path) -> None:
    """Refuse values that lie in another file, or that cannot all be in this one."""
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
    with _opened(path) as file:
        dataset = file[name]
        deep = dataset.chunks[0] if dataset.chunks else 1
        frame_bytes = dataset.shape[1] * dataset.shape[2] * dataset.dtype.itemsize
        step = deep * max(1, TASK_BYTES // (deep * frame_bytes))
        for start in range(0, dataset.shape[0], step):
            frames = dataset[start : start + step]
            sink.write(np.ascontiguousarray(frames, dataset.dtype.newbyteorder("=")).data.cast("B"))


READER = Reader(
    name="h5",
    description="HDF5 bundle written by playnano or playNano 0.5",
    suffixes=(".h5", ".hdf5"),
    recognise=recognise,
    channels=channels,
    open=open_bundle,
    keeps="data, layers, masks, the mask in force, metadata of frames, provenance",
    loses="nothing",
)
