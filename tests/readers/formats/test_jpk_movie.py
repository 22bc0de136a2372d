"""The .h5-jpk reader against independent readers of a real file, and against files made by the layout."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.formats.jpk.movie import READER
from playnano.readers.parsing.hdf5_chunks import PlainReads
from playnano.sample.files import write_jpk_h5
from playnano.sample.movie import Sample

SAMPLE = Sample(frames=5, height=20, width=24, molecules=2)


@pytest.fixture(scope="module")
def real(data_folder: Path) -> Path:
    return data_folder / "h5-jpk" / "sample_0.h5-jpk"


@pytest.fixture(scope="module")
def truth(reference: dict[str, Any]) -> dict[str, Any]:
    return reference["h5-jpk/sample_0.h5-jpk"]["reference"]


@pytest.fixture(scope="module")
def _written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jpk") / "made.h5-jpk"
    write_jpk_h5(SAMPLE.stack(), path)
    return path


@pytest.fixture
def made(_written: Path, tmp_path: Path) -> Path:
    """A fresh copy of a small movie made by the layout."""
    return Path(shutil.copy(_written, tmp_path / "made.h5-jpk"))


def edited(path: Path, edit: Callable[[h5py.Group], None]) -> Path:
    with h5py.File(path, "r+") as file:
        edit(file["Measurement_000"])
    return path


def opened(path: Path, channel: str | None = None, **asked: Any) -> Any:
    return READER.open(path, ReadOptions(channel, **asked))


@pytest.mark.parametrize(
    "channel",
    ["height_trace", "height_retrace", "measuredHeight_trace", "error_trace", "error_retrace",
     "amplitude_trace", "amplitude_retrace", "phase_trace", "phase_retrace"],
)  # fmt: skip
def test_every_channel_of_a_real_file(real: Path, truth: dict[str, Any], channel: str) -> None:
    stack, want = opened(real, channel), truth["channels"][channel]
    data = stack.data
    assert stack.channel == channel.lower()
    assert stack.unit == want["unit"]
    assert data.shape == stack.shape == tuple(want["shape"])
    assert data.dtype == np.float32
    for image, values in ((data[0], want["frame0"]), (data[-1], want["last"])):
        for name, value in values.items():
            assert getattr(np, name)(image.astype(float)) == pytest.approx(value, rel=2e-7, abs=1e-6)
    # the values a reader that does not turn the picture over finds in its last line are those of our first
    np.testing.assert_array_equal(data[0, 0, :3], np.float32(want["rowlast_raw_order_first3"]))
    np.testing.assert_array_equal(data[0, -1, :3], np.float32(want["row0_raw_order_first3"]))


def test_what_a_real_file_says_of_itself(real: Path, truth: dict[str, Any]) -> None:
    stack = opened(real)
    assert stack.channel == "height_trace"
    assert stack.pixel_size_nm == stack.pixel_size_y_nm == truth["pixel_nm"]
    starts, ends = truth["start_epoch_ms"], truth["end_epoch_ms"]
    for index, metadata in enumerate(stack.frame_metadata):
        assert metadata == {
            "timestamp": (starts[index] - starts[0]) / 1000,
            "frame_pixel_size_nm": 1.171875,
            "frame_duration_s": (ends[index] - starts[index]) / 1000,
            "start_epoch_ms": starts[index],
            "scan_direction": "down",
            "line_rate": 40.0,
        }
    assert stack.warnings == ()
    assert stack.header["start-time"] == "2025-05-28 14:41:58.548 +0100"
    assert stack.header["environment.cantilever-calibration-info.amplitude"] == "40.55 µV/√Hz"
    assert stack.provenance.input is None


def test_topography_is_the_first_channel(real: Path) -> None:
    channels = READER.channels(real)
    assert channels[:3] == ("height_trace", "height_retrace", "measuredheight_trace")
    assert len(channels) == 9


def test_plain_reads_equal_h5py(real: Path) -> None:
    stack = opened(real, "phase_trace")
    assert isinstance(stack.frames.read.column, PlainReads)
    with h5py.File(real) as file:
        raw = file["Measurement_000/Channel_008/Phase"][:, 2]
    np.testing.assert_array_equal(stack.frames.read.column(2), raw)


def test_threads_read_the_same(made: Path) -> None:
    stack = opened(made)
    with ThreadPoolExecutor(4) as threads:
        images = list(threads.map(lambda index: stack[index % 5], range(40)))
    for index, image in enumerate(images):
        np.testing.assert_array_equal(image, stack[index % 5])


def test_a_made_file_comes_back(made: Path) -> None:
    stack = opened(made, "Height_TRACE")
    np.testing.assert_allclose(stack.data, SAMPLE.stack().data, atol=6e-7)
    assert stack.unit == "nm"
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx((4.0, 4.0))
    np.testing.assert_allclose(stack.timestamps, SAMPLE.times_s())


STORAGE = {
    "no filter": {"chunks": (480, 1)},
    "gzip": {"chunks": (480, 1), "compression": 4},
    "shuffle": {"chunks": (480, 1), "shuffle": True},
    "shuffle and gzip": {"chunks": (480, 1), "shuffle": True, "compression": 1},
    "chunk larger than a frame": {
        "chunks": (1000, 1),
        "shuffle": True,
        "compression": 1,
        "maxshape": (None, 5),
    },
    "several chunks a frame": {"chunks": (100, 1), "compression": 1},
    "several frames a chunk": {"chunks": (480, 2), "compression": 1},
    "checksum": {"chunks": (480, 1), "fletcher32": True},
    "lzf": {"chunks": (480, 1), "compression": "lzf"},
    "contiguous": {},
}


@pytest.mark.parametrize("name", STORAGE)
@pytest.mark.parametrize("dtype", ["<i4", ">i4", "<i2", "<f4"])
def test_storage(made: Path, name: str, dtype: str) -> None:
    values = np.random.default_rng(3).integers(-30000, 30000, (480, 5)).astype(dtype)

    def edit(measurement: h5py.Group) -> None:
        del measurement["Channel_000/Height"]
        measurement["Channel_000"].create_dataset("Height", data=values, **STORAGE[name])
        measurement["Channel_000"].attrs["net-encoder.scaling.multiplier"] = 1e-9
        measurement["Channel_000"].create_dataset("thumbnail", data=np.zeros((9, 1), "<i4"))

    stack = opened(edited(made, edit))
    plain = name not in ("several frames a chunk", "checksum", "lzf", "contiguous")
    assert isinstance(stack.frames.read.column, PlainReads) is plain
    np.testing.assert_allclose(stack.data[:, ::-1].reshape(5, -1), values.T, rtol=1e-6)


def test_a_chunk_without_its_filter(made: Path) -> None:
    values = np.arange(480, dtype="<i4")

    def edit(measurement: h5py.Group) -> None:
        measurement["Channel_000/Height"].id.write_direct_chunk((0, 1), values.tobytes(), filter_mask=3)

    np.testing.assert_array_equal(opened(edited(made, edit)).frames.read.column(1), values)


def test_frames_that_were_not_written(made: Path) -> None:
    def edit(measurement: h5py.Group) -> None:
        channel = measurement["Channel_000"]
        del channel["Height"]
        heights = channel.create_dataset("Height", (480, 9), "<i4", chunks=(480, 1), compression=1)
        for index in (0, 2, 3):
            heights[:, index] = np.full(480, index + 1)

    stack = opened(edited(made, edit))
    assert stack.warnings == (
        "5 of 9 frames are missing at the end of the file",
        "1 of 4 frames were never written: 1",
    )
    assert stack.shape == (4, 20, 24)
    assert [image.max() > 0 for image in stack] == [True, False, True, True]
    assert [metadata["timestamp"] for metadata in stack.frame_metadata] == [0.0, 0.5, 1.0, 1.5]
    with pytest.raises(ReadError, match="5 of 9 frames are missing"):
        opened(made, strict=True)


@pytest.mark.parametrize(
    ("starts", "seconds"),
    [
        ([1000, 1500, 2700, 3000, 9000], [0.0, 0.5, 1.7, 2.0, 8.0]),
        ([1000, 1500], [0.0, 0.5, None, None, None]),
        ([1000, 0, 2000, 2500, 3000], [0.0, None, 1.0, 1.5, 2.0]),
        ([0, 500, 1000, 1500, 2000], [None] * 5),
        ([], [None] * 5),
    ],
)
def test_start_times(made: Path, starts: list[int], seconds: list[float | None]) -> None:
    def edit(measurement: h5py.Group) -> None:
        del measurement["meta-data/start-times"]
        measurement["meta-data/start-times"] = np.array(starts, "<i8")[:, None]

    stack = opened(edited(made, edit))
    assert [metadata["timestamp"] for metadata in stack.frame_metadata] == seconds
    known = [metadata["start_epoch_ms"] for metadata in stack.frame_metadata]
    assert known == [start or None for start in starts] + [None] * (5 - len(starts))


def test_without_times_and_sizes(made: Path) -> None:
    def edit(measurement: h5py.Group) -> None:
        del measurement["meta-data"]
        for name in ("ulength", "vlength"):
            del measurement.attrs[f"position-pattern.grid.{name}"]
        del measurement.attrs["timing-settings.scanRate"]
        del measurement.attrs["motion"]

    stack = opened(edited(made, edit))
    assert stack.pixel_size_nm is stack.pixel_size_y_nm is None
    assert all(value is None for metadata in stack.frame_metadata for value in metadata.values())


@pytest.mark.parametrize(
    ("unit", "scale", "shown"),
    [("m", 1, "nm"), ("um", 1e-6, "nm"), ("µm", 1e-6, "nm"), ("μm", 1e-6, "nm"), ("nm", 1e-9, "nm"),
     ("pm", 1e-12, "nm"), ("Å", 1e-10, "nm"), ("V", 1e-9, "V"), ("deg", 1e-9, "deg"), ("°", 1e-9, "deg")],
)  # fmt: skip
def test_units(made: Path, unit: str, scale: float, shown: str) -> None:
    before = opened(made)[0]

    def edit(measurement: h5py.Group) -> None:
        measurement["Channel_000"].attrs["net-encoder.scaling.unit.unit"] = np.bytes_(unit.encode())

    stack = opened(edited(made, edit))
    assert stack.unit == shown
    np.testing.assert_allclose(stack[0], before * scale, rtol=1e-6)


def test_the_users_unit_leaves_the_values(made: Path) -> None:
    stack = opened(made, unit="furlong")
    assert stack.unit == "furlong"
    np.testing.assert_allclose(stack[0] * 1e9, opened(made)[0], rtol=1e-6)


def test_pixels_that_are_not_square(made: Path) -> None:
    def edit(measurement: h5py.Group) -> None:
        measurement.attrs["position-pattern.grid.vlength"] = 160e-9

    stack = opened(edited(made, edit))
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx((4.0, 8.0))


def test_attributes_as_text(made: Path) -> None:
    def edit(measurement: h5py.Group) -> None:
        for name in ("ilength", "jlength", "ulength"):
            key = f"position-pattern.grid.{name}"
            measurement.attrs[key] = np.bytes_(str(measurement.attrs[key]).encode())

    stack = opened(edited(made, edit))
    assert stack.shape == (5, 20, 24)
    assert stack.pixel_size_nm == pytest.approx(4.0)


def test_retrace_is_taken_where_there_is_no_trace(made: Path) -> None:
    def edit(measurement: h5py.Group) -> None:
        measurement.copy("Channel_000", "Channel_001")
        measurement["Channel_000"].attrs["channel.name"] = np.bytes_(b"measuredHeight")
        measurement["Channel_001"].attrs["retrace"] = True

    assert opened(edited(made, edit)).channel == "height_retrace"
    assert READER.channels(made) == ("height_retrace", "measuredheight_trace")


def test_data_in_another_file_are_refused(made: Path) -> None:
    shutil.copy(made, made.with_name("other.h5"))

    def edit(measurement: h5py.Group) -> None:
        del measurement["Channel_000"]
        measurement["Channel_000"] = h5py.ExternalLink("other.h5", "/Measurement_000/Channel_000")

    with pytest.raises(ReadError, match="lies in another file"):
        opened(edited(made, edit))


def test_a_frame_that_breaks_after_opening(made: Path) -> None:
    stack = opened(made)
    chunk = stack.frames.read.column.chunks[3][0]
    with made.open("r+b") as file:
        file.seek(chunk.offset)
        file.write(b"\xff" * chunk.size)
    with pytest.raises(ReadError, match=r"made\.h5-jpk: frame 3 cannot be read: the compressed data"):
        stack[3]
    np.testing.assert_array_equal(stack[2], opened(made)[2])
    made.unlink()  # no handle is kept open
    with pytest.raises(ReadError, match="frame 2 cannot be read"):
        stack[2]


def test_only_its_own_files_are_recognised(data_folder: Path) -> None:
    files = [path for path in data_folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if READER.recognise(path)] == ["sample_0.h5-jpk"]
