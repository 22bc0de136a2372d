"""Gwyddion Simple Fields."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gsf_file import IMAGE, field
from instrument_images import agrees_with_reference

from playnano import load
from playnano.errors import ReadError


def test_real_file_has_the_values_that_gwyddion_gives(data_folder: Path, reference: dict[str, Any]) -> None:
    name = "gsf/GwiddionReader_chip.gsf"
    agrees_with_reference(load(data_folder / name), reference[name]["channels_gwyddion"][0])


@pytest.mark.parametrize("title", ["a", "ab", "abc", "abcd"])
def test_values_and_pixels_whatever_the_padding(tmp_path: Path, title: str) -> None:
    path = tmp_path / "a.gsf"
    path.write_bytes(field(IMAGE * 1e-9, title=title))
    stack = load(path)
    assert stack.channel == title
    assert (stack.unit, stack.pixel_size_nm, stack.pixel_size_y_nm) == ("nm", pytest.approx(100), 50)
    assert stack.data[0] == pytest.approx(IMAGE)


@pytest.mark.parametrize(("written", "unit"), [("V", "V"), ("deg", "deg"), ("N/m", "N/m"), ("Pa", "Pa")])
def test_what_is_no_length_keeps_its_unit(tmp_path: Path, written: str, unit: str) -> None:
    path = tmp_path / "a.gsf"
    path.write_bytes(field(more=f"ZUnits = {written}\n"))
    stack = load(path)
    assert stack.unit == unit
    assert np.array_equal(stack.data[0], IMAGE)


def test_no_unit_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.gsf"
    path.write_bytes(field(more=""))
    with pytest.raises(ReadError, match="set `unit`"):
        load(path)
    assert np.array_equal(load(path, unit="nm").data[0], IMAGE)


def test_times_that_playnano_writes_order_a_folder(tmp_path: Path) -> None:
    for name, time in (("a_1", 2.5), ("a_2", 0.5)):
        more = f"ZUnits = m\nPlaynanoTime = {time}\nPlaynanoDuration = 0.25\n"
        (tmp_path / f"{name}.gsf").write_bytes(field(more=more))
    stack = load(tmp_path)
    assert [frame["file"] for frame in stack.frame_metadata] == ["a_2.gsf", "a_1.gsf"]
    assert [frame["timestamp"] for frame in stack.frame_metadata] == [0.5, 2.5]
    assert stack.frame_metadata[0]["frame_duration_s"] == 0.25
