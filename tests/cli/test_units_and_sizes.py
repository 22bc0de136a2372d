"""The user's unit and pixel size: converted, or said; a decimal comma is not two numbers."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from wsxm_file import wsxm

from playnano import load
from playnano.errors import ReadError


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a.top"
    path.write_bytes(wsxm())
    return path


@pytest.mark.parametrize(
    ("unit", "factor"), [("um", 1e-3), ("\N{MICRO SIGN}m", 1e-3), ("pm", 1e3), ("m", 1e-9)]
)
def test_lengths_are_converted(tmp_path: Path, playnano, image: Path, unit: str, factor: float) -> None:
    heights = load(image).data
    output = tmp_path / "a.h5"
    done = playnano("convert", str(image), str(output), "--unit", unit)
    assert done.exit_code == 0, done.stderr
    stack = load(output)
    assert stack.unit == unit
    np.testing.assert_allclose(stack.data, heights * factor, rtol=1e-6)
    assert f"heights are in {unit}: settings of steps in nm are taken to be in {unit}" in " ".join(
        done.stderr.split()
    )
    assert f"in {unit}" in playnano("info", str(image), "--unit", unit).stdout


def test_a_quiet_run_says_that_a_unit_is_not_converted(tmp_path: Path, playnano, image: Path) -> None:
    output = tmp_path / "a.h5"
    done = playnano("convert", str(image), str(output), "--unit", "V", "--quiet")
    words = "the file states nm: its values are taken to be V, and are not converted"
    assert (done.exit_code, words in " ".join(done.stderr.split())) == (0, True)
    np.testing.assert_array_equal(load(output).data, load(image).data)
    assert words in load(output).provenance.history[0].input.warnings
    assert words in " ".join(playnano("info", str(image), "--unit", "V").stdout.split())
    strict = playnano("convert", str(image), str(tmp_path / "b.h5"), "--unit", "V", "--strict")
    assert strict.exit_code == 1


def test_multiples_of_a_unit_are_converted(tmp_path: Path) -> None:
    size = b"XRes = 4\nYRes = 3\nXReal = 1e-8\nYReal = 1e-8\nXYUnits = m\n"
    head = b"Gwyddion Simple Field 1.0\n" + size + b"ZUnits = V\n"
    (tmp_path / "a.gsf").write_bytes(head + bytes(4 - len(head) % 4) + np.ones(12, "<f4").tobytes())
    stack = load(tmp_path / "a.gsf", unit="mV")
    np.testing.assert_array_equal(stack.data, 1000)
    assert stack.warnings == ()
    assert stack.unit == "mV"


def test_a_unit_that_the_file_does_not_state_changes_no_value(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.ones((2, 3, 4), np.float32), metadata=None, photometric="minisblack"
    )
    stack = load(tmp_path / "a.tif", unit="um")
    np.testing.assert_array_equal(stack.data, 1)
    assert "heights are in um: settings of steps in nm are taken to be in um" in stack.warnings


def test_layers_of_a_bundle_keep_their_unit(tmp_path: Path, playnano, image: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert playnano("process", str(image), "--processing", "remove_plane", "--export", "h5").exit_code == 0
    bundle = next(Path("output").glob("*.h5"))
    with h5py.File(bundle) as file:
        assert "raw" in file["processed"]
    with pytest.raises(ReadError, match="its results are in nm: leave out `unit`"):
        load(bundle, unit="um")
    assert load(bundle, unit="nm").unit == "nm"


@pytest.mark.parametrize("written", ["1,5", " 1,5 "])
def test_a_decimal_comma_is_not_a_pair(tmp_path: Path, playnano, image: Path, written: str) -> None:
    refused = playnano("convert", str(image), str(tmp_path / "a.h5"), "--pixel-size-nm", written)
    assert refused.exit_code == 2
    assert "write 1.5 for a decimal number, or 1x5 for pixels" in " ".join(refused.stderr.split())
    assert not (tmp_path / "a.h5").exists()


@pytest.mark.parametrize(
    ("written", "y", "x"),
    [
        ("1.5", 1.5, 1.5),
        ("[1,5]", 1, 5),
        ("1x5", 1, 5),
        ("1.5 x 2", 1.5, 2),
        ("1.5,2", 1.5, 2),
        ("[1.5, 2]", 1.5, 2),
    ],
)
def test_sizes_along_y_and_x(tmp_path: Path, playnano, image: Path, written: str, y: float, x: float) -> None:
    done = playnano("convert", str(image), str(tmp_path / "a.h5"), "--pixel-size-nm", written)
    assert done.exit_code == 0, done.stderr
    stack = load(tmp_path / "a.h5")
    assert (stack.pixel_size_y_nm, stack.pixel_size_nm) == (y, x)


@pytest.mark.parametrize("written", ["1,5,2", "1,5,2,5", "1;5", "two"])
def test_other_sizes_are_refused(tmp_path: Path, playnano, image: Path, written: str) -> None:
    refused = playnano("convert", str(image), str(tmp_path / "a.h5"), "--pixel-size-nm", written)
    assert refused.exit_code in (1, 2)
    assert "--pixel-size-nm" in refused.stderr


def test_a_decimal_comma_in_an_interval(tmp_path: Path, playnano, image: Path) -> None:
    refused = playnano("convert", str(image), str(tmp_path / "a.h5"), "--frame-interval-s", "0,5")
    assert refused.exit_code in (1, 2)
    assert "--frame-interval-s" in refused.stderr


@pytest.mark.parametrize("unit", ["km", "NM", "A"])
def test_an_unknown_length_is_answered_with_those_known(
    playnano, image: Path, tmp_path: Path, unit: str
) -> None:
    done = playnano("convert", str(image), str(tmp_path / "a.h5"), "--unit", unit)
    words = (
        f"taken to be {unit}, and are not converted (lengths are known in m, cm, mm, um, nm, Å, pm and fm)"
    )
    assert words in " ".join(done.stderr.split())
    other = playnano("convert", str(image), str(tmp_path / "b.h5"), "--unit", "V")
    assert "lengths are known" not in " ".join(other.stderr.split())


@pytest.mark.parametrize("unit", [" nm", "um ", "\tum"])
def test_blanks_around_a_unit_do_not_count(playnano, image: Path, tmp_path: Path, unit: str) -> None:
    done = playnano("convert", str(image), str(tmp_path / "a.h5"), "--unit", unit)
    assert (done.exit_code, "not converted" in done.stderr) == (0, False)
    stack = load(tmp_path / "a.h5")
    assert stack.unit == unit.strip() == load(image, unit=unit).unit
    assert stack.provenance.history[-1].input.overrides["unit"] == unit.strip()


def test_a_unit_of_blanks_is_refused(playnano, image: Path, tmp_path: Path) -> None:
    assert playnano("convert", str(image), str(tmp_path / "a.h5"), "--unit", " ").exit_code != 0
    assert not (tmp_path / "a.h5").exists()


@pytest.mark.parametrize("written", ["1.5X2", "1.5\N{MULTIPLICATION SIGN}2", "1.5 X 2", "1.5*2"])
def test_another_cross_is_answered_with_the_right_one(
    playnano, image: Path, tmp_path: Path, written: str
) -> None:
    done = playnano("convert", str(image), str(tmp_path / "a.h5"), "--pixel-size-nm", written)
    assert f"--pixel-size-nm {written}: write 1.5x2" in " ".join(done.stderr.split())
    assert done.exit_code == 2
    assert not (tmp_path / "a.h5").exists()
