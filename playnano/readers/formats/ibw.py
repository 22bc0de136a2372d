"""Asylum Research images `.ibw`: Igor binary waves of version 5, one layer a channel."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, image_shape
from playnano.readers.parsing.channels import channel_name, numbered
from playnano.readers.parsing.fields import Fields, stated_twice
from playnano.readers.parsing.parts import Part, check_parts, gaps
from playnano.readers.parsing.text import (
    checked_text,
    date_doubts,
    decoded,
    finite,
    length_nm,
    naive_seconds,
    positive,
    size_doubts,
    with_unit,
)
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.metadata import ScanDirection

_SCAN_DOWN: dict[str, ScanDirection] = {"0": "up", "1": "down"}
_HEAD = 384  # 64 bytes that say how long the parts are, 320 of the wave, then its values
_LABEL = 32
_FOOTER = re.compile(rb"Version:\d+;[^\0]*MFP3D\s*\Z")
_LONGEST_FOOTER = 1 << 16
_1904_TO_1970_S = 2082844800  # Igor counts its seconds from 1904, in local time
_DTYPES = {2: "f4", 4: "f8", 8: "i1", 16: "i2", 32: "i4", 72: "u1", 80: "u2", 96: "u4"}
_TOPOGRAPHY = ("height", "zsensor")
_OF_NOTE = ("Date", "Time", "Seconds", "ImageFrameTime", "ScanDown", "ScanRate")
_LENGTHS = (*_TOPOGRAPHY, "amplitude", "deflection")
_OTHERS = {"phase": "deg", "frequency": "Hz", "current": "A", "potential": "V"}


Step = tuple[str, object, float | None]


@dataclass(frozen=True)
class Wave:
    """What the file says of its values, which are stored layer by layer."""

    dtype: str
    shape: tuple[int, int]
    layers: tuple[str, ...]
    """The names of the channels."""
    unit: str
    steps: tuple[Step, Step]
    """From pixel to pixel, along x and y: what it is called, what is written, and in nm."""
    note: Fields
    warnings: tuple[str, ...]


def _recognise(path: Path) -> bool:
    return begins_with(path, _is_igor)


def _is_igor(head: bytes) -> bool:
    """Whether the file is of version 5 and its wave of version 1."""
    version, wave_version = (5, 1) if head[:1] == b"\x05" else (0x0500, 0x0100)
    return (
        len(head) > 92
        and struct.unpack_from("<h", head)[0] == version
        and (struct.unpack_from("<h", head, 90)[0] == wave_version)
    )


def _sums_to_zero(head: bytes) -> bool:
    """Whether the header's checksum, which is one of its 16-bit words, is right."""
    return int(np.frombuffer(head[:_HEAD], _order(head) + "i2").sum(dtype=np.int16)) == 0


def _channels(path: Path) -> tuple[str, ...]:
    return _wave(path).layers


def _open(path: Path, options: ReadOptions) -> Still:
    wave = _wave(path)
    name = channel_name(options.channel, wave.layers, lambda name: name.lower().startswith(_TOPOGRAPHY))
    scale, unit = scale_and_unit(_unit(wave, name), options)
    written, clocks = _clocks(wave.note)
    warnings = wave.warnings + stated_twice(wave.note, _OF_NOTE) + date_doubts("Date", written, clocks[0])
    warnings += size_doubts(options, *wave.steps)
    layer = wave.layers.index(name) * wave.shape[0] * wave.shape[1] * np.dtype(wave.dtype).itemsize
    return Still(
        channel=name,
        unit=unit,
        shape=wave.shape,
        read=StoredImage(path, _HEAD + layer, wave.dtype, wave.shape, scale, upside_down=True),
        pixel_size_nm=wave.steps[0][2],
        pixel_size_y_nm=wave.steps[1][2],
        clocks=clocks,
        duration_s=positive(wave.note.get("ImageFrameTime")),
        scan_direction=_SCAN_DOWN.get(wave.note.get("ScanDown", "")),
        line_rate=positive(wave.note.get("ScanRate")),
        header={key: value for key, value in wave.note.items() if value and len(value) < 100},
        warnings=warnings,
    )


def _wave(path: Path) -> Wave:
    with path.open("rb") as file:
        head = file.read(_HEAD)
        order = _order(head)
        _check_head(head, order)
        dtype = _dtype(order, struct.unpack_from(order + "h", head, 64 + 16)[0])
        shape, layers = _shape(struct.unpack_from(order + "4i", head, 64 + 68))
        lengths = _lengths(head, order)
        _check_lengths(lengths, shape[0] * shape[1] * layers * np.dtype(dtype).itemsize, path.stat().st_size)
        parts = tuple(_parts(path, lengths))
        warnings = check_parts(path, parts, _HEAD, may_hold_more=True) + gaps(parts)
        file.seek(sum(lengths[:2]))
        note = file.read(lengths[2])
        file.seek(sum(lengths[:10]))
        labels = file.read(lengths[10])
    return Wave(
        dtype=dtype,
        shape=shape,
        layers=_layers(labels, layers, _text(head[64 + 28 : 64 + 60])),
        unit=_text(head[64 + 148 : 64 + 152]),
        steps=(_step(order, head, 0), _step(order, head, 1)),
        note=_note(note),
        warnings=warnings,
    )


def _order(head: bytes) -> str:
    return "<" if head[:1] == b"\x05" else ">"


def _check_head(head: bytes, order: str) -> None:
    if len(head) < _HEAD or struct.unpack_from(order + "h", head)[0] != 5:
        raise ReadError("it is not an Igor wave of version 5, or is cut short")
    if not _sums_to_zero(head):
        raise ReadError("its header is broken: its checksum is wrong")


def _lengths(head: bytes, order: str) -> tuple[int, ...]:
    """Bytes up to the end of the values, then of formula, note, unit, 4 units and 4 lists of labels."""
    to_the_end, *others = struct.unpack_from(order + "12i", head, 4)
    return 64 + to_the_end, *others


def _check_lengths(lengths: tuple[int, ...], values: int, size: int) -> None:
    if min(lengths) < 0 or lengths[0] != _HEAD + values:
        raise ReadError("its header is broken: its lengths do not agree with its number of pixels")
    if sum(lengths) > size:
        raise ReadError(f"the file is cut short: {size} of {sum(lengths)} bytes are there")


def _parts(path: Path, lengths: tuple[int, ...]) -> Iterator[Part]:
    """The wave, and what Asylum's software appends: thumbnails, whose places a last line lists."""
    end, size = sum(lengths), path.stat().st_size
    yield Part("the wave", _HEAD, end - _HEAD)
    with path.open("rb") as file:
        file.seek(max(end, size - _LONGEST_FOOTER))
        footer = _FOOTER.search(file.read())
    if footer:
        begins = size - len(footer[0])
        yield Part("the list of thumbnails", begins, len(footer[0]))
        length = re.search(rb"DataLength:(\d{1,9});", footer[0])
        for name, start in re.findall(rb"(\w+)FileStart:(\d{1,12});", footer[0]):
            yield Part(f"the thumbnail of {decoded(name)}", int(start), int(length[1]) if length else 0)


def _dtype(order: str, kind: int) -> str:
    if kind not in _DTYPES:
        raise ReadError(f"number type {kind} is not an image type")
    return order + _DTYPES[kind]


def _shape(dimensions: tuple[int, ...]) -> tuple[tuple[int, int], int]:
    """(height, width) of an image, and how many there are; curves have fewer dimensions."""
    width, height, layers, more = dimensions
    if not 1 <= layers <= 1000 or more > 0:
        raise ReadError("it holds curves, or something else that is not a stack of channels: no image")
    return image_shape(width, height), layers


def _layers(labels: bytes, count: int, name: str) -> tuple[str, ...]:
    """Names of the channels; the first label is that of all of them."""
    titles = [_text(labels[at : at + _LABEL]) for at in range(_LABEL, len(labels), _LABEL)][:count]
    if count > 1 and titles and not any(titles):
        raise ReadError("the names of its channels are damaged")
    names = [
        titles[i] if i < len(titles) and titles[i] else f"{name or 'layer'} {i + 1}" for i in range(count)
    ]
    return tuple(numbered(names))


def _step(order: str, head: bytes, axis: int) -> Step:
    step: float = struct.unpack_from(order + "d", head, 64 + 84 + 8 * axis)[0]
    unit = _text(head[64 + 152 + 4 * axis : 64 + 156 + 4 * axis])
    return f"{'xy'[axis]} step", with_unit(abs(step), unit), length_nm(abs(step), unit)


def _text(raw: bytes) -> str:
    return decoded(raw.partition(b"\0")[0]).strip()


def _note(note: bytes) -> Fields:
    fields = Fields()
    for line in re.split(r"[\r\n]+", decoded(checked_text(note))):
        key, colon, value = line.partition(":")
        if colon:
            fields.state(key.strip(), value.strip())
    return fields


def _unit(wave: Wave, channel: str) -> str | None:
    """The unit of a channel: the wave's for lengths, the note's for user inputs; None = not stated."""
    kind = re.sub(r"^nap|(re)?trace(mod\d+)?$", "", channel.lower()).rstrip("0123456789")
    if kind in _OTHERS:
        return _OTHERS[kind]
    if kind in _LENGTHS:
        return wave.unit or None
    by_lower_case = {key.lower(): value for key, value in wave.note.items()}
    return by_lower_case.get(re.sub(r"^nap|(re)?trace.*$", "", channel.lower()) + "unit")


def _clocks(note: Fields) -> tuple[str, tuple[float | None, ...]]:
    """Date and time as they are written, and in s by both clocks."""
    seconds = finite(note.get("Seconds"))
    written = f"{note.get('Date', '')} {note.get('Time', '')}".strip()
    date = naive_seconds(written, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %I:%M:%S %p")
    return written, (date, None if seconds is None else seconds - _1904_TO_1970_S)


READER = StillFormat(
    name="ibw",
    description="Asylum Research images (Igor binary waves)",
    suffixes=(".ibw",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "one channel, in nm or its own unit; the wave's own pixel size, local time, duration, line rate, "
        "scan direction"
    ),
    loses="other channels; curves and other waves are refused",
).reader()
