"""Asylum Research images."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from instrument_images import agrees_with_reference, is_refused_or_read

from playnano import load
from playnano.errors import ReadError

IMAGE = np.arange(6.0).reshape(2, 3)
NOTE = "ScanRate: 2.5\rScanDown: 1\rDate:2009-06-03\rTime:22:01:29\rSeconds:3326911289.5\rUserIn0Unit: V\r"


def wave(
    order: str = "<",
    labels: tuple[str, ...] = ("HeightTrace", "PhaseRetrace", "UserIn0Trace"),
    note: str = NOTE,
) -> bytes:
    """A wave with a valid checksum: layer i is shown as (IMAGE + i) * 1e-9."""
    layers = max(len(labels), 0)
    values = np.stack([IMAGE[::-1] + i for i in range(layers or 1)]) * 1e-9
    listed = b"".join(label.encode().ljust(32, b"\0") for label in ("", *labels)) if labels else b""
    raw = values.astype(order + "f4").tobytes()
    sizes = (320 + len(raw), 0, len(note), 0, *(0,) * 4, 0, 0, len(listed), 0, 0, 0, 0)
    head = bytearray(384)
    struct.pack_into(order + "hh15i", head, 0, 5, 0, *sizes)
    struct.pack_into(order + "i", head, 64 + 12, values.size)
    struct.pack_into(order + "h", head, 64 + 16, 2)
    struct.pack_into(order + "h", head, 64 + 26, 1)
    struct.pack_into(order + "4i4d", head, 64 + 68, 3, 2, layers, 0, 1e-8, 5e-9, 1, 1)
    for place in (148, 152, 156):
        head[64 + place : 64 + place + 1] = b"m"
    total = int(np.frombuffer(bytes(head), order + "i2").sum(dtype=np.int64))
    struct.pack_into(order + "H", head, 2, -total % 65536)
    return bytes(head) + raw + note.encode() + listed


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
    with pytest.raises(ReadError, match="--unit"):
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


def test_damaged_files_are_refused_or_read(tmp_path: Path) -> None:
    is_refused_or_read(tmp_path / "a.ibw", wave(), 384, {(2, 3)})
