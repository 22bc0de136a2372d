"""Files of ours in which two places state one fact differently: a run says so, and --strict refuses it."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from playnano import load
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

OTHER_TIMES = "the times in `timestamps` are not those of the frame metadata: the file was edited"
NO_TIMES = "`timestamps` is missing in it: the file was edited"
BACKWARDS = "the times run backwards at frame 1"

ARRAYS: dict[str, tuple[str, object, str]] = {
    "scaled": ("timestamps", lambda times: times * 2, OTHER_TIMES),
    "reversed": ("timestamps", lambda times: times[::-1], OTHER_TIMES),
    "short": ("timestamps", lambda times: times[:-1], OTHER_TIMES),
    "nan": ("timestamps", lambda times: times * np.nan, OTHER_TIMES),
    "text": ("timestamps", lambda times: np.array([b"a"] * len(times)), OTHER_TIMES),
    "deleted": ("timestamps", lambda _: None, NO_TIMES),
    "pixels": (
        "pixel_size_nm",
        lambda size: size * 10,
        "`pixel_size_nm` (40.0, not 4.0) is not what was written",
    ),
    "backwards": (
        "frame_metadata_json",
        lambda text: json.dumps(
            [{**frame, "timestamp": -frame["timestamp"]} for frame in json.loads(str(text))]
        ),
        BACKWARDS,
    ),
}


@pytest.fixture
def converted(tmp_path: Path, playnano, monkeypatch) -> Callable[..., Path]:
    """Writes the sample movie as another format."""
    monkeypatch.chdir(tmp_path)
    write_sample(Path("a.asd"), Sample(frames=3, height=16, width=24, molecules=2))

    def convert(name: str, *more: str) -> Path:
        done = playnano("convert", "a.asd", name, *more)
        assert done.exit_code == 0, done.stderr
        return Path(name)

    return convert


def check_said(playnano, path: Path, *words: str) -> None:
    """Once with --quiet and in `info`, refused by --strict."""
    done = playnano("process", str(path), "--export", "h5", "--output-folder", "edited", "--quiet")
    printed = " ".join(done.stderr.split())
    assert (done.exit_code, [printed.count(word) for word in words]) == (0, [1] * len(words)), printed
    shown = " ".join(playnano("info", str(path)).stdout.split())
    assert all(word in shown for word in words)
    refused = playnano("process", str(path), "--export", "h5", "--output-folder", "strict", "--strict")
    assert (refused.exit_code, Path("strict").exists()) == (1, False)


def check_silent(playnano, path: Path) -> None:
    right = playnano(
        "process", str(path), "--export", "h5", "--output-folder", "right", "--strict", "--quiet"
    )
    assert (right.exit_code, right.stderr) == (0, "")


def edit_h5(path: Path, name: str, edit: Callable) -> None:
    with h5py.File(path, "r+") as file:
        if name in file.attrs:
            file.attrs[name] = edit(file.attrs[name])
            return
        value = file[name][()]
        edited = edit(value.decode() if isinstance(value, bytes) else value)
        del file[name]
        if edited is not None:
            file[name] = edited


def edit_npz(path: Path, name: str, edit: Callable) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    edited = edit(arrays.pop(name))
    np.savez(path, **arrays, **({} if edited is None else {name: edited}))


@pytest.mark.parametrize(("ending", "edit"), [("h5", edit_h5), ("npz", edit_npz)])
def test_bundles(converted, playnano, ending: str, edit: Callable) -> None:
    check_silent(playnano, converted(f"right.{ending}"))
    for case, (name, change, words) in ARRAYS.items():
        path = converted(f"{case}.{ending}")
        times = load(path).timestamps
        edit(path, name, change)
        check_said(playnano, path, words)
        if case != "backwards":
            np.testing.assert_array_equal(load(path).timestamps, times)


OME_HEADER = {
    "PhysicalSizeX": ('PhysicalSizeX="', 'PhysicalSizeX="9'),
    "PhysicalSizeY": ('PhysicalSizeYUnit="µm"', 'PhysicalSizeYUnit="mm"'),
    "DeltaT": ('DeltaTUnit="s"', 'DeltaTUnit="ms"'),
    "TimeIncrement": ('TimeIncrement="', 'TimeIncrement="7'),
    "Channel Name": ('<Channel ID="Channel:0:0" Name="', '<Channel ID="Channel:0:0" Name="x'),
}


@pytest.mark.parametrize("fact", OME_HEADER)
def test_the_header_of_ome_tiff(converted, playnano, fact: str) -> None:
    path = converted("a.ome.tif")
    with tifffile.TiffFile(path) as file:
        header = file.pages.first.description
    right = load(path)
    tifffile.tiffcomment(path, header.encode())
    check_silent(playnano, path)
    old, new = OME_HEADER[fact]
    assert old in header
    tifffile.tiffcomment(path, header.replace(old, new).encode())
    check_said(playnano, path, f"what the OME header states ({fact}) is not what playnano's annotations")
    edited = load(path)
    np.testing.assert_array_equal(edited.timestamps, right.timestamps)
    assert (edited.pixel_size_nm, edited.channel) == (right.pixel_size_nm, right.channel)


@pytest.mark.parametrize(("factor", "says_so"), [(1.0, False), (2.0, True)])
def test_the_interval_of_imagej(converted, playnano, factor: float, says_so: bool) -> None:
    converted("right.tif", "--to", "imagej-tiff")
    right = load("right.tif").timestamps
    with tifffile.TiffFile("right.tif") as file:
        images, meta = file.asarray(), file.imagej_metadata
        resolution = [file.pages.first.tags.valueof(f"{axis}Resolution") for axis in "XY"]
    meta = {key: value for key, value in meta.items() if key not in ("ImageJ", "images", "frames")}
    meta |= {"axes": "TYX", "finterval": meta["finterval"] * factor}
    tifffile.imwrite("a.tif", images, imagej=True, metadata=meta, resolution=resolution)
    np.testing.assert_array_equal(load("a.tif").timestamps, right)
    if says_so:
        check_said(playnano, Path("a.tif"), "`finterval` is", "the times in the slice labels are")
    else:
        check_silent(playnano, Path("a.tif"))


@pytest.mark.parametrize(("ending", "edit"), [("h5", edit_h5), ("npz", edit_npz)])
@pytest.mark.parametrize(
    "parts",
    [
        ("frame_metadata_json",),
        ("provenance_json",),
        ("data",),
        ("frame_metadata_json", "provenance_json"),
    ],
)
def test_what_is_missing_in_a_bundle(converted, playnano, ending: str, edit: Callable, parts) -> None:
    path = converted(f"a.{ending}")
    for part in parts:
        edit(path, part, lambda _: None)
    refused = playnano("info", str(path))
    assert refused.exit_code == 1
    words = " ".join(refused.stderr.split())
    assert any(f"a.{ending}: '{part}' is missing in it" in words for part in parts), words
