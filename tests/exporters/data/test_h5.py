"""The HDF5 layout, as h5py alone sees it."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from playnano.exporters.data.h5 import H5Export
from playnano.stack.metadata import plain_metadata
from playnano.stack.stack import AFMImageStack


def test_layout(processed: AFMImageStack, tmp_path: Path) -> None:
    import h5py

    H5Export().write(processed, tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5") as file:
        assert set(file) == {
            "data",
            "processed",
            "masks",
            "mask",
            "timestamps",
            "frame_metadata_json",
            "provenance_json",
        }
        assert list(file["processed"]) == ["raw", "step_1_lower", "step_3_lower"]
        assert list(file["masks"]) == ["feature_mask"]
        assert dict(file.attrs) == {
            "playnano_format": 1,
            "pixel_size_nm": 2.0,
            "pixel_size_y_nm": 2.5,
            "channel": "height",
            "unit": "nm",
        }
        for name in ("frame_metadata_json", "provenance_json"):
            assert h5py.check_string_dtype(file[name].dtype).encoding == "utf-8"
            assert json.loads(file[name].asstr()[()])
        assert np.array_equal(file["timestamps"], processed.timestamps)


def test_arrays(processed: AFMImageStack, tmp_path: Path) -> None:
    import h5py

    H5Export().write(processed, tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5") as file:
        images = [file["data"], *file["processed"].values()]
        masks = [file["mask"], *file["masks"].values()]
        assert {(d.dtype.str, d.chunks, d.compression, d.shuffle) for d in images} == {
            ("<f4", (1, 24, 32), "gzip", True)
        }
        assert {(d.dtype, d.chunks, d.compression) for d in masks} == {(np.dtype(bool), (1, 24, 32), "gzip")}
        for name, layer in processed.processed.items():
            assert np.array_equal(file["processed"][name], np.asarray(layer))
        assert np.array_equal(file["masks/feature_mask"], np.asarray(processed.masks["feature_mask"]))
        assert np.array_equal(file["mask"], [processed.frames[i].mask for i in range(6)])


def test_data_are_a_link_to_the_last_layer(processed: AFMImageStack, tmp_path: Path) -> None:
    import h5py

    H5Export().write(processed, tmp_path / "linked.h5")
    H5Export(layers=("raw",)).write(processed, tmp_path / "alone.h5")
    with h5py.File(tmp_path / "linked.h5") as file:
        assert file["data"] == file["processed/step_3_lower"]
        assert file["data"] != file["processed/step_1_lower"]
    with h5py.File(tmp_path / "alone.h5") as file:
        assert np.array_equal(file["data"], processed.data)
        assert list(file["processed"]) == ["raw"]


def test_groups_are_there_even_when_empty(movie: AFMImageStack, tmp_path: Path) -> None:
    import h5py

    H5Export().write(movie, tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5") as file:
        assert len(file["processed"]) == len(file["masks"]) == 0
        assert "mask" not in file
        assert np.array_equal(file["data"], movie.data)


def test_what_is_not_known(tmp_path: Path) -> None:
    import h5py

    H5Export().write(AFMImageStack.from_array(np.ones((2, 3, 4))), tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5") as file:
        assert math.isnan(file.attrs["pixel_size_nm"])
        assert np.isnan(file["timestamps"]).all()


def test_metadata_of_dropped_frames_go_with_raw(processed: AFMImageStack, tmp_path: Path) -> None:
    import h5py

    stack = replace(
        processed,
        frame_metadata=plain_metadata(6, timestamps=range(6)),
        raw_frame_metadata=processed.frame_metadata,
    )
    H5Export().write(stack, tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5") as file:
        times = [frame["timestamp"] for frame in json.loads(file["raw_frame_metadata_json"][()])]
    assert times == processed.timestamps.tolist()


def test_many_small_frames_share_tasks(tmp_path: Path) -> None:
    import h5py

    images = np.random.default_rng(0).normal(size=(700, 20, 20)).astype(np.float32)
    H5Export().write(AFMImageStack.from_array(images), tmp_path / "file.h5", threads=2)
    with h5py.File(tmp_path / "file.h5") as file:
        assert np.array_equal(file["data"], images)
