"""Bundles laid out as playNano 0.5 lays them out; made here, from the facts of that layout."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.errors import ReadError
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import h5 as bundle_h5
from playnano.readers.formats.bundles import npz as bundle_npz
from playnano.readers.formats.bundles import ome_tiff as bundle_ome_tiff
from playnano.stack.stack import AFMImageStack

SIZE = 1.1 / 3
RAW = np.random.default_rng(0).normal(size=(12, 10, 8)).astype(np.float32)
MASK = RAW > 1


def metadata(n: int = 12) -> list[dict[str, Any]]:
    keys = {"frame_pixel_size_nm": SIZE, "frame_duration_s": 0.4, "start_epoch_ms": 5, "scan_direction": None}
    return [{"timestamp": t / 2, **keys, "line_rate": 40.0} for t in range(n)]


def step(index: int, name: str, kind: str, **parameters: Any) -> dict[str, Any]:
    key = "mask_key" if kind == "mask" else "processed_key"
    told = {"index": index, "name": name, "params": parameters, "step_type": kind}
    return {**told, key: f"step_{index}_{name}"}


STEPS = [step(1, "remove_plane", "filter"), step(2, "mask_threshold", "mask", threshold=1.0)]
STEPS += [step(index, "zero_mean", "filter") for index in range(3, 12)]
IMAGES = [told["processed_key"] for told in STEPS if "processed_key" in told]
PROVENANCE = {
    "acquisition": {"bidirectional": False},
    "environment": {"platform": "any", "playnano_version": "0.5.0", "numpy_version": "2.0"},
    "processing": {"steps": STEPS, "keys_by_name": {}},
    "analysis": {"frame_times": None, "steps": [], "results_by_name": {}},
}


def layers() -> dict[str, Any]:
    return {"raw": RAW, **{name: RAW + number for number, name in enumerate(IMAGES, 1)}}


def save_npz(path: Path, channel: str = "height_trace", **changes: Any) -> None:
    def text(value: Any) -> Any:
        return np.array(value, dtype=object)

    arrays = {
        "pixel_size_nm": np.array(SIZE, np.float32),
        "channel": text(channel),
        "frame_metadata_json": text(json.dumps(metadata())),
        "provenance_json": text(json.dumps(PROVENANCE).encode()),
        "state_backups_json": text("{}"),
        "data": layers()[IMAGES[-1]],
        "timestamps": np.arange(12) / 2,
        **{f"processed__{name}": images for name, images in layers().items()},
        "masks__step_2_mask_threshold": MASK,
    }
    np.savez_compressed(path, allow_pickle=True, **{**arrays, **changes})


def save_h5(path: Path, channel: str = "height_trace") -> None:
    import h5py

    def pack(group: Any, name: str, images: Any) -> None:
        group.create_dataset(name, data=images, chunks=(4, 5, 8), compression="gzip", compression_opts=4)

    with h5py.File(path, "w") as file:
        pack(file, "data", layers()[IMAGES[-1]])
        processed, masks = file.create_group("processed"), file.create_group("masks")
        for name, images in layers().items():
            pack(processed, name, images)
        pack(masks, "step_2_mask_threshold", MASK)
        file["frame_metadata_json"] = np.bytes_(json.dumps(metadata()))
        file["provenance_json"] = np.bytes_(json.dumps(PROVENANCE))
        file["timestamps"] = np.arange(12) / 2
        file.attrs["channel"], file.attrs["pixel_size_nm"] = channel, SIZE


def save_tif(path: Path, channel: str = "height_trace") -> None:
    import tifffile

    details = {
        "axes": "TCZYX",
        "Channel": {"Name": [channel]},
        "PhysicalSizeX": SIZE / 1000,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": SIZE / 1000,
        "PhysicalSizeYUnit": "µm",
        "Plane": {"DeltaT": [t / 2 for t in range(12)]},
    }
    tags = [(65000, "s", 0, json.dumps(PROVENANCE), True), (65001, "s", 0, json.dumps(list(layers())), True)]
    data = layers()[IMAGES[-1]][:, None, None]
    tifffile.imwrite(path, data, ome=True, photometric="minisblack", metadata=details, extratags=tags)


FORMATS: dict[str, tuple[Any, Reader]] = {
    "file.npz": (save_npz, bundle_npz.READER),
    "file.h5": (save_h5, bundle_h5.READER),
    "file.ome.tif": (save_tif, bundle_ome_tiff.READER),
}


@pytest.fixture(params=FORMATS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[AFMImageStack, Path]:
    save, reader = FORMATS[request.param]
    path = tmp_path / request.param
    save(path)
    assert reader.recognise(path)
    assert reader.channels(path) == ("height_trace",)
    return reader.open(path, ReadOptions()), path


def test_data_and_what_they_mean(old: tuple[AFMImageStack, Path]) -> None:
    stack, _ = old
    assert np.array_equal(stack.data, layers()[IMAGES[-1]])
    assert (stack.channel, stack.unit) == ("height_trace", "nm")
    assert stack.pixel_size_nm == stack.pixel_size_y_nm == SIZE
    assert np.array_equal(stack.timestamps, np.arange(12) / 2)


def test_layers_are_in_the_order_they_were_made(old: tuple[AFMImageStack, Path]) -> None:
    stack, path = old
    if path.suffix == ".tif":
        assert not stack.processed
        return
    assert list(stack.processed) == ["raw", *IMAGES]
    assert all(np.array_equal(stack.processed[name], images) for name, images in layers().items())
    assert np.array_equal(stack.masks["step_2_mask_threshold"], MASK)
    assert stack.frame_metadata == tuple(metadata())
    assert np.array_equal(stack.raw().data, RAW)


def test_provenance_is_told_in_our_way(old: tuple[AFMImageStack, Path]) -> None:
    provenance = old[0].provenance
    assert [(r.index, r.name, r.step) for r in provenance.steps[:2]] == [
        (1, "step_1_remove_plane", "remove_plane"),
        (2, "step_2_mask_threshold", "mask_threshold"),
    ]
    assert provenance.steps[1].parameters == {"threshold": 1.0}
    assert {(r.package, r.package_version) for r in provenance.steps} == {("playNano", "0.5.0")}
    assert provenance.software == {"playnano": "0.5.0", "numpy": "2.0"}
    assert provenance.next_index() == 12
    assert json.loads(provenance.to_json())["playnano_0_5"] == PROVENANCE


@pytest.mark.parametrize("name", FORMATS)
def test_a_unit_that_is_not_written_is_not_guessed(name: str, tmp_path: Path) -> None:
    save, reader = FORMATS[name]
    save(tmp_path / name, channel="HeightTrace")  # .aris heights were left in metres
    with pytest.raises(ReadError, match="wrote no unit for the channel 'HeightTrace'; set `unit`"):
        reader.open(tmp_path / name, ReadOptions())
    assert reader.open(tmp_path / name, ReadOptions(unit="m")).unit == "m"


HEIGHTS = ["TP", "height_trace", "measuredHeight_retrace", "Height", "Height Sensor", "Topography"]


@pytest.mark.parametrize("channel", HEIGHTS)
def test_heights_were_written_in_nm(channel: str, tmp_path: Path) -> None:
    save_npz(tmp_path / "file.npz", channel=channel)
    assert bundle_npz.READER.open(tmp_path / "file.npz", ReadOptions()).unit == "nm"


def test_dropped_frames_keep_their_metadata(tmp_path: Path) -> None:
    kept = {"data": RAW[2:], "frame_metadata_json": np.array(json.dumps(metadata()[2:]), dtype=object)}
    backups = np.array(json.dumps({"frame_metadata_before_edit": metadata()}), dtype=object)
    for backup, times in ((backups, [t / 2 for t in range(12)]), (np.array("{}", dtype=object), [None] * 12)):
        save_npz(tmp_path / "file.npz", **kept, state_backups_json=backup)
        stack = bundle_npz.READER.open(tmp_path / "file.npz", ReadOptions())
        assert len(stack) == 10
        assert [frame["timestamp"] for frame in stack.raw().frame_metadata] == times


def test_a_layer_that_nothing_was_recorded_of(tmp_path: Path) -> None:
    told = {**PROVENANCE, "processing": {"steps": []}}
    save_npz(tmp_path / "file.npz", provenance_json=np.array(json.dumps(told), dtype=object))
    stack = bundle_npz.READER.open(tmp_path / "file.npz", ReadOptions())
    assert [record.name for record in stack.provenance.steps] == [*IMAGES, "step_2_mask_threshold"]
    assert np.array_equal(stack.raw().data, RAW)


def test_provenance_that_is_broken(tmp_path: Path) -> None:
    for told in ({"environment": {}}, {**PROVENANCE, "processing": {"steps": [{"name": "x"}]}}):
        save_npz(tmp_path / "file.npz", provenance_json=np.array(json.dumps(told), dtype=object))
        with pytest.raises(ReadError, match="provenance_json cannot be read"):
            bundle_npz.READER.open(tmp_path / "file.npz", ReadOptions())
