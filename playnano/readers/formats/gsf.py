"""Gwyddion Simple Field `.gsf`: a text header and one image of float32."""

from pathlib import Path

from playnano.errors import ReadError
from playnano.layouts.gsf import (
    DURATION,
    FRAME,
    HEIGHT,
    HEIGHT_REAL,
    LENGTH_UNIT,
    MAGIC,
    TIME,
    TITLE,
    VALUE_UNIT,
    WIDTH,
    WIDTH_REAL,
    data_offset,
)
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, check_size, head_until, image_shape
from playnano.readers.parsing.channels import channel_name
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.fields import Fields, stated_twice
from playnano.readers.parsing.text import (
    checked_text,
    decoded,
    finite,
    length_nm,
    positive,
    size_doubts,
    with_unit,
)
from playnano.readers.parsing.units import scale_and_unit


def _recognise(path: Path) -> bool:
    return begins_with(path, lambda head: head.startswith(MAGIC.encode()))


def _channels(path: Path) -> tuple[str, ...]:
    return (_title(_header(path)[0]),)


def _open(path: Path, options: ReadOptions) -> Still:
    fields, offset = _header(path)
    height, width = image_shape(fields.get(WIDTH), fields.get(HEIGHT))
    warnings = check_size(path, offset, 4 * height * width)
    check_eight_bits(path, offset, 4 * height * width, 4)
    channel = channel_name(options.channel, (_title(fields),), lambda _: True)
    scale, unit = scale_and_unit(fields.get(VALUE_UNIT), options)
    sizes = [_size(fields, name) for name in (WIDTH_REAL, HEIGHT_REAL)]
    warnings += stated_twice(fields)
    if any(name in fields for name in (WIDTH_REAL, HEIGHT_REAL, LENGTH_UNIT)):  # a simple field needs none
        warnings += size_doubts(options, *sizes)
    x_nm, y_nm = (length for _, _, length in sizes)
    return Still(
        channel=channel,
        unit=unit,
        shape=(height, width),
        read=StoredImage(path, offset, "<f4", (height, width), scale),
        pixel_size_nm=x_nm and x_nm / width,
        pixel_size_y_nm=y_nm and y_nm / height,
        clocks=(finite(fields.get(TIME)),),
        time_s=finite(fields.get(TIME)),
        duration_s=positive(fields.get(DURATION)),
        number=finite(fields.get(FRAME)),
        stored_unit=fields.get(VALUE_UNIT),
        header=dict(fields),
        warnings=warnings,
    )


def _size(fields: Fields, name: str) -> tuple[str, object, float | None]:
    """A length of the image: its name in the header, what is written, and its value in nm."""
    written, unit = fields.get(name), fields.get(LENGTH_UNIT)
    return name, with_unit(written, unit), length_nm(positive(written), unit)


def _header(path: Path) -> tuple[Fields, int]:
    """The fields of the header, and where the image begins: NULs fill the header up to a multiple of 4."""
    text = head_until(path, b"\0")
    if not text.startswith(MAGIC.encode()):
        raise ReadError("it is not a Gwyddion Simple Field")
    start = data_offset(len(text))
    with path.open("rb") as file:
        file.seek(len(text))
        if file.read(start - len(text)).strip(b"\0"):
            raise ReadError("NULs are missing behind its header: bytes were lost, or line ends were changed")
    fields = Fields()
    for line in decoded(checked_text(text)).splitlines()[1:]:
        key, equals, value = line.partition("=")
        if equals:
            fields.state(key.strip(), value.strip())
    return fields, start


def _title(fields: Fields) -> str:
    return fields.get(TITLE) or "image"


READER = StillFormat(
    name="gsf",
    description="Gwyddion Simple Field images",
    suffixes=(".gsf",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps="the image, in nm or the unit stated in the file; pixel size; times written by playnano",
    loses="the offset of the image, and header fields of other programs",
).reader()
