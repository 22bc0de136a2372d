"""Heights, pixel size and times by the header of an .asd file, and what of them cannot be."""

from collections.abc import Iterator

from playnano.errors import Doubt, ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.formats.asd.header import Fields
from playnano.readers.parsing.fields import contradiction
from playnano.readers.parsing.text import size_doubts

LEVELS = 4096
UNIPOLAR_VOLTS = {1: 1.0, 2: 2.5, 3: 9.99, 4: 5.0}
BIPOLAR_VOLTS = {0x10000: 1.0, 0x20000: 2.5, 0x40000: 5.0}
_ROUNDING = 0.01


def calibration(fields: Fields, channel: str) -> tuple[float, float]:
    """Multiplier and offset that turn a level into nm, degrees, or volts for an unknown channel.

    Raises
    ------
    ReadError
        Where the header states no scale.
    """
    scale = _per_volt(fields, channel)
    code = fields["ad_range"]
    if code in UNIPOLAR_VOLTS:
        return -UNIPOLAR_VOLTS[code] / LEVELS * scale, 0.0
    if code in BIPOLAR_VOLTS:
        return -2 * BIPOLAR_VOLTS[code] / LEVELS * scale, BIPOLAR_VOLTS[code] * scale
    raise ReadError(f"the converter's range {code:#x} is not known: heights have no scale")


def _per_volt(fields: Fields, channel: str) -> float:
    factors = {
        "TP": ("z_piezo_gain", "z_piezo_extension"),
        "ER": ("scanner_sensitivity",),
        "PH": ("phase_sensitivity",),
    }.get(channel, ())
    scale = 1.0 if channel == "TP" or not factors else -1.0
    for name in factors:
        if fields[name] is None or (channel == "TP" and fields[name] == 0):
            raise ReadError(f"the header says that {name} is {fields[name]}: heights have no scale")
        scale *= fields[name]
    return scale


def pixel_size_nm(fields: Fields, axis: str) -> float | None:
    """Along an axis, `x` or `y`; None where the header states none."""
    size = fields[f"{axis}_nm"]
    return size / fields[f"{axis}_pixels"] if size > 0 else None


def header_doubts(fields: Fields, channel: str, options: ReadOptions) -> tuple[str, ...]:
    """Warnings of what the header states, and cannot be."""
    sizes = [(f"{axis}_nm", fields[f"{axis}_nm"], pixel_size_nm(fields, axis)) for axis in "xy"]
    large, times = _large_scans(fields, options), _impossible_times(fields, options)
    return (*size_doubts(options, *sizes), *large, *_negative_scales(fields, channel), *times)


def _large_scans(fields: Fields, options: ReadOptions) -> Iterator[str]:
    """Warnings of scans that are larger than the scanner reaches."""
    for axis in () if options.says_pixel_size else "xy":
        size, most = fields[f"{axis}_nm"], fields[f"max_{axis}_scan"] or 0
        if size > most * (1 + _ROUNDING) > 0:
            yield contradiction(f"`{axis}_nm`", size, f"at most {most:g}", f"`max_{axis}_scan`")


def _negative_scales(fields: Fields, channel: str) -> Iterator[str]:
    for name in ("z_piezo_gain", "z_piezo_extension") if channel == "TP" else ():
        if fields[name] < 0:
            yield Doubt(f"the header's `{name}` is below 0, as none is: heights may be upside down")


def _impossible_times(fields: Fields, options: ReadOptions) -> Iterator[str]:
    time = fields["frame_time_ms"]
    if not options.says_interval and (time is None or time <= 0):
        stated = "not a number" if time is None else f"{time:g}"
        yield Doubt(
            f"the header's `frame_time_ms` is {stated}: the times are not known; "
            "set `frame_interval_s` of the input"
        )
