"""The .asd reader against independent readers of real files, and against files made by the layout."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.errors import ReadError
from playnano.layouts.asd import V0, V1, V2_AFTER_COMMENT, packing
from playnano.readers.base import ReadOptions
from playnano.readers.formats.asd.reader import READER
from playnano.readers.formats.asd.scales import BIPOLAR_VOLTS, UNIPOLAR_VOLTS
from playnano.sample.files import write_asd
from playnano.sample.movie import Sample

SAMPLE = Sample(frames=4, height=20, width=24, molecules=2)
REAL = ("202110200146.asd", "asd_sample_0.asd", "extra_sample.asd")


def opened(path: Path, channel: str | None = None, **asked: Any) -> Any:
    return READER.open(path, ReadOptions(channel, **asked))


def patched(path: Path, name: str, value: Any) -> Path:
    """The file with another value of one field of its version 1 header."""
    names = list(V1)
    before = {field: V1[field] for field in names[: names.index(name)]}
    form = struct.Struct("<" + V1[name])
    data = bytearray(path.read_bytes())
    form.pack_into(data, 4 + packing(before).size, value)
    path.write_bytes(data)
    return path


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A small version 1 movie of topography and phase, 12 degrees more than the heights in nm."""
    stack = SAMPLE.stack()
    phase = replace(stack, frames=replace(stack.frames, read=lambda index: SAMPLE.image(index) + 12))
    write_asd(stack, tmp_path / "made.asd", phase=phase)
    return tmp_path / "made.asd"


@pytest.mark.parametrize("name", REAL)
def test_real_files(data_folder: Path, reference: dict[str, Any], name: str) -> None:
    stack, want = opened(data_folder / "asd" / name), reference[f"asd/{name}"]["reference"]
    data = stack.data
    assert (stack.channel, stack.unit) == ("TP", "nm")
    assert data.shape == stack.shape == tuple(want["shape"])
    assert data.dtype == np.float32
    assert stack.pixel_size_nm == stack.pixel_size_y_nm == want["pixel_nm"]
    chosen = {
        "frame0_nm": data[0],
        "last_nm": data[-1],
        "mid_nm": data[want["mid_nm"]["index"]],
        "first_nonblank_nm": data[want["first_nonblank_nm"]["index"]],
        "all_nm": data,
    }
    for which, values in chosen.items():
        for statistic in ("min", "max", "mean", "std"):
            value = getattr(np, statistic)(values.astype(float))
            assert value == pytest.approx(want[which][statistic], rel=2e-7, abs=2e-6)
    np.testing.assert_array_equal(data[0, 0, :3], np.float32(want["row0_first3"]))
    np.testing.assert_array_equal(data[0, -1, :3], np.float32(want["lastrow_first3"]))


@pytest.mark.parametrize("name", REAL)
def test_times_and_headers_of_real_files(data_folder: Path, reference: dict[str, Any], name: str) -> None:
    stack, file = opened(data_folder / "asd" / name), reference[f"asd/{name}"]
    seconds = file["timing"]["frame_time_ms"] / 1000
    np.testing.assert_array_equal(stack.timestamps, np.arange(len(stack)) * seconds)
    first = stack.frame_metadata[0]
    assert first["frame_duration_s"] == seconds
    assert first["start_epoch_ms"] is first["scan_direction"] is None
    assert first["line_rate"] == pytest.approx(stack.shape[1] / seconds)
    assert stack.header["date"] == file["timing"]["file_date"]
    assert stack.header["version"] == file["file_version"]
    shared = set(file["header"]) & set(stack.header)
    assert len(shared) > 25
    assert {key: stack.header[key] for key in shared} == {key: file["header"][key] for key in shared}
    assert stack.warnings == ()


def test_phase_of_a_real_file(data_folder: Path, reference: dict[str, Any]) -> None:
    path = data_folder / "asd" / "202110200146.asd"
    stack, want = opened(path, "ph"), reference["asd/202110200146.asd"]["reference"]["PH"]
    data = stack.data.astype(float)
    assert (stack.channel, stack.unit, list(stack.shape)) == ("PH", "deg", want["shape"])
    assert (data.min(), data.max()) == pytest.approx((want["min"], want["max"]), rel=1e-7)
    assert (data[0].mean(), data[0].std()) == pytest.approx((want["mean"], want["std"]), rel=1e-6)
    assert READER.channels(path) == ("TP", "PH")


def test_blank_frames_are_kept_and_flagged(data_folder: Path, reference: dict[str, Any]) -> None:
    stack = opened(data_folder / "asd" / "extra_sample.asd")
    count, indices, _ = reference["asd/extra_sample.asd"]["reference"]["blank_frames"]
    flagged = [index for index, metadata in enumerate(stack.frame_metadata) if metadata["blank"]]
    assert flagged == indices
    assert (len(flagged), len(stack)) == (count, 64)
    # one level, though not of zero volts: a converter driven to its end
    saturated = opened(data_folder / "asd" / "asd_sample_0.asd")
    assert [i for i, metadata in enumerate(saturated.frame_metadata) if metadata["blank"]] == [28]
    assert np.ptp(saturated[28]) == 0


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("has_phase", [False, True])
def test_versions_made_by_the_layout(tmp_path: Path, version: int, has_phase: bool) -> None:
    path, truth = tmp_path / "made.asd", SAMPLE.stack()
    write_asd(truth, path, version, phase=truth if has_phase else None)
    stack = opened(path)
    level = stack.header["z_piezo_extension"] * 10 / 4096
    np.testing.assert_allclose(stack.data, truth.data, atol=0.51 * level)
    assert READER.channels(path) == (("TP", "PH") if has_phase else ("TP",))
    assert (stack.pixel_size_nm, stack.frame_metadata[3]["timestamp"]) == (4.0, 1.5)
    assert (stack.header["version"], stack.header["user_name"]) == (version, "playnano")
    if has_phase:
        np.testing.assert_allclose(opened(path, "PH").data, truth.data, atol=0.51 * level)


def test_both_channels(made: Path) -> None:
    topography, phase = opened(made), opened(made, "PH")
    assert phase.data.min() > 5 > topography.data.min()
    np.testing.assert_allclose(phase.data - 12, topography.data, atol=0.03)


def test_version_2_with_colour_anchors(tmp_path: Path) -> None:
    path = tmp_path / "made.asd"
    write_asd(SAMPLE.stack(), path, 2)
    before = opened(path).data
    data = path.read_bytes()
    rest = 4 + packing(V1).size + len("playnano")
    values = list(packing(V2_AFTER_COMMENT).unpack_from(data, rest))
    values[-3:] = [2, 0, 1]
    end = rest + packing(V2_AFTER_COMMENT).size
    anchors = struct.pack("<6i", 0, 0, 255, 255, 7, 8)
    path.write_bytes(data[:rest] + packing(V2_AFTER_COMMENT).pack(*values) + anchors + data[end:])
    np.testing.assert_array_equal(opened(path).data, before)


@pytest.mark.parametrize("code", [*UNIPOLAR_VOLTS, *BIPOLAR_VOLTS])
def test_converter_ranges(made: Path, code: int) -> None:
    volts = {1: 1, 2: 2.5, 3: 9.99, 4: 5, 0x10000: 1, 0x20000: 2.5, 0x40000: 5}[code]
    stack = opened(patched(made, "ad_range", code))
    levels = np.frombuffer(made.read_bytes(), "<i2", 480, stack.frames.read.first + 32).reshape(20, 24)
    scale = stack.header["z_piezo_gain"] * stack.header["z_piezo_extension"]
    want = -volts / 4096 * levels * scale if code < 5 else (volts - 2 * levels * volts / 4096) * scale
    np.testing.assert_allclose(stack[0], want, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("code_page", "stored", "text"),
    [(932, "高速".encode("cp932"), "高速"), (932, b"a\x82", "a\N{REPLACEMENT CHARACTER}"),
     (9999, b"caf\xe9", "café"), (65001, "µm".encode(), "µm"), (932, b"m\0i\0c\0a\0", "mica")],
)  # fmt: skip
def test_comments(made: Path, code_page: int, stored: bytes, text: str) -> None:
    patched(patched(made, "text_encoding", code_page), "comment_size", len(stored))
    data, end = made.read_bytes(), 4 + packing(V1).size + len("playnano")
    made.write_bytes(data[:end] + stored + data[end:])
    stack = opened(made)
    assert (stack.header["comment"], stack.header["user_name"]) == (text, "playnano")
    assert not any(metadata["blank"] for metadata in stack.frame_metadata)


@pytest.mark.parametrize(("cut", "left"), [(1, 7), (1024, 6), (3 * 992, 5), (4 * 992, 4)])
def test_truncated_movies_give_their_whole_frames(made: Path, cut: int, left: int) -> None:
    whole, size = opened(made), made.stat().st_size
    made.write_bytes(made.read_bytes()[: size - cut])
    assert opened(made).warnings == (f"{8 - left} of 4 frames of PH are missing at the end of the file",)
    np.testing.assert_array_equal(opened(made).data, whole.data)
    if left == 4:
        with pytest.raises(ReadError, match="4 of 4 frames are missing at the end of the file"):
            opened(made, "PH")
        return
    phase = opened(made, "PH")
    assert phase.warnings == (f"{8 - left} of 4 frames are missing at the end of the file",)
    assert len(phase) == len(phase.frame_metadata) == left - 4
    with pytest.raises(ReadError, match="frames are missing at the end of the file"):
        opened(made, "PH", strict=True)


@pytest.mark.parametrize(
    ("images", "remark"),
    [
        (2, "the header says 4 frames, and the file holds 1 more"),
        (6, "the header says 4 frames, and the file holds 3 more"),
        (3, "2976 bytes follow the last frame, as many as of 3 frames of one channel"),
    ],
)
def test_images_beyond_the_last_are_counted_by_frames_of_both_channels(
    made: Path, images: int, remark: str
) -> None:
    data = made.read_bytes()
    made.write_bytes(data + data[-992 * images :])
    assert opened(made).warnings == (f"{remark}: they are not read",)


def test_knowledge_that_is_missing(made: Path) -> None:
    stack = opened(patched(patched(made, "x_nm", 0), "frame_time_ms", 0.0))
    assert stack.pixel_size_nm is None
    assert stack.pixel_size_y_nm == 4.0
    first = stack.frame_metadata[1]
    assert first["timestamp"] is first["line_rate"] is first["frame_duration_s"] is None
    assert np.isnan(opened(patched(made, "frame_time_ms", float("nan"))).timestamps).all()


def test_other_bits_are_remarked_on(made: Path) -> None:
    assert opened(patched(made, "ad_bits", 14)).warnings == (
        "the header says 14 bits a sample; the heights are those of 12",
    )


def test_the_users_unit(made: Path) -> None:
    stack = opened(made, unit="V")
    assert stack.unit == "V"
    np.testing.assert_array_equal(stack.data, opened(made).data)


def test_a_channel_of_unknown_kind_needs_a_unit(made: Path) -> None:
    patched(made, "channel2", b"X\0Y\0")
    with pytest.raises(ReadError, match=r"the file does not state a unit; set `unit` of the input$"):
        opened(made, "XY")
    assert opened(made, "XY", unit="V").unit == "V"


def test_a_frame_that_is_gone_after_opening(made: Path) -> None:
    stack = opened(made)
    made.write_bytes(made.read_bytes()[:1000])
    with pytest.raises(ReadError, match=r"made\.asd: frame 3 cannot be read"):
        stack[3]
    made.unlink()  # no handle is kept open
    with pytest.raises(ReadError, match="frame 0 cannot be read"):
        stack[0]


def test_header_sizes_are_those_of_real_files(tmp_path: Path) -> None:
    assert packing(V0).size + 4 + 14 + 12 == 131  # extra_sample.asd, whose user name has 14 bytes
    assert packing(V1).size + 4 + 9 == 174  # asd_sample_0.asd, 9 bytes


def test_recognised_without_its_suffix_too(made: Path, data_folder: Path) -> None:
    assert READER.recognise(made.rename(made.with_suffix(".dat")))
    files = [path for path in data_folder.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files if READER.recognise(path)) == sorted(REAL)
