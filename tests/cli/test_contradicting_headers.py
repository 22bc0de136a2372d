"""Headers that state two things of one, or what cannot be: every command says so, and reads the rest."""

import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from aris_file import write_aris
from gsf_file import field
from gwy_file import gwyddion
from ibw_file import NOTE, wave
from nid_file import nanosurf
from still_files import write_jpk, write_spm
from sxm_file import nanonis
from topostats_file import topostats
from wsxm_file import wsxm

from playnano import load
from playnano.layouts.asd import V0, V1, packing
from playnano.sample.files import write_jpk_h5
from playnano.sample.movie import Sample

NO_SIZE = "the pixel size is not known; set `pixel_size_nm` of the input"
Edit = Callable[[bytes], bytes]


def words(text: str) -> str:
    return " ".join(text.split())


def replaced(*pairs: tuple[bytes, bytes]) -> Edit:
    def edit(data: bytes) -> bytes:
        for old, new in pairs:
            assert old in data
            data = data.replace(old, new, 1)
        return data

    return edit


def said_everywhere(playnano, path: Path, remark: str) -> None:
    """The remark is in `info`, and on the standard error of quiet conversions and runs, which go on."""
    assert remark in words(playnano("info", str(path)).stdout)
    for done in (
        playnano("convert", str(path), str(path.parent / "out.npz")),
        playnano("convert", str(path), str(path.parent / "quiet.npz"), "--quiet"),
        playnano("process", str(path), "--processing", "remove_plane", "--export", "npz", "--quiet"),
    ):
        assert (done.exit_code, remark in words(done.stderr)) == (0, True), done.stderr
    assert playnano("convert", str(path), str(path.parent / "strict.npz"), "--strict").exit_code == 1


def in_volts(data: bytes) -> bytes:
    """A Gwyddion file whose lateral unit is no length."""
    return re.sub(rb"(?s)(si_unit_xy\0.{1,40}?unitstr\0s)m\0", rb"\1V\0", data)


NID_INFO = b"[DataSet-Info]\r\n"
SXM_END = b":SCANIT_END:"


def with_more(text: bytes) -> Edit:
    """Tags of the scanning module, behind those of the image."""
    return replaced((SXM_END, text + SXM_END))


@pytest.mark.parametrize(
    ("name", "data", "edit", "remark"),
    [
        ("a.gsf", field(more="XReal = 1e-07\nZUnits = m\n"), bytes, "`XReal` is '1e-07' and '3e-07'"),
        ("b.gsf", field(), replaced((b"Title", b"ZUnits = nm\nTitle")), "`ZUnits` is 'm' and 'nm'"),
        (
            "a.nid",
            nanosurf(),
            replaced((b"Dim0Range=3e-08", b"Dim0Range=3e-08\r\nDim0Range=6e-08")),
            "`Dim0Range` is '6e-08' and '3e-08'; the former is read",
        ),
        (
            "b.nid",
            nanosurf(),
            replaced((b"Dim1Range=1e-08", b"Dim1Range=2e-08")),
            "`Dim1Range` is '2e-08' and '1e-08' in 'Topography backward'",
        ),
        (
            "c.nid",
            nanosurf(),
            replaced((NID_INFO, NID_INFO + b"Points=4\r\n")),
            "`Points` is '3' and '4' in `DataSet-Info`",
        ),
        (
            "d.nid",
            nanosurf(),
            replaced((NID_INFO, NID_INFO + b"Image size=50nm\r\n")),
            "`Dim0Range` is '3e-08 m' and '50nm' in `Image size`",
        ),
        (
            "a.top",
            wsxm(),
            replaced((b"    X-Freq", b"    X Amplitude: 250 nm\r\n    X-Freq")),
            "`X Amplitude` is '250 nm' and '300 nm'",
        ),
        (
            "a.sxm",
            nanonis(),
            with_more(b":SCAN_RANGE:\n 6.0E-8 1.0E-8\n"),
            "`SCAN_RANGE` is '6.0E-8 1.0E-8' and '3.0E-8 1.0E-8'",
        ),
        (
            "b.sxm",
            nanonis(),
            with_more(b":Scan>Scanfield:\n0E+0;0E+0;60E-9;10E-9;0E+0\n"),
            "`SCAN_RANGE` is '3.0E-8 1.0E-8' and '60E-9' in `Scan>Scanfield` (width)",
        ),
        (
            "c.sxm",
            nanonis(),
            with_more(b":Scan>lines:\n3\n"),
            "`SCAN_PIXELS` is '3 2' and '3' in `Scan>lines`",
        ),
        ("a.ibw", wave(note=f"{NOTE}ScanDown: 0\r"), bytes, "`ScanDown` is '0' and '1'"),
    ],
)
def test_what_a_header_states_twice(
    tmp_path: Path, playnano, name: str, data: bytes, edit: Edit, remark: str
) -> None:
    path = tmp_path / name
    path.write_bytes(edit(data))
    said_everywhere(playnano, path, f"the header contradicts itself: {remark}")


@pytest.mark.parametrize(
    ("said", "remark"),
    [
        ({"samps/line": "9"}, "`samps/line` is '8' and '9'"),
        ({"Bytes/Pixel": "4"}, "`bytes/pixel` is '2' and '4'"),
    ],
)
def test_what_a_nanoscope_header_states_twice(tmp_path: Path, playnano, said: dict, remark: str) -> None:
    said_everywhere(playnano, write_spm(tmp_path / "a.spm", **said), f"contradicts itself: {remark}")


def test_a_nanoscope_scan_of_another_size(tmp_path: Path, playnano) -> None:
    path = write_spm(tmp_path / "a.spm")
    rate, more = b"\\Scan Rate: 2\r\n", b"\\Scan Size: 160 nm\r\n\\Lines: 6\r\n\\Samps/line: 8\r\n"
    head, end, rest = path.read_bytes().replace(rate, rate + more).partition(b"\x1a")
    path.write_bytes(head + end + rest[len(more) :])  # of the NULs before the images
    said_everywhere(playnano, path, "`Scan Size` is '80 30 nm' and '160 nm' in `Ciao scan list`")


@pytest.mark.parametrize(
    ("name", "data", "edit", "remark"),
    [
        ("a.gsf", field(), replaced((b"3e-07", b"3_0e0")), "`XReal` is '3_0e0'"),
        ("b.gsf", field(), replaced((b"3e-07", "\N{ARABIC-INDIC DIGIT THREE}e-7".encode())), "`XReal` is '"),
        ("c.gsf", field(), replaced((b"XReal", b"#Real")), "`XReal` is missing"),
        ("d.gsf", field(), replaced((b"Units = m", b"Units = V")), "`XReal` is '3e-07 V' and `YReal`"),
        ("e.gsf", field(), replaced((b"XYUnits = m\n", b"")), "`XReal` is '3e-07 (no unit)'"),
        ("a.nid", nanosurf(), replaced((b"3e-08", b"3_0e-09")), "`Dim0Range` is '3_0e-09'"),
        ("b.nid", nanosurf(), replaced((b"Dim1Unit=m", b"Dim1Unit=V")), "`Dim1Range` is '1e-08 V'"),
        ("a.top", wsxm(), replaced((b"300 nm", b"3_00 nm")), "`X Amplitude` is '3_00 nm'"),
        ("b.top", wsxm(), replaced((b"    X Amplitude", b"    Z Amplitute")), "`X Amplitude` is missing"),
        ("a.sxm", nanonis(), replaced((b"3.0E-8", b"3_0.0E-9")), "`SCAN_RANGE` is '3_0.0E-9 1.0E-8'"),
        (
            "a.gwy",
            gwyddion(),
            in_volts,
            "`xreal` is '3e-08 V'",
        ),
    ],
)
def test_a_size_that_is_not_known(
    tmp_path: Path, playnano, name: str, data: bytes, edit: Edit, remark: str
) -> None:
    path = tmp_path / name
    path.write_bytes(edit(data))
    said_everywhere(playnano, path, f"the header's {remark}")
    stated = playnano("convert", str(path), str(tmp_path / "stated.npz"), "--pixel-size-nm", "2", "--quiet")
    assert (stated.exit_code, NO_SIZE in words(stated.stderr)) == (0, False)


def without_size(folder: Path, kind: str) -> Path:
    """A file of a format that states its size, without it."""
    path = folder / f"a.{kind}"
    if kind == "jpk":
        write_jpk(path, tags={32834: None})
    elif kind == "spm":
        write_spm(path, **{"Scan Size": "80 30 V"})
    elif kind == "aris":
        write_aris(path, lambda file: file["DataSetInfo/Global/Parameters/Scan"].attrs.pop("FastScanSize"))
    elif kind == "ibw":
        raw = bytearray(wave())
        raw[64 + 152 : 64 + 153] = b"V"
        words_sum = int(np.frombuffer(bytes(raw[:384]), "<i2").sum(dtype=np.int64))
        struct.pack_into("<H", raw, 2, (struct.unpack_from("<H", raw, 2)[0] - words_sum) % 65536)
        path.write_bytes(raw)
    else:
        topostats(path)
        with h5py.File(path, "a") as file:
            del file["pixel_to_nm_scaling"]
    return path


@pytest.mark.parametrize(
    ("kind", "remark"),
    [
        ("jpk", "`grid.ulength` is missing"),
        ("spm", "`Scan Size` is '80 30 V'"),
        ("aris", "`FastScanSize` is missing"),
        ("ibw", "`x step` is '1e-08 V'"),
        ("topostats", "`pixel_to_nm_scaling` is missing"),
    ],
)
def test_a_size_that_is_missing(tmp_path: Path, playnano, kind: str, remark: str) -> None:
    said_everywhere(playnano, without_size(tmp_path, kind), f"the header's {remark}: {NO_SIZE}")


def asd_with(movie: Path, **values: float) -> Path:
    """The movie, with other values in its header."""
    data = bytearray(movie.read_bytes())
    layout = V0 if data[:4] == bytes(4) else V1
    form, begin = packing(layout), 4
    fields = dict(zip(layout, form.unpack_from(data, begin), strict=True)) | values
    form.pack_into(data, begin, *fields.values())
    movie.write_bytes(data)
    return movie


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        ({"x_nm": 0}, f"the header's `x_nm` is '0': {NO_SIZE}"),
        ({"y_nm": -159}, f"the header's `y_nm` is '-159': {NO_SIZE}"),
        ({"x_nm": 500, "max_x_scan": 400.0}, "`x_nm` is '500' and 'at most 400' in `max_x_scan`"),
        (
            {"z_piezo_extension": -15.0},
            "`z_piezo_extension` is below 0, as none is: heights may be upside down",
        ),
        ({"frame_time_ms": 0.0}, "the header's `frame_time_ms` is 0: the times are not known"),
        ({"frame_time_ms": float("nan")}, "`frame_time_ms` is not a number: the times are not known"),
        ({"frame_time_ms": 1e12}, "by the header, frames are 1e+09 s apart, which cannot be"),
        ({"frame_time_ms": 1e-3}, "by the header, frames are 1e-06 s apart, which cannot be"),
    ],
)
def test_what_cannot_be_in_an_asd_header(folder: Path, playnano, values: dict, remark: str) -> None:
    said_everywhere(playnano, asd_with(folder / "movie.asd", **values), remark)


def test_a_second_movie_behind_an_asd_movie(folder: Path, playnano) -> None:
    movie = folder / "movie.asd"
    movie.write_bytes(2 * movie.read_bytes())
    said_everywhere(playnano, movie, "bytes follow the last frame, as many as of 4 frames: they are not read")


@pytest.mark.parametrize("size", [b"3e-17", b"30000"])
def test_a_pixel_that_no_microscope_has(tmp_path: Path, playnano, size: bytes) -> None:
    path = tmp_path / "a.gsf"
    path.write_bytes(field().replace(b"3e-07", size))
    said_everywhere(playnano, path, "by the header, a pixel is 50 nm x")


@pytest.mark.parametrize("span", [b"-6.5536e-05", b"0"])
def test_a_range_that_is_none(tmp_path: Path, playnano, span: bytes) -> None:
    path = tmp_path / "a.nid"
    path.write_bytes(replaced((b"6.5536e-05", span))(nanosurf()))
    said_everywhere(playnano, path, "not above 0: heights are flat or upside down")


@pytest.mark.parametrize(
    ("name", "data", "remark"),
    [
        ("a.nid", nanosurf(time="25:61:00"), "`Date` is '24-01-2008 25:61:00'"),
        ("a.sxm", nanonis().replace(b"01.01.2000", b"31.02.2000"), "`REC_DATE` is '31.02.2000 00:00:00'"),
        (
            "a.top",
            wsxm().replace(b"18/06/2021", b"06/18/2021"),
            "`Acquisition time` is '06/18/2021, 14:12:26.5'",
        ),
        ("a.ibw", wave(note=NOTE.replace("2009-06-03", "2009-06-33")), "`Date` is '2009-06-33 22:01:29'"),
    ],
)
def test_a_date_that_cannot_be(tmp_path: Path, playnano, name: str, data: bytes, remark: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    said_everywhere(playnano, path, f"the header's {remark}, no date and time: the time is not known")


def jpk_movie(folder: Path, edit: Callable[[h5py.Group], None]) -> Path:
    """Four frames of 8 x 8 pixels of 2 nm, with the places of all pixels as instruments write them."""
    path = folder / "a.h5-jpk"
    write_jpk_h5(Sample(frames=4, height=8, width=8, molecules=1, pixel_size_nm=2).stack(), path)
    rows, columns = (grid.ravel() for grid in np.mgrid[:8, :8])
    with h5py.File(path, "r+") as file:
        measurement = file["Measurement_000"]
        measurement["Position_Indices"] = np.stack([columns, rows], axis=1)
        measurement["Position_Values"] = 2e-9 * np.stack([columns, rows], axis=1)
        edit(measurement)
    return path


def starting(frame: int, time_ms: int) -> Callable[[h5py.Group], None]:
    """An edit of the time at which a frame begins, in ms from that of the one before it."""

    def edit(measurement: h5py.Group) -> None:
        times = measurement["meta-data/start-times"]
        values = times[()]
        values[frame] = values[max(frame - 1, 0)] + time_ms
        times[...] = values

    return edit


def attribute(name: str, value: float | str) -> Callable[[h5py.Group], None]:
    return lambda measurement: measurement.attrs.__setitem__(f"position-pattern.grid.{name}", value)


@pytest.mark.parametrize(
    ("edit", "remark"),
    [
        (attribute("ulength", 32e-9), "a pixel by `grid.ulength` is '4 nm' and '2 nm' in `Position_Values`"),
        (attribute("vlength", 16.0), "a pixel by `grid.vlength` is '2e+09 nm' and '2 nm'"),
        (attribute("unit.unit", "um"), "a pixel by `grid.ulength` is '2e-06 nm' and '2 nm'"),
        (attribute("ulength", float("nan")), f"`position-pattern.grid.ulength` is missing: {NO_SIZE}"),
        (starting(1, 0), "frames 0 and 1 have identical times"),
        (starting(0, 10**8), "by `start-times` and `end-times`, frame 0 took -"),
        (starting(0, -(10**12)), "by `start-times` and `end-times`, frame 0 took 1e+09 s"),
    ],
)
def test_what_a_jpk_movie_states_twice(tmp_path: Path, playnano, edit, remark: str) -> None:
    assert load(jpk_movie(tmp_path, lambda _: None)).warnings == ()
    (tmp_path / "a.h5-jpk").unlink()
    said_everywhere(playnano, jpk_movie(tmp_path, edit), remark)


def test_a_jpk_grid_of_another_shape(tmp_path: Path, playnano) -> None:
    def edit(measurement: h5py.Group) -> None:
        attribute("ilength", 4)(measurement)
        attribute("jlength", 16)(measurement)

    path = jpk_movie(tmp_path, edit)
    said_everywhere(playnano, path, "the grid is '4 x 16' and '8 x 8' in `Position_Indices`")


def test_a_decimal_comma_in_a_sensitivity(tmp_path: Path, playnano) -> None:
    path = write_spm(tmp_path / "a.spm")
    path.write_bytes(path.read_bytes().replace(b"V 100.0 nm/V", b"V 10,00 nm/V"))
    for unit in ((), ("--unit", "nm")):
        done = playnano("convert", str(path), str(tmp_path / "a.npz"), *unit)
        assert done.exit_code == 1
        assert "states 'Sens. ZsensSens' as 'V 10,00 nm/V': the channel's scale is not known" in words(
            done.stderr
        )


@pytest.mark.parametrize("sensitivity", [b"V -10.0 nm/V", b"V   0.0 nm/V"])
def test_a_sensitivity_that_is_none(tmp_path: Path, playnano, sensitivity: bytes) -> None:
    path = write_spm(tmp_path / "a.spm")
    path.write_bytes(path.read_bytes().replace(b"V 100.0 nm/V", sensitivity))
    said_everywhere(playnano, path, "not above 0: heights are flat or upside down")


def nanoscope_folder(folder: Path, *said: tuple[str, str]) -> Path:
    """Images with a date and a time from the start of the session each."""
    folder.mkdir()
    for number, (date, seconds) in enumerate(said):
        write_spm(folder / f"a_{number}.spm", date=date, **{"Relative frame time": seconds})
    return folder


@pytest.mark.parametrize(
    ("said", "remark"),
    [
        ({"start": "2023-02-17 12:08:46.436 GMT"}, "GMT' in `end`, which is before it"),
        ({"tags": {32776: "1676549326"}}, "`start` is '2023-02-16 12:08:46.436 GMT' and '1970-01-20"),
    ],
)
def test_two_times_of_a_jpk_image(tmp_path: Path, playnano, said: dict, remark: str) -> None:
    said_everywhere(playnano, write_jpk(tmp_path / "a.jpk", **said), remark)


def test_two_clocks_that_disagree(tmp_path: Path, playnano) -> None:
    dates = ["04:06:25 PM Thu Sep 26 2019", "04:06:29 PM Fri Sep 27 2019", "04:06:33 PM Thu Sep 26 2019"]
    folder = nanoscope_folder(tmp_path / "images", *zip(dates, ("1.5", "5.5", "9.5"), strict=True))
    remark = "two clocks in the files disagree: by the second, frame 2 is not where it belongs"
    said_everywhere(playnano, folder, remark)


def test_a_finer_clock_of_some_images_only(tmp_path: Path, playnano) -> None:
    dates = [f"04:06:{seconds} PM Thu Sep 26 2019" for seconds in (25, 29, 33)]
    folder = nanoscope_folder(tmp_path / "images", *zip(dates, ("1.5", "5,5", "9.5"), strict=True))
    remark = "a_1.spm: its finer time is not stated, so that all times are those of a coarser clock"
    assert remark in words(playnano("info", str(folder)).stdout)
    assert remark in words(playnano("convert", str(folder), str(tmp_path / "a.npz")).stderr)


MASKED = "a mask was in force when it was written, which {} does not hold: no pixel is masked"
MASKING = "steps: [{step: remove_plane}, {step: mask_threshold, threshold: 1, name: high}]"


@pytest.mark.parametrize(("format", "name"), [("ome-zarr", "OME-Zarr"), ("ome-tiff", "OME-TIFF")])
def test_a_mask_that_a_format_does_not_hold(folder: Path, playnano, format: str, name: str) -> None:
    Path("mask.yaml").write_text(
        f"version: 1\n{MASKING}\nexports: [{{format: {format}}}]\n", encoding="utf-8"
    )
    assert playnano("run", "mask.yaml", "movie.asd", "--output-folder", "masked").exit_code == 0
    (result,) = (path for path in Path("masked").iterdir() if path.suffix in (".zarr", ".tif"))
    line = ("process", str(result), "--processing", "remove_plane", "--export", "npz", "--strict", "--quiet")
    done = playnano(*line)
    assert (done.exit_code, MASKED.format(name) in words(done.stderr)) == (0, True)


def test_masks_that_are_lost_from_an_ome_zarr(folder: Path, playnano) -> None:
    recipe = MASKING.replace("}]", "}, {step: clear_mask}]")
    Path("mask.yaml").write_text(f"version: 1\n{recipe}\nexports: [{{format: ome-zarr}}]\n", encoding="utf-8")
    assert playnano("run", "mask.yaml", "movie.asd", "--output-folder", "masked").exit_code == 0
    (result,) = Path("masked").glob("*.zarr")
    assert load(result).warnings == ()
    (result / "0/._zarr.json").write_bytes(b"x")  # of macOS
    assert load(result).warnings == ()
    shutil.rmtree(result / "labels")
    said_everywhere(playnano, result, "mask 'high': missing in it; the file was edited")


def test_a_bundle_called_like_a_jpk_movie(folder: Path, playnano) -> None:
    assert playnano("convert", "movie.asd", "a.h5").exit_code == 0
    Path("a.h5").rename("a.h5-jpk")
    assert "h5" in playnano("info", "a.h5-jpk", "--json").stdout
    assert load("a.h5-jpk").channel == "TP"


def images_in(folder: Path, texts: list[str], name: str = "scan_{}.gsf") -> Path:
    """A folder of images with more lines in their headers."""
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / name.format(number)).write_bytes(field(more=text))
    return folder


def test_a_unit_that_one_image_of_a_folder_has(tmp_path: Path, playnano) -> None:
    units = ["ZUnits = m\n"] * 4 + ["ZUnits = um\n"]
    said_everywhere(
        playnano,
        images_in(tmp_path / "images", units),
        "the files state heights in several units, of which one may be wrong: m (4), um (1: scan_4.gsf)",
    )


def test_frame_numbers_that_are_not_in_the_order_of_the_times(tmp_path: Path, playnano) -> None:
    times = [0.0, 1.0, 2.0, -3.0, 4.0]
    texts = [f"ZUnits = m\nPlaynanoFrame = {n}\nPlaynanoTime = {t}\n" for n, t in enumerate(times)]
    folder = images_in(tmp_path / "images", texts)
    said_everywhere(playnano, folder, "by the frame numbers in the files, frame 1 is not where it belongs")


def test_names_and_times_that_disagree(tmp_path: Path, playnano) -> None:
    texts = [f"ZUnits = m\nPlaynanoTime = {time}\n" for time in (0.0, 60.0, 120.0, 30.0, 240.0)]
    folder = images_in(tmp_path / "images", texts)
    remark = "times and names disagree on the order: scan_1.gsf comes after scan_3.gsf by its time"
    said_everywhere(playnano, folder, remark)


def test_a_number_that_is_there_twice_in_a_folder(tmp_path: Path, playnano) -> None:
    folder = images_in(tmp_path / "images", ["ZUnits = m\n"] * 6)
    (folder / "scan_05.gsf").write_bytes((folder / "scan_5.gsf").read_bytes())
    remark = "image 5 is there more than once by the numbering of the names: scan_05.gsf and scan_5.gsf"
    said_everywhere(playnano, folder, remark)


def test_frames_that_imagej_stores_as_channels(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.tif"
    images = np.random.default_rng(0).normal(size=(6, 16, 16)).astype(np.float32)
    facts = {"axes": "CYX", "unit": "nm", "vunit": "nm"}
    tifffile.imwrite(path, images, imagej=True, metadata=facts, resolution=(1, 1))
    remark = "of 6 channels of one frame, which may be frames of a movie, 'channel_1' alone is read"
    said_everywhere(playnano, path, remark)


@pytest.mark.parametrize("more", ["before its first array", "behind its end"])
def test_two_bundles_in_one_file(folder: Path, playnano, more: str) -> None:
    assert playnano("convert", "movie.asd", "one.npz").exit_code == 0
    one = Path("one.npz").read_bytes()
    Path("two.npz").write_bytes(one + one if more.startswith("before") else one + bytes(300))
    done = playnano("info", "two.npz")
    assert done.exit_code == 1
    assert f"bytes lie {more}: some were inserted, or it is two files in one" in words(done.stderr)


def test_a_file_that_states_no_size(tmp_path: Path, playnano) -> None:
    images = np.random.default_rng(0).normal(size=(4, 16, 16)).astype(np.float32)
    tifffile.imwrite(tmp_path / "a.tif", images, photometric="minisblack")
    remark = "the file does not state a pixel size; set `pixel_size_nm` of the input"
    done = playnano("convert", str(tmp_path / "a.tif"), str(tmp_path / "a.npz"), "--unit", "nm")
    assert (done.exit_code, words(done.stderr).count(remark)) == (0, 1)
    assert load(tmp_path / "a.npz").warnings == ()
