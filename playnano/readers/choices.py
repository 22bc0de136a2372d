"""What a file offers against what the user asks: the channel, and the unit of its values."""

from collections.abc import Callable, Sequence

from playnano.errors import ReadError, did_you_mean
from playnano.readers.base import Asked

_NM_PER = {"m": 1e9, "cm": 1e7, "mm": 1e6, "um": 1e3, "nm": 1.0, "Å": 0.1, "pm": 1e-3, "fm": 1e-6}
_KEPT = {
    *("V", "mV", "uV", "A", "uA", "nA", "pA", "N", "uN", "nN", "pN", "deg", "rad", "Hz", "kHz", "MHz", "%"),
    *("Pa", "kPa", "MPa", "GPa", "N/m", "N/m^2", "J", "eV", "W", "K"),
}
_SAME = {"°": "deg", "º": "deg", "Deg": "deg", "N/m2": "N/m^2", "\N{ANGSTROM SIGN}": "Å", "angstrom": "Å"}


def channel_name(asked: str | None, names: Sequence[str], is_topography: Callable[[str], bool]) -> str:
    """The channel the user means, as the file spells it; the first topography unless one is asked for.

    Raises
    ------
    ReadError
        Where the file has no such channel, or nothing is asked for and none is a topography.
    """
    listed = f"the channels are {', '.join(names)}" if names else "there is no channel in it"
    if asked is None:
        for name in names:
            if is_topography(name):
                return name
        raise ReadError(f"it holds no topography: name a channel; {listed}")
    by_lower_case = {name.lower(): name for name in reversed(names)}
    if asked.lower() in by_lower_case:
        return by_lower_case[asked.lower()]
    if "," in asked and all(part.strip().lower() in by_lower_case for part in asked.split(",")):
        raise ReadError("two channels become one movie by `combine:` in the recipe's input or --combine mean")
    near = did_you_mean(asked.lower(), tuple(by_lower_case))
    raise ReadError(f"there is no channel '{asked}'{near} ({listed})")


def nm_per(unit: str) -> float | None:
    """Nanometres in one `unit`; None for what is no length that is known."""
    return _NM_PER.get(_spelling(unit))


def scale_and_unit(written: str | None, asked: Asked) -> tuple[float, str]:
    """Factor that the file's values are multiplied by, and the unit they then have.

    Lengths become nm, other known units are kept, and the user's own word leaves the values as they are.

    Raises
    ------
    ReadError
        Where the file says no unit or an unknown one, and the user none.
    """
    if asked.unit is not None:
        return 1.0, asked.unit
    unit = _spelling(written or "")
    if unit in _KEPT:
        return 1.0, unit
    scale = nm_per(unit)
    if scale is None:
        what = f"the unit '{unit}' is not known" if unit else "the file says no unit"
        raise ReadError(f"{what}: say it with `unit:` in the recipe's input or --unit")
    return scale, "nm"


def _spelling(unit: str) -> str:
    unit = unit.strip()
    unit = _SAME.get(unit, unit)
    return "u" + unit[1:] if unit[:1] in ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}") else unit
