"""The NanoScope reader against an independent reader of real files, and against files made by the layout."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from still_files import stored, write_spm

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.formats.nanoscope.reader import READER
from playnano.readers.opening import load

FOLDER = "spm_folder/nanolocz_fastscan"
REAL = [
    "spm/old_bruker.002",
    "spm/Veeco_20160622.003",
    f"{FOLDER}/09261606.001",
    f"{FOLDER}/09261609.001",
    f"{FOLDER}/09261616.001",
]
ISO_TEXT = b"ISO/TC 201 SPM data transfer format\ngeneral information\n\n" + b"-32.5\n" * 20000


def opened(path: Path, channel: str | None = None, **asked: Any) -> Any:
    return READER.open(path, ReadOptions(channel, **asked))


@pytest.mark.parametrize("name", REAL)
def test_every_channel_of_a_real_file(name: str, data_folder: Path, reference: dict[str, Any]) -> None:
    path, entry = data_folder / name, reference[name]
    assert len(READER.channels(path)) == len(entry["channels_gwyddion"])
    for want in entry["channels_gwyddion"]:
        stack = opened(path, want["title"])
        image = stack.data[0].astype(float)
        assert stack.unit == want["unit"]
        assert image.shape == tuple(want["shape"])
        assert [stack.pixel_size_nm, stack.pixel_size_y_nm] == pytest.approx(want["pixel_nm"], rel=1e-12)
        for measure in ("min", "max", "mean", "std"):
            assert getattr(np, measure)(image) == pytest.approx(want[measure], rel=3e-7), want["title"]
        assert image[0, :3] == pytest.approx(want["row0_first3"], rel=2e-7)
        assert image[-1, :3] == pytest.approx(want["lastrow_first3"], rel=2e-7)


@pytest.mark.parametrize(
    ("name", "channel", "direction"),
    [
        (REAL[0], "height_trace", "up"),
        (REAL[1], "height_retrace", "up"),
        (REAL[2], "height_sensor_retrace", "down"),
    ],
)
def test_topography_of_a_real_file(data_folder: Path, name: str, channel: str, direction: str) -> None:
    stack = opened(data_folder / name)
    assert stack.channel == READER.channels(data_folder / name)[0] == channel
    assert stack.frame_metadata[0]["scan_direction"] == direction


def test_a_real_folder(data_folder: Path, reference: dict[str, Any]) -> None:
    stack, want = load(data_folder / FOLDER), reference[f"{FOLDER}/"]["frames"]
    assert stack.timestamps.tolist() == [0.0, 209.88, 629.04]
    assert [frame["file"] for frame in stack.frame_metadata] == [frame["file"] for frame in want]
    assert stack.frame_metadata[0]["start_epoch_ms"] is None
    assert stack.frame_metadata[0]["line_rate"] == 2.32515
    assert stack.header["file list: date"] == "04:06:25 PM Thu Sep 26 2019"
    assert len(stack.header) < 40
    for image, told in zip(stack, want, strict=True):
        assert image.astype(float).mean() == pytest.approx(told["mean"], rel=1e-7)


def test_a_real_force_curve_is_refused(data_folder: Path) -> None:
    with pytest.raises(ReadError, match="it holds force curves, not an image"):
        load(data_folder / "spm" / "BrukerReader_ForceCurve_Sapphire_TAP525.001")


def test_a_made_file(tmp_path: Path) -> None:
    path = write_spm(tmp_path / "a.spm")
    assert READER.channels(path) == ("height_sensor_retrace", "amplitude_retrace", "phase_retrace")
    stack = opened(path)
    assert stack.unit == "nm"
    assert (stack.pixel_size_y_nm, stack.pixel_size_nm) == (5.0, 10.0)
    np.testing.assert_allclose(stack.data[0], stored()[::-1] / 65536 * 2457.6, rtol=1e-6)
    assert stack.frame_metadata[0] == {
        "timestamp": 0.0,
        "frame_pixel_size_nm": 10.0,
        "frame_duration_s": 3.0,
        "start_epoch_ms": None,
        "scan_direction": "down",
        "line_rate": 2.0,
        "file": "a.spm",
    }


@pytest.mark.parametrize(
    ("channel", "unit", "full_range"),
    [("amplitude_retrace", "nm", 20.0), ("AmplitudeActual", "nm", 20.0), ("Phase", "deg", 360.0)],
)
def test_channels_of_a_made_file(tmp_path: Path, channel: str, unit: str, full_range: float) -> None:
    stack = opened(write_spm(tmp_path / "a.001"), channel)
    assert stack.unit == unit
    np.testing.assert_allclose(stack.data[0], stored()[::-1] / 65536 * full_range, rtol=1e-6)


@pytest.mark.parametrize("asked", ["Height Sensor", "zsensor", "HEIGHT_SENSOR", "Height_Sensor_Retrace"])
def test_the_file_s_own_words_for_a_channel(tmp_path: Path, asked: str) -> None:
    assert opened(write_spm(tmp_path / "a.001"), asked).channel == "height_sensor_retrace"


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no channel 'phase_trace'; did you mean 'phase_retrace'"):
        opened(write_spm(tmp_path / "a.001"), "phase_trace")


def test_samples_of_four_bytes_where_the_header_says_two(tmp_path: Path) -> None:
    wide = stored().astype(np.int64) * 65536
    stack = opened(write_spm(tmp_path / "a.spm", samples=wide, dtype="<i4"))
    np.testing.assert_allclose(stack.data[0], stored()[::-1] / 65536 * 2457.6, rtol=1e-6)


@pytest.mark.parametrize(
    ("said", "y", "x"),
    [
        ({"Scan Size": "0.08 0.03 ~m"}, 5.0, 10.0),
        ({"Scan Size": "80 nm"}, 80 / 6, 10.0),
        ({"Scan Size": "80 nm", "Aspect Ratio": "2:1"}, None, 10.0),
        ({"Scan Size": "80 30 furlong"}, None, None),
        ({"Scan Size": "0 0 nm"}, None, None),
        ({"Scan Size": ""}, None, None),
    ],
)
def test_pixel_sizes(tmp_path: Path, said: dict[str, str], y: float | None, x: float | None) -> None:
    stack = opened(write_spm(tmp_path / "a.spm", **said))
    assert (stack.pixel_size_y_nm, stack.pixel_size_nm) == (pytest.approx(y), pytest.approx(x))


def test_names_without_a_direction_and_of_a_second_pass(tmp_path: Path) -> None:
    path = write_spm(tmp_path / "a.spm", **{"Line Direction": "", "Scan Line": "Interleave"})
    assert READER.channels(path)[1] == "amplitude_interleave"


@pytest.mark.parametrize("date", ["", "16:06:25 Do 26. Sep 2019", "04:06:25 PM Thu Sep 31 2019"])
def test_a_date_that_is_not_known(tmp_path: Path, date: str) -> None:
    assert len(opened(write_spm(tmp_path / "a.spm", date=date)).data) == 1


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"@2:Z scale": "V [Sens. Nothing] (0.1 V/LSB) 8.3 V"}, "the header does not state 'Sens. Nothing'"),
        ({"@2:Z scale": "V [Sens. ZsensSens] (0.1 V/LSB) 8.3 Arb"}, "'Arb' does not go with .* 'nm/V'"),
        ({"@2:Z scale": "V (0.1 Arb/LSB) 8.3 Arb"}, "the unit 'Arb' is not known; set `unit`"),
        ({"@2:Z scale": "V (0.1 V/LSB) 8.3"}, "the file does not state a unit; set `unit`"),
        ({"@2:Z scale": "V (0.1 V/LSB) 1e999 V"}, "not a usable number"),
        ({"@2:Z scale": "large"}, "no Z scale that is known"),
        ({"@2:Image Data": "Height"}, "its images have no names"),
        ({"Number of lines": "5"}, "8 x 5 pixels in 96 bytes, which do not fit"),
        ({"Number of lines": "many"}, "usable number of lines in pixels: 'many'"),
        ({"Samps/line": "40000000"}, "usable samps/line in pixels"),
        ({"Samps/line": "30000", "Number of lines": "30000", "Data length": "1800000000"}, "cut short"),
        ({"Data offset": "-5"}, "begins at byte -5, but the header ends at byte"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, said: dict[str, str], message: str) -> None:
    with pytest.raises(ReadError, match=message):
        opened(write_spm(tmp_path / "a.spm", **said))


def test_a_value_in_volts(tmp_path: Path) -> None:
    stack = opened(write_spm(tmp_path / "a.spm", **{"@2:Z scale": "V (0.1 mV/LSB) 65.536 mV"}))
    assert stack.unit == "mV"
    np.testing.assert_allclose(stack.data[0], stored()[::-1] / 1000, rtol=1e-6)
    assert opened(tmp_path / "a.spm", unit="nm").unit == "nm"


@pytest.mark.parametrize("kind", ["Force file list", "File list"])
def test_force_curves_are_refused(tmp_path: Path, kind: str) -> None:
    path = write_spm(tmp_path / "a.003", kind=kind)
    path.write_bytes(path.read_bytes().replace(b"Ciao image list", b"Ciao force image list"))
    with pytest.raises(ReadError, match="force curves, not an image"):
        load(path)


def test_an_older_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.003").write_bytes(b"?*File list\r\n?Version: 0x03000000\r\n")
    with pytest.raises(ReadError, match="before version 4, which is not known"):
        load(tmp_path / "a.003")


def test_an_image_without_a_name_does_not_refuse_the_others(tmp_path: Path) -> None:
    path = write_spm(tmp_path / "a.spm")
    right = load(path).data
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'S [Phase] "Phase"', b"Phase nowhere    "))
    assert path.stat().st_size == len(whole)
    stack = load(path)
    np.testing.assert_array_equal(stack.data, right)
    assert READER.channels(path) == ("height_sensor_retrace", "amplitude_retrace", "image_retrace")


def test_images_of_equal_names_are_numbered(tmp_path: Path) -> None:
    path = write_spm(tmp_path / "a.spm", **{"@2:Image Data": 'S [ZSensor] "Height Sensor"'})
    names = tuple(f"height_sensor_retrace{end}" for end in ("", " 2", " 3"))
    assert READER.channels(path) == names
    first, third = (load(path, channel=name).data for name in names[::2])
    assert not np.array_equal(first, third)


def test_an_iso_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.000"
    path.write_bytes(ISO_TEXT)
    with pytest.raises(ReadError, match="it is an ISO 28600 text file, which playnano does not read"):
        load(path)
    with pytest.raises(ReadError, match="not a NanoScope file"):
        load(path, reader="spm")


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (-1, "the file is cut short: 'phase_retrace' ends at byte 4384, and 4383 bytes are there"),
        (300, "its header has no end"),
        (12, "no end"),
    ],
)
def test_a_file_that_is_cut_short(tmp_path: Path, size: int, message: str) -> None:
    path = write_spm(tmp_path / "a.001")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ReadError, match=message):
        load(path)


def test_cut_short_after_it_was_opened(tmp_path: Path) -> None:
    path = write_spm(tmp_path / "a.001")
    stack = opened(path)
    path.write_bytes(path.read_bytes()[:4100])
    with pytest.raises(ReadError, match=r"a\.001: frame 0 cannot be read"):
        stack.data  # noqa: B018


def test_a_header_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.001"
    with path.open("wb") as file:
        file.write(b"\\*File list\r\n")
        file.truncate(1 << 31)  # a sparse file
    with pytest.raises(ReadError, match="its header has no end"):
        load(path, hashed=False)
