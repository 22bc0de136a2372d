"""Bundles that are damaged, that lie or that mean harm; and what is read only when it is asked for."""

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from playnano.errors import ReadError
from playnano.exporters.data.h5 import H5Export
from playnano.exporters.data.npz import NpzExport
from playnano.exporters.data.ome_tiff import OmeTiffExport
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import h5 as bundle_h5
from playnano.readers.formats.bundles import npz as bundle_npz
from playnano.readers.formats.bundles import npz_archive
from playnano.readers.formats.bundles import ome_tiff as bundle_ome_tiff
from playnano.stack.chain import Link
from playnano.stack.frames import Frame, LayerImage
from playnano.stack.provenance import Record
from playnano.stack.stack import AFMImageStack

FORMATS: dict[str, tuple[Any, Reader, str]] = {
    "npz": (NpzExport(), bundle_npz.READER, ".npz"),
    "h5": (H5Export(), bundle_h5.READER, ".h5"),
    "tif": (OmeTiffExport(), bundle_ome_tiff.READER, ".ome.tif"),
}


def _marked(frame: Frame) -> tuple[Frame, LayerImage]:
    own = frame.image > 1
    return frame.masked(own), own


@pytest.fixture
def masked(movie: AFMImageStack) -> AFMImageStack:
    made_by = {"package": "any", "package_version": "1"}
    record = Record(index=1, name="m", step="any", parameters={}, revision=1, **made_by)
    return movie.with_link(Link("m", 0, _marked, is_mask=True), record)


@pytest.fixture(params=FORMATS)
def bundle(request: pytest.FixtureRequest, masked: AFMImageStack, tmp_path: Path) -> tuple[Path, Reader]:
    export, reader, ending = FORMATS[request.param]
    path = tmp_path / f"file{ending}"
    export.write(masked, path)
    return path, reader


def read_whole(path: Path, reader: Reader) -> AFMImageStack:
    stack = reader.open(path, ReadOptions())
    for images in (stack.data, *stack.processed.values(), *stack.masks.values()):
        np.asarray(images)
    return stack


def refusal(path: Path, reader: Reader) -> str:
    """The one line that a file is refused with."""
    with pytest.raises(ReadError) as caught:
        read_whole(path, reader)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# damage


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 0.01])
def test_a_file_cut_short(bundle: tuple[Path, Reader], share: float) -> None:
    path, reader = bundle
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    if reader.recognise(path) or share > 0.4:
        refusal(path, reader)


STARTS = [b"", b"P", b"PK\3\4", b"PK\3\4 and so on", b"\x89HDF\r\n\x1a\n", b"II*\0", b"II+\0\1"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("format", FORMATS)
def test_looking_at_a_foreign_file_never_fails(format: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.dat"
    path.write_bytes(start + bytes(range(256)) * (len(start) > 5))
    assert not FORMATS[format][1].recognise(path)
    refusal(path, FORMATS[format][1])


def test_foreign_files_are_not_recognised(tmp_path: Path) -> None:
    import h5py
    import tifffile

    np.savez(tmp_path / "other.npz", data=np.ones((2, 3, 4)))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = np.ones((2, 3, 4))
    tifffile.imwrite(tmp_path / "other.ome.tif", np.ones((2, 5, 6), np.float32), metadata={"axes": "TYX"})
    for name, (_, reader, ending) in FORMATS.items():
        assert not reader.recognise(tmp_path / f"other{ending}"), name


def test_a_folder_is_no_bundle(tmp_path: Path) -> None:
    assert not any(reader.recognise(tmp_path) for _, reader, _ in FORMATS.values())


# what is missing, and what does not fit


def saved_npz(path: Path, stack: AFMImageStack, **changes: Any) -> Path:
    """A bundle with arrays in the place of its own; None leaves one out."""
    NpzExport().write(stack, path)
    with np.load(path) as loaded:
        arrays = {**loaded, **changes}
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


FIVE_FRAMES = json.dumps([{"timestamp": 0.0}] * 5)

NPZ_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no data": ({"data": None}, "'data' is missing"),
    "no channel": ({"channel": None}, "'channel' is missing"),
    "no unit": ({"unit": None}, "'unit' is missing"),
    "no metadata": ({"frame_metadata_json": None}, "'frame_metadata_json' is missing"),
    "no provenance": ({"provenance_json": None}, "'provenance_json' is missing"),
    "integers": ({"data": np.ones((6, 24, 32), np.int32)}, "'data' is int32 of shape"),
    "complex": ({"data": np.ones((6, 24, 32), np.complex64)}, "'data' is complex64"),
    "one image": ({"data": np.ones((24, 32), np.float32)}, "of shape .24, 32., not float32"),
    "no frames": ({"data": np.ones((0, 24, 32), np.float32)}, "there is no frame in it"),
    "by columns": ({"data": np.asfortranarray(np.ones((6, 24, 32), np.float32))}, "stored by columns"),
    "mask of numbers": ({"masks__m": np.ones((6, 24, 32), np.uint8)}, "'masks__m' is uint8 .* not bool"),
    "mask of another shape": ({"mask": np.ones((6, 24, 31), bool)}, "the mask has the shape"),
    "channel is a number": ({"channel": np.array(1.0)}, "'channel' is not text"),
    "channels": ({"channel": np.array(["a", "b"])}, "should be a single value"),
    "pixel size is text": ({"pixel_size_nm": np.array("two")}, "pixel_size_nm is not a number"),
    "pixel size is negative": ({"pixel_size_nm": np.array(-1.0)}, "no pixel has that size"),
    "pixel size is infinite": ({"pixel_size_y_nm": np.array(np.inf)}, "no pixel has that size"),
    "metadata broken": ({"frame_metadata_json": np.array("[{")}, "frame_metadata_json cannot be read"),
    "metadata deep": ({"frame_metadata_json": np.array("[" * 100_000)}, "frame_metadata_json cannot be read"),
    "metadata no list": ({"frame_metadata_json": np.array("{}")}, "not a list of the metadata"),
    "metadata of numbers": ({"frame_metadata_json": np.array("[1, 2]")}, "not a list of the metadata"),
    "time is text": ({"frame_metadata_json": np.array('[{"timestamp": "x"}]')}, "not a list of the metadata"),
    "metadata too short": (
        {"frame_metadata_json": np.array(FIVE_FRAMES)},
        "describes 5 frames, and there",
    ),
    "provenance broken": ({"provenance_json": np.array("{")}, "provenance_json cannot be read"),
    "provenance empty": ({"provenance_json": np.array('{"steps": [{}]}')}, "provenance_json cannot be read"),
    "provenance a list": ({"provenance_json": np.array("[]")}, "provenance_json cannot be read"),
}


@pytest.mark.parametrize("fault", NPZ_FAULTS)
def test_faults_of_npz(fault: str, masked: AFMImageStack, tmp_path: Path) -> None:
    changes, message = NPZ_FAULTS[fault]
    path = saved_npz(tmp_path / "file.npz", masked, **changes)
    with pytest.raises(ReadError, match=message):
        bundle_npz.READER.open(path, ReadOptions())
    refusal(path, bundle_npz.READER)


def _without(name: str) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        del file[name]

    return change


def _instead(name: str, value: Any) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        if name in file:
            del file[name]
        file[name] = value

    return change


def _frame_missing(file: Any) -> None:
    del file["data"]
    dataset = file.create_dataset("data", (6, 24, 32), "<f4", chunks=(1, 24, 32), compression="gzip")
    dataset[:4] = 1 + np.random.default_rng(0).random((4, 24, 32))


def _never_written(file: Any) -> None:
    del file["data"]
    file.create_dataset("data", (10**6, 10**4, 10**4), "<f4", chunks=(1, 10**4, 10**4))


def _elsewhere(file: Any) -> None:
    del file["data"]
    here = Path(file.filename).with_name("elsewhere.bin")
    here.write_bytes(bytes(6 * 24 * 32 * 4))
    file.create_dataset("data", (6, 24, 32), "<f4", external=[(str(here), 0, 6 * 24 * 32 * 4)])


def _no_channel(file: Any) -> None:
    del file.attrs["channel"]


H5_FAULTS: dict[str, tuple[Callable[[Any], None], str]] = {
    "no data": (_without("data"), "'data' is missing|not an intact HDF5 bundle"),
    "no metadata": (_without("frame_metadata_json"), "'frame_metadata_json' is missing"),
    "no channel": (_no_channel, "the attribute 'channel' is missing"),
    "a group": (_instead("masks/g/x", 1), "'masks/g' is missing"),
    "integers": (_instead("data", np.ones((6, 24, 32), np.int16)), "'data' is int16"),
    "one image": (_instead("data", np.ones((24, 32), np.float32)), "of shape .24, 32."),
    "text is a number": (_instead("provenance_json", 3.0), "'provenance_json' is not text"),
    "metadata broken": (_instead("frame_metadata_json", "["), "frame_metadata_json cannot be read"),
    "a frame missing": (_frame_missing, "frame 4 of 'data' is missing"),
    "never written": (_never_written, "'data': its header claims"),
    "elsewhere": (_elsewhere, "'data' lies in another file"),
}


@pytest.mark.parametrize("fault", H5_FAULTS)
def test_faults_of_h5(fault: str, masked: AFMImageStack, tmp_path: Path) -> None:
    import h5py

    change, message = H5_FAULTS[fault]
    path = tmp_path / "file.h5"
    H5Export().write(masked, path)
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(ReadError, match=message):
        bundle_h5.READER.open(path, ReadOptions())
    refusal(path, bundle_h5.READER)


TIFF_FAULTS = {
    "entities": (b"<OME ", b'<!DOCTYPE x [<!ENTITY a "b">]><OME ', "entities of its own"),
    "broken": (b"</Image>", b"<Image>", "not an intact OME-TIFF"),
    "no pixels": (b"Pixels", b"Pikels", "describes no image"),
    "other size": (b'SizeT="6"', b'SizeT="9"', "stored one after another|its header says"),
    "no facts": (b"playnano/facts", b"another/facts", "not an intact OME-TIFF"),
    "no metadata": (b"/frame_metadata_json", b"/frame_metadata_xxxx", "not an intact OME-TIFF"),
}


@pytest.mark.parametrize("fault", TIFF_FAULTS)
def test_faults_of_ome_tiff(fault: str, masked: AFMImageStack, tmp_path: Path) -> None:
    import tifffile

    before, after, message = TIFF_FAULTS[fault]
    OmeTiffExport().write(masked, tmp_path / "good.ome.tif")
    with tifffile.TiffFile(tmp_path / "good.ome.tif") as file:
        header = file.pages.first.description.encode().replace(before, after)
    path = tmp_path / "file.ome.tif"
    tifffile.imwrite(path, masked.data, description=header, metadata=None)
    with pytest.raises(ReadError, match=message):
        bundle_ome_tiff.READER.open(path, ReadOptions())
    refusal(path, bundle_ome_tiff.READER)


def test_a_tiff_compressed_by_another_program(masked: AFMImageStack, tmp_path: Path) -> None:
    import tifffile

    OmeTiffExport().write(masked, tmp_path / "good.ome.tif")
    with tifffile.TiffFile(tmp_path / "good.ome.tif") as file:
        header = file.pages.first.description.encode()
    path = tmp_path / "file.ome.tif"
    tifffile.imwrite(path, masked.data, description=header, metadata=None, compression="zlib")
    assert "not stored one after another" in refusal(path, bundle_ome_tiff.READER)


# lies about size, and code in the place of data


def archive(path: Path, members: dict[str, bytes], source: Path) -> Path:
    """An NPZ file with other bytes in the place of some members."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name, old.read(name)))
    return path


def npy(descr: str, shape: tuple[int, ...], content: bytes = b"") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue() + content


def test_an_array_smaller_than_it_says(masked: AFMImageStack, tmp_path: Path) -> None:
    NpzExport().write(masked, tmp_path / "good.npz")
    lie = npy("<f4", (10**6, 10**5, 10**5), b"few")
    path = archive(tmp_path / "file.npz", {"data.npy": lie}, tmp_path / "good.npz")
    assert "its header claims" in refusal(path, bundle_npz.READER)


def test_a_zip_that_promises_more_than_deflate_can_hold(masked: AFMImageStack, tmp_path: Path) -> None:
    NpzExport().write(masked, tmp_path / "good.npz")
    shape = (6, 24, 32 * 10**6)
    path = archive(tmp_path / "file.npz", {"data.npy": npy("<f4", shape, b"few")}, tmp_path / "good.npz")
    with zipfile.ZipFile(path) as opened:
        size = opened.getinfo("data.npy").file_size
    true, lie = struct.pack("<I", size), struct.pack("<I", (size - 3 + 4 * 6 * 24 * 32 * 10**6) % 2**32)
    path.write_bytes(path.read_bytes().replace(true, lie))
    refusal(path, bundle_npz.READER)


def test_a_member_with_another_content_than_its_checksum(masked: AFMImageStack, tmp_path: Path) -> None:
    NpzExport().write(masked, tmp_path / "file.npz")
    with zipfile.ZipFile(tmp_path / "file.npz") as opened:
        crc = struct.pack("<I", opened.getinfo("masks__m.npy").CRC)
    content = (tmp_path / "file.npz").read_bytes()
    (tmp_path / "file.npz").write_bytes(content.replace(crc, bytes(4)))
    stack = bundle_npz.READER.open(tmp_path / "file.npz", ReadOptions())
    with pytest.raises(ReadError, match="its checksum does not fit"):
        np.asarray(stack.masks["m"])


class Harmful:
    """Runs a command where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def pickles(mark: Path) -> dict[str, bytes]:
    text = np.array("x" * 10, dtype=object)
    harmful = np.array(None, dtype=object)
    harmful[()] = Harmful(mark)
    return {
        "code": pickle.dumps(Harmful(mark)),
        "code in an array": pickle.dumps(harmful),
        "code by eval": b"cbuiltins\neval\n(S'1'\ntR.",
        "code of numpy": b"cnumpy.testing._private.utils\nrunstring\n(S'1'\nN}tR.",
        "a list": pickle.dumps([1, 2]),
        "a number": pickle.dumps(np.array(1, dtype=object)),
        "two texts": pickle.dumps(np.array(["a", "b"], dtype=object)),
        "cut short": pickle.dumps(text)[:-9],
        "nothing": b"",
        "a huge memo": b"\x80\x04r\xff\xff\xff\x7f.",
    }


@pytest.mark.parametrize("kind", pickles(Path("x")))
def test_pickles_are_not_trusted(kind: str, masked: AFMImageStack, tmp_path: Path) -> None:
    NpzExport().write(masked, tmp_path / "good.npz")
    mark = tmp_path / "code was run"
    lie = npy("|O", (), pickles(mark)[kind])
    for member in ("channel.npy", "provenance_json.npy"):
        path = archive(tmp_path / "file.npz", {member: lie}, tmp_path / "good.npz")
        refusal(path, bundle_npz.READER)
        assert not mark.exists()


# lazily


def test_a_layer_is_unpacked_when_it_is_asked_for(
    masked: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    NpzExport().write(masked, tmp_path / "file.npz")
    unpacked: list[str] = []
    unpack = npz_archive._unpack

    def noted(path: Path, array: npz_archive.Array, sink: BinaryIO) -> None:
        unpacked.append(array.member.filename)
        unpack(path, array, sink)

    monkeypatch.setattr(npz_archive, "_unpack", noted)
    stack = bundle_npz.READER.open(tmp_path / "file.npz", ReadOptions())
    assert unpacked == []
    stack.masks["m"][3], stack.masks["m"][-1]
    assert unpacked == ["masks__m.npy"]
    with pytest.raises(IndexError, match="there is no frame 6"):
        stack.masks["m"][6]


def test_a_file_that_changes_under_the_reader(masked: AFMImageStack, tmp_path: Path) -> None:
    for name in ("h5", "tif"):
        export, reader, ending = FORMATS[name]
        path = tmp_path / f"file{ending}"
        export.write(masked, path)
        stack = reader.open(path, ReadOptions())
        os.utime(path, ns=(1, 1))
        with pytest.raises(ReadError, match="the file has changed since it was opened"):
            stack[0]


def test_a_bundle_holds_one_channel(bundle: tuple[Path, Reader]) -> None:
    path, reader = bundle
    with pytest.raises(ReadError, match="there is no channel 'phase': the file holds 'height'"):
        reader.open(path, ReadOptions(channel="phase"))


def test_no_file_is_left_open(bundle: tuple[Path, Reader]) -> None:
    path, reader = bundle
    read_whole(path, reader)
    path.rename(path.with_name("renamed"))
    path.with_name("renamed").unlink()
