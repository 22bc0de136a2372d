"""Nanosurf images `.nid`: a header in sections, then little-endian integers."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playnano.errors import Doubt, ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, check_size, head_until, image_shape
from playnano.readers.parsing.channels import channel_name, damage_doubts, numbered, way_doubts
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.fields import Fields, contradiction, stated_twice
from playnano.readers.parsing.text import (
    checked_text,
    date_doubts,
    decoded,
    direction_notes,
    finite,
    length_nm,
    naive_seconds,
    positive,
    quantity,
    scan_direction,
    size_doubts,
    with_unit,
)
from playnano.readers.parsing.units import scale_and_unit

_DATA = b"#!"
_DTYPES = {"16": "<i2", "32": "<i4"}
_SCAN = re.compile(r"(?:\d\w\w )?scan \w", re.IGNORECASE)
_FRAME = re.compile(r"(?:\d\w\w )?(?:scan|spec)\w* \w", re.IGNORECASE)
_TOPOGRAPHY = ("topography", "z-axis")

_SHAPE = ("Points", "Lines")
_OF_SCAN = ("Date", "Time", "Scan direction", "Image size", *_SHAPE)
_ROUNDING = 0.01
"""Relative; the size of the image is written with few digits."""

Settings = dict[str, Fields]


@dataclass(frozen=True)
class DataSet:
    """One block of integers in the file, and its settings."""

    settings: Fields
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
    scan = settings.get("DataSet-Info", Fields())
    sizes = [_length(image, axis) for axis in (0, 1)]
    x_nm, y_nm = (length for _, _, length in sizes)
    warnings += size_doubts(options, *sizes) + tuple(_contradictions(settings, image, images))
    date, clock = _clock(scan)
    warnings += date_doubts("Date", date, clock)
    return Still(
        channel=name,
        unit=unit,
        shape=image.shape,
        read=_scaled(path, image, factor),
        pixel_size_nm=x_nm and x_nm / image.shape[1],
        pixel_size_y_nm=y_nm and y_nm / image.shape[0],
        clocks=(clock,),
        scan_direction=scan_direction(scan.get("Scan direction")),
        stored_unit=image.settings.get("Dim2Unit"),
        header={key: value for key, value in scan.items() if value.strip("-")},
        warnings=(*warnings, *direction_notes("Scan direction", scan.get("Scan direction"))),
    )


def _is_topography(name: str) -> bool:
    return name.lower().startswith(_TOPOGRAPHY)


def _damage(settings: Settings) -> Iterator[str]:
    """What says of itself neither that it is an image, nor that it is a curve."""
    for key, section in settings.get("DataSet", Fields()).items():
        if re.fullmatch(r"Gr[0-9]+-Ch[0-9]+", key) and not _FRAME.match(
            settings.get(section, Fields()).get("Frame", "")
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
    section = Fields()
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if line.startswith("["):
            section = settings.setdefault(line.strip(" []"), Fields())
        elif equals:
            section.state(key.strip(), value.strip())
    return settings


def _blocks(settings: Settings, offset: int) -> Iterator[DataSet]:
    """The blocks of the file, one after the other by group and channel."""
    listed = settings.get("DataSet", Fields())
    places = sorted(
        (int(place[1]), int(place[2]), key)
        for key in listed
        if (place := re.fullmatch(r"Gr([0-9]{1,4})-Ch([0-9]{1,4})", key))
    )
    for _, _, key in places:
        section = settings.get(listed[key], Fields())
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
    span, lowest = _range(block)
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


def _range(block: DataSet) -> tuple[float | None, float | None]:
    """How far the highest value that can be stored is above the lowest, and the lowest."""
    span, lowest = (finite(block.settings.get(name)) for name in ("Dim2Range", "Dim2Min"))
    return span, lowest


def _length(block: DataSet, axis: int) -> tuple[str, object, float | None]:
    """A length of the image: its name in the header, what is written, and its value in nm."""
    written, unit = (block.settings.get(f"Dim{axis}{what}") for what in ("Range", "Unit"))
    return f"Dim{axis}Range", with_unit(written, unit), length_nm(positive(written), unit)


def _clock(scan: Fields) -> tuple[str, float | None]:
    """Date and time as they are written, and in s."""
    written = f"{scan.get('Date', '')} {scan.get('Time', '')}".strip()
    return written, naive_seconds(written, "%d-%m-%Y %H:%M:%S")


def _contradictions(settings: Settings, image: DataSet, images: dict[str, DataSet]) -> Iterator[str]:
    """Warnings of what the header states of an image, and another of its places states otherwise."""
    scan = settings.get("DataSet-Info", Fields())
    yield from stated_twice(settings.get("DataSet", Fields()))
    yield from stated_twice(image.settings)
    yield from stated_twice(scan, _OF_SCAN)
    for name in (*_SHAPE, "Dim0Range", "Dim0Unit", "Dim1Range", "Dim1Unit"):
        others = {channel: other.settings.get(name) for channel, other in images.items()}
        odd = next((channel for channel, other in others.items() if other != image.settings.get(name)), None)
        if odd is not None:
            yield contradiction(f"`{name}`", image.settings.get(name), others[odd], f"'{odd}'")
        elif name in scan and finite(scan[name]) != finite(image.settings.get(name)):
            yield contradiction(f"`{name}`", image.settings.get(name), scan[name], "`DataSet-Info`")
    span = _range(image)[0]
    if span is not None and span <= 0:
        yield Doubt(f"the header's `Dim2Range` is {span:g}, not above 0: heights are flat or upside down")
    yield from _other_size(scan.get("Image size"), [_length(image, axis) for axis in (0, 1)])


def _other_size(written: str | None, sizes: list[tuple[str, object, float | None]]) -> Iterator[str]:
    """The warning that the size of the image in the header's summary is that of neither axis."""
    size = quantity(written)
    whole_nm = length_nm(*size) if size else None
    lengths = [length for _, _, length in sizes if length is not None]
    if whole_nm is None or len(lengths) < len(sizes):
        return
    if not any(math.isclose(whole_nm, length, rel_tol=_ROUNDING) for length in lengths):
        yield contradiction("`Dim0Range`", sizes[0][1], written, "`Image size`")


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
