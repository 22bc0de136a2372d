"""Asylum Research images."""

from pathlib import Path
from typing import Any

import pytest
from ibw_file import IMAGE, NOTE, wave
from instrument_images import agrees_with_reference

from playnano import load
from playnano.errors import ReadError


@pytest.mark.parametrize("index", range(6))
def test_real_file_has_the_values_that_gwyddion_gives(
    data_folder: Path, reference: dict[str, Any], index: int
) -> None:
    name = "ibw/Example_ibw.ibw"
    told = reference[name]["channels_gwyddion"][index]
    agrees_with_reference(load(data_folder / name, channel=told["title"]), told)


@pytest.mark.parametrize("order", ["<", ">"])
def test_layers_have_their_own_units(tmp_path: Path, order: str) -> None:
    path = tmp_path / "a.ibw"
    path.write_bytes(wave(order))
    stack = load(path)
    assert (stack.channel, stack.unit) == ("HeightTrace", "nm")
    assert stack.data[0] == pytest.approx(IMAGE)
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx((10, 5))
    phase, wired = (load(path, channel=name) for name in ("phaseretrace", "UserIn0Trace"))
    assert (phase.unit, wired.unit) == ("deg", "V")
    assert phase.data[0] == pytest.approx((IMAGE + 1) * 1e-9)
    frame = stack.frame_metadata[0]
    assert (frame["line_rate"], frame["scan_direction"], frame["start_epoch_ms"]) == (2.5, "down", None)


def test_channel_of_no_known_unit_asks_for_one(tmp_path: Path) -> None:
    path = tmp_path / "a.ibw"
    path.write_bytes(wave(labels=("MysteryTrace",)))
    with pytest.raises(ReadError, match="set `unit`"):
        load(path, channel="MysteryTrace")


def test_folder_is_in_the_order_of_time(tmp_path: Path) -> None:
    later = NOTE.replace("22:01:29", "22:01:31").replace("289.5", "291.25")
    for name, note in (("a1.ibw", later), ("a2.ibw", NOTE)):
        (tmp_path / name).write_bytes(wave(note=note))
    stack = load(tmp_path)
    assert [(frame["file"], frame["timestamp"]) for frame in stack.frame_metadata] == [
        ("a2.ibw", 0),
        ("a1.ibw", 1.75),
    ]


def test_curves_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ibw"
    path.write_bytes(wave(labels=()))
    with pytest.raises(ReadError, match="curves"):
        load(path)


def test_changed_header_is_noticed(tmp_path: Path) -> None:
    whole = bytearray(wave())
    whole[64 + 68] = 2
    path = tmp_path / "a.ibw"
    path.write_bytes(whole)
    with pytest.raises(ReadError, match="checksum"):
        load(path)
