"""Images of Bruker and Veeco microscopes: NanoScope files `.spm` and `.000` to `.999`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.formats.nanoscope.header import (
    IMAGE_LIST,
    NanoscopeHeader,
    Section,
    read_header,
    recognise,
)
from playnano.readers.formats.nanoscope.sizes import (
    HARD_SCALE,
    SENSITIVITY,
    contradictions,
    doubtful_sizes,
    doubtful_values,
    size_nm,
)
from playnano.readers.parsing.binary import count, pixel_count
from playnano.readers.parsing.channels import channel_name, numbered
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.fields import shortened
from playnano.readers.parsing.hdf5 import number
from playnano.readers.parsing.parts import Part, check_parts
from playnano.readers.parsing.scaling import scaled
from playnano.readers.parsing.text import direction_notes, scan_direction
from playnano.readers.parsing.units import multiple_of, scale_and_unit
from playnano.stack.frames import Image

_LARGEST = 1e30  # float32 holds 3e38
_ORDINAL = "\N{MASCULINE ORDINAL INDICATOR}"  # what these files write for degrees
_SAMPLES: Mapping[int, np.dtype[Any]] = {2: np.dtype("<i2"), 4: np.dtype("<i4")}
_TOPOGRAPHY = ("height_sensor", "zsensor", "height")
_IMAGE_DATA = re.compile(r'S\s+\[(?P<short>[^\]]*)\]\s*(?:"(?P<long>[^"]*)")?')
_SHOWN = {
    "file list": ("version", "date"),
    "equipment list": ("description", "controller", "microscope"),
    "scanner list": ("scanner file", "piezo size"),
    "ciao scan list": (
        "operating mode", "scan rate", "scan size", "x offset", "y offset", "rotate ang.",
        "aspect ratio", "capture direction", "tip serial number", "@spmfeedbacklist",
    ),
    IMAGE_LIST: (
        "frame direction", "line direction", "scan line", "relative frame time", "plane fit",
        "realtime planefit", "offline planefit", "highpass", "lowpass", "@image data", "@z scale",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class NanoscopeImage:
    """Reads one image; value = multiplier * sample."""

    path: Path
    offset: int
    """Where the image begins, in bytes."""
    dtype: np.dtype[Any]
    shape: tuple[int, int]
    multiplier: float

    def __call__(self) -> Image:
        """The image (height, width), float32."""
        height, width = self.shape
        samples = np.fromfile(self.path, self.dtype, height * width, offset=self.offset)
        upright = samples.reshape(self.shape)[::-1]  # the picture's lowest line is stored first
        return scaled(upright, self.multiplier)


def _channels(path: Path) -> tuple[str, ...]:
    return tuple(_images(read_header(path)))


def _open(path: Path, options: ReadOptions) -> Still:
    header = read_header(path)
    images = _images(header)
    spelling = _spelled(options.channel, images)
    channel = channel_name(spelling, tuple(images), lambda name: _rank(name) < len(_TOPOGRAPHY))
    image, scan = images[channel], header.first("ciao scan list")
    multiplier, unit = _scale(header, image, options)
    warnings = check_parts(path, _parts(images), header.size) + _padding(path, header, images)
    stored = _stored(path, image, multiplier)
    warnings += direction_notes("Frame direction", image.get("frame direction"))
    height, width = stored.shape
    check_eight_bits(path, stored.offset, height * width * stored.dtype.itemsize, stored.dtype.itemsize)
    size_y_nm, size_x_nm = size_nm(image, scan)
    warnings += doubtful_sizes(image, scan, options)
    warnings += (
        *contradictions(header, image, stored.shape, stored.dtype.itemsize),
        *doubtful_values(header, image),
    )
    rate = _positive(scan, "scan rate")
    return Still(
        channel=channel,
        unit=unit,
        shape=stored.shape,
        read=stored,
        pixel_size_nm=None if size_x_nm is None else size_x_nm / stored.shape[1],
        pixel_size_y_nm=None if size_y_nm is None else size_y_nm / stored.shape[0],
        clocks=(header.date_s(), number(image, "relative frame time")),
        duration_s=None if rate is None else stored.shape[0] / rate,
        scan_direction=scan_direction(image.get("frame direction")),
        line_rate=rate,
        header=dict(_shown(header, image)),
        warnings=warnings,
    )


def _images(header: NanoscopeHeader) -> dict[str, Section]:
    """The images by the names of their channels, topography first."""
    sections = header.all(IMAGE_LIST)
    if not any(_IMAGE_DATA.match(section.get("@image data", "")) for section in sections):
        raise ReadError(
            "its images have no names, as in files of NanoScope software before 4.3, which are not known"
        )
    images = zip(numbered(_channel(section) for section in sections), sections, strict=True)
    return dict(sorted(images, key=lambda item: _rank(item[0])))


def _parts(images: Mapping[str, Section]) -> Iterator[Part]:
    """The bytes of each image whose place the header states."""
    for channel, image in images.items():
        start, size = number(image, "data offset"), number(image, "data length")
        if start is not None and size is not None:
            yield Part(f"'{channel}'", int(start), int(size))


def _padding(path: Path, header: NanoscopeHeader, images: Mapping[str, Section]) -> tuple[str, ...]:
    """The warning that something lies between the header and the images, where NULs belong."""
    start = min((part.start for part in _parts(images)), default=header.size)
    with path.open("rb") as file:
        file.seek(header.size)
        between = file.read(max(0, min(start - header.size, 1 << 20)))
    if between.lstrip(b"\r\n").removeprefix(b"\x1a").strip(b"\0"):
        return ("unknown bytes lie between the header and the images: some may have been moved",)
    return ()


def _names(image: Section) -> tuple[str, str]:
    """What the file calls a channel, in short and in full."""
    match = _IMAGE_DATA.match(image.get("@image data", ""))
    return (match["short"], match["long"] or match["short"]) if match else ("image", "image")


def _channel(image: Section) -> str:
    """`height_sensor_retrace`; images of the second pass over a line end in its name."""
    way = image.get("line direction", "").lower()
    scan_line = image.get("scan line", "").lower()
    parts = (
        _names(image)[1],
        way if way in ("trace", "retrace") else "",
        scan_line if scan_line != "main" else "",
    )
    return "_".join("_".join(part.lower().split()) for part in parts if part)


def _rank(channel: str) -> int:
    quantity = re.sub(r"(_(re)?trace)?( \d+)?$", "", channel)
    return _TOPOGRAPHY.index(quantity) if quantity in _TOPOGRAPHY else len(_TOPOGRAPHY)


def _spelled(request: str | None, images: Mapping[str, Section]) -> str | None:
    """The channel that the file's own words mean: `ZSensor` and `Height Sensor`."""
    if request is None or request.lower() in images:
        return request
    meant = "_".join(request.lower().split())
    for channel, image in images.items():
        if meant in ["_".join(name.lower().split()) for name in _names(image)]:
            return channel
    return request


def _stored(path: Path, image: Section, multiplier: float) -> NanoscopeImage:
    lines, samples = (pixel_count(image.get(name), name) for name in ("number of lines", "samps/line"))
    offset, length = (count(image.get(name), name, 1 << 62) for name in ("data offset", "data length"))
    size = length / (lines * samples)  # newer software writes 4 bytes where it says `Bytes/pixel: 2`
    if size not in _SAMPLES:
        raise ReadError(f"the header says {samples} x {lines} pixels in {length} bytes, which do not fit")
    dtype = _SAMPLES[int(size)]
    return NanoscopeImage(path, offset, dtype, (lines, samples), multiplier / 256**dtype.itemsize)


def _scale(header: NanoscopeHeader, image: Section, options: ReadOptions) -> tuple[float, str]:
    """The range of all samples, in `nm` or another known unit, and that unit."""
    hard = HARD_SCALE.match(image.get("@z scale", ""))
    if hard is None:
        raise ReadError("the channel has no Z scale that is known")
    span, unit = float(hard["range"]), hard["unit"].strip()
    if hard["by"]:
        stated = header.find(f"@{hard['by'].lower()}")
        sensitivity = SENSITIVITY.match(stated or "")
        if sensitivity is None:
            what = (
                f"states '{hard['by']}' as {shortened(stated)}"
                if stated
                else f"does not state '{hard['by']}'"
            )
            raise ReadError(f"the header {what}: the channel's scale is not known")
        factor, unit = _converted(unit, sensitivity["unit"].strip())
        span *= float(sensitivity["value"]) * factor
    factor, unit = scale_and_unit("deg" if unit == _ORDINAL else unit, options)
    if not abs(span * factor) < _LARGEST:
        raise ReadError(f"the channel's scale is not a usable number: {span} {unit}")
    return span * factor, unit


def _converted(unit: str, per: str) -> tuple[float, str]:
    """The factor between prefixes and the unit of a value in `unit` times a sensitivity in `per` (`nm/V`)."""
    result, _, needed = per.rpartition("/")
    if not result:
        return 1.0, unit
    factor = multiple_of(needed, unit)
    if factor is None:
        raise ReadError(f"a Z scale in '{unit}' does not go with a sensitivity in '{per}'")
    return factor, result


def _positive(section: Section, name: str) -> float | None:
    value = number(section, name)
    return value if value is not None and value > 0 else None


def _shown(header: NanoscopeHeader, image: Section) -> Iterator[tuple[str, Any]]:
    for name, keys in _SHOWN.items():
        section = image if name == IMAGE_LIST else header.first(name)
        for key in keys:
            if section.get(key):
                yield f"{name}: {key}", section[key]


FORMAT = StillFormat(
    name="spm",
    description="Bruker and Veeco NanoScope images",
    suffixes=(".spm", ".[0-9][0-9][0-9]"),
    recognise=recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "one channel, in nm, V or deg as stated in the file; pixel sizes, the start of each image "
        "(relative to the first), line rate and the direction of the slow scan"
    ),
    loses=(
        "the start in UTC, since the file does not state its time zone; instrument settings not "
        "shown by `playnano info`, and other channels"
    ),
)
READER = FORMAT.reader()
