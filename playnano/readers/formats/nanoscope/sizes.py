"""Sizes and scales in the header of NanoScope files, and what of them cannot be."""

import math
import re
from collections.abc import Iterator

from playnano.errors import Doubt
from playnano.readers.base import ReadOptions
from playnano.readers.formats.nanoscope.header import NanoscopeHeader, Section
from playnano.readers.parsing.fields import contradiction, stated_twice
from playnano.readers.parsing.hdf5 import number
from playnano.readers.parsing.text import date_doubts, size_doubts
from playnano.readers.parsing.units import nm_per

NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
UNIT = r"(?:\s.*|[^\s0-9.,_].*)?$"
"""What follows a number: `15,068 nm/V`, with a decimal comma, is not 15."""
HARD_SCALE = re.compile(
    rf"V\s+(?:\[(?P<by>[^\]]*)\]\s*)?(?:\(.*?/LSB\)\s*)?(?P<range>{NUMBER})(?P<unit>{UNIT})"
)
SENSITIVITY = re.compile(rf"V\s+(?P<value>{NUMBER})(?P<unit>{UNIT})")
_FOUR_BYTES_SINCE = 0x09200000
"""The version from which on samples have 4 bytes, whatever `Bytes/pixel` says."""
_SAMPLE_BYTES = (2, 4)
_ROUNDING = 0.01
_NOT_ABOVE_0 = "not above 0: heights are flat or upside down"
_OF_IMAGE = (
    *("data offset", "data length", "bytes/pixel", "number of lines", "samps/line", "scan size"),
    *("aspect ratio", "frame direction", "line direction", "relative frame time", "@image data", "@z scale"),
)
_OF_SCAN = ("scan size", "scan rate", "lines", "samps/line")


def size_nm(image: Section, scan: Section) -> tuple[float | None, float | None]:
    """Height and width of the image.

    An image names both. They are those of the whole image, whatever its number of lines: 486 lines of 768
    samples in `100 100 nm` are pixels of 0.2058 nm by 0.1302 nm.
    """
    words = image.get("scan size", scan.get("scan size", "")).split()
    scale = nm_per(words[-1].replace("~", "u")) if words else None
    sizes = [number({"size": word}, "size") for word in words[:-1]]
    if scale is None or not sizes or not all(size is not None and size > 0 for size in sizes):
        return None, None
    width, height = (float(size or 0) * scale for size in (sizes[0], sizes[-1]))
    square = len(sizes) > 1 or image.get("aspect ratio", "1:1") == "1:1"
    return (height if square else None), width


def doubtful_sizes(image: Section, scan: Section, options: ReadOptions) -> tuple[str, ...]:
    """Warnings of a size that the header does not state, or that is no length."""
    y_nm, x_nm = size_nm(image, scan)
    written, ratio = image.get("scan size", scan.get("scan size")), image.get("aspect ratio")
    if x_nm is None:
        return size_doubts(options, ("Scan Size", written, x_nm))
    return size_doubts(options, ("Aspect Ratio", ratio, y_nm))


def doubtful_values(header: NanoscopeHeader, image: Section) -> Iterator[str]:
    """Warnings of a scale and of a date that cannot be."""
    hard, date = HARD_SCALE.match(image.get("@z scale", "")), header.first("file list").get("date")
    if hard and float(hard["range"]) <= 0:
        yield Doubt(f"the header's `Z scale` is {hard['range']}, {_NOT_ABOVE_0}")
    yield from date_doubts("Date", date, header.date_s())
    key = f"@{hard['by'].lower()}" if hard and hard["by"] else ""
    for section in [section for _, section in header.sections if key in section][:1]:
        sensitivity = SENSITIVITY.match(section[key])
        yield from stated_twice(section, (key,))
        value = float(sensitivity["value"]) if sensitivity else 1.0
        if sensitivity and value <= 0 and nm_per(sensitivity["unit"].rpartition("/")[0]):
            yield Doubt(f"the header's `{key}` is {value:g}, {_NOT_ABOVE_0}")


def contradictions(
    header: NanoscopeHeader, image: Section, shape: tuple[int, int], written: int
) -> Iterator[str]:
    """The warning that numbers of the header do not go together: the image may be read with a wrong size.

    Lines and samples are compared with those of the scan, and their bytes with what this version writes.
    """
    scan, (lines, samples) = header.first("ciao scan list"), shape
    yield from stated_twice(image, _OF_IMAGE)
    yield from stated_twice(scan, _OF_SCAN)
    usual = 4 if header.version() >= _FOUR_BYTES_SINCE else number(image, "bytes/pixel")
    if usual in _SAMPLE_BYTES and usual != written:
        size = f"{samples} x {lines} pixels take {written} bytes each, where {usual:.0f} are usual"
        yield Doubt(f"by its header, {size}: `Number of lines` or `Samps/line` may be wrong")
        return
    scan_lines, scan_samples = number(scan, "lines") or 0, number(scan, "samps/line") or 0
    if samples == scan_samples:
        yield from _other_size(image, scan)
    if lines * samples != scan_lines * scan_samples or lines == scan_lines:
        return
    size = f"{samples} x {lines} pixels of the image are {scan_samples:.0f} x {scan_lines:.0f} of the scan"
    yield Doubt(f"the header contradicts itself: {size}")


def _other_size(image: Section, scan: Section) -> Iterator[str]:
    """The warning that the image is not as wide as the scan of as many samples."""
    (_, width), (_, scanned) = size_nm(image, scan), size_nm(scan, scan)
    if width and scanned and not math.isclose(width, scanned, rel_tol=_ROUNDING):
        where = "`Ciao scan list`"
        yield contradiction("`Scan Size`", image.get("scan size"), scan.get("scan size"), where)
