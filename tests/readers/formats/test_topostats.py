"""Images that TopoStats saved."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from topostats_file import IMAGE, topostats

from playnano import load
from playnano.errors import ReadError


def test_real_file_has_the_values_of_the_reference(data_folder: Path, reference: dict[str, Any]) -> None:
    name = "topostats/sample_0_2.topostats"
    told = reference[name]["readers"]["AFMReader 0.0.7"]
    stack = load(data_folder / name)
    image = stack.data[0]
    found = {"min": image.min(), "max": image.max(), "mean": image.mean(), "std": image.std()}
    assert image.shape == tuple(told["shape"])
    assert found == pytest.approx(told["frame0"], rel=1e-5)
    assert image[[0, -1], :3] == pytest.approx(np.array(told["corner"]), rel=1e-5)
    assert (stack.unit, stack.pixel_size_nm) == ("nm", pytest.approx(told["px_nm"]))


def test_both_images_can_be_chosen(tmp_path: Path) -> None:
    path = topostats(tmp_path / "a.topostats", image_original=IMAGE + 5, pixel_to_nm_scaling=2.5)
    assert np.array_equal(load(path).data[0], IMAGE)
    assert np.array_equal(load(path, channel="image_original").data[0], IMAGE + 5)
    assert load(path).pixel_size_nm == load(path).pixel_size_y_nm == 2.5


def test_unknown_pixel_size_is_unknown(tmp_path: Path) -> None:
    path = topostats(tmp_path / "a.topostats")
    with h5py.File(path, "a") as file:
        del file["pixel_to_nm_scaling"]
    assert load(path).pixel_size_nm is None


def test_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no channel in it"):
        load(topostats(tmp_path / "a.topostats", image=3.0))


def test_size_that_the_file_does_not_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.topostats"
    with h5py.File(path, "w") as file:
        file["topostats_file_version"] = 0.2
        file.create_dataset("image", (30000, 30000), "f8", chunks=(100, 100))
    with pytest.raises(ReadError, match="does not hold them"):
        load(path)


def test_other_hdf5_files_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["image"] = IMAGE
    with pytest.raises(ReadError, match="it is an HDF5 file of another program"):
        load(path)
