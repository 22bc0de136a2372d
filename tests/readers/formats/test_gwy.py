"""Gwyddion files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gwy_file import IMAGE, field, gwyddion, part
from instrument_images import agrees_with_reference

from playnano import load
from playnano.errors import ReadError
from playnano.readers.formats import gwy


@pytest.mark.parametrize(
    ("name", "index"),
    [("SBS-PS_example_data.gwy", i) for i in range(4)] + [("file_landscape.gwy", 0)],
)
def test_real_files_have_the_values_that_gwyddion_gives(
    data_folder: Path, reference: dict[str, Any], name: str, index: int
) -> None:
    told = reference[f"gwy/{name}"]["channels_gwyddion"][index]
    agrees_with_reference(load(data_folder / "gwy" / name, channel=told["title"]), told)


def test_height_is_the_default_and_others_keep_their_unit(tmp_path: Path) -> None:
    path = tmp_path / "a.gwy"
    path.write_bytes(gwyddion())
    assert gwy.READER.channels(path) == ("Height", "Phase")
    stack = load(path)
    assert (stack.channel, stack.unit) == ("Height", "nm")
    assert stack.data[0] == pytest.approx(IMAGE)
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx((10, 5))
    phase = load(path, channel="Phase")
    assert phase.unit == "deg"
    assert np.array_equal(phase.data[0], IMAGE + 7)


def test_two_channels_of_one_title_can_both_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "a.gwy"
    twin = part("/5/data", "o", field((IMAGE + 1) * 1e-9, "m")) + part("/5/data/title", "s", b"Height\0")
    path.write_bytes(gwyddion(twin))
    assert load(path, channel="Height 2").data[0] == pytest.approx(IMAGE + 1)


def test_unknown_unit_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.gwy"
    path.write_bytes(gwyddion(unit="furlong"))
    with pytest.raises(ReadError, match="'furlong' is not known"):
        load(path, channel="Height")


def test_size_that_does_not_agree_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gwy"
    path.write_bytes(gwyddion().replace(part("xres", "i", 3), part("xres", "i", 30000)))
    with pytest.raises(ReadError, match="another number of values"):
        load(path)


DAMAGES = {
    "zeros over the name of a part": (b"/1/data\0o", bytes(7) + b"\0o"),
    "a blank in the number of an image": (b"/1/data\0o", b"/ /data\0o"),
    "the same name twice": (b"/0/data\0o", b"/1/data\0o"),
    "zeros over a name within an image": (b"xreal\0d", bytes(5) + b"\0d"),
    "a flag that is neither 0 nor 1": (b"visible\0b\1", b"visible\0b\5"),
    "a title that is no text": (b"sHeight\0", b"sHei\1\2t\0"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_other_image_is_read_for_a_damaged_one(tmp_path: Path, damage: str) -> None:
    before, after = DAMAGES[damage]
    whole = gwyddion()
    assert before in whole
    path = tmp_path / "a.gwy"
    path.write_bytes(whole.replace(before, after, 1))
    with pytest.raises(ReadError, match="the file is broken"):
        load(path)
