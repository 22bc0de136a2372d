"""The header of an .asd file, in its versions 0, 1 and 2."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from types import MappingProxyType
from typing import Any

from playnano.errors import ReadError

Fields = Mapping[str, Any]

FRAME_HEADER = struct.Struct("<i4h2f?11x")  # number, max, min, x offset, y offset, x tilt, y tilt, stimulated
_INT = struct.Struct("<i")
_LONGEST_PART = 1 << 20
_MOST_PIXELS = 1 << 15

V0 = MappingProxyType(
    {
        "channel1": "2s", "channel2": "2s", "header_length": "i", "frame_header_length": "i",
        "user_name_size": "i", "comment_offset_size": "i", "comment_size": "i", "x_pixels": "h",
        "y_pixels": "h", "x_nm": "h", "y_nm": "h", "frame_time_ms": "f", "z_piezo_extension": "f",
        "z_piezo_gain": "f", "ad_range": "I", "ad_bits": "i", "is_averaged": "?", "averaging_window": "i",
        "padding": "h", "year": "h", "month": "B", "day": "B", "hour": "B", "minute": "B", "second": "B",
        "rounding": "B", "max_x_scan": "f", "max_y_scan": "f", "reserved": "12s", "initial_frames": "i",
        "num_frames": "i", "afm_id": "i", "file_id": "h",
    }
)  # fmt: skip
V0_AFTER_USER_NAME = MappingProxyType(
    {
        "scanner_sensitivity": "f", "phase_sensitivity": "f", "scan_direction": "i",
    }
)  # fmt: skip
V1 = MappingProxyType(
    {
        "header_length": "i", "frame_header_length": "i", "text_encoding": "i", "user_name_size": "i",
        "comment_size": "i", "channel1": "4s", "channel2": "4s", "initial_frames": "i", "num_frames": "i",
        "scan_direction": "i", "file_id": "i", "x_pixels": "i", "y_pixels": "i", "x_nm": "i", "y_nm": "i",
        "is_averaged": "?", "averaging_window": "i", "year": "i", "month": "i", "day": "i", "hour": "i",
        "minute": "i", "second": "i", "x_rounding": "i", "y_rounding": "i", "frame_time_ms": "f",
        "scanner_sensitivity": "f", "phase_sensitivity": "f", "offset": "i", "reserved": "12s",
        "afm_id": "i", "ad_range": "I", "ad_bits": "i", "max_x_scan": "f", "max_y_scan": "f",
        "x_piezo_extension": "f", "y_piezo_extension": "f", "z_piezo_extension": "f", "z_piezo_gain": "f",
    }
)  # fmt: skip
V2_AFTER_COMMENT = MappingProxyType(
    {
        "number_of_frames": "i", "x_feed_forward_integer": "i", "x_feed_forward_double": "d",
        "max_colour": "i", "min_colour": "i", "red_anchors": "i", "green_anchors": "i", "blue_anchors": "i",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What an .asd file says of itself."""

    fields: Fields
    """All values by name; text is decoded, and `user_name` and `comment` are among them."""
    size: int
    """Where the frames begin, in bytes."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Two-letter names of the one or two channels, in the order they are stored."""
        return tuple(name for name in (self.fields["channel1"], self.fields["channel2"]) if name)

    @property
    def frame_bytes(self) -> int:
        """Size of a frame with its own header, in bytes."""
        return int(self.fields["frame_header_length"] + 2 * self.fields["x_pixels"] * self.fields["y_pixels"])


def packing(layout: Mapping[str, str]) -> struct.Struct:
    """The binary form of a part of a header: little-endian, without padding."""
    return struct.Struct("<" + "".join(layout.values()))


def read_header(file: BufferedReader) -> Header:
    """The header of an open .asd file.

    Raises
    ------
    ReadError
        Where the file ends within it, or it says what cannot be.
    """
    version = _int(file)
    if version not in (0, 1, 2):
        raise ReadError(f"version {version} of .asd is not known: 0, 1 and 2 are")
    fields = _read_v0(file) if version == 0 else _read_v1(file)
    if version == 2:
        fields |= _read_v2_rest(file)
    fields = {"version": version} | {
        name: value for name, value in fields.items() if name not in ("reserved", "padding")
    }
    return Header(MappingProxyType(fields), file.tell())


def _read_v0(file: BufferedReader) -> dict[str, Any]:
    fields = _checked(_part(file, V0))
    user_name = _text(file, fields["user_name_size"])
    fields |= _part(file, V0_AFTER_USER_NAME)
    _bytes(file, _length(fields["comment_offset_size"]))
    return fields | {"user_name": user_name, "comment": _text(file, fields["comment_size"])}


def _read_v1(file: BufferedReader) -> dict[str, Any]:
    fields = _checked(_part(file, V1))
    user_name, comment = (
        _text(file, fields[size], fields["text_encoding"]) for size in ("user_name_size", "comment_size")
    )
    return fields | {"user_name": user_name, "comment": comment}


def _read_v2_rest(file: BufferedReader) -> dict[str, Any]:
    fields = _part(file, V2_AFTER_COMMENT)
    anchors = sum(_length(fields[f"{colour}_anchors"]) for colour in ("red", "green", "blue"))
    _bytes(file, _length(2 * _INT.size * anchors))
    return fields


def _part(file: BufferedReader, layout: Mapping[str, str]) -> dict[str, Any]:
    form = packing(layout)
    values = form.unpack(_bytes(file, form.size))
    return {name: _plain(value) for name, value in zip(layout, values, strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.replace(b"\0", b"").decode("ascii", errors="replace").strip()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, where frames can have the size they say."""
    plausible = {
        "x_pixels": range(1, _MOST_PIXELS + 1),
        "y_pixels": range(1, _MOST_PIXELS + 1),
        "num_frames": range(1, 1 << 31),
        "frame_header_length": range(FRAME_HEADER.size, _LONGEST_PART + 1),
    }
    wrong = [name for name, values in plausible.items() if fields[name] not in values]
    if not (len(fields["channel1"]) == 2 and fields["channel1"].isalpha()):
        wrong.append("channel1")
    if wrong:
        raise ReadError(f"no .asd header: {', '.join(f'{name} is {fields[name]!r}' for name in wrong)}")
    return fields


def _int(file: BufferedReader) -> int:
    return int(_INT.unpack(_bytes(file, _INT.size))[0])


def _length(value: int) -> int:
    if not 0 <= value <= _LONGEST_PART:
        raise ReadError(f"no .asd header: a part of it is {value} bytes long")
    return value


def _text(file: BufferedReader, size: int, code_page: int = 932) -> str:
    data = _bytes(file, _length(size)).replace(b"\0", b"")  # some writers put one beside every character
    try:
        return data.decode(f"cp{code_page}", errors="replace").strip()
    except LookupError:
        return data.decode("latin-1").strip()


def _bytes(file: BufferedReader, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise ReadError(f"the file ends within its header, after {file.tell()} bytes")
    return data
