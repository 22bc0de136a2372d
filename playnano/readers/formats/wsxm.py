"""WSxM images: `.stp` (float64) and `.top` (int16), a text header of sections before them."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, check_size, head_until, image_shape
from playnano.readers.parsing.channels import channel_name
from playnano.readers.parsing.text import (
    decoded,
    length_nm,
    naive_seconds,
    positive,
    quantity,
    scan_direction,
)
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.frames import Image

_MAGIC = re.compile(rb"WSxM file copyright[^\n]*\n\s*SxM Image file")
_END = b"[Header end]"
_LINE_END = re.compile(rb"(?:\r?\n)?")
_DTYPES = {"double": "<f8", "float": "<f4", "integer": "<i4", "short": "<i2"}

Settings = dict[str, dict[str, str]]


@dataclass(frozen=True)
class SpannedImage:
    """Reads an image whose header states the range of its values, not a scale."""

    stored: StoredImage
    span: float

    def __call__(self) -> Image:
        """The image (height, width), float32; a flat one has no scale and is 0."""
        image = self.stored().astype(np.float64)
        stored_span = float(image.max() - image.min())
        if not np.isfinite(stored_span):
            raise ValueError("it holds values that are not numbers")
        return (image * (self.span / stored_span if stored_span else 0.0)).astype(np.float32)


def _recognise(path: Path) -> bool:
    return begins_with(path, lambda head: _MAGIC.match(head) is not None)


def _channels(path: Path) -> tuple[str, ...]:
    return (_channel(_settings(path)[0]),)


def _open(path: Path, options: ReadOptions) -> Still:
    settings, offset, notes = _settings(path)
    general, control = settings.get("General Info", {}), settings.get("Control", {})
    shape = image_shape(general.get("Number of columns"), general.get("Number of rows"))
    dtype = _dtype(general)
    warnings = notes + check_size(path, offset, shape[0] * shape[1] * np.dtype(dtype).itemsize)
    span, written = _span(general)
    scale, unit = scale_and_unit(written, options)
    channel = channel_name(options.channel, (_channel(settings),), lambda _: True)
    return Still(
        channel=channel,
        unit=unit,
        shape=shape,
        read=SpannedImage(
            StoredImage(path, offset, dtype, shape, upside_down=True, right_to_left=True), span * scale
        ),
        pixel_size_nm=_pixel_size_nm(control.get("X Amplitude"), shape[1]),
        pixel_size_y_nm=_pixel_size_nm(control.get("Y Amplitude"), shape[0]),
        clocks=(_clock(general),),
        scan_direction=scan_direction(general.get("Y scanning direction")),
        line_rate=positive((control.get("X-Frequency") or "").removesuffix("Hz")),
        header={**general, **control},
        warnings=warnings,
    )


def _settings(path: Path) -> tuple[Settings, int, tuple[str, ...]]:
    """The settings in the header by section, where the image begins, and warnings.

    The header ends where it says so in words: some programs write another `Image header size`.
    """
    head = head_until(path, _END)
    with path.open("rb") as file:
        file.seek(len(head) + len(_END))
        size = len(head) + len(_END) + len(_LINE_END.match(file.read(2))[0])  # type: ignore[index]
    declared = re.search(rb"Image header size: (\d{1,7})\r?\n", head[:256])
    settings: Settings = {}
    section: dict[str, str] = {}
    for line in decoded(head).splitlines():
        key, colon, value = line.strip().partition(":")
        if colon:
            section[key.strip()] = value.strip()
        elif line.startswith("["):
            section = settings.setdefault(line.strip(" []"), {})
    return settings, size, _about_size(declared and int(declared[1]), size)


def _about_size(declared: int | None, size: int) -> tuple[str, ...]:
    if declared == size:
        return ()
    written = "is missing" if declared is None else f"is {declared}"
    return (
        f"`Image header size` {written}, but the header ends at byte {size}; the image is read from there",
    )


def _channel(settings: Settings) -> str:
    return settings.get("General Info", {}).get("Acquisition channel") or "image"


def _dtype(general: dict[str, str]) -> str:
    kind = general.get("Image Data Type", "short").lower()
    if kind not in _DTYPES:
        raise ReadError(f"its data type '{kind}' is not known")
    return _DTYPES[kind]


def _span(general: dict[str, str]) -> tuple[float, str]:
    """How far the highest value is above the lowest, and the unit of both."""
    span = quantity(general.get("Z Amplitude"))
    if span is None or span[0] < 0:
        raise ReadError("the header does not state Z Amplitude: the scale is not known")
    return span


def _pixel_size_nm(written: str | None, pixels: int) -> float | None:
    size = quantity(written)
    length = length_nm(*size) if size else None
    return length and length / pixels


def _clock(general: dict[str, str]) -> float | None:
    return naive_seconds(general.get("Acquisition time", ""), "%d/%m/%Y, %H:%M:%S.%f", "%d/%m/%Y, %H:%M:%S")


READER = StillFormat(
    name="wsxm",
    description="WSxM images",
    suffixes=(".stp", ".top"),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps="the image, in nm or the unit stated in the file; pixel size, time, line rate and scan direction",
    loses="colours and views, and the height of a flat image",
).reader()
