"""Gwyddion files `.gwy`: a tree of named components, of which the data fields are read."""

import mmap
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, image_shape
from playnano.readers.parsing.channels import channel_name, damage_doubts, numbered
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.parts import Part, check_parts
from playnano.readers.parsing.text import decoded, length_nm, size_doubts, with_unit
from playnano.readers.parsing.units import nm_per, scale_and_unit
from playnano.stack.frames import Mask

_MAGIC = b"GWYP"
_NUMBERS = {"b": "<?", "c": "<b", "i": "<i", "q": "<q", "d": "<d"}
_ITEM_SIZES = {"C": 1, "I": 4, "Q": 8, "D": 8}
_SHORT = "the file is cut short or broken: a part of it ends behind the end of the file"
_MASKED = "the file's mask is in force: what it marks is left out of fits"
_HEIGHTS = re.compile(r"topograph|height|\bz\b", re.IGNORECASE)


@dataclass(frozen=True)
class Items:
    """An array: where its items begin, and how many there are."""

    kind: str
    count: int
    start: int


@dataclass(frozen=True)
class Nested:
    """An object inside another: where it begins. It is read on demand."""

    start: int


Value = float | str | Items | Nested | None
Components = dict[str, Value]


@dataclass(frozen=True)
class Field:
    """An image of the file, and what lies over it."""

    parts: Components
    unit: str
    is_visible: bool
    mask: Components | None = None
    has_lost_mask: bool = False
    """Whether something is in its mask's place that is no image of its size."""


def _recognise(path: Path) -> bool:
    return begins_with(path, lambda head: head.startswith(_MAGIC))


def _channels(path: Path) -> tuple[str, ...]:
    with _mapped(path) as data:
        return _ranked(_fields(data))


def _open(path: Path, options: ReadOptions) -> Still:
    with _mapped(path) as data:
        fields = _fields(data)
        name = channel_name(
            options.channel, _ranked(fields), lambda n: len(fields) == 1 or nm_per(fields[n].unit) is not None
        )
        field, mask = fields[name].parts, fields[name].mask
        xy_unit = _unit(data, field, "si_unit_xy")
        end = _object_end(data)
    warnings = check_parts(path, [Part("the container", 0, end)])
    warnings += damage_doubts(["its mask is no image of its size"] if fields[name].has_lost_mask else [])
    shape = image_shape(field.get("xres"), field.get("yres"))
    check_eight_bits(path, _start(field, shape), 8 * shape[0] * shape[1], 8)
    scale, unit = scale_and_unit(fields[name].unit, options)
    x_nm, y_nm = (_length_nm(field.get(key), xy_unit) for key in ("xreal", "yreal"))
    warnings += size_doubts(
        options,
        ("xreal", with_unit(field.get("xreal"), xy_unit), x_nm),
        ("yreal", with_unit(field.get("yreal"), xy_unit), y_nm),
    )
    return Still(
        channel=name,
        unit=unit,
        shape=shape,
        read=StoredImage(path, _start(field, shape), "<f8", shape, scale),
        mask=None if mask is None else partial(_mask, StoredImage(path, _start(mask, shape), "<f8", shape)),
        stored_unit=fields[name].unit,
        pixel_size_nm=x_nm and x_nm / shape[1],
        pixel_size_y_nm=y_nm and y_nm / shape[0],
        warnings=warnings if mask is None else (*warnings, _MASKED),
    )


def _mask(stored: StoredImage) -> Mask:
    """The mask (height, width); Gwyddion stores 1 where a pixel is marked."""
    marked: Mask = stored() > 0
    return marked


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ReadError("it is not a Gwyddion file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _fields(data: mmap.mmap) -> dict[str, Field]:
    """The data fields by their titles, in the order of their numbers."""
    kind, parts = _object(data, len(_MAGIC))
    if kind != "GwyContainer":
        raise ReadError("it is not a Gwyddion file that holds images")
    keys = sorted((int(m[1]), m[0]) for key in parts if (m := re.fullmatch(r"/([0-9]{1,9})/data", key)))
    numbered_keys = {key for _, key in keys}
    for key in parts:
        if key.endswith("/data") and key not in numbered_keys and _data_field(data, parts[key]) is not None:
            raise ReadError(f"the file is broken: {key!r} is not the name of an image")
    titles: list[str] = []
    fields: list[Field] = []
    for number, key in keys:
        field, title = _data_field(data, parts[key]), parts.get(f"{key}/title")
        if field is not None:
            mask = _data_field(data, parts.get(f"/{number}/mask"))
            fits = mask is not None and all(mask.get(n) == field.get(n) for n in ("xres", "yres"))
            is_visible, is_lost = bool(parts.get(f"{key}/visible")), f"/{number}/mask" in parts and not fits
            unit = _unit(data, field, "si_unit_z")
            fields.append(Field(field, unit, is_visible, mask if fits else None, is_lost))
            titles.append(_title(title) or f"channel {number}")
    return dict(zip(numbered(titles), fields, strict=True))


def _title(title: Value) -> str:
    """The title of an image, which names its channel; empty where it has none."""
    text = " ".join(title.split()) if isinstance(title, str) else ""
    if not text.isprintable():
        raise ReadError(f"the file is broken: the title {text!r} of an image is no text")
    return text


def _data_field(data: mmap.mmap, nested: Value) -> Components | None:
    kind, parts = _object(data, nested.start) if isinstance(nested, Nested) else ("", {})
    return parts if kind == "GwyDataField" else None


def _ranked(fields: dict[str, Field]) -> tuple[str, ...]:
    """Names of the channels: heights first, then other lengths; of equals first those that are shown."""

    def rank(name: str) -> tuple[bool, bool, bool]:
        field = fields[name]
        return nm_per(field.unit) is None, not _HEIGHTS.search(name), not field.is_visible

    return tuple(sorted(fields, key=rank))


def _object(data: mmap.mmap, start: int) -> tuple[str, Components]:
    """The type and parts of the object at `start`; nested objects are not read."""
    kind, at = _text(data, start)
    size, at = _count(data, at)
    end = at + size
    if end > len(data):
        raise ReadError(_SHORT)
    parts: Components = {}
    while at < end:
        name, at = _text(data, at)
        if not name or not name.isprintable() or name in parts:
            raise ReadError(f"the file is broken: {name!r} is not the name of a part, or it is there twice")
        parts[name], at = _value(data, at)
    if at != end:
        raise ReadError("the file is broken: its parts do not fit one another; bytes were lost or inserted")
    return kind, parts


def _object_end(data: mmap.mmap) -> int:
    """Where the outermost object ends."""
    return _after_object(data, len(_MAGIC))


def _value(data: mmap.mmap, at: int) -> tuple[Value, int]:
    """What a component holds, and where the next one begins."""
    kind, at = data[at : at + 1].decode("latin-1"), at + 1
    if kind in _NUMBERS:
        form = _NUMBERS[kind]
        if kind == "b" and data[at : at + 1] not in (b"\0", b"\1"):
            raise ReadError("the file is broken: a flag in it is neither 0 nor 1")
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
    return decoded(data[at:end]), end + 1


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
    keeps="one channel, in nm or the unit stated in the file, with its mask; pixel size along both axes",
    loses="other channels, presentations, graphs, volume data and notes",
).reader()
