"""WSxM images, as doubles and as short integers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from instrument_images import agrees_with_reference
from wsxm_file import IMAGE, wsxm

from playnano import load
from playnano.errors import ReadError


@pytest.mark.parametrize("name", ["wsxm/sample_0.stp", "wsxm/sample_0.top"])
def test_real_files_have_the_values_that_gwyddion_gives(
    data_folder: Path, reference: dict[str, Any], name: str
) -> None:
    agrees_with_reference(load(data_folder / name), reference[name]["channels_gwyddion"][0])


def test_short_integers_equal_their_twin_in_doubles(data_folder: Path) -> None:
    short, double = (load(data_folder / "wsxm" / f"sample_0.{end}").data for end in ("top", "stp"))
    assert np.abs(short - double).max() < 59.7449 / (19468 - 5073)


@pytest.mark.parametrize(("kind", "name"), [("short", "a.top"), ("double", "a.stp")])
def test_span_of_the_header_scales_the_values(tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(wsxm(kind=kind))
    stack = load(path)
    assert stack.data[0] == pytest.approx(IMAGE * 0.5)
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx((100, 50))
    assert (stack.unit, stack.channel) == ("nm", "Topography")
    assert stack.frame_metadata[0]["line_rate"] == 2.5


@pytest.mark.parametrize(
    ("span", "unit"), [("5 V", "V"), ("5 \xba", "deg"), ("0.005 \xb5m", "nm"), ("50 \xc5", "nm")]
)
def test_units(tmp_path: Path, span: str, unit: str) -> None:
    path = tmp_path / "a.top"
    path.write_bytes(wsxm(span=span))
    stack = load(path)
    assert stack.unit == unit
    assert stack.data[0] == pytest.approx(IMAGE * 0.5)


def test_flat_image_is_zero(tmp_path: Path) -> None:
    path = tmp_path / "a.top"
    path.write_bytes(wsxm(np.full((2, 3), 7), span="0 nm"))
    assert not load(path).data.any()


def test_folder_is_in_the_order_of_time(tmp_path: Path) -> None:
    for name, time in (("a_1.top", "27.25"), ("a_2.top", "26.5")):
        (tmp_path / name).write_bytes(wsxm(time=time))
    stack = load(tmp_path)
    assert [frame["timestamp"] for frame in stack.frame_metadata] == [0, 0.75]
    assert stack.frame_metadata[0]["file"] == "a_2.top"
    assert stack.frame_metadata[0]["start_epoch_ms"] is None


def test_trace_and_retrace_in_one_folder_are_said(tmp_path: Path) -> None:
    for number, way in enumerate(("Forward", "Backward", "Forward")):
        (tmp_path / f"a_{number}.top").write_bytes(wsxm(time=f"{number}.5", way=way))
    assert load(tmp_path).warnings == (
        "the images are of several channels: Topography forward (2), Topography backward (1: a_1.top)",
    )
    (tmp_path / "a_1.top").unlink()
    assert load(tmp_path).warnings == ()


def test_no_scale_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.top"
    path.write_bytes(wsxm().replace(b"Z Amplitude", b"Z Altitude "))
    with pytest.raises(ReadError, match="does not state Z Amplitude"):
        load(path)
