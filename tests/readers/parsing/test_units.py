"""One table of units for all readers: symbols, words and both micro signs."""

import pytest

from playnano.errors import UnitMissing
from playnano.readers.base import ReadOptions
from playnano.readers.parsing.units import multiple_of, nm_per, scale_and_unit, seconds_per

MICRO = ("u", "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")


@pytest.mark.parametrize("micro", MICRO)
def test_both_micro_signs_are_one_prefix(micro: str) -> None:
    assert nm_per(f"{micro}m") == 1e3
    assert seconds_per(f"{micro}s") == 1e-6
    assert multiple_of("V", f"{micro}V") == 1e-6
    assert scale_and_unit(f"{micro}V", ReadOptions()) == (1.0, "uV")


@pytest.mark.parametrize(
    ("unit", "scale"),
    [("Å", 0.1), ("\N{ANGSTROM SIGN}", 0.1), (" nm ", 1.0), ("Micron", 1e3), ("inch", 2.54e7)],
)
def test_lengths_are_nm(unit: str, scale: float) -> None:
    assert nm_per(unit) == scale
    assert scale_and_unit(unit, ReadOptions()) == (scale, "nm")


@pytest.mark.parametrize("unit", ["M", "NM", "Mm", "", "pixel", "s"])
def test_what_is_not_a_length_has_no_scale(unit: str) -> None:
    assert nm_per(unit) is None
    with pytest.raises(UnitMissing, match="set `unit` of the input"):
        scale_and_unit(unit, ReadOptions())


@pytest.mark.parametrize(
    ("unit", "seconds"), [("min", 60.0), ("millisecond", 1e-3), ("msec", 1e-3), ("m", None)]
)
def test_times_are_seconds(unit: str, seconds: float | None) -> None:
    assert seconds_per(unit) == seconds


def test_a_multiple_of_another_unit_is_none() -> None:
    assert (multiple_of("V", "V"), multiple_of("V", "mV")) == (1.0, 1e-3)
    assert (multiple_of("V", "LSB"), multiple_of("V", "xV")) == (None, None)


@pytest.mark.parametrize("unit", ["m", "um", "nm"])
def test_nm_said_of_a_file_that_states_a_length_changes_nothing(unit: str) -> None:
    assert scale_and_unit(unit, ReadOptions(unit="nm")) == scale_and_unit(unit, ReadOptions())


@pytest.mark.parametrize("unit", ["m", "V", "", None])
def test_another_unit_leaves_the_stored_values(unit: str | None) -> None:
    assert scale_and_unit(unit, ReadOptions(unit="deg")) == (1.0, "deg")
