"""Single images of JPK instruments: TIFF files `.jpk` with private tags."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playnano.errors import Doubt, ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.formats.jpk.tiff_tags import StoredPage, Tags, opened_tiff, sizes, strips_of, tags_of
from playnano.readers.parsing.binary import image_shape
from playnano.readers.parsing.channels import channel_name, damage_doubts, numbered, way_doubts
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.fields import contradiction
from playnano.readers.parsing.hdf5 import number, text
from playnano.readers.parsing.text import date_doubts, direction_notes, scan_direction, size_doubts
from playnano.readers.parsing.tiff import check_tiff
from playnano.readers.parsing.units import scale_and_unit

_MAGICS = (b"II*\0", b"MM\0*")
_SUFFIXES = (".jpk", ".jpk-qi-image")
_PROGRAM, _START, _END, _START_MS = "32768", "32771", "32774", "32776"
_WIDTH_M, _HEIGHT_M, _COLUMNS, _LINES = "32834", "32835", "32838", "32839"
_SCAN_RATE, _MOTION = "32841", "32843"
_NAME, _RETRACE = "32848", "32849"
_SLOTS, _DEFAULT_SLOT = "32896", "32897"
_FIRST_SLOT, _SLOT_TAGS = 32912, 48
_UNIT, _SCALING, _MULTIPLIER, _OFFSET = 18, 19, 20, 21
_CLOCKS_AGREE_MS = 2000
_LATEST_MS = 1 << 45
_MOST_SLOTS = 64
_MOST_PAGES = 1000
_LONGEST_REST = 4096
"""Bytes behind the last page that cannot be a channel."""
_LARGEST = 1e28  # times samples of 32 bits, float32 holds it
_TOPOGRAPHY = ("height_trace", "height_retrace", "measuredheight_trace", "measuredheight_retrace")
_SHOWN = {
    "program": _PROGRAM, "start": _START, "end": _END, "name": "32772", "comment": "32773",
    "feedback-mode": "32816", "p-gain": "32817", "i-gain": "32818", "setpoint": "32821",
    "grid.xcenter": "32832", "grid.ycenter": "32833", "grid.ulength": _WIDTH_M, "grid.vlength": _HEIGHT_M,
    "grid.theta": "32836", "grid.ilength": _COLUMNS, "grid.jlength": _LINES, "scan-rate": _SCAN_RATE,
    "motion": _MOTION,
}  # fmt: skip


def _recognise(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if file.read(4) not in _MAGICS:
                return False
        if path.name.lower().endswith(_SUFFIXES):
            return True  # opening it will say what is wrong
        with opened_tiff(path) as file:
            return {_COLUMNS, _LINES} <= tags_of(file.pages.first).keys()
    except (OSError, ReadError):
        return False


def _channels(path: Path) -> tuple[str, ...]:
    with opened_tiff(path) as file:
        return tuple(_pages(file)[0])


def _open(path: Path, options: ReadOptions) -> Still:
    with opened_tiff(path) as file:
        tags = tags_of(file.pages.first)
        pages, damage = _pages(file)
        damage += _unlisted(path, file)
        channel = channel_name(options.channel, tuple(pages), _TOPOGRAPHY.__contains__, damage)
        page = file.pages[pages[channel]]
        shape = _shape(tags, page)
        warnings = check_tiff(path, file, {f"'{name}'": number for name, number in pages.items()})
        warnings += damage_doubts(damage) + way_doubts(options.channel, channel, tuple(pages))
        strips = strips_of(page, shape)
        check_eight_bits(path, strips[0][0], shape[0] * shape[1] * page.dtype.itemsize, page.dtype.itemsize)
        dtype = page.dtype.newbyteorder(file.byteorder)
        multiplier, offset, unit = _scale(tags_of(page), options)
    start_ms, duration_s = _times(tags)
    x_nm, y_nm = _pixel_size_nm(tags, _WIDTH_M, shape[1]), _pixel_size_nm(tags, _HEIGHT_M, shape[0])
    sizes = (("grid.ulength", tags.get(_WIDTH_M), x_nm), ("grid.vlength", tags.get(_HEIGHT_M), y_nm))
    warnings += size_doubts(options, *sizes)
    warnings += date_doubts("start", text(tags, _START), start_ms) + tuple(_impossible_times(tags))
    return Still(
        channel=channel,
        unit=unit,
        shape=shape,
        read=StoredPage(path, strips, dtype, shape, multiplier, offset),
        pixel_size_nm=x_nm,
        pixel_size_y_nm=y_nm,
        clocks=(None if start_ms is None else start_ms / 1000,),
        start_epoch_ms=start_ms,
        duration_s=duration_s,
        scan_direction=scan_direction(text(tags, _MOTION)),
        line_rate=_positive(tags, _SCAN_RATE),
        header={
            name: tags[tag] for name, tag in _SHOWN.items() if tags.get(tag) not in (None, "", "<empty>")
        },
        warnings=(*warnings, *direction_notes("motion", text(tags, _MOTION))),
    )


def _pages(file: Any) -> tuple[dict[str, int], tuple[str, ...]]:
    """Numbers of the pages that are channels, by the channels' names, topography first; and damaged pages."""
    if len(file.pages) > _MOST_PAGES:
        raise ReadError(f"it has {len(file.pages)} pages, more than a .jpk file can have")
    called: dict[int, str] = {}
    damage: list[str] = []
    for index in range(1, len(file.pages)):
        tags = tags_of(file.pages[index])
        if not text(tags, _NAME) or _RETRACE not in tags:
            damage.append(f"page {index} does not state its channel")
        else:
            way = "retrace" if tags.get(_RETRACE) else "trace"
            called[index] = f"{tags[_NAME]}_{way}".lower()
    pages = dict(zip(numbered(called.values()), called, strict=True))
    if not pages and not damage:
        raise ReadError(
            "there is no channel in it: it is not an image of a JPK instrument, or only its thumbnail"
        )
    ranks = {name: rank for rank, name in enumerate(_TOPOGRAPHY)}
    ordered = sorted(pages.items(), key=lambda item: ranks.get(item[0], len(ranks)))
    return dict(ordered), tuple(damage)


def _unlisted(path: Path, file: Any) -> tuple[str, ...]:
    """What lies behind the last page that is listed: the list was cut off where a page should follow."""
    last = file.pages[len(file.pages) - 1]
    ends = (at + size for at, size in zip(last.dataoffsets, last.databytecounts, strict=True))
    end = max(ends, default=last.offset)
    rest = path.stat().st_size - end
    return (f"{rest} bytes follow its last page",) if rest > _LONGEST_REST else ()


def _shape(tags: Tags, page: Any) -> tuple[int, int]:
    """(height, width) as the grid and the page have it."""
    height, width = image_shape(number(tags, _COLUMNS), number(tags, _LINES))
    if tuple(page.shape) != (height, width):
        raise ReadError(f"its grid has {width} x {height} points, but the image is {sizes(page.shape)}")
    return height, width


def _scale(tags: Tags, options: ReadOptions) -> tuple[float, float, str]:
    """Multiplier, offset and unit of the scaling that the file says is the one to show."""
    slot = _default_slot(tags)
    factor, unit = scale_and_unit(text(tags, str(slot + _UNIT)), options)
    if tags.get(str(slot + _SCALING)) == "NullScaling":
        return factor, 0.0, unit
    multiplier, offset = (number(tags, str(slot + tag)) for tag in (_MULTIPLIER, _OFFSET))
    if multiplier is None or offset is None or max(abs(multiplier), abs(offset)) * factor > _LARGEST:
        raise ReadError("the channel does not state a multiplier and an offset: its scale is not known")
    return multiplier * factor, offset * factor, unit


def _default_slot(tags: Tags) -> int:
    """The first tag of the slot that is named as the default one."""
    for index in range(min(int(number(tags, _SLOTS) or 0), _MOST_SLOTS)):
        slot = _FIRST_SLOT + _SLOT_TAGS * index
        if tags.get(str(slot)) == tags.get(_DEFAULT_SLOT) is not None:
            return slot
    raise ReadError(f"the channel has no scaling '{tags.get(_DEFAULT_SLOT)}', which it says is its default")


def _pixel_size_nm(tags: Tags, name: str, pixels: int) -> float | None:
    length = _positive(tags, name)
    return None if length is None else length * 1e9 / pixels


def _positive(tags: Tags, name: str) -> float | None:
    value = number(tags, name)
    return value if value is not None and value > 0 else None


def _times(tags: Tags) -> tuple[int | None, float | None]:
    """When the image was begun, in ms of the epoch (UTC), and how long it took, in s."""
    start, end = (_moment(text(tags, name)) for name in (_START, _END))
    epoch_ms = _positive(tags, _START_MS)
    start_ms = round(start.timestamp() * 1000) if start else None if epoch_ms is None else int(epoch_ms)
    took = (end - start).total_seconds() if start and end else None
    return start_ms, took if took is not None and took > 0 else None


def _impossible_times(tags: Tags) -> Iterator[Doubt]:
    """Warnings of a start that is behind the end, or not that of the clock in ms."""
    start, end, clock = _moment(text(tags, _START)), _moment(text(tags, _END)), _positive(tags, _START_MS)
    if start and end and end < start:
        yield contradiction("`start`", tags[_START], tags[_END], "`end`, which is before it")
    if start and clock and abs(1000 * start.timestamp() - clock) > _CLOCKS_AGREE_MS:
        at = datetime.fromtimestamp(clock / 1000, UTC) if clock < _LATEST_MS else clock
        yield contradiction("`start`", tags[_START], at, f"tag {_START_MS}")


def _moment(written: str | None) -> datetime | None:
    """A date with a zone that is known: `2023-02-16 12:08:46.436 GMT`, or `+0100` in the place of GMT."""
    date, _, zone = (written or "").rpartition(" ")
    try:
        if zone in ("GMT", "UTC", "Z"):
            return datetime.fromisoformat(date).replace(tzinfo=UTC)
        return datetime.fromisoformat(date + zone) if zone[:1] in ("+", "-") else None
    except ValueError:
        return None


FORMAT = StillFormat(
    name="jpk",
    description="JPK single images (TIFF)",
    suffixes=_SUFFIXES,
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "one channel, in nm, V or deg by the file's default scaling; pixel sizes, the start and "
        "duration of each image (UTC), scan rate and the direction of the slow scan"
    ),
    loses=(
        "thumbnails, scalings other than the default, instrument settings beyond those that "
        "`playnano info` shows, and other channels"
    ),
)
READER = FORMAT.reader()
