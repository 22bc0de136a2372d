"""Parse numbers, lengths and times from text headers; None if invalid."""

import math
import re
from datetime import UTC, datetime

from playnano.errors import ReadError
from playnano.readers.parsing.units import nm_per
from playnano.stack.metadata import ScanDirection

_TEXT = bytes((*b"\t\n\r\f\x1a", *range(0x20, 0x7F), *range(0x80, 0x100)))
"""Bytes that texts have, in UTF-8 or a code page."""
_SCAN_DIRECTIONS: dict[str, ScanDirection] = {
    "up": "up",
    "down": "down",
    "bottomup": "up",
    "topdown": "down",
}


def decoded(raw: bytes, code_page: str = "latin-1") -> str:
    """Text in UTF-8 where it is valid UTF-8, else in the code page of the file's maker."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode(code_page, errors="replace")
    except LookupError:
        return raw.decode("latin-1")


def checked_text(header: bytes) -> bytes:
    """The bytes of a header in text.

    Raises
    ------
    ReadError
        Where bytes that no text has are in it.
    """
    odd = header.translate(None, _TEXT)
    if odd:
        place = header.index(odd[:1])
        raise ReadError(f"its header is damaged: byte {place} of the text is {odd[0]:#04x}")
    return header


def finite(written: str | None) -> float | None:
    """A finite number."""
    try:
        value = float(written or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def positive(written: str | None) -> float | None:
    """A finite number above 0."""
    value = finite(written)
    return value if value is not None and value > 0 else None


def quantity(written: str | None) -> tuple[float, str] | None:
    """A number and the unit written after it: `59.7 nm`."""
    parts = re.fullmatch(r"\s*(\S+?)\s*([^\d\s.+-]\S*)?\s*", written or "")
    value = finite(parts[1]) if parts else None
    return (value, (parts and parts[2]) or "") if value is not None else None


def length_nm(value: float | None, unit: str | None) -> float | None:
    """A length above 0 in nm."""
    scale = nm_per(unit or "")
    return value * scale if value is not None and scale and 0 < value < math.inf else None


def scan_direction(written: str | None) -> ScanDirection | None:
    """Direction of the slow axis, from `topDown`, `Up`, `bottom up`, ...; None where it is not stated."""
    word = re.sub("[^a-z]", "", (written or "").lower())
    return _SCAN_DIRECTIONS.get(word)


def naive_seconds(written: str, *formats: str) -> float | None:
    """Seconds on a clock whose time zone is not stated; the first of the `formats` that fits."""
    for form in formats:
        try:
            return datetime.strptime(written.strip(), form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None
