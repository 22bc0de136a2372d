"""Units of heights, lengths and times, in the spellings of the makers."""

from playnano.errors import UnitMissing
from playnano.readers.base import ReadOptions

_NM_PER = {"m": 1e9, "cm": 1e7, "mm": 1e6, "um": 1e3, "nm": 1.0, "Å": 0.1, "pm": 1e-3, "fm": 1e-6}


_KEPT = {
    *("V", "mV", "uV", "A", "uA", "nA", "pA", "N", "uN", "nN", "pN", "deg", "rad", "Hz", "kHz", "MHz", "%"),
    *("Pa", "kPa", "MPa", "GPa", "N/m", "N/m^2", "J", "eV", "W", "K"),
}


_SAME = {"°": "deg", "º": "deg", "Deg": "deg", "N/m2": "N/m^2", "\N{ANGSTROM SIGN}": "Å", "angstrom": "Å"}


def nm_per(unit: str) -> float | None:
    """Nanometres in one `unit`; None for what is no length that is known."""
    return _NM_PER.get(_spelling(unit))


def scale_and_unit(written: str | None, asked: ReadOptions) -> tuple[float, str]:
    """Factor that the file's values are multiplied by, and the unit they then have.

    Lengths become nm, other known units are kept, and the user's own word leaves the values as they are.

    Raises
    ------
    UnitMissing
        Where the file says no unit or an unknown one, and the user none.
    """
    if asked.unit is not None:
        return 1.0, asked.unit
    unit = _spelling(written or "")
    if unit in _KEPT:
        return 1.0, unit
    scale = nm_per(unit)
    if scale is None:
        what = f"the unit '{unit}' is not known" if unit else "the file does not state a unit"
        raise UnitMissing(f"{what}; set `unit` of the input", settings=("unit",))
    return scale, "nm"


def _spelling(unit: str) -> str:
    unit = unit.strip()
    unit = _SAME.get(unit, unit)
    return "u" + unit[1:] if unit[:1] in ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}") else unit


SECONDS_PER = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "msec": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}


LENGTHS = {
    "micron": 1e3,
    "microns": 1e3,
    "micrometer": 1e3,
    "micrometre": 1e3,
    "nanometer": 1.0,
    "nanometre": 1.0,
    "inch": 2.54e7,
    "inches": 2.54e7,
    "meter": 1e9,
    "metre": 1e9,
}


def length_nm(unit: str) -> float | None:
    """Nanometres in a unit of length as ImageJ and OME spell it; None for others."""
    return LENGTHS.get(unit.strip().lower()) or nm_per(unit)
