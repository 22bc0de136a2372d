"""OME-Zarr, as ome-zarr-models, zarr and playnano's own reader see it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playnano import load
from playnano.errors import ExportError, ReadError
from playnano.exporters.data import ome_zarr
from playnano.exporters.data.ome_zarr import OmeZarrExport
from playnano.stack.stack import AFMImageStack

zarr = pytest.importorskip("zarr")


def written(stack: AFMImageStack, path: Path, threads: int = 1) -> Path:
    OmeZarrExport().check(stack)
    OmeZarrExport().write(stack, path, threads)
    return path


def test_it_comes_back(processed: AFMImageStack, tmp_path: Path) -> None:
    read = load(written(processed, tmp_path / "a.ome.zarr"))
    np.testing.assert_array_equal(read.data, processed.data)
    assert (read.pixel_size_nm, read.pixel_size_y_nm, read.unit) == (2.0, 2.5, "nm")
    assert read.frame_metadata == processed.frame_metadata
    np.testing.assert_array_equal(read.masks["feature_mask"], processed.masks["feature_mask"])
    steps = [record.sha256 for record in read.provenance.all_steps()]
    assert steps == [record.sha256 for record in processed.provenance.all_steps()]
    assert read.provenance.input is not None
    assert read.provenance.input.sha256


def test_strange_numbers_come_back(tmp_path: Path) -> None:
    images = np.zeros((3, 4, 5), np.float32)
    images[1, 0, :4] = np.nan, np.inf, -0.0, 1e-42
    images[2] = np.nan
    stack = AFMImageStack.from_array(images, channel="höhe")
    read = load(written(stack, tmp_path / "a.zarr"))
    assert read.data.tobytes() == images.tobytes()
    assert (read.pixel_size_nm, read.channel, read.warnings) == (None, "höhe", ())


def test_the_layout_is_that_of_the_ome(processed: AFMImageStack, tmp_path: Path) -> None:
    root = zarr.open_group(str(written(processed, tmp_path / "a.zarr")), mode="r")
    (multiscale,) = root.attrs["ome"]["multiscales"]
    assert [(axis["name"], axis["unit"]) for axis in multiscale["axes"]] == [
        ("t", "second"),
        ("y", "nanometer"),
        ("x", "nanometer"),
    ]
    scale = multiscale["datasets"][0]["coordinateTransformations"][0]["scale"]
    assert scale == [0.5, 2.5, 2.0]
    assert root["0"].chunks == (1, 24, 32)
    assert root["0"].metadata.dimension_names == ("t", "y", "x")
    np.testing.assert_array_equal(root["timestamps"][:], processed.timestamps)
    assert root["labels"].attrs["ome"]["labels"] == ["feature_mask"]
    label = root["labels/feature_mask/0"]
    assert label.dtype == np.uint8
    assert set(np.unique(label[:])) == {0, 1}


def test_it_is_valid(processed: AFMImageStack, tmp_path: Path) -> None:
    models = pytest.importorskip("ome_zarr_models.v05")
    root = zarr.open_group(str(written(processed, tmp_path / "a.zarr")), mode="r")
    assert models.Image.from_zarr(root).attributes.ome.multiscales[0].name == "height"


def test_what_is_not_known_has_no_unit(tmp_path: Path) -> None:
    written(AFMImageStack.from_array(np.ones((2, 3, 4))), tmp_path / "a.zarr")
    told = json.loads((tmp_path / "a.zarr/zarr.json").read_text(encoding="utf-8"))["attributes"]["ome"]
    assert all("unit" not in axis for axis in told["multiscales"][0]["axes"])


def test_bytes_depend_on_content_only(processed: AFMImageStack, tmp_path: Path) -> None:
    one, three = (written(processed, tmp_path / f"{n}.zarr", threads=n) for n in (1, 3))
    names = sorted(file.relative_to(one) for file in one.rglob("*") if file.is_file())
    assert len(names) == 6 + 1 + 6 + 7 - 1
    assert all((one / name).read_bytes() == (three / name).read_bytes() for name in names)


def test_only_our_own_is_replaced(processed: AFMImageStack, tmp_path: Path) -> None:
    assert OmeZarrExport().may_replace(written(processed, tmp_path / "a.zarr"))
    (tmp_path / "b.zarr").mkdir()
    assert not OmeZarrExport().may_replace(tmp_path / "b.zarr")


def test_without_the_library(movie: AFMImageStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    with pytest.raises(ExportError, match=r"pip install 'playnano\[zarr\]'"):
        OmeZarrExport().check(movie)


def test_frames_of_different_pixel_size_are_refused(movie: AFMImageStack) -> None:
    metadata = [{**frame, "frame_pixel_size_nm": float(i)} for i, frame in enumerate(movie.frame_metadata)]
    with pytest.raises(ExportError, match="one pixel size"):
        OmeZarrExport().check(replace(movie, frame_metadata=tuple(metadata)))


def test_missing_chunks_are_told(movie: AFMImageStack, tmp_path: Path) -> None:
    path = written(movie, tmp_path / "a.zarr")
    (path / "0/c/5/0/0").unlink()
    stack = load(path)
    changed = "its images are not what was written: the file was changed after playnano wrote it"
    assert stack.warnings == ("1 of 6 chunks are missing: they read as nan", changed)
    assert np.isnan(stack.data[5]).all()
    with pytest.raises(ReadError, match="1 of 6 chunks"):
        load(path, strict=True)


def test_damaged_ones(movie: AFMImageStack, tmp_path: Path) -> None:
    path = written(movie, tmp_path / "a.zarr")
    (path / "0/c/2/0/0").write_bytes(b"nonsense")
    with pytest.raises(ReadError, match="chunk 0/c/2/0/0 has 8 bytes, not 16"):
        load(path).data  # noqa: B018
    (path / "0/zarr.json").write_text("{", encoding="utf-8")
    with pytest.raises(ReadError, match="not an intact OME-Zarr"):
        load(path)


@pytest.mark.parametrize("version", [2, 3])
def test_movies_of_others(version: int, tmp_path: Path) -> None:
    images = np.arange(3 * 2 * 6 * 8, dtype=np.uint16).reshape(3, 2, 6, 8)
    axes = [
        {"name": "t", "type": "time", "unit": "millisecond"},
        {"name": "c", "type": "channel"},
        {"name": "y", "type": "space", "unit": "micrometer"},
        {"name": "x", "type": "space", "unit": "micrometer"},
    ]
    scale = [{"type": "scale", "scale": [200, 1, 0.002, 0.001]}]
    told = {"multiscales": [{"axes": axes, "datasets": [{"path": "s0", "coordinateTransformations": scale}]}]}
    attributes = told if version == 2 else {"ome": {**told, "version": "0.5"}}
    group = zarr.create_group(str(tmp_path / "a.zarr"), zarr_format=version, attributes=attributes)
    group.create_array("s0", data=images, chunks=(1, 1, 6, 8))
    stack = load(tmp_path / "a.zarr", channel="channel_2", unit="V")
    np.testing.assert_array_equal(stack.data, images[:, 1])
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == (1.0, 2.0)
    np.testing.assert_allclose(stack.timestamps, [0, 0.2, 0.4])
    with pytest.raises(ReadError, match="set `unit`"):
        load(tmp_path / "a.zarr")


def test_name_of_the_format() -> None:
    assert ome_zarr.OmeZarrExport().file_name("run_0.5nm", True) == "run_0.5nm_filtered.ome.zarr"


def test_the_reader_of_ome_zarr_opens_it(processed: AFMImageStack, tmp_path: Path) -> None:
    io = pytest.importorskip("ome_zarr.io", reason="ome-zarr is not installed")
    reader = pytest.importorskip("ome_zarr.reader")
    path = tmp_path / "a.ome.zarr"
    OmeZarrExport().write(processed, path)
    image, *others = reader.Reader(io.parse_url(str(path)))()
    np.testing.assert_array_equal(np.asarray(image.data[0]), processed.data)
    assert [axis["name"] for axis in image.metadata["axes"]] == ["t", "y", "x"]
    assert image.metadata["coordinateTransformations"] == [[{"type": "scale", "scale": [0.5, 2.5, 2.0]}]]
    labels = {node.metadata.get("name"): node for node in others}
    mask = np.asarray(processed.masks["feature_mask"])
    np.testing.assert_array_equal(np.asarray(labels["feature_mask"].data[0]), mask)


def test_one_in_a_folder_is_the_movie_of_the_folder(processed: AFMImageStack, tmp_path: Path) -> None:
    written(processed, tmp_path / "a.ome.zarr")
    np.testing.assert_array_equal(load(tmp_path).data, processed.data)
    with pytest.raises(ReadError, match="the folder holds no movie for the reader 'gsf'"):
        load(tmp_path / "a.ome.zarr", reader="gsf")


def test_a_header_that_is_nested_for_ever_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "zarr.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(ReadError, match="the folder holds no movie"):
        load(tmp_path)


def test_a_scale_that_all_levels_share_counts_too(tmp_path: Path) -> None:
    root = zarr.create_group(str(tmp_path / "a.zarr"), zarr_format=3)
    root.create_array("0", data=np.zeros((3, 4, 5), np.float32), chunks=(1, 4, 5), fill_value=1)
    axes = [{"name": "t", "type": "time", "unit": "millisecond"}]
    axes += [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    own, shared = ({"type": "scale", "scale": scale} for scale in ([1.0, 0.5, 0.5], [0.1, 1.0, 2.0]))
    level = {"path": "0", "coordinateTransformations": [own]}
    image = {"axes": axes, "datasets": [level], "coordinateTransformations": [shared]}
    root.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    stack = load(tmp_path / "a.zarr", unit="nm")
    assert (stack.pixel_size_y_nm, stack.pixel_size_nm) == (500.0, 1000.0)
    np.testing.assert_allclose(stack.timestamps, [0, 1e-4, 2e-4])
