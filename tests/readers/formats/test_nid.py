"""Nanosurf images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from instrument_images import agrees_with_reference
from nid_file import IMAGE, nanosurf

from playnano import load
from playnano.errors import ReadError


def test_a_channel_saved_in_an_unknown_way_does_not_refuse_the_other(tmp_path: Path) -> None:
    path, whole = tmp_path / "a.nid", nanosurf()
    path.write_bytes(whole)
    right = load(path, channel="Topography backward").data
    path.write_bytes(whole.replace(b"SaveSign=Signed", b"SaveSign=Nobody", 1))
    np.testing.assert_array_equal(load(path, channel="Topography backward").data, right)
    with pytest.raises(ReadError, match="how this channel is saved is not known"):
        load(path)


@pytest.mark.parametrize("index", range(4))
def test_real_file_has_the_values_that_gwyddion_gives(
    data_folder: Path, reference: dict[str, Any], index: int
) -> None:
    name = "nid/circles.nid"
    told = reference[name]["channels_gwyddion"][index]
    agrees_with_reference(load(data_folder / name, channel=told["title"]), told)


@pytest.mark.parametrize("bits", [16, 32])
def test_scale_orientation_and_pixels(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "a.nid"
    path.write_bytes(nanosurf(bits))
    stack = load(path)
    assert stack.data[0] == pytest.approx(IMAGE, abs=1e-5)
    assert load(path, channel="topography backward").data[0] == pytest.approx(IMAGE + 3, abs=1e-5)
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx((10, 5))
    assert stack.frame_metadata[0]["scan_direction"] == "up"


def test_curves_are_no_channels(tmp_path: Path) -> None:
    path = tmp_path / "a.nid"
    path.write_bytes(nanosurf(second="Spec forward"))
    with pytest.raises(ReadError, match="the channels are Topography forward"):
        load(path, channel="Topography backward")


def test_folder_is_in_the_order_of_time(tmp_path: Path) -> None:
    for name, time in (("a1.nid", "10:00:05"), ("a2.nid", "09:59:00")):
        (tmp_path / name).write_bytes(nanosurf(time=time))
    stack = load(tmp_path)
    assert [(frame["file"], frame["timestamp"]) for frame in stack.frame_metadata] == [
        ("a2.nid", 0),
        ("a1.nid", 65),
    ]


def test_unsigned_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nid"
    path.write_bytes(nanosurf().replace(b"SaveSign=Signed", b"SaveSign=Unsigned"))
    with pytest.raises(ReadError, match="is saved is not known"):
        load(path)
