"""The header of an .asd file, in its versions 0, 1 and 2."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from types import MappingProxyType
from typing import Any

from playnano.errors import ReadError
from playnano.layouts.asd import FRAME_HEADER, V0, V0_AFTER_USER_NAME, V1, V2_AFTER_COMMENT, packing
from playnano.readers.parsing.binary import MOST_PIXELS
from playnano.readers.parsing.text import decoded

Fields = Mapping[str, Any]

_INT = struct.Struct("<i")
_LONGEST_PART = 1 << 20
_LIKELY_VERSIONS = 99


@dataclass(frozen=True)
class AsdHeader:
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


def read_header(file: BufferedReader) -> AsdHeader:
    """The header of an open .asd file.

    Raises
    ------
    ReadError
        Where the file ends within it, or it says what cannot be.
    """
    version = _int(file)
    if version not in (0, 1, 2):
        is_likely = 0 <= version <= _LIKELY_VERSIONS
        what = f"version {version} of .asd is not known" if is_likely else "it is not an .asd file"
        raise ReadError(f"{what}: versions 0, 1 and 2 are read")
    fields = _read_v0(file) if version == 0 else _read_v1(file)
    if version == 2:
        fields |= _read_v2_rest(file)
    fields = {"version": version} | {
        name: value for name, value in fields.items() if name not in ("reserved", "padding")
    }
    return AsdHeader(MappingProxyType(fields), file.tell())


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
        "x_pixels": range(1, MOST_PIXELS + 1),
        "y_pixels": range(1, MOST_PIXELS + 1),
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
        raise ReadError(f"not an .asd header: one of its parts is {value} bytes long")
    return value


def _text(file: BufferedReader, size: int, code_page: int = 932) -> str:
    data = _bytes(file, _length(size)).replace(b"\0", b"")  # some writers put one beside every character
    return decoded(data, f"cp{code_page}").strip()


def _bytes(file: BufferedReader, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise ReadError(f"the file ends within its header, after {file.tell()} bytes")
    return data
