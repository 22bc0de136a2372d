"""Gwyddion files `.gwy`: a tree of named components, of which the data fields are read."""

import mmap
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, image_shape
from playnano.readers.parsing.channels import channel_name
from playnano.readers.parsing.text import length_nm
from playnano.readers.parsing.units import nm_per, scale_and_unit

_MAGIC = b"GWYP"
_NUMBERS = {"b": "<?", "c": "<b", "i": "<i", "q": "<q", "d": "<d"}
_ITEM_SIZES = {"C": 1, "I": 4, "Q": 8, "D": 8}
_SHORT = "the file is cut short or broken: a part of it ends behind the end of the file"
_HEIGHTS = re.compile(r"topograph|height|\bz\b", re.IGNORECASE)


@dataclass(frozen=True)
class Items:
    """An array: where its items begin, and how many there are."""

    kind: str
    count: int
    start: int


@dataclass(frozen=True)
class Nested:
    """An object inside another: where it begins. It is read when it is asked for."""

    start: int


Value = float | str | Items | Nested | None
Components = dict[str, Value]


def _recognise(path: Path) -> bool:
    return begins_with(path, lambda head: head.startswith(_MAGIC))


def _channels(path: Path) -> tuple[str, ...]:
    with _mapped(path) as data:
        return _ranked({name: _unit(data, field, "si_unit_z") for name, field in _fields(data).items()})


def _open(path: Path, asked: ReadOptions) -> Still:
    with _mapped(path) as data:
        fields = _fields(data)
        units = {name: _unit(data, field, "si_unit_z") for name, field in fields.items()}
        name = channel_name(
            asked.channel, _ranked(units), lambda name: len(fields) == 1 or nm_per(units[name]) is not None
        )
        field = fields[name]
        xy_unit = _unit(data, field, "si_unit_xy")
    shape = image_shape(field.get("xres"), field.get("yres"))
    scale, unit = scale_and_unit(units[name], asked)
    x_nm, y_nm = (_length_nm(field.get(key), xy_unit) for key in ("xreal", "yreal"))
    return Still(
        channel=name,
        unit=unit,
        shape=shape,
        read=StoredImage(path, _start(field, shape), "<f8", shape, scale),
        pixel_size_nm=x_nm and x_nm / shape[1],
        pixel_size_y_nm=y_nm and y_nm / shape[0],
    )


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ReadError("it is no Gwyddion file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _fields(data: mmap.mmap) -> dict[str, Components]:
    """The parts of each data field by its title, in the order of their numbers."""
    kind, parts = _object(data, len(_MAGIC))
    if kind != "GwyContainer":
        raise ReadError("it is no Gwyddion file that holds images")
    keys = sorted((int(m[1]), m[0]) for key in parts if (m := re.fullmatch(r"/([0-9]{1,9})/data", key)))
    fields: dict[str, Components] = {}
    for number, key in keys:
        nested, title = parts[key], parts.get(f"{key}/title")
        kind, field = _object(data, nested.start) if isinstance(nested, Nested) else ("", {})
        name = title.strip() if isinstance(title, str) and title.strip() else f"channel {number}"
        if kind == "GwyDataField":
            fields[name if name not in fields else f"{name} ({number})"] = field
    return fields


def _ranked(units: dict[str, str]) -> tuple[str, ...]:
    """Names of the channels: heights first, then other lengths."""
    return tuple(sorted(units, key=lambda name: (nm_per(units[name]) is None, not _HEIGHTS.search(name))))


def _object(data: mmap.mmap, start: int) -> tuple[str, Components]:
    """The type and parts of the object at `start`; what is nested in it is not looked at."""
    kind, at = _text(data, start)
    size, at = _count(data, at)
    end = at + size
    if end > len(data):
        raise ReadError(_SHORT)
    parts: Components = {}
    while at < end:
        name, at = _text(data, at)
        parts[name], at = _value(data, at)
    return kind, parts


def _value(data: mmap.mmap, at: int) -> tuple[Value, int]:
    """What a component holds, and where the next one begins."""
    kind, at = data[at : at + 1].decode("latin-1"), at + 1
    if kind in _NUMBERS:
        form = _NUMBERS[kind]
        return _unpacked(data, form, at), at + struct.calcsize(form)
    if kind == "s":
        return _text(data, at)
    if kind == "o":
        return Nested(at), _after_object(data, at)
    return _items(data, kind, at)


def _items(data: mmap.mmap, kind: str, at: int) -> tuple[Value, int]:
    count, at = _count(data, at)
    if kind in _ITEM_SIZES:
        end = at + count * _ITEM_SIZES[kind]
        if end > len(data):
            raise ReadError(_SHORT)
        return Items(kind, count, at), end
    if kind not in ("S", "O"):
        raise ReadError(f"the file is broken: there is no type of data {kind!r}")
    for _ in range(count):
        at = _text(data, at)[1] if kind == "S" else _after_object(data, at)
    return None, at


def _after_object(data: mmap.mmap, at: int) -> int:
    size, at = _count(data, _text(data, at)[1])
    return at + size


def _text(data: mmap.mmap, at: int) -> tuple[str, int]:
    end = data.find(b"\0", at)
    if end < 0:
        raise ReadError(_SHORT)
    return data[at:end].decode("utf-8", errors="replace"), end + 1


def _count(data: mmap.mmap, at: int) -> tuple[int, int]:
    return int(_unpacked(data, "<I", at)), at + 4


def _unpacked(data: mmap.mmap, form: str, at: int) -> float:
    try:
        value: float = struct.unpack_from(form, data, at)[0]
    except struct.error as error:
        raise ReadError(_SHORT) from error
    return value


def _unit(data: mmap.mmap, field: Components, name: str) -> str:
    nested = field.get(name)
    unit = _object(data, nested.start)[1].get("unitstr") if isinstance(nested, Nested) else None
    return unit if isinstance(unit, str) else ""


def _length_nm(value: Value, unit: str) -> float | None:
    return length_nm(value, unit) if isinstance(value, float) else None


def _start(field: Components, shape: tuple[int, int]) -> int:
    items = field.get("data")
    if not isinstance(items, Items) or items.kind != "D" or items.count != shape[0] * shape[1]:
        raise ReadError(
            f"the channel says {shape[0]} x {shape[1]} pixels, but holds another number of values"
        )
    return items.start


READER = StillFormat(
    name="gwy",
    description="Gwyddion files",
    suffixes=(".gwy",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps="one channel, in nm or the unit that the file says; pixel size along both axes",
    loses="other channels than the one chosen, masks, presentations, graphs, volume data and notes",
).reader()
