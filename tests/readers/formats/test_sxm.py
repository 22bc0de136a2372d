"""Nanonis images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from instrument_images import agrees_with_reference
from sxm_file import BACKWARD, FORWARD, nanonis

from playnano import load
from playnano.errors import ReadError


@pytest.mark.parametrize("index", range(4))
def test_real_file_has_the_values_that_gwyddion_gives(
    data_folder: Path, reference: dict[str, Any], index: int
) -> None:
    name = "sxm/probeflow_nanonis.sxm"
    told = reference[name]["channels_gwyddion"][index]
    channel = told["title"].replace("(", "").replace(")", "")
    agrees_with_reference(load(data_folder / name, channel=channel), told)


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize(("channel", "image"), [("Z forward", FORWARD), ("Z backward", BACKWARD)])
def test_orientation_scale_and_times(tmp_path: Path, direction: str, channel: str, image: np.ndarray) -> None:
    path = tmp_path / "a.sxm"
    path.write_bytes(nanonis(direction))
    stack = load(path, channel=channel)
    assert stack.data[0] == pytest.approx(image)
    assert (stack.unit, stack.pixel_size_nm, stack.pixel_size_y_nm) == (
        "nm",
        pytest.approx(10),
        pytest.approx(5),
    )
    frame = stack.frame_metadata[0]
    assert (frame["frame_duration_s"], frame["line_rate"], frame["scan_direction"]) == (415.9, 0.5, direction)


def test_folder_is_in_the_order_of_time(tmp_path: Path) -> None:
    for name, time in (("a1.sxm", "10:00:05"), ("a2.sxm", "09:59:00")):
        (tmp_path / name).write_bytes(nanonis(time=time))
    stack = load(tmp_path)
    assert [(frame["file"], frame["timestamp"]) for frame in stack.frame_metadata] == [
        ("a2.sxm", 0),
        ("a1.sxm", 65),
    ]


def test_other_types_of_data_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sxm"
    path.write_bytes(nanonis().replace(b"MSBFIRST", b"LSBFIRST"))
    with pytest.raises(ReadError, match="LSBFIRST"):
        load(path)
