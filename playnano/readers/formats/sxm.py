"""Nanonis images `.sxm`: a text header of tags, then big-endian float32 images in SI units."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playnano.errors import Doubt, ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, check_size, head_until, image_shape
from playnano.readers.parsing.channels import channel_name, numbered
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.fields import Fields, contradiction, stated_twice
from playnano.readers.parsing.text import (
    checked_text,
    date_doubts,
    decoded,
    finite,
    length_nm,
    naive_seconds,
    positive,
    scan_direction,
    size_doubts,
)
from playnano.readers.parsing.units import scale_and_unit

_DATA = b"\x1a\x04"
_READ = (
    *("SCANIT_TYPE", "REC_DATE", "REC_TIME", "ACQ_TIME", "SCAN_PIXELS", "SCAN_TIME", "SCAN_RANGE"),
    *("SCAN_DIR", "DATA_INFO"),
)
_FIELD_PARTS = 5
"""The field of a scan: its centre, width, height and angle."""
_ROUNDING = 1e-3
"""Relative; the module of the scan writes its field with fewer digits."""


@dataclass(frozen=True)
class Channel:
    """One image of the file: where it comes among the others, and how it was taken."""

    place: int
    unit: str
    backward: bool


def _recognise(path: Path) -> bool:
    return begins_with(path, lambda head: head.startswith(b":NANONIS_VERSION:"))


def _channels(path: Path) -> tuple[str, ...]:
    return tuple(_table(_tags(path)[0]))


def _open(path: Path, options: ReadOptions) -> Still:
    tags, offset = _tags(path)
    channels = _table(tags)
    width, height = _pair(tags, "SCAN_PIXELS")
    shape = image_shape(width, height)
    warnings = check_size(path, offset, len(channels) * 4 * shape[0] * shape[1])
    warnings += _about_direction(tags.get("SCAN_DIR", ""))
    check_eight_bits(path, offset, path.stat().st_size - offset, 4)
    name = channel_name(options.channel, tuple(channels), lambda name: name.lower().startswith("z "))
    channel = channels[name]
    scale, unit = scale_and_unit(channel.unit, options)
    x_nm, y_nm = (length_nm(positive(size), "m") for size in _pair(tags, "SCAN_RANGE"))
    known_nm = None if None in (x_nm, y_nm) else x_nm
    warnings += size_doubts(options, ("SCAN_RANGE", tags.get("SCAN_RANGE"), known_nm))
    warnings += stated_twice(tags, _READ) + tuple(_contradictions(tags))
    date, clock = _clock(tags)
    warnings += date_doubts("REC_DATE", date, clock)
    return Still(
        channel=name,
        unit=unit,
        shape=shape,
        read=StoredImage(
            path,
            offset + channel.place * 4 * shape[0] * shape[1],
            ">f4",
            shape,
            scale,
            upside_down=scan_direction(tags.get("SCAN_DIR")) == "up",
            right_to_left=channel.backward,
        ),
        pixel_size_nm=x_nm and x_nm / shape[1],
        pixel_size_y_nm=y_nm and y_nm / shape[0],
        clocks=(clock,),
        duration_s=positive(tags.get("ACQ_TIME")),
        scan_direction=scan_direction(tags.get("SCAN_DIR")),
        line_rate=_line_rate(tags),
        stored_unit=channel.unit,
        header={tag: text for tag, text in tags.items() if text and "\n" not in text},
        warnings=warnings,
    )


def _about_direction(written: str) -> tuple[str, ...]:
    """The warning that the first line that is stored may be the top one or the lowest one."""
    if scan_direction(written):
        return ()
    word = f"is '{' '.join(written.split())[:40]}'" if written else "is missing"
    return (Doubt(f"the header's `SCAN_DIR` {word}, neither up nor down: the image may be upside down"),)


def _contradictions(tags: Fields) -> Iterator[str]:
    """Warnings of what the module that scans states otherwise than the header of the images."""
    for place, name in enumerate(("pixels/line", "lines")):
        pixels, other = _pair(tags, "SCAN_PIXELS")[place], tags.get(f"Scan>{name}")
        if other and finite(other) != finite(pixels):
            yield contradiction("`SCAN_PIXELS`", tags["SCAN_PIXELS"], other, f"`Scan>{name}`")
    field = tags.get("Scan>Scanfield", "").split(";")
    for place, size in enumerate(_pair(tags, "SCAN_RANGE") if len(field) == _FIELD_PARTS else ()):
        length, scanned = positive(size), positive(field[2 + place])
        if length and scanned and not math.isclose(length, scanned, rel_tol=_ROUNDING):
            where = f"`Scan>Scanfield` ({'width' if place == 0 else 'height'})"
            yield contradiction("`SCAN_RANGE`", tags["SCAN_RANGE"], field[2 + place], where)


def _clock(tags: Fields) -> tuple[str, float | None]:
    """Date and time as they are written, and in s."""
    written = f"{tags.get('REC_DATE', '')} {tags.get('REC_TIME', '')}".strip()
    return written, naive_seconds(written, "%d.%m.%Y %H:%M:%S")


def _tags(path: Path) -> tuple[Fields, int]:
    """The header's texts by their tags, and where the images begin."""
    head = head_until(path, b":SCANIT_END:")
    with path.open("rb") as file:
        file.seek(len(head) + len(b":SCANIT_END:"))
        gap = file.read(64).find(_DATA)
    if gap < 0:
        raise ReadError("the file is cut short: there are no images after the header")
    pairs = re.findall(
        r"(?ms)^:([^\n]+):[ \t\r]*\n(.*?)(?=^:[^\n]+:[ \t\r]*$|\Z)", decoded(checked_text(head))
    )
    tags = Fields()
    for tag, text in pairs:
        tags.state(tag, text.strip())
    if tags.get("SCANIT_TYPE", "").split() != ["FLOAT", "MSBFIRST"]:
        raise ReadError(f"its data type '{tags.get('SCANIT_TYPE', '')[:40]}' is not known")
    return tags, len(head) + len(b":SCANIT_END:") + gap + len(_DATA)


def _table(tags: Fields) -> dict[str, Channel]:
    """The images of the file by name: `Z forward`, `Z backward`."""
    rows: list[tuple[str, str, bool]] = []
    for line in tags.get("DATA_INFO", "").splitlines()[1:]:
        columns = line.strip().split("\t")
        if len(columns) < 4 or columns[3] not in ("both", "forward", "backward"):
            raise ReadError(f"its list of channels is not understood: {line.strip()[:60]!r}")
        ways = ("forward", "backward") if columns[3] == "both" else (columns[3],)
        rows += [(f"{columns[1]} {way}", columns[2], way == "backward") for way in ways]
    names = numbered(name for name, _, _ in rows)
    return {names[place]: Channel(place, unit, back) for place, (_, unit, back) in enumerate(rows)}


def _pair(tags: Fields, tag: str) -> tuple[str, str]:
    """Two numbers: along the fast axis, and along the slow one."""
    parts = tags.get(tag, "").split()
    if len(parts) != 2:
        raise ReadError(f"the header does not state {tag}")
    return parts[0], parts[1]


def _line_rate(tags: Fields) -> float | None:
    """Lines per second, each trace and retrace."""
    times = [finite(part) for part in tags.get("SCAN_TIME", "").split()]
    valid = [time for time in times if time is not None and time > 0]
    return 1 / sum(valid) if len(valid) == len(times) == 2 else None


READER = StillFormat(
    name="sxm",
    description="Nanonis images",
    suffixes=(".sxm",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "one channel and direction, in nm or its SI unit; pixel size, start (local time) and duration, "
        "line rate, scan direction"
    ),
    loses="other channels, the angle and offset of the scan",
).reader()
