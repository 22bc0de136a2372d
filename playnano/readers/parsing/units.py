"""Units of heights, lengths and times, in the spellings of the makers."""

from playnano.errors import UnitMissing
from playnano.readers.base import ReadOptions

_NM_PER = {
    **{"m": 1e9, "cm": 1e7, "mm": 1e6, "um": 1e3, "nm": 1.0, "Å": 0.1, "pm": 1e-3, "fm": 1e-6},
    **dict.fromkeys(("micron", "microns", "micrometer", "micrometre"), 1e3),
    **dict.fromkeys(("nanometer", "nanometre"), 1.0),
    **dict.fromkeys(("inch", "inches"), 2.54e7),
    **dict.fromkeys(("meter", "metre"), 1e9),
}
_SECONDS_PER = {
    **{"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
    **{"msec": 1e-3, "sec": 1.0, "second": 1.0, "seconds": 1.0},
    **{"nanosecond": 1e-9, "microsecond": 1e-6, "millisecond": 1e-3, "minute": 60.0, "hour": 3600.0},
}
_PREFIXES = {"": 1.0, "G": 1e9, "M": 1e6, "k": 1e3, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12}

_BASES = ("V", "A", "N", "Hz", "Pa")

_KEPT = {
    *("V", "mV", "uV", "A", "uA", "nA", "pA", "N", "uN", "nN", "pN", "deg", "rad", "Hz", "kHz", "MHz", "%"),
    *("Pa", "kPa", "MPa", "GPa", "N/m", "N/m^2", "J", "eV", "W", "K"),
}

_SAME = {"°": "deg", "º": "deg", "Deg": "deg", "N/m2": "N/m^2", "\N{ANGSTROM SIGN}": "Å", "angstrom": "Å"}
_MICRO = ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")


def nm_per(unit: str) -> float | None:
    """Nanometres in one `unit`, a symbol or a word in any case; None for what is not a known length."""
    unit = _spelling(unit)
    return _NM_PER.get(unit.lower() if len(unit) > 2 else unit)


def lengths_known(unit: str) -> str:
    """The end of a message on a unit that may have been meant for a length: which lengths are known."""
    is_other = _spelling(unit) in _KEPT and unit != "A"
    return "" if is_other or nm_per(unit) else " (lengths are known in m, cm, mm, um, nm, Å, pm and fm)"


def seconds_per(unit: str) -> float | None:
    """Seconds in one `unit`; None for what is not a known time."""
    return _SECONDS_PER.get(_spelling(unit))


def multiple_of(base: str, unit: str) -> float | None:
    """What one `unit` is in `base`: 0.001 for `mV` and `V`; None where it is not a multiple of it."""
    unit = _spelling(unit)
    return _PREFIXES.get(unit.removesuffix(base)) if unit.endswith(base) else None


def factor_between(unit: str, other: str) -> float | None:
    """What one `unit` is in the `other`, two lengths or multiples of one unit; None for others."""
    one, two = nm_per(unit), nm_per(other)
    if one and two:
        return one / two
    if _spelling(unit) == _spelling(other):
        return 1.0
    for base in _BASES:
        one, two = multiple_of(base, unit), multiple_of(base, other)
        if one and two:
            return one / two
    return None


def scale_and_unit(written: str | None, options: ReadOptions) -> tuple[float, str]:
    """Factor that the file's values are multiplied by, and the unit they then have.

    Lengths become nm, other known units are kept, and another unit that the user states in place of the
    file's leaves the stored values as they are. `nm` for a file that states a length changes nothing.

    Raises
    ------
    UnitMissing
        Where the file does not state a unit or an unknown one, and the user none.
    """
    unit = _spelling(written or "")
    scale = nm_per(unit)
    if options.unit is not None:
        return (scale or 1.0) if options.unit == "nm" else 1.0, options.unit
    if unit in _KEPT:
        return 1.0, unit
    if scale is None:
        what = f"the unit '{unit}' is not known" if unit else "the file does not state a unit"
        raise UnitMissing(f"{what}; set `unit` of the input", settings=("unit",))
    return scale, "nm"


def _spelling(unit: str) -> str:
    unit = unit.strip()
    unit = _SAME.get(unit, unit)
    return "u" + unit[1:] if unit.startswith(_MICRO) else unit
