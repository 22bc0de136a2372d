"""Folders of single images as movies."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from still_files import stored, write_jpk, write_spm

from playnano.errors import PlaynanoError, ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.finding import find_movie
from playnano.readers.folders import Still, StillFormat
from playnano.readers.opening import load
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

EARLY, MIDDLE, LATE = (f"2023-02-16 12:08:{second}.500 GMT" for second in (46, 49, 54))


def files(stack: Any) -> list[Any]:
    return [frame["file"] for frame in stack.frame_metadata]


@pytest.fixture
def jpk_folder(tmp_path: Path) -> Path:
    """Three images, neither named nor sorted by the time they were taken at."""
    for number, (name, start) in enumerate({"a_10": EARLY, "b_1": MIDDLE, "a_2": LATE}.items()):
        write_jpk(tmp_path / f"{name}.jpk", samples=stored(seed=number), start=start, end="")
    return tmp_path


def image(seed: int) -> np.ndarray:
    return (stored(seed=seed)[::-1] + 1) * 2.0 + 1000


def test_images_are_in_the_order_they_were_taken(jpk_folder: Path) -> None:
    stack = load(jpk_folder)
    assert files(stack) == ["a_10.jpk", "b_1.jpk", "a_2.jpk"]
    assert stack.timestamps.tolist() == [0.0, 3.0, 8.0]
    assert stack.warnings == ()
    np.testing.assert_allclose(stack.data, [image(seed) for seed in range(3)], rtol=1e-6)
    assert stack.provenance.input.reader == "jpk"


@pytest.mark.parametrize(
    ("folder", "times"),
    [("jpk_folder/streptavidin", [0.0, 2.59, 5.18]), ("spm_folder/nanolocz_fastscan", [0.0, 209.88, 629.04])],
)
def test_real_images_under_other_names(
    tmp_path: Path, data_folder: Path, folder: str, times: list[float]
) -> None:
    real = sorted((data_folder / folder).iterdir())
    for path, name in zip(real, ("z", "m10", "m9"), strict=True):
        shutil.copyfile(path, tmp_path / f"{name}{path.suffix}")
    stack = load(tmp_path, hashed=False)
    assert [Path(file).stem for file in files(stack)] == ["z", "m10", "m9"]
    assert stack.timestamps.tolist() == times
    np.testing.assert_array_equal(stack[1], load(real[1], hashed=False)[0])


def test_a_relative_time_that_agrees_with_the_dates_is_finer(tmp_path: Path) -> None:
    write_spm(tmp_path / "a.002", date="04:06:25 PM Thu Sep 26 2019", **{"Relative frame time": "100.25"})
    write_spm(tmp_path / "a.001", date="04:06:28 PM Thu Sep 26 2019", **{"Relative frame time": "103.75"})
    stack = load(tmp_path)
    assert files(stack) == ["a.002", "a.001"]
    assert stack.timestamps.tolist() == [0.0, 3.5]


def test_a_relative_time_that_starts_again_is_not_used(tmp_path: Path) -> None:
    write_spm(tmp_path / "a.001", date="12:59:58 AM Thu Sep 26 2019", **{"Relative frame time": "500"})
    write_spm(tmp_path / "a.000", date="01:00:08 AM Thu Sep 26 2019", **{"Relative frame time": "7"})
    stack = load(tmp_path)
    assert files(stack) == ["a.001", "a.000"]
    assert stack.timestamps.tolist() == [0.0, 10.0]


def test_where_one_image_has_no_time_none_has(jpk_folder: Path) -> None:
    write_jpk(jpk_folder / "a_3.jpk", start="", end="")
    stack = load(jpk_folder)
    assert files(stack) == ["a_2.jpk", "a_3.jpk", "a_10.jpk", "b_1.jpk"]
    assert np.isnan(stack.timestamps).all()


def test_a_broken_file_among_good_ones(jpk_folder: Path) -> None:
    (jpk_folder / "b_1.jpk").write_bytes(b"MM\0*")
    stack = load(jpk_folder)
    assert files(stack) == ["a_10.jpk", "a_2.jpk"]
    assert stack.timestamps.tolist() == [0.0, 8.0]
    (warning,) = stack.warnings
    assert warning.startswith("b_1.jpk is left out: it is broken")
    with pytest.raises(ReadError, match=r"b_1\.jpk is left out"):
        load(jpk_folder, strict=True)


def test_only_broken_files(tmp_path: Path) -> None:
    for name in ("a.001", "a.002"):
        path = write_spm(tmp_path / name)
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ReadError, match=r"a\.001 is left out: its header has no end"):
        load(tmp_path)


def test_a_broken_file_is_found_by_its_ending(jpk_folder: Path) -> None:
    (jpk_folder / "c.jpk").write_bytes(b"")
    assert load(jpk_folder).warnings[0].startswith("c.jpk is left out")


def test_other_files_are_no_part_of_it(jpk_folder: Path) -> None:
    (jpk_folder / "notes.txt").write_text("what was done", encoding="utf-8")
    (jpk_folder / ".a_4.jpk").write_bytes(b"hidden")
    (jpk_folder / ".DS_Store").write_bytes(b"of macOS")
    (jpk_folder / "._a_1.jpk").write_bytes(b"of macOS")
    (jpk_folder / "curve.jpk-force").write_bytes(b"PK\3\4")
    (jpk_folder / "older").mkdir()
    alone = load(jpk_folder)
    assert len(alone) == 3
    assert alone.warnings == (
        "the folder also holds .a_4.jpk, curve.jpk-force, notes.txt and 1 more; not read",
    )


def test_a_broken_file_of_another_reader_is_passed_over(jpk_folder: Path) -> None:
    (jpk_folder / "text.spm").write_text("ISO/TC 201 SPM data transfer format", encoding="utf-8")
    stack = load(jpk_folder)
    assert len(stack) == 3
    assert stack.warnings == ("the folder also holds text.spm; not read",)


def test_an_image_without_the_ending_belongs_to_it(jpk_folder: Path) -> None:
    shutil.move(jpk_folder / "b_1.jpk", jpk_folder / "b_1.dat")
    assert files(load(jpk_folder)) == ["a_10.jpk", "b_1.dat", "a_2.jpk"]


def test_images_of_two_shapes(jpk_folder: Path) -> None:
    write_jpk(jpk_folder / "wide.jpk", samples=stored(6, 9))
    message = (
        r"images of 2 movies \(3 of 6 x 8 pixels in nm, a_2\.jpk; 1 of 6 x 9 pixels in nm, wide\.jpk\): move"
    )
    with pytest.raises(ReadError, match=message):
        load(jpk_folder)


def test_two_movies_in_a_folder(jpk_folder: Path) -> None:
    write_spm(jpk_folder / "a.001")
    with pytest.raises(ReadError, match=r"2 movies .*1 of spm.*name one file, or a reader"):
        load(jpk_folder)
    assert len(load(jpk_folder, reader="jpk")) == 3
    assert len(load(jpk_folder, reader="spm")) == 1
    assert len(load(jpk_folder / "a.001")) == 1


def test_a_folder_of_one(tmp_path: Path) -> None:
    write_jpk(tmp_path / "only.jpk")
    stack = load(tmp_path)
    assert stack.shape == (1, 6, 8)
    assert stack.timestamps.tolist() == [0.0]


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="the folder holds no movie"):
        load(tmp_path)


def test_a_pixel_size_that_changes(jpk_folder: Path) -> None:
    write_jpk(
        jpk_folder / "b_1.jpk",
        samples=stored(seed=1),
        start=MIDDLE,
        end="",
        tags={32834: 40e-9, 32835: 15e-9},
    )
    stack = load(jpk_folder)
    assert stack.warnings == ("the pixel size changes at frame 1: scale bars are right for those before",)
    assert [frame["frame_pixel_size_nm"] for frame in stack.frame_metadata] == pytest.approx(
        [10.0, 5.0, 10.0]
    )
    assert stack.pixel_size_nm == pytest.approx(10.0)


def test_a_channel_that_one_image_does_not_have(jpk_folder: Path) -> None:
    write_jpk(jpk_folder / "b_1.jpk", [("height", 0, "m")], start=MIDDLE)
    stack = load(jpk_folder, channel="error_trace")
    assert files(stack) == ["a_10.jpk", "a_2.jpk"]
    assert "b_1.jpk is left out: it has no channel 'error_trace', but height_trace" in stack.warnings[0]


def test_an_image_that_is_lost_later(jpk_folder: Path) -> None:
    stack = load(jpk_folder)
    (jpk_folder / "b_1.jpk").unlink()
    assert stack[0].shape == stack[2].shape == (6, 8)
    with pytest.raises(ReadError, match=r"b_1\.jpk: frame 1 cannot be read"):
        stack[1]


def test_the_hash_is_of_the_images_alone(jpk_folder: Path) -> None:
    before = load(jpk_folder).provenance.input.sha256
    (jpk_folder / "notes.txt").write_text("what was done", encoding="utf-8")
    assert load(jpk_folder).provenance.input.sha256 == before
    write_jpk(jpk_folder / "b_1.jpk", samples=stored(seed=5), start=MIDDLE, end="")
    assert load(jpk_folder).provenance.input.sha256 != before


def made(path: Path, asked: ReadOptions) -> Still:
    """An image without a time; its value is the number of bytes in the file."""
    value = path.stat().st_size
    return Still("height", "nm", (2, 3), lambda: np.full((2, 3), value, np.float32))


TIMELESS = StillFormat(
    "made", "", (".still",), lambda path: False, lambda path: ("height",), made, keeps="", loses=""
).reader()


def test_names_are_sorted_by_their_numbers_where_there_is_no_time(tmp_path: Path) -> None:
    for size, name in enumerate(("Run2", "run10", "run9", "run1_b", "run1_10", "run1_9")):
        (tmp_path / f"{name}.still").write_bytes(b"." * size)
    stack = TIMELESS.open(tmp_path, ReadOptions())
    order = ["run1_9", "run1_10", "run1_b", "Run2", "run9", "run10"]
    assert [name.removesuffix(".still") for name in files(stack)] == order
    assert stack.data[:, 0, 0].tolist() == [5, 4, 3, 0, 2, 1]
    assert np.isnan(stack.timestamps).all()
    assert stack.shape == (6, 2, 3)


def test_the_folder_one_is_in_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "streptavidin"
    folder.mkdir()
    write_jpk(folder / "a.jpk")
    write_jpk(folder / "b.jpk")
    monkeypatch.chdir(folder)
    recipe = read_recipe("version: 1\nexports: [{format: npz}]\noutput: {folder: made}\n")
    (output,) = run_movie(recipe, ".").outputs
    assert output.name == "streptavidin.npz"
    made_from = load(output).provenance.history[0].input
    assert made_from is not None
    assert made_from.name == "streptavidin"


def test_channels_are_those_of_the_first_file_that_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.jpk").write_bytes(b"II*\0")
    write_jpk(tmp_path / "b.jpk")
    _, reader = find_movie(tmp_path)
    assert reader.channels(tmp_path) == ("height_trace", "height_retrace", "error_trace")


def test_images_of_several_channels_are_told(tmp_path: Path) -> None:
    for title in ("Height", "Amplitude"):
        size = "XRes = 4\nYRes = 4\nXReal = 1e-8\nYReal = 1e-8\nXYUnits = m\n"
        head = f"Gwyddion Simple Field 1.0\n{size}Title = {title}\nZUnits = m\n".encode()
        nuls = b"\0" * (4 - len(head) % 4)
        (tmp_path / f"{title}.gsf").write_bytes(head + nuls + bytes(64))
    assert load(tmp_path).warnings == (
        "the images are of several channels: Amplitude (1: Amplitude.gsf), Height (1: Height.gsf)",
    )


def test_a_reader_that_finds_nothing_in_a_folder(jpk_folder: Path) -> None:
    with pytest.raises(ReadError, match=r"the folder holds no movie for the reader 'spm'; name one file$"):
        load(jpk_folder, reader="spm")
    with pytest.raises(PlaynanoError, match="there is no reader 'jpg'"):
        load(jpk_folder, reader="jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpk")
    with pytest.raises(ReadError, match=r"a\.jpk: this is not a file$"):
        load(tmp_path / "a.jpk")


def test_images_of_one_time_are_told(tmp_path: Path) -> None:
    for name in ("a_10.jpk", "a_9.jpk"):
        write_jpk(tmp_path / name)
    stack = load(tmp_path)
    assert files(stack) == ["a_9.jpk", "a_10.jpk"]
    assert stack.warnings == ("some images have identical timestamps: those are in the order of their names",)


def test_folders_in_the_folder_are_named(tmp_path: Path) -> None:
    write_sample(tmp_path / "a.asd", Sample(frames=2, height=16, width=16, molecules=1))
    (tmp_path / "a.asd.truth.json").unlink()
    assert load(tmp_path).warnings == ()
    for name in ("later", "raw"):
        (tmp_path / name).mkdir()
    (tmp_path / ".hidden").mkdir()
    assert load(tmp_path).warnings == ("the folder also holds later/, raw/; not read",)
