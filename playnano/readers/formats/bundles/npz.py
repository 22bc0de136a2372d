"""NPZ bundles: those that playnano writes, and those of playNano 0.5."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

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
    TIMESTAMPS,
    UNIT,
)
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import playnano_0_5
from playnano.readers.formats.bundles.npz_archive import BROKEN_ZIP, Archive, Array, intact, read_archive
from playnano.readers.parsing.agreement import checked_bundle
from playnano.readers.parsing.bundle import (
    BundleParts,
    check_channel,
    read_metadata,
    read_pixel_size,
    read_provenance,
    read_raw_metadata,
)
from playnano.readers.parsing.measured import Arrays, stored_images, stored_table
from playnano.readers.parsing.zip import ZIP_MAGIC
from playnano.stack.frames import Images
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.provenance import Provenance
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table


def recognise(path: Path) -> bool:
    """Whether the file is a bundle, or was one before it was cut short or parts of it were taken out."""
    try:
        with path.open("rb") as file:
            if file.read(4) != ZIP_MAGIC:
                return False
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
        marks = {f"{PROVENANCE}.npy", f"{FRAME_METADATA}.npy"}
        return bool(names & marks) or {f"{DATA}.npy", f"{TIMESTAMPS}.npy", f"{PIXEL_SIZE_Y}.npy"} <= names
    except OSError:
        return False
    except BROKEN_ZIP:
        return path.suffix.lower() == ".npz"


def open_bundle(path: Path, options: ReadOptions) -> AFMImageStack:
    """The stack in a bundle; a layer is unpacked into a scratch file when it is first asked for.

    Raises
    ------
    ReadError
        Where the bundle is damaged or not complete.
    """
    with intact():
        return _stack(read_archive(path), options)


def channels(path: Path) -> tuple[str, ...]:
    """The one channel of a bundle."""
    with intact():
        return (read_archive(path).text(CHANNEL),)


def _stack(archive: Archive, options: ReadOptions) -> AFMImageStack:
    channel = archive.text(CHANNEL)
    check_channel(options.channel, channel)
    text = archive.text(PROVENANCE)
    if playnano_0_5.wrote(text):
        return _stack_of_0_5(archive, channel, text, options)
    raw_metadata = archive.text(RAW_FRAME_METADATA) if RAW_FRAME_METADATA in archive.arrays else None
    processed, provenance = archive.layers(PROCESSED), read_provenance(text)
    stack = BundleParts(
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
        tables={n: _table(archive, n, parts, provenance) for n, parts in _parts(archive, ANALYSIS).items()},
        images={
            n: _measured_images(archive, n, parts, provenance) for n, parts in _parts(archive, IMAGES).items()
        },
    ).stack()
    times = {name: array for name, array in archive.arrays.items() if name == TIMESTAMPS}
    return checked_bundle(stack, _shapes(times), lambda name: archive.whole(times[name]))


def _parts(archive: Archive, group: str) -> dict[str, dict[str, Array]]:
    """The arrays of each table, or of each of the images, in the order of the file."""
    parts: dict[str, dict[str, Array]] = {}
    for key, array in archive.arrays.items():
        if key.startswith(f"{group}__") and key.count("__") >= 2:
            name, _, part = key.removeprefix(f"{group}__").rpartition("__")
            parts.setdefault(name, {})[part] = array
    return parts


def _table(archive: Archive, name: str, arrays: Mapping[str, Array], provenance: Provenance) -> Table:
    return stored_table(name, _shapes(arrays), provenance, lambda column: archive.whole(arrays[column]))


def _measured_images(
    archive: Archive, name: str, arrays: Mapping[str, Array], provenance: Provenance
) -> MeasuredImages:
    return stored_images(
        name,
        _shapes(arrays),
        provenance,
        lambda part: archive.whole(arrays[part]),
        lambda part: archive.images(f"{IMAGES}__{name}__{part}"),
    )


def _shapes(arrays: Mapping[str, Array]) -> Arrays:
    return {name: (array.dtype, array.shape) for name, array in arrays.items()}


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
