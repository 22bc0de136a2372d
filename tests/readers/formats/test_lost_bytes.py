"""Files that lost or got bytes, or whose line ends were changed, are seen to be so when they are opened."""

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from aris_file import write_aris
from gsf_file import field as simple_field
from gwy_file import gwyddion
from ibw_file import wave
from nid_file import nanosurf
from still_files import write_jpk, write_spm
from sxm_file import nanonis
from wsxm_file import wsxm

from playnano import load
from playnano.errors import ReadError
from playnano.readers.parsing.parts import Part, check_parts
from playnano.sample.files import write_asd
from playnano.sample.movie import Sample

HEAD = 4096
IMAGE_BYTES = 96
Change = Callable[[bytes], bytes]
NANOSCOPE: dict[str, tuple[Change, str]] = {
    "lost before the images": (
        lambda b: b[:3000] + b[3101:],
        "the file is cut short: 'phase_retrace' ends at",
    ),
    "lost in the second image": (
        lambda b: b[: HEAD + IMAGE_BYTES + 33] + b[HEAD + IMAGE_BYTES + 34 :],
        "the file is cut short: 'phase_retrace' ends at byte 4384, and 4383 bytes are there",
    ),
    "got in the second image": (
        lambda b: b[: HEAD + IMAGE_BYTES + 33] + b"x" + b[HEAD + IMAGE_BYTES + 33 :],
        "bytes were inserted, or appended",
    ),
    "CR LF to LF": (lambda b: b.replace(b"\r\n", b"\n"), "line ends of its header were changed"),
    "LF to CR LF": (lambda b: b.replace(b"\n", b"\r\n"), "line ends of its header were changed"),
    "no CR": (lambda b: b.replace(b"\r", b""), "line ends of its header were changed"),
    "offset in the header": (
        lambda b: b.replace(b"Data offset: 4192\r\n", b"Data offset: 0400\r\n"),
        "'amplitude_retrace' begins at byte 400, but the header ends at byte",
    ),
    "overlap": (
        lambda b: b.replace(b"Data offset: 4192\r\n", b"Data offset: 4180\r\n"),
        "'height_sensor_retrace' and 'amplitude_retrace' overlap",
    ),
}


@pytest.mark.parametrize("name", NANOSCOPE)
@pytest.mark.parametrize("channel", ["height_sensor_retrace", "amplitude_retrace", "phase_retrace"])
def test_nanoscope(tmp_path: Path, name: str, channel: str) -> None:
    change, message = NANOSCOPE[name]
    path = write_spm(tmp_path / "a.spm")
    whole = path.read_bytes()
    assert change(whole) != whole
    path.write_bytes(change(whole))
    with pytest.raises(ReadError, match=message):
        load(path, channel=channel)


def test_a_folder_leaves_out_the_broken_image_and_names_it(tmp_path: Path) -> None:
    for number in range(3):
        write_spm(tmp_path / f"a.{number:03}", date=f"04:06:2{number} PM Thu Sep 26 2019")
    right = load(tmp_path).data
    (tmp_path / "a.001").write_bytes((tmp_path / "a.001").read_bytes().replace(b"\r\n", b"\n"))
    stack = load(tmp_path)
    np.testing.assert_array_equal(stack.data, right[[0, 2]])
    assert [w for w in stack.warnings if w.startswith("a.001 is left out: line ends of its header were")]


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """8 frames of topography and of phase."""
    stack = Sample(frames=8, height=16, width=24, molecules=2).stack()
    write_asd(stack, tmp_path / "a.asd", phase=replace(stack, channel="PH"))
    return tmp_path / "a.asd"


FRAME = 32 + 2 * 16 * 24


def in_frame(number: int, size: int) -> int:
    """A place in the middle of a frame, counted from the end of a file of this size."""
    return size - (16 - number) * FRAME + 400


@pytest.mark.parametrize("got", [True, False])
def test_asd_gives_the_frames_before_the_broken_one(movie: Path, got: bool) -> None:
    whole, right = movie.read_bytes(), load(movie).data
    at = in_frame(3, len(whole))
    movie.write_bytes(whole[:at] + b"\0" + whole[at:] if got else whole[:at] + whole[at + 1 :])
    stack = load(movie)
    np.testing.assert_array_equal(stack.data, right[:3])
    of_another_channel = () if got else ("1 of 8 frames of PH are missing at the end of the file",)
    assert stack.warnings == (
        "bytes were lost or inserted in frame 3 of TP: what follows it is not where it belongs; the 3 frames "
        "before it are read",
        *of_another_channel,
    )
    for options in ({"strict": True}, {"channel": "PH"}):
        with pytest.raises(ReadError, match="bytes were lost or inserted in frame 3 of TP"):
            load(movie, **options)


def test_asd_whose_other_channel_is_broken_is_whole_but_says_so(movie: Path) -> None:
    whole, right = movie.read_bytes(), load(movie).data
    at = in_frame(8 + 5, len(whole))
    movie.write_bytes(whole[:at] + whole[at + 1 :])
    stack = load(movie)
    np.testing.assert_array_equal(stack.data, right)
    assert "bytes were lost or inserted in frame 5 of PH" in stack.warnings[0]
    assert len(load(movie, channel="PH")) == 5


def test_asd_in_text_mode(movie: Path) -> None:
    movie.write_bytes(movie.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ReadError, match=r"a\.asd: "):
        load(movie)


def test_asd_with_something_behind_it(movie: Path) -> None:
    right = load(movie).data
    with movie.open("ab") as file:
        file.write(b"more")
    stack = load(movie)
    np.testing.assert_array_equal(stack.data, right)
    assert stack.warnings == ("4 bytes follow the last known part of the file; they are not read",)


STILLS = {"gwy": gwyddion, "nid": nanosurf, "sxm": nanonis, "stp": wsxm, "gsf": simple_field}


@pytest.mark.parametrize("ending", STILLS)
def test_images_refuse_a_byte_too_few_or_too_many(tmp_path: Path, ending: str) -> None:
    path, whole = tmp_path / f"a.{ending}", STILLS[ending]()
    for broken in (whole[:-9] + whole[-8:], whole[:-9] + b"\1" + whole[-9:]):
        path.write_bytes(broken)
        with pytest.raises(ReadError, match=r"cut short|does not agree with its header|broken"):
            load(path)


@pytest.mark.parametrize("ending", STILLS)
def test_nuls_that_fill_a_block_are_said_and_ignored(tmp_path: Path, ending: str) -> None:
    path, whole = tmp_path / f"a.{ending}", STILLS[ending]()
    path.write_bytes(whole)
    right = load(path).data
    path.write_bytes(whole + bytes(-len(whole) % 128 + 128))
    stack = load(path)
    np.testing.assert_array_equal(stack.data, right)
    assert "NUL bytes follow the last part of the file; they are ignored" in stack.warnings[0]


def test_igor_waves_may_hold_thumbnails_whose_places_are_checked(tmp_path: Path) -> None:
    path, whole = tmp_path / "a.ibw", wave()
    listed = f"Version:2;DataLength:16;HeightTraceFileStart:{len(whole)};IsImage:1; 0058 MFP3D".encode()
    path.write_bytes(whole + bytes(range(16)) + listed)
    assert load(path).warnings == ()
    path.write_bytes(whole[:390] + bytes(32) + whole[390:] + bytes(range(16)) + listed)
    assert "32 bytes lie between the thumbnail of HeightTrace and the list" in load(path).warnings[0]
    path.write_bytes(whole[:400] + whole[401:] + bytes(range(16)) + listed)
    with pytest.raises(ReadError, match="the thumbnail of HeightTrace and the list of thumbnails overlap"):
        load(path)


@pytest.mark.parametrize("make", [write_aris, "h5-jpk", "h5"])
def test_hdf5_that_got_bytes(tmp_path: Path, make: Callable[[Path], object] | str) -> None:
    from playnano.sample.files import write_sample

    path = tmp_path / ("a.aris" if callable(make) else f"a.{make}")
    if callable(make):
        make(path)
    else:
        write_sample(path, Sample(frames=3, height=16, width=24, molecules=2))
    whole = path.read_bytes()
    assert load(path).warnings == ()
    path.write_bytes(whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 :])
    with pytest.raises(ReadError, match=r"it ends at byte|broken|intact"):
        load(path)
    path.write_bytes(whole[:-1])
    with pytest.raises(ReadError, match="cut short"):
        load(path)


def test_hdf5_in_text_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.h5-jpk"
    with h5py.File(path, "w") as file:
        file.create_group("Measurement_000")
    whole = path.read_bytes()
    for before, after in ((b"\r\n", b"\n"), (b"\n", b"\r\n")):
        path.write_bytes(whole.replace(before, after))
        with pytest.raises(ReadError, match="it is an HDF5 file whose line ends were changed"):
            load(path)


@pytest.mark.parametrize("compressors", [None, "auto", "blosc"])
def test_zarr_chunks_that_lost_or_got_bytes(tmp_path: Path, compressors: str | None) -> None:
    zarr = pytest.importorskip("zarr")
    used = zarr.codecs.BloscCodec() if compressors == "blosc" else compressors
    group = zarr.create_group(tmp_path / "a.zarr")
    data = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    group.create_array("0", data=data, chunks=(1, 4, 5), compressors=used)
    axes = [{"name": name} for name in "tyx"]
    scale = {"type": "scale", "scale": [1.0, 1.0, 1.0]}
    level = {"path": "0", "coordinateTransformations": [scale]}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [level]}]}
    np.testing.assert_array_equal(load(tmp_path / "a.zarr", unit="nm").data, data)
    chunk = tmp_path / "a.zarr" / "0" / "c" / "1" / "0" / "0"
    whole = chunk.read_bytes()
    for broken in (whole[:-5] + whole[-4:], whole[:-5] + b"x" + whole[-5:]):
        chunk.write_bytes(broken)
        with pytest.raises(ReadError, match=r"some were lost or inserted|frame 1 cannot be read"):
            np.asarray(load(tmp_path / "a.zarr", unit="nm").data)
        if compressors != "auto":
            with pytest.raises(ReadError, match=r"chunk 0/c/1/0/0 has \d+ bytes, not \d+"):
                load(tmp_path / "a.zarr", unit="nm")


def test_asd_whose_frames_bear_no_numbers(movie: Path) -> None:
    content = bytearray(movie.read_bytes())
    for frame in range(16):
        start = in_frame(frame, len(content)) - 400
        content[start : start + 4] = bytes(4)
    right = load(movie).data
    movie.write_bytes(content)
    stack = load(movie)
    np.testing.assert_array_equal(stack.data, right)
    assert stack.warnings == ("the frames bear no numbers, so bytes that were lost would not be noticed",)


def test_jpk_images_of_every_channel_are_inside_the_file(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk")
    path.write_bytes(path.read_bytes()[:-1])
    for channel in ("height_trace", "error_trace"):
        with pytest.raises(ReadError, match="cut short"):
            load(path, channel=channel)


def test_tiff_images_that_overlap(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for number in range(3):
            file.write(np.full((8, 8), number, np.float32), contiguous=False, metadata=None)
    with tifffile.TiffFile(path) as file:
        tag = file.pages[1].tags["StripOffsets"]
        place, start = tag.valueoffset, file.pages[0].dataoffsets[0]
    whole = bytearray(path.read_bytes())
    struct.pack_into("<I", whole, place, start + 12)
    path.write_bytes(whole)
    with pytest.raises(ReadError, match="an image and an image overlap"):
        load(path, unit="nm")


def test_tiff_with_bytes_behind_its_last_image(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((1, 8, 8), np.float32), metadata=None)
    with path.open("ab") as file:
        file.write(b"12345")
    assert "5 bytes follow the last known part of the file" in load(path, unit="nm").warnings[0]


def test_parts_may_touch_one_another_and_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(30)))
    assert check_parts(path, [Part("b", 20, 10), Part("a", 10, 10)], 10) == ()
    assert check_parts(path, [], 30) == ()


def test_a_locked_file_says_that_it_is_locked(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / "a.h5-jpk"
    with h5py.File(path, "w") as file:
        file.create_group("Measurement_000")
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ReadError, match=r"it is locked by another program.*HDF5_USE_FILE_LOCKING=FALSE"):
            load(path)
