"""TIFF movies of other programs, as tifffile writes them and real ones."""

import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from playnano import load
from playnano.errors import ReadError
from playnano.readers import READERS
from playnano.readers.finding import find_movie, reader_for
from playnano.readers.formats.tiff.pages import PlainPages

IMAGES = np.random.default_rng(2).normal(scale=20, size=(5, 20, 24)).astype(np.float32)
HYPERSTACK = np.arange(3 * 2 * 4 * 6 * 8, dtype=np.uint16).reshape(3, 2, 4, 6, 8)  # T Z C Y X
IMAGEJ = {"axes": "TYX", "unit": "nm", "vunit": "nm"}


def imagej(path: Path, images: Any = IMAGES, resolution: Any = (2, 4), **metadata: Any) -> Path:
    tifffile.imwrite(path, images, imagej=True, resolution=resolution, metadata={**IMAGEJ, **metadata})
    return path


@pytest.mark.parametrize(
    ("unit", "nm"),
    [
        ("nm", 1.0),
        ("micron", 1e3),
        ("\\u00B5m", 1e3),
        ("um", 1e3),
        ("mm", 1e6),
        ("pixel", None),
        ("", None),
        ("parsec", None),
    ],
)
def test_pixel_sizes_of_imagej(unit: str, nm: float | None, tmp_path: Path) -> None:
    stack = load(imagej(tmp_path / "a.tif", unit=unit))
    told = (stack.pixel_size_nm, stack.pixel_size_y_nm)
    assert told == ((None, None) if nm is None else (pytest.approx(nm / 2), pytest.approx(nm / 4)))
    assert stack.frame_metadata[0]["frame_pixel_size_nm"] == stack.pixel_size_nm
    assert bool(stack.warnings) == (nm is None)
    assert all("set `pixel_size_nm`" in warning for warning in stack.warnings)


@pytest.mark.parametrize(
    ("told", "interval"), [({}, 0.25), ({"tunit": "ms"}, 0.25e-3), ({"tunit": "?"}, None)]
)
def test_times_of_imagej(told: dict[str, str], interval: float | None, tmp_path: Path) -> None:
    stack = load(imagej(tmp_path / "a.tif", finterval=0.25, **told))
    expected = np.arange(5) * interval if interval else np.full(5, np.nan)
    np.testing.assert_allclose(stack.timestamps, expected)
    np.testing.assert_array_equal(stack.data, IMAGES)


def test_values_that_imagej_calibrates(tmp_path: Path) -> None:
    integers = (IMAGES + 100).astype(np.uint16)
    stack = load(imagej(tmp_path / "a.tif", integers, cf=0, c0=-5.0, c1=0.5, vunit="um"))
    assert stack.unit == "nm"
    np.testing.assert_allclose(stack.data, (integers * 0.5 - 5) * 1e3, rtol=1e-6)
    path = imagej(tmp_path / "b.tif", integers, cf=3, c0=1.0, c1=0.5, c2=1.0)
    with pytest.raises(ReadError, match="set `unit`"):
        load(path)
    assert "values is not linear" in load(path, unit="nm").warnings[0]


def test_channels_and_slices_are_chosen(tmp_path: Path) -> None:
    path = imagej(tmp_path / "a.tif", HYPERSTACK, axes="TZCYX")
    names = READERS["tiff"].channels(path)
    assert names == tuple(f"channel_{c}_z{z}" for c in range(1, 5) for z in (1, 2))
    np.testing.assert_array_equal(load(path, channel="channel_3_z2").data, HYPERSTACK[:, 1, 2])
    np.testing.assert_array_equal(load(path).data, HYPERSTACK[:, 0, 0])
    with pytest.raises(ReadError, match="there is no channel 'channel_9'"):
        load(path, channel="channel_9")


def test_slices_are_frames_where_there_are_no_others(tmp_path: Path) -> None:
    stack = load(imagej(tmp_path / "a.tif", HYPERSTACK[0, :, 0], axes="ZYX", finterval=1))
    np.testing.assert_array_equal(stack.data, HYPERSTACK[0, :, 0])
    path = imagej(tmp_path / "b.tif", HYPERSTACK[0], axes="ZCYX")
    np.testing.assert_array_equal(load(path, channel="channel_2_z2").data, HYPERSTACK[0, 1:2, 1])


def test_ome_tiff_of_others(tmp_path: Path) -> None:
    deltas = [2 + 0.1 * t * t for t in range(3) for _ in range(8)]
    metadata = {
        "axes": "TZCYX",
        "PhysicalSizeX": 15,
        "PhysicalSizeXUnit": "Å",
        "PhysicalSizeY": 0.002,
        "Channel": {"Name": ["Height", "Phase", "c", "d"]},
        "Plane": {"DeltaT": [delta * 1000 for delta in deltas], "DeltaTUnit": ["ms"] * 24},
    }
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, HYPERSTACK, ome=True, metadata=metadata)
    assert reader_for(path).name == "tiff"
    stack = load(path, channel="phase_z1", unit="deg")
    assert (stack.channel, stack.unit) == ("Phase_z1", "deg")
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == (pytest.approx(1.5), pytest.approx(2.0))
    np.testing.assert_allclose(stack.timestamps, [0, 0.1, 0.4], atol=1e-9)
    np.testing.assert_array_equal(stack.data, HYPERSTACK[:, 0, 1])


def test_time_increment_of_ome(tmp_path: Path) -> None:
    metadata = {"axes": "TYX", "TimeIncrement": 200, "TimeIncrementUnit": "ms"}
    tifffile.imwrite(tmp_path / "a.tif", IMAGES, ome=True, metadata=metadata)
    np.testing.assert_allclose(load(tmp_path / "a.tif", unit="nm").timestamps, np.arange(5) * 0.2)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "f2", "f4", "f8"])
@pytest.mark.parametrize(
    "written",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True, "rowsperstrip": 7},
        {"compression": "zlib", "rowsperstrip": 7},
        {"compression": "zlib", "tile": (16, 16)},
        {"compression": "lzw"},
    ],
)
def test_types_and_layouts(dtype: str, written: dict[str, Any], tmp_path: Path) -> None:
    images = (IMAGES + (0 if dtype[0] != "u" else 120)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", images, metadata=None, photometric="minisblack", **written)
    stack = load(tmp_path / "a.tif", unit="V")
    assert stack.dtype == np.result_type(images.dtype, np.float32)
    np.testing.assert_array_equal(stack.data, images)
    assert stack.pixel_size_nm is None


@pytest.mark.parametrize("compression", ["zlib", "lzw"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("pieces", [{"rowsperstrip": 7}, {"tile": (16, 32)}], ids=["strips", "tiles"])
@pytest.mark.parametrize(
    ("predictor", "dtype"),
    [
        (None, "f4"),
        (3, "f4"),
        (3, "f8"),
        (3, "f2"),
        (2, "u1"),
        (2, "i1"),
        (2, "u2"),
        (2, "i2"),
        (2, "u4"),
        (2, "i4"),
    ],
)
def test_predictors(
    predictor: int | None,
    dtype: str,
    pieces: dict[str, Any],
    byteorder: Any,
    compression: str,
    tmp_path: Path,
) -> None:
    images = (IMAGES + (0 if dtype[0] != "u" else 120)).astype(dtype)
    how = {"compression": compression, "predictor": predictor, "byteorder": byteorder, **pieces}
    tifffile.imwrite(tmp_path / "a.tif", images, metadata=None, photometric="minisblack", **how)
    np.testing.assert_array_equal(load(tmp_path / "a.tif", unit="V").data, images)


def test_lzw_is_read_without_another_package(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", IMAGES, compression="lzw", predictor=3, metadata=None)
    code = (
        "import sys; sys.modules['imagecodecs'] = None\n"
        "import playnano; print(playnano.load(sys.argv[1], unit='V').data.sum())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.tif")], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == pytest.approx(float(IMAGES.sum()), rel=1e-4)


def test_lzw_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, IMAGES[:1], compression="lzw", metadata=None)
    with tifffile.TiffFile(path) as file:
        begin, size = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:begin] + bytes(size) + whole[begin + size :])
    with pytest.raises(ReadError, match="frame 0 cannot be read"):
        load(path, unit="V")[0]


def test_resolution_of_a_plain_file_is_that_of_a_printer(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", IMAGES, metadata=None, resolution=(300, 300), resolutionunit="INCH")
    stack = load(tmp_path / "a.tif", unit="nm", pixel_size_nm=(2.0, 1.0), frame_interval_s=0.5)
    assert load(tmp_path / "a.tif", unit="nm").pixel_size_nm is None
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm, stack.timestamps[2]) == (1.0, 2.0, 1.0)


@pytest.mark.parametrize(
    ("images", "written", "message"),
    [
        (np.zeros((3, 6, 8, 3), np.uint8), {"photometric": "rgb"}, "colour picture"),
        (np.zeros((6, 8), np.complex64), {}, "complex64"),
        (IMAGES, {"compression": "lzma"}, "compressed by LZMA"),
        (IMAGES, {}, "does not state a unit; set `unit`"),
    ],
)
def test_what_is_no_movie_of_heights(images: Any, written: Any, message: str, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", images, metadata=None, **written)
    with pytest.raises(ReadError, match=message) as caught:
        load(tmp_path / "a.tif", unit=None if "unit" in message else "nm")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["imagej", "ome", "plain"])
def test_a_file_cut_short_gives_its_whole_frames(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    if kind == "imagej":
        imagej(path)
    else:
        tifffile.imwrite(path, IMAGES, ome=kind == "ome", metadata={"axes": "TYX"} if kind == "ome" else None)
    whole = path.read_bytes()
    counts = set()
    for end in range(0, len(whole), 397):
        path.write_bytes(whole[:end])
        try:
            stack = load(path, unit="nm")
        except ReadError as error:
            assert "\n" not in str(error)  # noqa: PT017
            continue
        np.testing.assert_array_equal(stack.data, IMAGES[: len(stack)])
        counts.add(len(stack))
        if len(stack) < 5:
            assert "missing at the end" in stack.warnings[0]
            with pytest.raises(ReadError, match="missing at the end"):
                load(path, unit="nm", strict=True)
    assert {1, 2, 3, 4} <= counts or kind != "imagej"


def test_one_page_that_stands_for_all(tmp_path: Path) -> None:
    """Beyond 4 GB, ImageJ lists one page, and the others follow it."""
    path = imagej(tmp_path / "a.tif")
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        link = page.offset + 2 + 12 * struct.unpack("<H", path.read_bytes()[page.offset :][:2])[0]
    data = bytearray(path.read_bytes())
    data[link : link + 4] = bytes(4)
    path.write_bytes(data)
    np.testing.assert_array_equal(load(path).data, IMAGES)


def test_a_header_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = imagej(tmp_path / "a.tif", HYPERSTACK[:, 0, 0])
    data = path.read_bytes()
    path.write_bytes(data.replace(b"frames=3\n", b"frames=9\n"))
    assert len(load(path)) == 3


@pytest.mark.parametrize(("lines", "message"), [(2, "missing"), (10, "more in it than")])
def test_more_pixels_than_the_header_says(lines: int, message: str, tmp_path: Path) -> None:
    images = np.tile(IMAGES[:, :1, :1], (1, 20, 24)) if lines == 10 else IMAGES
    tifffile.imwrite(tmp_path / "a.tif", images, compression="zlib", rowsperstrip=20, metadata=None)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        for page in file.pages:
            page.tags["ImageLength"].overwrite(lines)
    with pytest.raises(ReadError, match=message):
        load(tmp_path / "a.tif", unit="nm").data  # noqa: B018


def test_frames_are_read_from_their_place(tmp_path: Path) -> None:
    read = load(imagej(tmp_path / "a.tif")).frames.read  # type: ignore[attr-defined]
    assert isinstance(read.pages, PlainPages)
    assert read.pages.n == 5


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><OME xmlns="x"><Image/></OME>'
    tifffile.imwrite(tmp_path / "a.tif", IMAGES, description=bomb, metadata=None)
    with pytest.raises(ReadError, match="entities"):
        load(tmp_path / "a.tif", unit="nm")


def test_a_real_movie(data_folder: Path, reference: dict[str, Any]) -> None:
    name = "tiff_stack/Particle-Detect_Test_Stack.tif"
    told = reference[name]["readers"]["playnano 0.5.0"]
    stack = load(data_folder / name, unit="nm")
    assert list(stack.shape) == told["shape"]
    for image, expected in ((stack[0], told["frame0"]), (stack[1], told["last"])):
        found = image.min(), image.max(), image.mean(dtype=float), image.std(dtype=float)
        np.testing.assert_allclose(found, list(expected.values()), rtol=1e-6, atol=1e-9)
    assert stack.pixel_size_nm is None
    with pytest.raises(ReadError, match="set `unit`"):
        load(data_folder / name)


def test_jpk_images_are_left_to_their_reader(data_folder: Path) -> None:
    assert find_movie(data_folder / "jpk" / "sample_0.jpk")[1].name == "jpk"


def test_a_pixel_size_that_the_user_says_is_not_missed(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", IMAGES, metadata=None)
    assert "the file does not state a pixel size" in load(tmp_path / "a.tif", unit="nm").warnings[0]
    said = load(tmp_path / "a.tif", unit="nm", pixel_size_nm=2.0)
    assert (said.pixel_size_nm, said.warnings) == (2.0, ())
