"""Nanosurf images `.nid`: a header in sections, then little-endian integers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, check_size, head_until, image_shape
from playnano.readers.parsing.channels import channel_name, damage_doubts, numbered, way_doubts
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.text import (
    checked_text,
    decoded,
    direction_notes,
    finite,
    length_nm,
    naive_seconds,
    positive,
    scan_direction,
    size_doubts,
)
from playnano.readers.parsing.units import scale_and_unit

_DATA = b"#!"
_DTYPES = {"16": "<i2", "32": "<i4"}
_SCAN = re.compile(r"(?:\d\w\w )?scan \w", re.IGNORECASE)
_FRAME = re.compile(r"(?:\d\w\w )?(?:scan|spec)\w* \w", re.IGNORECASE)
_TOPOGRAPHY = ("topography", "z-axis")

Settings = dict[str, dict[str, str]]


@dataclass(frozen=True)
class DataSet:
    """One block of integers in the file, and its settings."""

    settings: dict[str, str]
    offset: int
    shape: tuple[int, int]
    bits: int
    is_known: bool
    """Whether its storage type is supported."""


def _recognise(path: Path) -> bool:
    return begins_with(path, lambda head: re.match(rb"\[DataSet\]\r?\nVersion=", head) is not None)


def _channels(path: Path) -> tuple[str, ...]:
    return tuple(_images(path)[1])


def _open(path: Path, options: ReadOptions) -> Still:
    settings, images, warnings = _images(path)
    damage = tuple(_damage(settings))
    name = channel_name(options.channel, tuple(images), _is_topography, damage)
    warnings += damage_doubts(damage) + way_doubts(options.channel, name, tuple(images))
    image = images[name]
    check_eight_bits(path, image.offset, _size(image), image.bits // 8)
    factor, unit = scale_and_unit(image.settings.get("Dim2Unit"), options)
    scan = settings.get("DataSet-Info", {})
    x_nm, y_nm = (_pixel_size_nm(image, axis, image.shape[1 - axis]) for axis in (0, 1))
    warnings += size_doubts(
        options,
        ("Dim0Range", image.settings.get("Dim0Range"), x_nm),
        ("Dim1Range", image.settings.get("Dim1Range"), y_nm),
    )
    return Still(
        channel=name,
        unit=unit,
        shape=image.shape,
        read=_scaled(path, image, factor),
        pixel_size_nm=x_nm,
        pixel_size_y_nm=y_nm,
        clocks=(naive_seconds(f"{scan.get('Date')} {scan.get('Time')}", "%d-%m-%Y %H:%M:%S"),),
        scan_direction=scan_direction(scan.get("Scan direction")),
        header={key: value for key, value in scan.items() if value.strip("-")},
        warnings=(*warnings, *direction_notes("Scan direction", scan.get("Scan direction"))),
    )


def _is_topography(name: str) -> bool:
    return name.lower().startswith(_TOPOGRAPHY)


def _damage(settings: Settings) -> Iterator[str]:
    """What says of itself neither that it is an image, nor that it is a curve."""
    for key, section in settings.get("DataSet", {}).items():
        if re.fullmatch(r"Gr[0-9]+-Ch[0-9]+", key) and not _FRAME.match(
            settings.get(section, {}).get("Frame", "")
        ):
            yield f"'{section[:40]}' does not state whether it is an image"


def _images(path: Path) -> tuple[Settings, dict[str, DataSet], tuple[str, ...]]:
    """The header, its images by name (`Topography forward`), and warnings."""
    head = head_until(path, _DATA)
    settings = _sections(decoded(checked_text(head)))
    begin = len(head) + len(_DATA)
    blocks = list(_blocks(settings, begin))
    end = blocks[-1].offset + _size(blocks[-1]) if blocks else begin
    warnings = check_size(path, begin, end - begin)
    images = [block for block in blocks if _SCAN.match(block.settings.get("Frame", ""))]
    return settings, dict(zip(numbered(map(_name, images)), images, strict=True)), warnings


def _sections(text: str) -> Settings:
    settings: Settings = {}
    section: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if line.startswith("["):
            section = settings.setdefault(line.strip(" []"), {})
        elif equals:
            section[key.strip()] = value.strip()
    return settings


def _blocks(settings: Settings, offset: int) -> Iterator[DataSet]:
    """The blocks of the file, one after the other by group and channel."""
    listed = settings.get("DataSet", {})
    places = sorted(
        (int(place[1]), int(place[2]), key)
        for key in listed
        if (place := re.fullmatch(r"Gr([0-9]{1,4})-Ch([0-9]{1,4})", key))
    )
    for _, _, key in places:
        section = settings.get(listed[key], {})
        written = tuple(section.get(name) for name in ("SaveMode", "SaveSign", "SaveOrder"))
        if section.get("SaveMode") != "Binary" or section.get("SaveBits") not in ("8", *_DTYPES):
            raise ReadError(f"how '{listed[key][:40]}' is saved is not known")
        shape = image_shape(section.get("Points"), section.get("Lines"))
        is_known = written[1:] == ("Signed", "Intel") and section["SaveBits"] in _DTYPES
        block = DataSet(section, offset, shape, int(section["SaveBits"]), is_known)
        yield block
        offset += _size(block)


def _size(block: DataSet) -> int:
    return block.shape[0] * block.shape[1] * block.bits // 8


def _name(block: DataSet) -> str:
    """`Topography forward`, `Topography 2nd scan forward`."""
    return f"{block.settings.get('Dim2Name', 'image')} {block.settings['Frame'].removeprefix('Scan ')}"


def _scaled(path: Path, block: DataSet, factor: float) -> StoredImage:
    """The integers span Dim2Range, the least of them being Dim2Min."""
    if not block.is_known:
        raise ReadError("how this channel is saved is not known")
    span, lowest = (finite(block.settings.get(name)) for name in ("Dim2Range", "Dim2Min"))
    if span is None or lowest is None:
        raise ReadError("the channel does not state a range: its scale is not known")
    return StoredImage(
        path,
        block.offset,
        _DTYPES[str(block.bits)],
        block.shape,
        span / 2**block.bits * factor,
        (span / 2 + lowest) * factor,
        upside_down=True,
    )


def _pixel_size_nm(block: DataSet, axis: int, pixels: int) -> float | None:
    span = positive(block.settings.get(f"Dim{axis}Range"))
    length = length_nm(span, block.settings.get(f"Dim{axis}Unit"))
    return length and length / pixels


READER = StillFormat(
    name="nid",
    description="Nanosurf images",
    suffixes=(".nid",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps="one channel and direction, in nm or the unit stated in the file; pixel size, local time",
    loses="other channels, curves, and the line time",
).reader()
