"""ImageJ TIFF, as tifffile and playnano's own reader see it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from playnano import load
from playnano.errors import ExportError
from playnano.exporters.data import imagej_tiff
from playnano.exporters.data.imagej_tiff import ImagejTiffExport
from playnano.stack.stack import AFMImageStack


def written(stack: AFMImageStack, path: Path, threads: int = 1) -> Path:
    ImagejTiffExport().check(stack)
    ImagejTiffExport().write(stack, path, threads)
    return path


def test_imagej_sees_a_hyperstack(processed: AFMImageStack, tmp_path: Path) -> None:
    with tifffile.TiffFile(written(processed, tmp_path / "a.tif")) as file:
        assert file.is_imagej
        assert not file.is_bigtiff
        meta = file.imagej_metadata
        (series,) = file.series
        assert (series.axes, series.dtype, len(file.pages)) == ("TYX", np.float32, 6)
        assert series.dataoffset is not None
        np.testing.assert_array_equal(series.asarray(), processed.data)
        tags = file.pages.first.tags
        assert [tags[name].value for name in ("XResolution", "YResolution")] == [(1, 2), (2, 5)]
    assert (meta["frames"], meta["hyperstack"], meta["unit"], meta["vunit"]) == (6, True, "nm", "nm")
    assert (meta["finterval"], meta["fps"]) == (0.5, 2.0)
    assert (meta["min"], meta["max"]) == pytest.approx(np.percentile(processed.data, (1, 99)))
    assert meta["Labels"][1] == f"t = 0.5 s, {processed.channel}"
    assert "steps: step_1_lower, feature_mask, step_3_lower\n" in meta["Info"]


@pytest.mark.parametrize("times", [[0, 0.5, 1, 1.5], [0, 0.1, 1.5, 7 / 3], None])
@pytest.mark.parametrize("size", [None, 1.0, (2.5, 0.7), (1 / 3, 390.625), 1e-3, 1e6])
def test_it_comes_back(times: list[float] | None, size: float | None, tmp_path: Path) -> None:
    images = np.random.default_rng(0).normal(size=(4, 5, 7)).astype(np.float32)
    images[1, 2, 3:5] = np.nan, -0.0
    stack = AFMImageStack.from_array(
        images, pixel_size_nm=size, timestamps=times, channel="höhe µ", unit="Å°"
    )
    read = load(written(stack, tmp_path / "a.tif"))
    assert read.data.tobytes() == images.tobytes()
    assert (read.channel, read.unit) == ("höhe µ", "Å°")
    for found, told in (
        (read.pixel_size_nm, stack.pixel_size_nm),
        (read.pixel_size_y_nm, stack.pixel_size_y_nm),
    ):
        assert found == (None if told is None else pytest.approx(told, rel=1e-9))
    np.testing.assert_array_equal(read.timestamps, stack.timestamps)


@pytest.mark.parametrize(
    ("images", "size"),
    [
        (np.ones((1, 4, 5)), 1.0),
        (np.full((3, 1, 1), np.nan), None),
        (np.ones((3, 2, 3)), 1.0),
        (np.ones((2, 3, 4)), 2.0),
    ],
)
def test_small_ones(images: np.ndarray, size: float | None, tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(images, pixel_size_nm=size)
    np.testing.assert_array_equal(load(written(stack, tmp_path / "a.tif")).data, images)


def test_irregular_times_are_noted(movie: AFMImageStack, tmp_path: Path) -> None:
    assert not ImagejTiffExport().write(movie, tmp_path / "a.tif").notes
    (note,) = ImagejTiffExport().write(movie.select([0, 1, 5]), tmp_path / "b.tif").notes
    assert "irregular" in note
    assert "1.25 s" in note


def test_bytes_depend_on_content_only(processed: AFMImageStack, tmp_path: Path) -> None:
    one, three = (written(processed, tmp_path / f"{n}.tif", threads=n).read_bytes() for n in (1, 3))
    assert one == three


def test_what_it_cannot_hold(movie: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = [{**frame, "frame_pixel_size_nm": float(i)} for i, frame in enumerate(movie.frame_metadata, 1)]
    with pytest.raises(ExportError, match="one pixel size"):
        ImagejTiffExport().check(replace(movie, frame_metadata=tuple(metadata)))
    with pytest.raises(ExportError, match="no place for a pixel size"):
        ImagejTiffExport().write(
            AFMImageStack.from_array(np.ones((1, 2, 2)), pixel_size_nm=1e12), tmp_path / "a"
        )
    monkeypatch.setattr(imagej_tiff, "LARGEST", 6 * 24 * 32 * 4 - 1)
    with pytest.raises(ExportError, match=r"holds 4 GB, .*: use tif or ome-zarr"):
        ImagejTiffExport().check(movie)
