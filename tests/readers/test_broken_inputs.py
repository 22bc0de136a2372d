"""What the user is told of files that cannot be read: the exact line, for each of them."""

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from playnano.errors import ReadError
from playnano.layouts.asd import V1, packing
from playnano.readers.opening import load
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

SAMPLE = Sample(frames=4, height=20, width=24, molecules=2)
Make = Callable[[Path], Path]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good movie of each instrument."""
    folder = tmp_path_factory.mktemp("good")
    for name in ("movie.asd", "movie.h5-jpk"):
        write_sample(folder / name, SAMPLE)
    return folder


def asd(**fields: Any) -> Make:
    """A good .asd file with other values in its header."""

    def make(path: Path) -> Path:
        data = bytearray(path.read_bytes())
        for name, value in fields.items():
            before = {field: V1[field] for field in list(V1)[: list(V1).index(name)]}
            struct.pack_into("<" + V1[name], data, 4 + packing(before).size, value)
        path.write_bytes(data)
        return path

    return make


def other_bytes(before: bytes, after: bytes) -> Make:
    def make(path: Path) -> Path:
        content = path.read_bytes()
        assert before in content
        path.write_bytes(content.replace(before, after))
        return path

    return make


def cut(size: int) -> Make:
    def make(path: Path) -> Path:
        path.write_bytes(path.read_bytes()[:size])
        return path

    return make


def filled(data: bytes) -> Make:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def jpk(edit: Callable[[h5py.Group], None]) -> Make:
    """A good .h5-jpk file, edited."""

    def make(path: Path) -> Path:
        with h5py.File(path, "r+") as file:
            edit(file["Measurement_000"])
        return path

    return make


def attribute(name: str, value: Any, channel: bool = False) -> Make:
    """A good .h5-jpk file with another attribute; None takes it away."""

    def edit(measurement: h5py.Group) -> None:
        attributes = (measurement["Channel_000"] if channel else measurement).attrs
        if value is None:
            del attributes[name]
        else:
            attributes[name] = np.bytes_(value.encode()) if isinstance(value, str) else value

    return jpk(edit)


def no_channel(measurement: h5py.Group) -> None:
    del measurement["Channel_000"]


def no_frames(measurement: h5py.Group) -> None:
    del measurement["Channel_000/Height"]
    measurement["Channel_000"].create_dataset(
        "Height", (480, 0), "<i4", chunks=(480, 1), maxshape=(480, None)
    )


def no_chunks(measurement: h5py.Group) -> None:
    del measurement["Channel_000/Height"]
    measurement["Channel_000"].create_dataset("Height", (480, 1 << 40), "<i4", chunks=(480, 1))


def no_pattern(measurement: h5py.Group) -> None:
    for name in [name for name in measurement.attrs if name.startswith("position-pattern")]:
        del measurement.attrs[name]


def other_name(path: Path) -> Path:
    return path.rename(path.with_name("movie.xyz"))


def in_folder(*names: str) -> Make:
    def make(path: Path) -> Path:
        folder = path.with_name("folder")
        folder.mkdir()
        for name in names:
            shutil.copy(path, folder / name)
        (folder / "notes.txt").write_text("nothing to see", encoding="utf-8")
        return folder

    return make


def gone(path: Path) -> Path:
    path.unlink()
    return path


NAMED_SO = "its name ends like a file that playnano reads, but "
OTHER_HDF5 = (
    "it is an HDF5 file of another program, whose layout playnano does not know; open it in Gwyddion and "
    "save its images as .gwy"
)
NO_UNIT = "set `unit` of the input"
GRID = "position-pattern.grid."
UNIT = "net-encoder.scaling.unit.unit"

ASD: dict[str, tuple[Make, str]] = {
    "missing": (gone, "there is no such file"),
    "empty": (cut(0), "the file is empty"),
    "within the version": (cut(3), NAMED_SO + "the file ends within its header, after 3 bytes (reader asd)"),
    "within the header": (cut(100), "the file ends within its header, after 100 bytes"),
    "within the user name": (cut(170), "the file ends within its header, after 170 bytes"),
    "no frame": (cut(173), "4 of 4 frames are missing at the end of the file"),
    "within the first frame": (cut(600), "4 of 4 frames are missing at the end of the file"),
    "zeroed": (
        filled(bytes(4000)),
        "no .asd header: x_pixels is 0, y_pixels is 0, num_frames is 0, frame_header_length is 0, "
        "channel1 is ''",
    ),
    "text": (
        filled(b"Wavelength,Reflectance\n"),
        NAMED_SO + "it is not an .asd file: versions 0, 1 and 2 are read (reader asd)",
    ),
    "later version": (
        filled(b"\3\0\0\0" + bytes(400)),
        NAMED_SO + "version 3 of .asd is not known: versions 0, 1 and 2 are read (reader asd)",
    ),
    "huge width": (asd(x_pixels=1_000_000_000), "no .asd header: x_pixels is 1000000000"),
    "negative height": (asd(y_pixels=-20), "no .asd header: y_pixels is -20"),
    "huge frame header": (
        asd(frame_header_length=1 << 30),
        "no .asd header: frame_header_length is 1073741824",
    ),
    "huge comment": (
        asd(comment_size=2_000_000_000),
        "not an .asd header: one of its parts is 2000000000 bytes long",
    ),
    "negative name": (asd(user_name_size=-1), "not an .asd header: one of its parts is -1 bytes long"),
    "no channel name": (asd(channel1=b""), "no .asd header: channel1 is ''"),
    "converter": (asd(ad_range=5), "the converter's range 0x5 is not known: heights have no scale"),
    "gain": (asd(z_piezo_gain=0.0), "the header says that z_piezo_gain is 0.0: heights have no scale"),
    "no number": (
        asd(z_piezo_extension=float("nan")),
        "the header says that z_piezo_extension is None: heights have no scale",
    ),
    "folder without movie": (
        in_folder(),
        "the folder holds no movie, but notes.txt (notes.txt: no reader knows this file; 'playnano formats' "
        "lists what can be read); name one file",
    ),
    "folder with two movies": (
        in_folder("a.asd", "b.asd"),
        "the folder holds 2 movies (a.asd, b.asd); name one file",
    ),
}

JPK: dict[str, tuple[Make, str]] = {
    "empty": (cut(0), "the file is empty"),
    "no HDF5": (
        filled(b"JPK SCAN 3.0"),
        NAMED_SO + "it is broken, or not a .h5-jpk file (reader h5-jpk)",
    ),
    "signature alone": (cut(8), "it is broken, or not a .h5-jpk file"),
    "another HDF5": (
        jpk(no_pattern),
        f"{NAMED_SO}the header does not state a usable {GRID}ilength in pixels: 'None' (reader h5-jpk)",
    ),
    "text of no encoding": (
        other_bytes(b"\x13\x01\0\0", b"\x13\xa1\0\0"),
        "it is broken, or not a .h5-jpk file",
    ),
    "no channel": (jpk(no_channel), "it holds no topography: name a channel; there is no channel in it"),
    "no frames": (jpk(no_frames), "4 of 4 frames are missing at the end of the file"),
    "huge count": (
        jpk(no_chunks),
        "1099511627776 of 1099511627776 frames are missing at the end of the file",
    ),
    "wrong width": (
        attribute(GRID + "ilength", np.int32(25)),
        "the header says 25 x 20 pixels, but a frame holds 480",
    ),
    "no width": (
        attribute(GRID + "ilength", None),
        f"the header does not state a usable {GRID}ilength in pixels: 'None'",
    ),
    "huge height": (
        attribute(GRID + "jlength", np.int64(1 << 40)),
        f"the header does not state a usable {GRID}jlength in pixels: '1099511627776.0'",
    ),
    "half a pixel": (
        attribute(GRID + "jlength", "20.5"),
        f"the header does not state a usable {GRID}jlength in pixels: '20.5'",
    ),
    "no unit": (attribute(UNIT, None, channel=True), f"the file does not state a unit; {NO_UNIT}"),
    "empty unit": (attribute(UNIT, "", channel=True), f"the file does not state a unit; {NO_UNIT}"),
    "unknown unit": (attribute(UNIT, "Furlong", channel=True), f"the unit 'Furlong' is not known; {NO_UNIT}"),
    "no multiplier": (
        attribute("net-encoder.scaling.multiplier", None, channel=True),
        "the channel does not state a multiplier and an offset: its scale is not known",
    ),
    "offset is not a number": (
        attribute("net-encoder.scaling.offset", float("inf"), channel=True),
        "the channel does not state a multiplier and an offset: its scale is not known",
    ),
    "interlaced": (
        attribute("environment.fast-imaging.feed-forward-parameters.yaxis.interlace", "true"),
        "its lines are interlaced: playnano does not know their order",
    ),
}


def the_error(path: Path, **options: Any) -> str:
    """The one line that `load` raises for it, without the path in front."""
    with pytest.raises(ReadError) as caught:
        load(path, **options)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", ASD)
def test_asd(written: Path, tmp_path: Path, name: str) -> None:
    make, message = ASD[name]
    assert the_error(make(Path(shutil.copy(written / "movie.asd", tmp_path)))) == message


@pytest.mark.parametrize("name", JPK)
def test_jpk_h5(written: Path, tmp_path: Path, name: str) -> None:
    make, message = JPK[name]
    assert the_error(make(Path(shutil.copy(written / "movie.h5-jpk", tmp_path)))) == message


@pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
def test_a_jpk_file_cut_short(written: Path, tmp_path: Path, share: float) -> None:
    whole = (written / "movie.h5-jpk").stat().st_size
    path = cut(int(whole * share))(Path(shutil.copy(written / "movie.h5-jpk", tmp_path)))
    left = path.stat().st_size
    want = f"the file is cut short: {left} of {whole} bytes are there, and HDF5 needs all of them"
    assert the_error(path) == want


def test_counts_that_lie_are_a_warning(written: Path, tmp_path: Path) -> None:
    path = asd(num_frames=2_000_000_000)(Path(shutil.copy(written / "movie.asd", tmp_path)))
    stack = load(path)
    assert len(stack) == 4
    assert stack.warnings == ("1999999996 of 2000000000 frames are missing at the end of the file",)
    assert stack.provenance.input is not None
    assert stack.provenance.input.warnings == stack.warnings
    assert the_error(path, strict=True) == stack.warnings[0]


@pytest.mark.parametrize(
    ("file", "channel", "message"),
    [
        ("movie.asd", "height", "there is no channel 'height' (the channels are TP)"),
        ("movie.asd", "tpp", "there is no channel 'tpp'; did you mean 'tp'? (the channels are TP)"),
        (
            "movie.h5-jpk",
            "hieght_trace",
            "there is no channel 'hieght_trace'; did you mean 'height_trace'? "
            "(the channels are height_trace)",
        ),
    ],
)
def test_channels_that_are_not_there(written: Path, file: str, channel: str, message: str) -> None:
    assert the_error(written / file, channel=channel) == message


def test_a_movie_under_another_name_is_known_by_its_content(written: Path, tmp_path: Path) -> None:
    for name in ("movie.asd", "movie.h5-jpk"):
        path = other_name(Path(shutil.copy(written / name, tmp_path)))
        assert load(path).shape == (4, 20, 24)
        path.unlink()


def test_a_frame_too_large_for_its_place(written: Path, tmp_path: Path) -> None:
    """A few bytes that inflate to a gigabyte are not inflated further than a frame."""
    bomb = zlib.compress(bytes(1 << 26), 9)

    def edit(measurement: h5py.Group) -> None:
        measurement["Channel_000/Height"].id.write_direct_chunk((0, 0), bomb)

    path = jpk(edit)(Path(shutil.copy(written / "movie.h5-jpk", tmp_path)))
    with pytest.raises(ReadError, match="frame 0 cannot be read: the compressed data do not hold 1920 bytes"):
        load(path)[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fast_h5/20141003_24.h5", OTHER_HDF5),
        (
            "createc_dat/A250320.191933.dat",
            "it is a Createc .dat file, which playnano does not read; open it in Gwyddion and save its "
            "images as .gwy",
        ),
        (
            "negative_jpk_force/fmt-jpk-fd_spot3-0192.jpk-force",
            "it holds force curves of a JPK instrument, not images",
        ),
    ],
)
def test_real_files_of_other_kinds(data_folder: Path, name: str, message: str) -> None:
    assert the_error(data_folder / name) == message
