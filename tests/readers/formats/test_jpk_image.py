"""The .jpk reader against an independent reader of real files, and against files made by the layout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from still_files import stored, write_jpk

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.formats.jpk.image import READER
from playnano.readers.opening import load

FOLDER = "jpk_folder/streptavidin"
REAL = [
    "jpk/sample_0.jpk",
    f"{FOLDER}/save-2023.02.16-12.08.46.436.jpk",
    f"{FOLDER}/save-2023.02.16-12.08.49.026.jpk",
    f"{FOLDER}/save-2023.02.16-12.08.51.616.jpk",
]
OURS = {
    "Height": "height",
    "Height (measured)": "measuredHeight",
    "Lock-In Amplitude": "amplitude",
    "Lock-In Phase": "phase",
    "Error Signal": "error",
}


def opened(path: Path, channel: str | None = None, **asked: Any) -> Any:
    return READER.open(path, ReadOptions(channel, **asked))


def our_name(title: str) -> str:
    quantity, retrace, _ = title.partition(" (retrace)")
    return OURS[quantity] + ("_retrace" if retrace else "_trace")


@pytest.mark.parametrize("name", REAL)
def test_every_channel_of_a_real_file(name: str, data_folder: Path, reference: dict[str, Any]) -> None:
    path, entry = data_folder / name, reference[name]
    assert len(READER.channels(path)) == len(entry["channels_gwyddion"])
    for want in entry["channels_gwyddion"]:
        stack = opened(path, our_name(want["title"]))
        image = stack.data[0].astype(float)
        assert stack.unit == want["unit"]
        assert image.shape == tuple(want["shape"])
        assert [stack.pixel_size_nm, stack.pixel_size_y_nm] == pytest.approx(want["pixel_nm"], rel=1e-12)
        for measure in ("min", "max", "mean", "std"):
            assert getattr(np, measure)(image) == pytest.approx(want[measure], rel=2e-7), want["title"]
        assert image[0, :3] == pytest.approx(want["row0_first3"], rel=2e-7, abs=1e-9)
        assert image[-1, :3] == pytest.approx(want["lastrow_first3"], rel=2e-7, abs=1e-9)


def test_a_real_folder(data_folder: Path, reference: dict[str, Any]) -> None:
    stack, want = load(data_folder / FOLDER), reference[f"{FOLDER}/"]["frames"]
    assert stack.channel == "height_trace"
    assert stack.timestamps.tolist() == [0.0, 2.59, 5.18]
    assert [frame["file"] for frame in stack.frame_metadata] == [frame["file"] for frame in want]
    for frame, told in zip(stack.frame_metadata, want, strict=True):
        assert frame["start_epoch_ms"] == told["start_epoch_ms"]
        assert frame["frame_duration_s"] == pytest.approx(
            (told["end_epoch_ms"] - told["start_epoch_ms"]) / 1e3
        )
        assert (frame["scan_direction"], frame["line_rate"]) == ("down", 100.0)
    for image, told in zip(stack, want, strict=True):
        assert image.astype(float).mean() == pytest.approx(told["mean"], rel=1e-7)


def test_a_force_curve_is_refused(data_folder: Path) -> None:
    with pytest.raises(ReadError, match="it holds force curves of a JPK instrument, not images"):
        load(data_folder / "negative_jpk_force" / "fmt-jpk-fd_spot3-0192.jpk-force")


def test_a_made_file(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk")
    assert READER.channels(path) == ("height_trace", "height_retrace", "error_trace")
    stack = opened(path)
    assert stack.channel == "height_trace"
    assert stack.unit == "nm"
    assert (stack.pixel_size_y_nm, stack.pixel_size_nm) == (pytest.approx(5.0), pytest.approx(10.0))
    np.testing.assert_allclose(stack.data[0], (stored()[::-1] + 1) * 2.0 + 1000, rtol=1e-6)
    assert stack.frame_metadata[0] == {
        "timestamp": 0.0,
        "frame_pixel_size_nm": pytest.approx(10.0),
        "frame_duration_s": 2.5,
        "start_epoch_ms": 1676549326436,
        "scan_direction": "down",
        "line_rate": 4.0,
        "file": "a.jpk",
    }
    assert stack.header["program"] == "6.0.41"
    error = opened(path, "ERROR_trace")
    assert error.unit == "V"
    np.testing.assert_allclose(error.data[0], (stored()[::-1] + 2) * 2e-9 + 1e-6, rtol=1e-6)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32])
def test_samples_of_other_types(tmp_path: Path, byteorder: str, dtype: type, monkeypatch: Any) -> None:
    plain = tifffile.TiffWriter
    monkeypatch.setattr(tifffile, "TiffWriter", lambda path, **_: plain(path, byteorder=byteorder))
    write = plain.write
    monkeypatch.setattr(plain, "write", lambda self, image, **k: write(self, cast(image, dtype), **k))
    stack = opened(write_jpk(tmp_path / "a.jpk"))
    np.testing.assert_allclose(stack.data[0], (stored()[::-1] + 1) * 2.0 + 1000, rtol=1e-6)


def cast(image: np.ndarray, dtype: type) -> np.ndarray:
    return image.astype(dtype) if image.dtype == np.int32 else image


def test_it_is_known_by_its_tags_under_any_name(tmp_path: Path) -> None:
    assert load(write_jpk(tmp_path / "renamed.dat")).channel == "height_trace"
    tifffile.imwrite(tmp_path / "other.dat", np.zeros((4, 4), np.uint8))
    assert not READER.recognise(tmp_path / "other.dat")


def test_a_measured_height_where_there_is_no_other(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk", [("error", 0, "V"), ("measuredHeight", 1, "m")])
    assert opened(path).channel == "measuredheight_retrace"


def test_no_topography(tmp_path: Path) -> None:
    with pytest.raises(
        ReadError, match="no topography: name a channel; the channels are error_trace, phase_"
    ):
        opened(write_jpk(tmp_path / "a.jpk", [("error", 0, "V"), ("phase", 0, "deg")]))


def test_the_only_channel_needs_no_name(tmp_path: Path) -> None:
    stack = opened(write_jpk(tmp_path / "a.jpk", [("error", 0, "V")]))
    assert (stack.channel, stack.unit) == ("error_trace", "V")


def test_a_unit_that_is_not_written(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk", [("height", 0, None)])
    with pytest.raises(ReadError, match="the file does not state a unit; set `unit`"):
        opened(path)
    stack = opened(path, unit="nm")
    np.testing.assert_allclose(stack.data[0], stored()[::-1] * 2e-9 + 1e-6, rtol=1e-6)


def test_samples_without_a_scale(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk", [("height", 0, None)], scaling="NullScaling")
    np.testing.assert_array_equal(opened(path, unit="counts").data[0], stored()[::-1])


@pytest.mark.parametrize(
    ("start", "end", "epoch_ms", "duration"),
    [
        ("2023-02-16 13:08:46.436 +0100", "2023-02-16 12:08:47.436 GMT", 1676549326436, 1.0),
        ("2023-02-16 13:08:46.436 CET", "2023-02-16 13:08:47.436 CET", None, None),
        ("yesterday", "", None, None),
        ("2023-02-16 12:08:46.436 GMT", "2023-02-16 12:08:40.000 GMT", 1676549326436, None),
    ],
)
def test_times(tmp_path: Path, start: str, end: str, epoch_ms: int | None, duration: float | None) -> None:
    frame = opened(write_jpk(tmp_path / "a.jpk", start=start, end=end)).frame_metadata[0]
    assert frame["start_epoch_ms"] == epoch_ms
    assert frame["frame_duration_s"] == duration
    assert frame["timestamp"] == (None if epoch_ms is None else 0.0)


def test_an_epoch_beside_a_zone_that_is_not_known(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk", start="2023-02-16 13:08:46.436 CET", tags={32776: "1676549326436"})
    assert opened(path).frame_metadata[0]["start_epoch_ms"] == 1676549326436


def test_what_is_not_told_is_none(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk", tags={32834: 0.0, 32835: None, 32841: None, 32843: None})
    stack = opened(path)
    assert stack.pixel_size_nm is stack.pixel_size_y_nm is None
    assert stack.frame_metadata[0]["line_rate"] is stack.frame_metadata[0]["scan_direction"] is None


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"tags": {32838: 1 << 30, 32839: 1 << 30}}, "does not state a usable"),
        ({"tags": {32838: 7}}, "its grid has 7 x 6 points, but the image is 8 x 6"),
        ({"tags": {32839: None}}, "does not state a usable"),
        ({"channels": []}, "only its thumbnail"),
        ({"compression": "zlib"}, "its samples are compressed"),
        ({"channels": [("height", 0, "parsec")]}, "the unit 'parsec' is not known"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, made: dict[str, Any], message: str) -> None:
    with pytest.raises(ReadError, match=message):
        opened(write_jpk(tmp_path / "a.jpk", **made))


def test_a_size_that_the_file_does_not_have(tmp_path: Path) -> None:
    """Header and grid claim the same gigabytes; nothing is allocated for them."""
    path = write_jpk(tmp_path / "a.jpk", tags={32838: 30000, 32839: 30000})
    with tifffile.TiffFile(path, mode="r+") as file:
        for page in list(file.pages)[1:]:
            page.tags["ImageWidth"].overwrite(30000)
            page.tags["ImageLength"].overwrite(30000)
    with pytest.raises(ReadError, match="30000 x 30000 pixels in 192 bytes, which do not fit"):
        opened(path)


def test_a_default_scaling_that_is_missing(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk", [("height", 0, "m")])
    path.write_bytes(path.read_bytes().replace(b"calibrated", b"calibrates", 1))
    with pytest.raises(ReadError, match=r"no scaling 'calibrate[ds]', which it says is its default"):
        opened(path)


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: data[:9]])
def test_a_file_that_is_cut_short(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = write_jpk(tmp_path / "a.jpk")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ReadError) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_cut_short_after_it_was_opened(tmp_path: Path) -> None:
    path = write_jpk(tmp_path / "a.jpk")
    stack = opened(path)
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(ReadError, match=r"a\.jpk: frame 0 cannot be read"):
        stack.data  # noqa: B018


def test_garbage(tmp_path: Path) -> None:
    path = tmp_path / "a.jpk"
    path.write_bytes(b"MM\0*" + b"garbage" * 50)
    with pytest.raises(ReadError, match="broken or cut short"):
        load(path)
    path.write_bytes(b"not a TIFF")
    with pytest.raises(ReadError, match=r"its name ends like .* broken or cut short, or no \.jpk file"):
        load(path)
    with pytest.raises(ReadError, match=r"no \.jpk file"):
        load(path, reader="jpk")
