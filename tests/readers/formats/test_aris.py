"""The .aris reader against files made by the layout; no real one is at hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from aris_file import FRAMES, HEIGHT, HEIGHTS_M, PHASES, WIDTH, write_aris

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.finding import reader_for
from playnano.readers.formats.aris.reader import READER
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample


def opened(path: Path, edit: Callable[[h5py.File], Any] = lambda file: None, **asked: Any) -> Any:
    return READER.open(write_aris(path / "made.aris", edit), ReadOptions(**asked))


def without(name: str) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]

    return edit


def test_heights_are_in_nm_and_the_right_way_up(tmp_path: Path) -> None:
    stack = opened(tmp_path)
    assert (stack.channel, stack.unit, stack.shape) == ("HeightTrace", "nm", (FRAMES, HEIGHT, WIDTH))
    assert stack.dtype == stack[0].dtype == np.float32
    np.testing.assert_allclose(stack.data, HEIGHTS_M * 1e9, rtol=1e-6)


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    stack = opened(tmp_path)
    assert stack.pixel_size_nm == pytest.approx(50.0)
    assert stack.pixel_size_y_nm == pytest.approx(200 / HEIGHT)
    np.testing.assert_allclose(stack.timestamps, [0, 0.5, 1.0, 1.5])
    assert {frame["line_rate"] for frame in stack.frame_metadata} == {500.0}
    assert stack.header["StartTime"] == "2024-05-02 10:11:12"
    assert stack.header["NumFrames"] == FRAMES
    assert stack.warnings == ()


def test_another_channel_by_its_name_in_any_case(tmp_path: Path) -> None:
    stack = opened(tmp_path, channel="phasetrace")
    assert (stack.channel, stack.unit) == ("PhaseTrace", "deg")
    np.testing.assert_allclose(stack.data, PHASES, rtol=1e-6)
    assert READER.channels(tmp_path / "made.aris") == ("HeightTrace", "PhaseTrace")


def test_a_size_that_changes_is_that_of_its_frame(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        file.create_group("DataSetInfo/Frames/Frame 2/Parameters/Scan").attrs["FastScanSize"] = 8e-7

    stack = opened(tmp_path, edit)
    sizes = [frame["frame_pixel_size_nm"] for frame in stack.frame_metadata]
    assert sizes == pytest.approx([50, 50, 100, 50])
    assert stack.warnings == ("the pixel size changes at frame 2: scale bars are right for those before",)


def test_frames_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        frames = file["DataSet/Resolution 0"]
        for index in range(FRAMES):
            frames.move(f"Frame {index}", f"Frame {9 + index}")

    np.testing.assert_allclose(opened(tmp_path, edit).data, HEIGHTS_M * 1e9, rtol=1e-6)


def test_what_is_missing_is_not_known(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        for name in ("Series", "Global", "Frames"):
            file["DataSetInfo"].pop(name, None)
        del file["DataSetInfo"].attrs["ChannelNames"]

    stack = opened(tmp_path, edit)
    assert (stack.channel, stack.unit) == ("HeightTrace", "nm")
    assert stack.pixel_size_nm is stack.pixel_size_y_nm is None
    assert set(stack.frame_metadata[0].values()) == {None}
    with pytest.raises(ReadError, match="the file does not state a unit"):
        READER.open(tmp_path / "made.aris", ReadOptions("PhaseTrace"))


def test_fewer_times_than_frames(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file["DataSetInfo/Series/Time"]
        file["DataSetInfo/Series/Time"] = [3.0, np.nan]

    assert [frame["timestamp"] for frame in opened(tmp_path, edit).frame_metadata] == [0.0, None, None, None]


@pytest.mark.parametrize("lost", ["DataSet/Resolution 0/Frame 3", "DataSet/Resolution 0/Frame 3/HeightTrace"])
def test_a_movie_that_was_broken_off(tmp_path: Path, lost: str) -> None:
    stack = opened(tmp_path, without(lost))
    assert len(stack) == 3
    assert stack.warnings == ("1 of 4 frames are missing at the end of the file",)
    with pytest.raises(ReadError, match="1 of 4 frames are missing"):
        READER.open(tmp_path / "made.aris", ReadOptions(strict=True))


def replaced(**made: Any) -> Callable[[h5py.File], None]:
    """Frame 1 with another image."""

    def edit(file: h5py.File) -> None:
        channel = file["DataSet/Resolution 0/Frame 1/HeightTrace"]
        del channel["Image"]
        channel.create_dataset("Image", **made)

    return edit


def elsewhere(file: h5py.File) -> None:
    with h5py.File(Path(file.filename).with_name("other.h5"), "w") as other:
        other["Image"] = np.zeros((HEIGHT, WIDTH))
    channel = file["DataSet/Resolution 0/Frame 1/HeightTrace"]
    del channel["Image"]
    channel["Image"] = h5py.ExternalLink("other.h5", "Image")


BROKEN: dict[str, tuple[Callable[[h5py.File], Any], str]] = {
    "no frames": (lambda file: file["DataSet/Resolution 0"].clear(), "4 of 4 frames are missing"),
    "a frame between": (
        without("DataSet/Resolution 0/Frame 1"),
        "'Frame 1' is missing, but 'Frame 2' is there",
    ),
    "an image between": (
        without("DataSet/Resolution 0/Frame 1/HeightTrace"),
        "'Frame 1' holds no image of 'HeightTrace', but a later one does",
    ),
    "sizes": (
        replaced(data=np.zeros((2, 3))),
        r"its frames differ in size \('Frame 0' 6 x 8, 'Frame 1' 2 x 3 pixels\): they are not one movie",
    ),
    "text": (replaced(data=[["a", "b"]]), "'Frame 1' holds no image: its data are object of shape"),
    "axes": (replaced(data=np.zeros(5)), r"'Frame 1' holds no image: its data are float64 of shape \(5,\)"),
    "a bomb": (
        replaced(shape=(30000, 30000), chunks=(10, 10), data=None, dtype="<f4", fillvalue=1.0),
        "'Frame 1' holds no image of 'HeightTrace', but a later one does",
    ),
    "another file": (elsewhere, "its frames lie in another file"),
    "no channel": (
        lambda file: file["DataSetInfo"].attrs.create("ChannelNames", ["Deflection", "Phase"]),
        "it holds no topography: name a channel; the channels are Deflection, Phase",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named(tmp_path: Path, name: str) -> None:
    edit, message = BROKEN[name]
    with pytest.raises(ReadError, match=message):
        opened(tmp_path, edit)


def test_only_its_own_files_are_recognised(tmp_path: Path) -> None:
    made = write_aris(tmp_path / "made.aris")
    assert reader_for(made) is READER
    assert reader_for(made.rename(tmp_path / "renamed.h5")) is READER
    for suffix in (".h5", ".h5-jpk", ".asd"):
        movie, _ = write_sample(tmp_path / f"sample{suffix}", Sample(frames=2, height=16, width=16))
        assert not READER.recognise(movie)
    text = tmp_path / "notes.aris"
    text.write_text("no movie", encoding="utf-8")
    assert not READER.recognise(text)
