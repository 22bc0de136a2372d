"""OME-Zarr folders that are made to run code, to read elsewhere, or to fill the memory."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from little_memory import in_little_memory

from playnano import load
from playnano.errors import ReadError
from playnano.exporters import EXPORTS
from playnano.stack.stack import AFMImageStack

zarr = pytest.importorskip("zarr")

MULTISCALES = [
    {"axes": [{"name": name} for name in "tyx"], "datasets": [{"path": "0", "coordinateTransformations": []}]}
]


class Attack:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.file), "w"))


def v2_array(folder: Path, **changes: Any) -> Path:
    """An array of two frames of 4 x 4 in Zarr v2."""
    folder.mkdir(parents=True)
    told: dict[str, Any] = {
        "zarr_format": 2,
        "shape": [2, 4, 4],
        "chunks": [1, 4, 4],
        "dtype": "<f4",
        "compressor": None,
        "filters": None,
        "fill_value": 0,
        "order": "C",
    }
    (folder / ".zarray").write_text(json.dumps(told | changes))
    for index in range(2):
        (folder / f"{index}.0.0").write_bytes(np.full((4, 4), index, "<f4").tobytes())
    return folder


def v2_image(folder: Path, **changes: Any) -> Path:
    v2_array(folder / "0", **changes)
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zattrs").write_text(json.dumps({"multiscales": MULTISCALES}))
    return folder


def ours(folder: Path, movie: AFMImageStack) -> Path:
    EXPORTS["ome-zarr"]().write(movie.apply("mask_threshold", threshold=2, name="mask"), folder)
    return folder


def edited(file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    told = json.loads(file.read_text())
    edit(told)
    file.write_text(json.dumps(told))


def test_plain_arrays_of_v2_open(tmp_path: Path) -> None:
    stack = load(v2_image(tmp_path / "a.zarr"), unit="nm")
    np.testing.assert_array_equal(stack.data, [np.zeros((4, 4)), np.ones((4, 4))])


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": [{"id": "pickle", "protocol": 5}], "dtype": "|O"},
        {"filters": [{"id": "pickle", "protocol": 5}]},
        {"compressor": {"id": "pickle", "protocol": 5}},
        {"dtype": "|O", "filters": [{"id": "json2"}]},
        {"filters": [{"id": "categorize", "labels": ["a"], "dtype": "|O"}]},
        {"filters": [{"id": "delta", "dtype": "|O"}]},
        {"dtype": [["x", "<f4"]]},
    ],
)
@pytest.mark.parametrize("where", ["movie", "mask", "mask through consolidated metadata"])
def test_nothing_in_a_file_is_run(
    tmp_path: Path, movie: AFMImageStack, changes: dict[str, Any], where: str
) -> None:
    made = tmp_path / "made by the file"
    if where == "movie":
        path = v2_image(tmp_path / "a.zarr", **changes)
        array = path / "0"
    else:
        path = ours(tmp_path / "a.zarr", movie)
        array = path / "labels" / "mask" / "0"
        shutil.rmtree(array)
        v2_array(array, **changes)
    if where.endswith("metadata"):
        edited(
            path / "zarr.json",
            lambda told: told.update(consolidated_metadata={"kind": "inline", "metadata": {}}),
        )
        (path / ".zmetadata").write_text("{}")
    for chunk in array.glob("*.0.0"):
        chunk.write_bytes(pickle.dumps(Attack(made)))
    with pytest.raises(ReadError, match=r"which playnano does not open|that is not a movie"):
        load(path)
    assert not made.exists()


@pytest.mark.parametrize(
    "edit",
    [
        lambda told: told["codecs"].append({"name": "numcodecs.pickle", "configuration": {"id": "pickle"}}),
        lambda told: told.update(data_type="variable_length_bytes"),
        lambda told: told.update(data_type={"name": "struct", "configuration": {}}),
        lambda told: told.update(storage_transformers=[{"name": "other"}]),
        lambda told: told["chunk_grid"].update(name="other"),
        lambda told: told.update(
            codecs=[{"name": "sharding_indexed", "configuration": {"codecs": [{"name": "numcodecs.pickle"}]}}]
        ),
    ],
)
@pytest.mark.parametrize("array", ["0", "labels/mask/0"])
def test_only_listed_codecs_of_v3(
    tmp_path: Path, movie: AFMImageStack, edit: Callable[[dict[str, Any]], object], array: str
) -> None:
    path = ours(tmp_path / "a.zarr", movie)
    edited(path / array / "zarr.json", edit)
    with pytest.raises(ReadError, match="which playnano does not open"):
        load(path)


@pytest.mark.parametrize("name", ["../b.zarr/0", "/etc", "..", "C:\\data", "", 5, None, "a\0b"])
def test_nothing_outside_the_folder_is_read(tmp_path: Path, movie: AFMImageStack, name: Any) -> None:
    ours(tmp_path / "b.zarr", movie)
    path = ours(tmp_path / "a.zarr", movie)

    def elsewhere(told: dict[str, Any]) -> None:
        told["attributes"]["ome"]["multiscales"][0]["datasets"][0]["path"] = name

    edited(path / "zarr.json", elsewhere)
    with pytest.raises(ReadError, match="which lies outside it"):
        load(path)


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ([10_000_000, 4, 4], [1, 4, 4]),
        ([1_000_000_000_000, 4, 4], [1_000_000_000_000, 4, 4]),
        ([2, 30_000, 30_000], [1, 30_000, 30_000]),
        ([2, 4, 4], [20_000, 400, 400]),
        ([2_000, 4_000, 4_000], [1, 4, 4]),
    ],
)
def test_a_claim_that_the_files_cannot_hold(tmp_path: Path, shape: list[int], chunks: list[int]) -> None:
    path = v2_image(tmp_path / "a.zarr", shape=shape, chunks=chunks)
    done = in_little_memory("info", path)
    assert done.code == 1, done.errors
    assert "more than its" in done.errors
    assert done.errors.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[]", "{}", '{"shape": 5}', "\xff", '{"dtype": "<f4", "shape": ["a"]}']
)
def test_metadata_that_are_none(tmp_path: Path, text: str) -> None:
    path = v2_image(tmp_path / "a.zarr")
    (path / "0" / ".zarray").write_bytes(text.encode("latin-1"))
    with pytest.raises(ReadError):
        load(path)
