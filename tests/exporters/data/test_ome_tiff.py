"""OME-TIFF, as the OME schema, ome-types and tifffile see it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from playnano.errors import ExportError
from playnano.exporters.data import ome_tiff
from playnano.exporters.data.ome_tiff import OmeTiffExport
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import regular_interval


def header(stack: AFMImageStack, path: Path) -> Any:
    """The header, validated against the schema of June 2016."""
    import ome_types

    OmeTiffExport().write(stack, path)
    with tifffile.TiffFile(path) as file:
        assert file.is_ome
        return ome_types.from_xml(file.ome_metadata, validate=True)


def test_header(processed: AFMImageStack, tmp_path: Path) -> None:
    ome = header(processed, tmp_path / "file.ome.tif")
    (image,) = ome.images
    pixels = image.pixels
    assert (pixels.dimension_order.value, pixels.type.value) == ("XYZCT", "float")
    assert (pixels.size_x, pixels.size_y, pixels.size_z, pixels.size_c, pixels.size_t) == (32, 24, 1, 1, 6)
    assert (pixels.physical_size_x, pixels.physical_size_y) == (0.002, 0.0025)
    assert pixels.physical_size_x_unit.value == pixels.physical_size_y_unit.value == "µm"
    assert (pixels.time_increment, pixels.time_increment_unit.value) == (0.5, "s")
    assert [(plane.the_t, plane.delta_t, plane.delta_t_unit.value) for plane in pixels.planes] == [
        (t, t / 2, "s") for t in range(6)
    ]
    assert pixels.channels[0].name == "height"
    assert ome.structured_annotations.map_annotations[0].value["value_unit"] == "nm"
    assert len(image.annotation_refs) == 3
    assert ome.creator.startswith("playnano ")


def test_tifffile_sees_a_movie(processed: AFMImageStack, tmp_path: Path) -> None:
    OmeTiffExport().write(processed, tmp_path / "file.ome.tif")
    with tifffile.TiffFile(tmp_path / "file.ome.tif") as file:
        (series,) = file.series
        assert (series.axes, series.get_axes(squeeze=False)) == ("TYX", "TCZYXS")
        assert series.dtype == np.float32
        assert not file.is_bigtiff
        assert np.array_equal(series.asarray(), processed.data)
        assert "DateTime" not in file.pages[0].tags
        assert file.pages[0].resolution == pytest.approx((5e6, 4e6))


def test_irregular_times_have_no_increment(tmp_path: Path) -> None:
    times = [0, 0.5, 1, 3.5, 4.04]
    stack = AFMImageStack.from_array(np.ones((5, 3, 4)), timestamps=times)
    pixels = header(stack, tmp_path / "f.ome.tif").images[0].pixels
    assert pixels.time_increment is None
    assert [plane.delta_t for plane in pixels.planes] == times


@pytest.mark.parametrize(
    ("times", "interval"),
    [
        ([0, 1, 2], 1),
        ([0, 1.001, 2], 1),
        ([0, 1, 2.1], None),
        ([0, 1, np.nan], None),
        ([0], None),
        ([], None),
        ([0, 0, 0], None),
        ([2, 1, 0], None),
    ],
)
def test_regular_intervals(times: list[float], interval: float | None) -> None:
    found = regular_interval(np.array(times, float))
    assert found == (None if interval is None else pytest.approx(interval, rel=2e-3))


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    ome = header(AFMImageStack.from_array(np.ones((2, 3, 4))), tmp_path / "f.ome.tif")
    pixels = ome.images[0].pixels
    assert pixels.physical_size_x is pixels.physical_size_y is pixels.time_increment is None
    assert [plane.delta_t for plane in pixels.planes] == [None, None]
    assert ome.images[0].acquisition_date is None


def test_acquisition_date_is_utc(movie: AFMImageStack, tmp_path: Path) -> None:
    metadata = tuple({**frame, "start_epoch_ms": 1_748_439_718_548} for frame in movie.frame_metadata)
    date = header(replace(movie, frame_metadata=metadata), tmp_path / "f.ome.tif").images[0].acquisition_date
    assert date.isoformat(timespec="milliseconds") == "2025-05-28T13:41:58.548+00:00"


def test_a_single_frame(tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(np.ones((3, 4)), timestamps=[0.0], pixel_size_nm=1.0)
    pixels = header(stack, tmp_path / "f.ome.tif").images[0].pixels
    assert (pixels.size_t, pixels.planes[0].delta_t) == (1, 0.0)


def test_names_that_xml_cannot_hold(tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(np.ones((1, 3, 4)), channel='<a> & "b"\n\0µ', unit="°")
    ome = header(stack, tmp_path / "f.ome.tif")
    assert ome.images[0].pixels.channels[0].name == '<a> & "b"\n\ufffdµ'


def test_uuid_is_that_of_the_content(movie: AFMImageStack, processed: AFMImageStack, tmp_path: Path) -> None:
    other = AFMImageStack.from_array(
        movie.data + 1, pixel_size_nm=(2.5, 2.0), timestamps=movie.timestamps.tolist()
    )
    stacks = [movie, other, processed, processed.select([0, 1, 2]), processed.select([1, 2, 3]), movie]
    uuids = [header(stack, tmp_path / f"{i}.ome.tif").uuid for i, stack in enumerate(stacks)]
    assert len(set(uuids)) == 5
    assert uuids[0] == uuids[-1]


def test_frames_of_different_pixel_size_are_refused(movie: AFMImageStack) -> None:
    metadata = [dict(frame) for frame in movie.frame_metadata]
    metadata[3]["frame_pixel_size_nm"] = 1.5
    with pytest.raises(ExportError, match=r"^OME-TIFF holds one pixel size, not 2.0 and 1.5 nm: use npz"):
        OmeTiffExport().check(replace(movie, frame_metadata=tuple(metadata)))


def test_large_files_are_bigtiff(
    movie: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ome_tiff, "CLASSIC_LIMIT", 6 * 24 * 32 * 4)
    OmeTiffExport().write(movie, tmp_path / "f.ome.tif")
    with tifffile.TiffFile(tmp_path / "f.ome.tif") as file:
        assert file.is_bigtiff
        assert np.array_equal(file.asarray(), movie.data)
