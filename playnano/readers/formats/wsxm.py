"""WSxM images: `.stp` (float64) and `.top` (int16), a text header of sections before them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playnano.errors import Doubt, ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import StoredImage, begins_with, check_size, head_until, image_shape
from playnano.readers.parsing.channels import channel_name
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.fields import Fields, stated_twice
from playnano.readers.parsing.text import (
    checked_text,
    date_doubts,
    decoded,
    direction_notes,
    finite,
    length_nm,
    naive_seconds,
    positive,
    quantity,
    scan_direction,
    size_doubts,
)
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.frames import Image

_MAGIC = re.compile(rb"WSxM file copyright[^\n]*\n\s*SxM Image file")
_END = b"[Header end]"
_LINE_END = re.compile(rb"(?:\r?\n)?")
_AGREE = 1e-3
"""Share of its range by which the text of a header may differ from the values."""
_MOST_WITHIN = 0.5
"""Share of the values that are in the range of the header, where it is theirs."""
_FEW_VALUES, _USUAL_SHARE = 8, 0.5
_DTYPES = {"double": "<f8", "float": "<f4", "integer": "<i4", "short": "<i2"}

Settings = dict[str, Fields]


@dataclass(frozen=True)
class SpannedImage:
    """Reads an image whose header states the range of its values, not a scale."""

    stored: StoredImage
    span: float
    stored_span: float
    """How far the highest stored value is above the lowest; 0 of a flat image, which has no scale."""

    def __call__(self) -> Image:
        """The image (height, width), float32; a flat one is 0."""
        image = self.stored().astype(np.float64)
        return (image * (self.span / self.stored_span if self.stored_span else 0.0)).astype(np.float32)


def _recognise(path: Path) -> bool:
    return begins_with(path, lambda head: _MAGIC.match(head) is not None)


def _channels(path: Path) -> tuple[str, ...]:
    return (_channel(_settings(path)[0]),)


def _open(path: Path, options: ReadOptions) -> Still:
    settings, offset, notes = _settings(path)
    general, control, more = (
        settings.get(name, Fields()) for name in ("General Info", "Control", "Miscellaneous")
    )
    shape = image_shape(general.get("Number of columns"), general.get("Number of rows"))
    dtype = _dtype(general)
    warnings = notes + check_size(path, offset, shape[0] * shape[1] * np.dtype(dtype).itemsize)
    check_eight_bits(path, offset, path.stat().st_size - offset, np.dtype(dtype).itemsize)
    span, written = _span(general)
    scale, unit = scale_and_unit(written, options)
    stored = StoredImage(path, offset, dtype, shape, upside_down=True, right_to_left=True)
    stored_span, doubts = stored_range(stored(), more)
    channel = channel_name(options.channel, (_channel(settings),), lambda _: True)
    amplitudes = [control.get(f"{axis} Amplitude") for axis in "XY"]
    x_nm, y_nm = map(_pixel_size_nm, amplitudes, shape[::-1])
    doubts += size_doubts(options, ("X Amplitude", amplitudes[0], x_nm), ("Y Amplitude", amplitudes[1], y_nm))
    doubts += stated_twice(general) + stated_twice(control) + stated_twice(more, ("Minimum", "Maximum"))
    doubts += date_doubts("Acquisition time", general.get("Acquisition time"), _clock(general))
    return Still(
        channel=channel,
        unit=unit,
        shape=shape,
        read=SpannedImage(stored, span * scale, stored_span),
        pixel_size_nm=x_nm,
        pixel_size_y_nm=y_nm,
        clocks=(_clock(general),),
        scan_direction=scan_direction(general.get("Y scanning direction")),
        line_direction=(general.get("X scanning direction") or "").lower() or None,
        line_rate=positive((control.get("X-Frequency") or "").removesuffix("Hz")),
        header={**general, **control},
        warnings=(
            *warnings,
            *doubts,
            *direction_notes("Y scanning direction", general.get("Y scanning direction")),
        ),
    )


def stored_range(image: Image, header: Mapping[str, str]) -> tuple[float, tuple[str, ...]]:
    """How far the stored values reach, which sets the scale of all, and what makes it doubtful.

    The header states the least and the greatest of the undamaged image; where some values were changed, its
    range is the right one. Some programs state that of another image: then those of the values are taken.

    Raises
    ------
    ReadError
        For values that are not numbers where the header states no range.
    """
    low, high = (finite(header.get(name)) for name in ("Minimum", "Maximum"))
    valid = image[np.isfinite(image)].astype(np.float64)
    ends = (float(valid.min()), float(valid.max())) if valid.size else (0.0, 0.0)
    span = ends[1] - ends[0]
    if low is None or high is None or high <= low:
        if valid.size < image.size:
            raise ReadError("it holds values that are not numbers, and its header does not state their range")
        return span, _about_spikes(valid, span)
    if valid.size == image.size and np.allclose((low, high), ends, rtol=0, atol=_AGREE * (high - low)):
        return span, ()
    within = np.mean((valid >= low) & (valid <= high)) if valid.size else 0.0
    if within < _MOST_WITHIN:
        return span, (Doubt("the header's Minimum and Maximum are of another image: is the scale right?"),)
    return high - low, (Doubt("values differ from the header's Minimum and Maximum: the file is damaged"),)


def _about_spikes(values: NDArray[np.float64], span: float) -> tuple[str, ...]:
    """The warning that a few values far from all others set the scale."""
    few = min(_FEW_VALUES, values.size // 100)
    low, high = (np.partition(values, place)[place] for place in (few, values.size - 1 - few))
    if not few or high - low > _USUAL_SHARE * span:
        return ()
    return (Doubt(f"at most {2 * few} values far from all others set the scale: is the file damaged?"),)


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
    section = Fields()
    for line in decoded(checked_text(head)).splitlines():
        key, colon, value = line.strip().partition(":")
        if colon:
            section.state(key.strip(), value.strip())
        elif line.startswith("["):
            section = settings.setdefault(line.strip(" []"), Fields())
    return settings, size, _about_size(declared and int(declared[1]), size)


def _about_size(declared: int | None, size: int) -> tuple[str, ...]:
    if declared == size:
        return ()
    written = "is missing" if declared is None else f"is {declared}"
    return (
        f"`Image header size` {written}, but the header ends at byte {size}; the image is read from there",
    )


def _channel(settings: Settings) -> str:
    return settings.get("General Info", Fields()).get("Acquisition channel") or "image"


def _dtype(general: Fields) -> str:
    kind = general.get("Image Data Type", "short").lower()
    if kind not in _DTYPES:
        raise ReadError(f"its data type '{kind}' is not known")
    return _DTYPES[kind]


def _span(general: Fields) -> tuple[float, str]:
    """How far the highest value is above the lowest, and the unit of both."""
    span = quantity(general.get("Z Amplitude"))
    if span is None or span[0] < 0:
        raise ReadError("the header does not state Z Amplitude: the scale is not known")
    return span


def _pixel_size_nm(written: str | None, pixels: int) -> float | None:
    size = quantity(written)
    length = length_nm(*size) if size else None
    return length and length / pixels


def _clock(general: Fields) -> float | None:
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
