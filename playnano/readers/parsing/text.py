"""Parse numbers, lengths and times from text headers; None if invalid."""

import math
import re
from datetime import UTC, datetime

from playnano.errors import Doubt, ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.parsing.fields import shortened
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
    """A finite number as instruments write it: neither Python's `1_0` nor digits of other scripts are one."""
    if not written or not written.isascii() or "_" in written:
        return None
    try:
        value = float(written)
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


def with_unit(written: object, unit: object) -> object:
    """A size as messages show it: with its unit, where it is a number that needs one."""
    if written in (None, "") or positive(str(written)) is None:
        return written
    return f"{written} {unit or '(no unit)'}"


def size_doubts(options: ReadOptions, *stated: tuple[str, object, float | None]) -> tuple[str, ...]:
    """Warnings of sizes that a header does not state, or that are not lengths above 0.

    Parameters
    ----------
    options : ReadOptions
        Nothing is said where the user states the pixel size.
    *stated : tuple of (str, object, float or None)
        What the header calls a size, what it states (None, or an empty text: nothing), and its value.
    """
    unusable = [(name, text) for name, text, value in stated if value is None]
    if not unusable or options.says_pixel_size:
        return ()
    named = " and ".join(
        f"`{name}` is {'missing' if text in (None, '') else shortened(text)}" for name, text in unusable
    )
    return (Doubt(f"the header's {named}: the pixel size is not known; set `pixel_size_nm` of the input"),)


def scan_direction(written: str | None) -> ScanDirection | None:
    """Direction of the slow axis, from `topDown`, `Up`, `bottom up`, ...; None where it is not stated."""
    word = re.sub("[^a-z]", "", (written or "").lower())
    return _SCAN_DIRECTIONS.get(word)


def direction_notes(field: str, written: str | None) -> tuple[str, ...]:
    """The note that a header's word for the direction of the slow axis is not one that is in use."""
    if not (written or "").strip(" -") or scan_direction(written):
        return ()
    word = shortened(written)
    return (f"the header's `{field}` is {word}, neither up nor down: the scan direction is not known",)


def date_doubts(field: str, written: str | None, clock: float | None) -> tuple[str, ...]:
    """The warning that a header's date and time cannot be, or are written in an unknown way."""
    if clock is not None or not re.search("[0-9]", written or ""):
        return ()
    return (
        Doubt(f"the header's `{field}` is {shortened(written)}, no date and time: the time is not known"),
    )


def naive_seconds(written: str, *formats: str) -> float | None:
    """Seconds on a clock whose time zone is not stated; the first of the `formats` that fits."""
    for form in formats:
        try:
            return datetime.strptime(written.strip(), form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None
