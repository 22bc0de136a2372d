"""The NPZ layout, as NumPy alone sees it."""

import json
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.errors import ExportError, PlaynanoError
from playnano.exporters.data.npz import NpzExport
from playnano.stack.metadata import plain_metadata
from playnano.stack.stack import AFMImageStack


def arrays(stack: AFMImageStack, path: Path, **settings: Any) -> dict[str, Any]:
    NpzExport(**settings).write(stack, path)
    with np.load(path, allow_pickle=False) as loaded:
        return dict(loaded)


def test_keys_and_types(processed: AFMImageStack, tmp_path: Path) -> None:
    found = arrays(processed, tmp_path / "file.npz")
    assert {
        key: (value.dtype.kind + str(value.dtype.itemsize), value.ndim)
        for key, value in found.items()
        if value.ndim
    } == {
        "timestamps": ("f8", 1),
        "data": ("f4", 3),
        "processed__raw": ("f4", 3),
        "processed__step_1_lower": ("f4", 3),
        "processed__step_3_lower": ("f4", 3),
        "masks__feature_mask": ("b1", 3),
        "mask": ("b1", 3),
    }
    assert {key: value.dtype.kind for key, value in found.items() if not value.ndim} == {
        "pixel_size_nm": "f",
        "pixel_size_y_nm": "f",
        "channel": "U",
        "unit": "U",
        "frame_metadata_json": "U",
        "provenance_json": "U",
    }
    assert [key for key in found if "__" in key] == [
        "processed__raw",
        "processed__step_1_lower",
        "processed__step_3_lower",
        "masks__feature_mask",
    ]


def test_values(processed: AFMImageStack, tmp_path: Path) -> None:
    found = arrays(processed, tmp_path / "file.npz")
    assert np.array_equal(found["data"], processed.data)
    assert np.array_equal(found["data"], found["processed__step_3_lower"])
    assert np.array_equal(found["timestamps"], [0, 0.5, 1, 1.5, 2, 2.5])
    assert (found["pixel_size_nm"], found["pixel_size_y_nm"]) == (2.0, 2.5)
    assert (found["channel"], found["unit"]) == ("height", "nm")
    metadata = json.loads(str(found["frame_metadata_json"]))
    assert [frame["timestamp"] for frame in metadata] == found["timestamps"].tolist()
    provenance = json.loads(str(found["provenance_json"]))
    assert [step["name"] for step in provenance["steps"]] == ["step_1_lower", "feature_mask", "step_3_lower"]
    assert all(step["sha256"] for step in provenance["steps"])


def test_what_is_not_known(tmp_path: Path) -> None:
    found = arrays(AFMImageStack.from_array(np.ones((2, 3, 4))), tmp_path / "file.npz")
    assert np.isnan(found["timestamps"]).all()
    assert math.isnan(found["pixel_size_nm"])
    assert "mask" not in found
    assert "raw_frame_metadata_json" not in found


def test_every_member_is_deflated(processed: AFMImageStack, tmp_path: Path) -> None:
    arrays(processed, tmp_path / "file.npz")
    with zipfile.ZipFile(tmp_path / "file.npz") as archive:
        assert archive.testzip() is None
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_metadata_of_dropped_frames_go_with_raw(processed: AFMImageStack, tmp_path: Path) -> None:
    stack = replace(
        processed,
        frame_metadata=plain_metadata(6, timestamps=range(6)),
        raw_frame_metadata=processed.frame_metadata,
    )
    found = arrays(stack, tmp_path / "file.npz")
    times = [frame["timestamp"] for frame in json.loads(str(found["raw_frame_metadata_json"]))]
    assert times == processed.timestamps.tolist()


def test_a_layer_that_is_not_there(processed: AFMImageStack) -> None:
    with pytest.raises(ExportError, match="there is no layer 'step_2'; there will be: raw, step_1_lower"):
        NpzExport(layers=("raw", "step_2")).check(processed)


def test_raw_of_a_stack_without_raw(processed: AFMImageStack, tmp_path: Path) -> None:
    with pytest.raises(PlaynanoError, match="there is no raw layer"):
        NpzExport(raw=True).write(processed.select([0]), tmp_path / "file.npz")
    assert not (tmp_path / "file.npz").exists()
