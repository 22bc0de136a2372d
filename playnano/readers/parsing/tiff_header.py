"""What the headers of ImageJ and OME say of a TIFF movie: pixel size, times, names, units."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from playnano.errors import Doubt, ReadError
from playnano.layouts.imagej import CHANNEL, UNIT, facts, labelled_time
from playnano.readers.parsing.agreement import same_values
from playnano.readers.parsing.text import finite, length_nm
from playnano.readers.parsing.tiff import has_entities
from playnano.readers.parsing.units import nm_per, seconds_per

_NO_UNIT = ("gray value", "pixel", "pixels")
STRAIGHT_LINE = 0
"""ImageJ's number of the calibration `c0 + c1 * value`."""


@dataclass(frozen=True)
class Facts:
    """What a header says; None, or nothing, where it does not."""

    sizes: Mapping[str, int]
    """How many images there are along `T`, `Z` and `C`, the slowest axis first."""
    pixel_size_nm: tuple[float | None, float | None] = (None, None)
    """(x, y)."""
    names: tuple[str, ...] = ()
    """Of the channels."""
    value_unit: str | None = None
    own_unit: str | None = None
    """The unit that playnano wrote, to be taken by the letter."""
    interval_s: float | None = None
    times_s: Mapping[tuple[int, int, int], float] = field(default_factory=dict)
    """Of the image (t, c, z)."""
    labelled: bool = False
    """Whether they are from the movie's first frame, as playnano writes them, and not from another moment."""
    scale: tuple[float, float] = (1.0, 0.0)
    """Multiplier and offset of the values."""
    warnings: tuple[str, ...] = ()
    header: Mapping[str, Any] = field(default_factory=dict)


def imagej_facts(page: Any, meta: Mapping[str, Any], n_pages: int) -> Facts:
    """What ImageJ says in the description and the tags of the first page."""
    sizes = _imagej_sizes(meta, n_pages)
    own_facts = facts(str(meta.get("Info", "")))
    unit = _unescaped(str(meta.get("vunit", ""))).strip()
    scale, warnings = _calibration(meta, page.dtype.kind)
    times, interval = _label_times(meta.get("Labels"), sizes), _imagej_interval_s(meta)
    edited = _edited_interval(interval, times, sizes["T"]) if own_facts else ()
    return Facts(
        sizes=sizes,
        pixel_size_nm=_imagej_pixel_size_nm(page, meta),
        names=(own_facts[CHANNEL],) if CHANNEL in own_facts and sizes["C"] == 1 else (),
        value_unit=None if unit.lower() in _NO_UNIT or warnings else unit or None,
        own_unit=own_facts.get(UNIT),
        interval_s=interval,
        times_s=times,
        labelled=True,
        scale=scale,
        warnings=(*warnings, *edited, *_stated_twice(str(page.description))),
        header={key: value for key, value in meta.items() if isinstance(value, str | int | float | bool)},
    )


def _stated_twice(description: str) -> tuple[str, ...]:
    """The warning that ImageJ's description states a number twice, of which the last is taken."""
    lines = set(
        re.findall(r"^(images|channels|slices|frames|finterval|unit)=(.*)$", description, re.MULTILINE)
    )
    keys = [key for key, _ in lines]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if not twice:
        return ()
    named = " and ".join(f"`{key}`" for key in twice)
    return (Doubt(f"ImageJ's description states {named} more than once: the last is taken"),)


def ome_facts(description: str, sizes: Mapping[str, int]) -> Facts:
    """What OME-XML says of its first image.

    Raises
    ------
    ReadError
        Where it is no XML, or describes no image.
    """
    if has_entities(description):
        raise ReadError("its header defines entities of its own, and OME-XML has none")
    try:
        root = ET.fromstring(description)  # noqa: S314 - no entities are in it
    except ET.ParseError as error:
        raise ReadError(f"its OME header is broken: {error}") from error
    return facts_of_ome(root, sizes)


def facts_of_ome(root: ET.Element, sizes: Mapping[str, int]) -> Facts:
    """The same of OME-XML that was parsed.

    Raises
    ------
    ReadError
        Where it describes no image.
    """
    pixels = root.find("{*}Image/{*}Pixels")
    if pixels is None:
        raise ReadError("its OME header describes no image")
    named = [channel.get("Name") for channel in pixels.findall("{*}Channel")]
    date = root.findtext("{*}Image/{*}AcquisitionDate")
    return Facts(
        sizes=sizes,
        pixel_size_nm=(_ome_length(pixels, "X"), _ome_length(pixels, "Y")),
        names=tuple(name for name in named if name) if all(named) else (),
        interval_s=_interval_s(_number(pixels.get("TimeIncrement")), pixels.get("TimeIncrementUnit", "s")),
        times_s=_plane_times(pixels),
        header={} if date is None else {"AcquisitionDate": date},
    )


def _imagej_sizes(meta: Mapping[str, Any], n_pages: int) -> dict[str, int]:
    sizes = {
        axis: _count(meta.get(key)) for axis, key in (("T", "frames"), ("Z", "slices"), ("C", "channels"))
    }
    images = max(_count(meta.get("images")), n_pages)
    return {"T": images, "Z": 1, "C": 1} if math.prod(sizes.values()) == 1 else sizes


def _imagej_pixel_size_nm(page: Any, meta: Mapping[str, Any]) -> tuple[float | None, float | None]:
    scale = nm_per(_unescaped(str(meta.get("unit", ""))))
    yscale = nm_per(_unescaped(str(meta.get("yunit", meta.get("unit", "")))))
    return _one_pixel(page, "XResolution", scale), _one_pixel(page, "YResolution", yscale)


def _one_pixel(page: Any, tag: str, scale: float | None) -> float | None:
    value = page.tags.valueof(tag)
    if scale is None or not isinstance(value, tuple) or len(value) != 2 or min(value) <= 0:
        return None
    return float(value[1]) / float(value[0]) * scale


def _calibration(meta: Mapping[str, Any], kind: str) -> tuple[tuple[float, float], tuple[str, ...]]:
    """ImageJ calibrates integers only."""
    if "cf" not in meta or kind == "f":
        return (1.0, 0.0), ()
    c0, c1 = (_number(meta.get(name)) for name in ("c0", "c1"))
    if meta["cf"] == STRAIGHT_LINE and c0 is not None and c1:
        return (c1, c0), ()
    return (1.0, 0.0), ("the file's calibration of values is not linear: the stored values are used",)


def _label_times(labels: Any, sizes: Mapping[str, int]) -> dict[tuple[int, int, int], float]:
    """Times from labels as playnano writes them, which hold irregular ones too."""
    if not isinstance(labels, Sequence) or isinstance(labels, str) or sizes["C"] * sizes["Z"] != 1:
        return {}
    times = [_number(labelled_time(str(label))) for label in labels]
    return {(t, 0, 0): time for t, time in enumerate(times) if time is not None}


def _imagej_interval_s(meta: Mapping[str, Any]) -> float | None:
    return _interval_s(_number(meta.get("finterval")), str(meta.get("tunit", "s")))


def _edited_interval(
    interval_s: float | None, times: Mapping[tuple[int, int, int], float], n_frames: int
) -> tuple[str, ...]:
    """The warning that the frame interval is not the mean of the times in labels, as playnano writes it."""
    if interval_s is None or not 1 < n_frames == len(times):
        return ()
    mean = (times[n_frames - 1, 0, 0] - times[0, 0, 0]) / (n_frames - 1)
    if same_values(interval_s, mean):
        return ()
    what = f"`finterval` is {interval_s:.6g} s, and the times in the slice labels are {mean:.6g} s apart"
    return (Doubt(f"{what} on average: the file was edited; the latter are read"),)


def _plane_times(pixels: ET.Element) -> dict[tuple[int, int, int], float]:
    times = {}
    for plane in pixels.findall("{*}Plane"):
        time = _number(plane.get("DeltaT"))
        scale = seconds_per(plane.get("DeltaTUnit", "s"))
        t, c, z = (plane.get(name, "") for name in ("TheT", "TheC", "TheZ"))
        if time is not None and scale and t.isdecimal() and c.isdecimal() and z.isdecimal():
            times[int(t), int(c), int(z)] = time * scale
    return times


def _ome_length(pixels: ET.Element, axis: str) -> float | None:
    size = _number(pixels.get(f"PhysicalSize{axis}"))
    return length_nm(size, pixels.get(f"PhysicalSize{axis}Unit", "um"))


def _interval_s(interval: float | None, unit: str) -> float | None:
    scale = seconds_per(_unescaped(unit))
    return interval * scale if interval and interval > 0 and scale else None


def _unescaped(text: str) -> str:
    """ImageJ writes letters beyond ASCII as Java does."""
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), text)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1


def _number(value: Any) -> float | None:
    return finite(str(value))
