"""Gwyddion Simple Field `.gsf`: a text header and one image of float32."""

from pathlib import Path

from playnano.errors import ReadError
from playnano.layouts.gsf import (
    DURATION,
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
from playnano.readers.parsing.text import checked_text, decoded, finite, length_nm, positive, size_doubts
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
    x_nm, y_nm = (
        length_nm(positive(fields.get(n)), fields.get(LENGTH_UNIT)) for n in (WIDTH_REAL, HEIGHT_REAL)
    )
    sizes = [(name, fields.get(name), positive(fields.get(name))) for name in (WIDTH_REAL, HEIGHT_REAL)]
    warnings += size_doubts(options, *sizes)
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
        header=fields,
        warnings=warnings,
    )


def _header(path: Path) -> tuple[dict[str, str], int]:
    """The fields of the header, and where the image begins: NULs fill the header up to a multiple of 4."""
    text = head_until(path, b"\0")
    if not text.startswith(MAGIC.encode()):
        raise ReadError("it is not a Gwyddion Simple Field")
    start = data_offset(len(text))
    with path.open("rb") as file:
        file.seek(len(text))
        if file.read(start - len(text)).strip(b"\0"):
            raise ReadError("NULs are missing behind its header: bytes were lost, or line ends were changed")
    pairs = (line.partition("=") for line in decoded(checked_text(text)).splitlines()[1:])
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}, start


def _title(fields: dict[str, str]) -> str:
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
