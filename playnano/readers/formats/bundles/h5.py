"""HDF5 bundles: those that playnano writes, and those of playNano 0.5."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.layouts.bundle import (
    ANALYSIS,
    CHANNEL,
    DATA,
    FORMAT_KEY,
    FRAME_METADATA,
    IMAGES,
    MASK,
    MASKS,
    PIXEL_SIZE,
    PIXEL_SIZE_Y,
    PROCESSED,
    PROVENANCE,
    RAW_FRAME_METADATA,
    TIMESTAMPS,
    UNIT,
)
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import playnano_0_5
from playnano.readers.formats.bundles.h5_images import (
    BROKEN_H5,
    dataset_of,
    images_of,
    opened,
    refuse_elsewhere,
)
from playnano.readers.parsing.agreement import checked_bundle
from playnano.readers.parsing.bundle import (
    BundleParts,
    check_channel,
    read_metadata,
    read_pixel_size,
    read_provenance,
    read_raw_metadata,
)
from playnano.readers.parsing.claims import check_text
from playnano.readers.parsing.hdf5 import (
    SIGNATURE,
    check_within,
    stored_bytes,
)
from playnano.readers.parsing.measured import Arrays, stored_images, stored_table
from playnano.readers.parsing.parts import check_hdf5_size
from playnano.stack.frames import Images
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.provenance import Provenance
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table, Values


def recognise(path: Path) -> bool:
    """Whether the file is a bundle, or was one before it was cut short or parts of it were taken out."""
    try:
        with path.open("rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                return False
        import h5py

        with h5py.File(path, "r") as opened:
            return FORMAT_KEY in opened.attrs or PROVENANCE in opened or FRAME_METADATA in opened
    except BROKEN_H5:
        return path.suffix.lower() in (".h5", ".hdf5") and path.is_file()


def open_bundle(path: Path, options: ReadOptions) -> AFMImageStack:
    """The stack in a bundle; a frame is read on demand.

    Raises
    ------
    ReadError
        Where the bundle is damaged or not complete.
    """
    warnings = check_hdf5_size(path)
    with opened(path) as file:
        stack = _stack(file, path, options)
    return replace(stack, warnings=(*stack.warnings, *warnings))


def channels(path: Path) -> tuple[str, ...]:
    """The one channel of a bundle."""
    with opened(path) as file:
        return (_attribute(file, CHANNEL),)


def _stack(file: Any, path: Path, options: ReadOptions) -> AFMImageStack:
    channel = _attribute(file, CHANNEL)
    check_channel(options.channel, channel)
    text = _text(file, PROVENANCE)
    if playnano_0_5.wrote(text):
        return _stack_of_0_5(file, path, text, options)
    processed, provenance = _layers(file, PROCESSED, path), read_provenance(text)
    raw_metadata = _text(file, RAW_FRAME_METADATA) if RAW_FRAME_METADATA in file else None
    stack = BundleParts(
        data=_data(file, path, processed),
        channel=channel,
        unit=_attribute(file, UNIT),
        pixel_size_nm=read_pixel_size(_attribute(file, PIXEL_SIZE)),
        pixel_size_y_nm=read_pixel_size(_attribute(file, PIXEL_SIZE_Y), PIXEL_SIZE_Y),
        frame_metadata=read_metadata(_text(file, FRAME_METADATA)),
        raw_frame_metadata=read_raw_metadata(raw_metadata),
        provenance=provenance,
        mask=images_of(file, MASK, path, is_mask=True) if MASK in file else None,
        processed=processed,
        masks=_layers(file, MASKS, path),
        tables={name: _table(file, path, name, provenance) for name in file.get(ANALYSIS, ())},
        images={name: _measured_images(file, path, name, provenance) for name in file.get(IMAGES, ())},
    ).stack()
    return checked_bundle(stack, _times(file, path), lambda name: np.asarray(file[name][()]))


def _times(file: Any, path: Path) -> Arrays:
    """Type and shape of the times, where there are any."""
    if TIMESTAMPS not in file:
        return {}
    dataset = dataset_of(file, TIMESTAMPS)
    refuse_elsewhere(dataset, TIMESTAMPS, path)
    return {TIMESTAMPS: (dataset.dtype, dataset.shape)}


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
        lambda part: images_of(file, f"{group}/{part}", path),
    )


def _shapes(file: Any, path: Path, group: str) -> Arrays:
    datasets = {part: dataset_of(file, f"{group}/{part}") for part in file[group]}
    for dataset in datasets.values():
        refuse_elsewhere(dataset, dataset.name, path)
    return {part: (dataset.dtype, dataset.shape) for part, dataset in datasets.items()}


def _whole(path: Path, group: str, part: str) -> Values:
    with opened(path) as file:
        return np.asarray(file[f"{group}/{part}"][()])


def _stack_of_0_5(file: Any, path: Path, provenance: str, options: ReadOptions) -> AFMImageStack:
    backups = _text(file, playnano_0_5.BACKUPS) if playnano_0_5.BACKUPS in file else None
    return playnano_0_5.parts(
        data=images_of(file, DATA, path),
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
    dataset = dataset_of(file, name)
    check_within(dataset, Path(file.filename))
    is_text = dataset.shape == () and dataset.dtype.kind in "SO"
    if is_text and dataset.dtype.kind == "S":
        check_text(name, dataset.nbytes, stored_bytes(dataset, Path(file.filename)))
    value = dataset[()] if is_text else None
    if not isinstance(value, bytes | str):
        raise ReadError(f"'{name}' is not text")
    return value.decode() if isinstance(value, bytes) else value


def _layers(file: Any, group: str, path: Path) -> dict[str, Images]:
    """The layers, or masks, in the order they were made."""
    is_mask = group == MASKS
    return {name: images_of(file, f"{group}/{name}", path, is_mask=is_mask) for name in file.get(group, ())}


def _data(file: Any, path: Path, processed: dict[str, Images]) -> Images:
    """The data: where they are a link to a layer, that layer."""
    same = [images for name, images in processed.items() if file[f"{PROCESSED}/{name}"] == file[DATA]]
    return same[0] if same else images_of(file, DATA, path)


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
