"""Damaged files and mixed folders: nothing is read in place of something else without a word."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from nid_file import nanosurf
from still_files import write_jpk
from topostats_file import topostats

from playnano import load
from playnano.errors import ReadError
from playnano.layouts.asd import V0, V1, packing
from playnano.sample.files import write_jpk_h5, write_sample
from playnano.sample.movie import Sample

CHANNELS = (("height", 1, "m"), ("height", 0, "m"))


def with_zeros(path: Path) -> Path:
    """The TIFF file, its last page overwritten by zeros."""
    with tifffile.TiffFile(path) as file:
        kept = file.pages[-1].offset
    whole = path.read_bytes()
    path.write_bytes(whole[:kept] + bytes(len(whole) - kept))
    return path


def jpk_that_ends_in_zeros(folder: Path) -> Path:
    """The last page, the trace, is lost."""
    return with_zeros(write_jpk(folder / "a.jpk", CHANNELS))


def jpk_without_a_link(folder: Path) -> Path:
    """The list of pages ends before the trace."""
    path = write_jpk(folder / "a.jpk", CHANNELS, samples=np.arange(64 * 64).reshape(64, 64))
    with tifffile.TiffFile(path) as file:
        place = file.pages[1].offset + 2 + 12 * len(file.pages[1].tags)
    whole = bytearray(path.read_bytes())
    whole[place : place + 4] = bytes(4)
    path.write_bytes(whole)
    return path


def topostats_without_its_image(folder: Path) -> Path:
    path = topostats(folder / "a.topostats", image_original=np.ones((2, 3)))
    with h5py.File(path, "r+") as file:
        del file["image"]
    return path


def jpk_movie_without_a_name(folder: Path) -> Path:
    path = folder / "a.h5-jpk"
    write_jpk_h5(Sample(frames=3, height=16, width=16, molecules=2).stack(), path)
    with h5py.File(path, "r+") as file:
        measurement = file["Measurement_000"]
        measurement.copy("Channel_000", "Channel_001")
        measurement["Channel_001"].attrs["retrace"] = "true"
        del measurement["Channel_000"].attrs["channel.name"]
    return path


def nid_with_a_damaged_frame(folder: Path) -> Path:
    path = folder / "a.nid"
    path.write_bytes(nanosurf().replace(b"Frame=Scan forward", b"Frame=S\xffan forward"))
    return path


DAMAGED = (
    nid_with_a_damaged_frame,
    jpk_that_ends_in_zeros,
    jpk_without_a_link,
    topostats_without_its_image,
    jpk_movie_without_a_name,
)


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_damaged_channel_is_not_replaced_by_another(
    tmp_path: Path, playnano, damaged: Callable[[Path], Path]
) -> None:
    path = damaged(tmp_path)
    for command in (["info", str(path)], ["convert", str(path), str(tmp_path / "a.npz")]):
        refused = playnano(*command)
        assert refused.exit_code == 1
        assert "the file is damaged, perhaps its topography" in refused.stderr
        assert "name one of the other channels to read it (" in refused.stderr
    assert not (tmp_path / "a.npz").exists()


@pytest.mark.parametrize("damaged", DAMAGED)
def test_another_channel_of_a_damaged_file_is_read_where_it_is_named(
    tmp_path: Path, playnano, damaged: Callable[[Path], Path]
) -> None:
    path = damaged(tmp_path)
    with pytest.raises(ReadError) as refused:
        load(path)
    other = str(refused.value).split("read it (")[1].rstrip(")").split(", ")[0]
    output = tmp_path / "a.npz"
    done = playnano("convert", str(path), str(output), "--channel", other, "--quiet")
    assert done.exit_code == 0, done.stderr
    assert "the file is damaged" in " ".join(done.stderr.split())
    assert any("the file is damaged" in said for said in load(output).provenance.history[0].input.warnings)
    strict = playnano("convert", str(path), str(tmp_path / "b.npz"), "--channel", other, "--strict")
    assert strict.exit_code == 1
    assert not (tmp_path / "b.npz").exists()


def test_a_channel_whose_name_is_damaged_is_missed(tmp_path: Path, playnano) -> None:
    path = write_jpk(tmp_path / "a.jpk", (("height", 1, "m"), ("heighu", 0, "m")))
    done = playnano("convert", str(path), str(tmp_path / "a.npz"), "--quiet")
    words = "there is no 'height_trace' in it, as of other channels: 'height_retrace' is read"
    assert (done.exit_code, words in " ".join(done.stderr.split())) == (0, True)
    assert playnano("info", str(path)).exit_code == 0
    named = playnano("convert", str(path), str(tmp_path / "b.npz"), "--channel", "height_retrace", "--quiet")
    assert named.stderr == ""
    strict = playnano("convert", str(path), str(tmp_path / "c.npz"), "--strict")
    assert (strict.exit_code, words in " ".join(strict.stderr.split())) == (1, True)


def test_a_damaged_image_is_no_frame_of_its_folder(tmp_path: Path, playnano) -> None:
    folder = tmp_path / "movie"
    folder.mkdir()
    for number in range(3):
        write_jpk(folder / f"a_{number}.jpk", CHANNELS, start=f"2023-02-16 12:08:4{number}.000 GMT")
    with_zeros(folder / "a_1.jpk")
    done = playnano("convert", str(folder), str(tmp_path / "a.npz"), "--quiet")
    assert done.exit_code == 0
    assert "a_1.jpk is left out: the file is damaged" in " ".join(done.stderr.split())
    stack = load(tmp_path / "a.npz")
    assert (stack.channel, len(stack)) == ("height_trace", 2)
    assert stack.provenance.history[0].input.missing_frames == 1
    strict = playnano("convert", str(folder), str(tmp_path / "b.npz"), "--strict", "--quiet")
    assert strict.exit_code == 1
    assert "a_1.jpk" in strict.stderr


def in_a_folder(folder: Path, **differing: object) -> Path:
    """A folder of five images, the fourth of which is written with other settings."""
    folder.mkdir()
    for number in range(5):
        settings = {"start": f"2023-02-16 12:08:4{number}.000 GMT", "end": "", "name": f"a_{number}"}
        settings |= differing if number == 3 else {}
        write_jpk(folder / f"{settings.pop('name')}.jpk", **settings)
    return folder


MIXTURES = {
    "channel": ({"channels": CHANNELS[:1]}, "height_retrace (1: a_3.jpk)"),
    "scan area": ({"tags": {32834: 40e-9}}, "the pixel size changes at frame 3"),
    "name": ({"name": "other_3"}, "the names are of several series, perhaps of several movies"),
    "time": ({"start": "2023-02-16 14:00:00.000 GMT"}, "the folder may hold two movies"),
}


@pytest.mark.parametrize("kind", MIXTURES)
def test_a_mixed_folder_is_named_by_a_quiet_run_too(tmp_path: Path, playnano, kind: str) -> None:
    differing, words = MIXTURES[kind]
    folder = in_a_folder(tmp_path / "movie", **differing)
    done = playnano("convert", str(folder), str(tmp_path / "a.npz"), "--quiet")
    assert done.exit_code == 0, done.stderr
    assert " ".join(done.stderr.split()).count(words) == 1
    assert any(words in said for said in load(tmp_path / "a.npz").provenance.history[0].input.warnings)
    assert words in " ".join(playnano("info", str(folder)).stdout.split())
    strict = playnano("convert", str(folder), str(tmp_path / "b.npz"), "--strict", "--quiet")
    assert strict.exit_code == 1
    doubts = load(tmp_path / "a.npz").provenance.history[0].input.warnings  # one of them is the reason
    assert any(said in " ".join(strict.stderr.split()) for said in doubts)
    assert not (tmp_path / "b.npz").exists()


def test_a_mixed_folder_is_in_the_summary(tmp_path: Path, playnano, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [in_a_folder(tmp_path / "one"), in_a_folder(tmp_path / "two", **MIXTURES["channel"][0])]
    Path("recipe.yaml").write_text("version: 1\nexports:\n  - format: npz\n", encoding="utf-8")
    done = playnano("run", "recipe.yaml", *map(str, folders))
    assert done.exit_code == 0, done.stderr
    one, two = json.loads(Path("output/summary.json").read_text(encoding="utf-8"))["movies"]
    assert (one["status"], one["error"]) == ("done", "")
    assert "height_retrace (1: a_3.jpk)" in two["error"]
    assert "height_retrace (1: a_3.jpk)" in " ".join(done.stdout.split())


def test_a_folder_of_one_movie_has_no_doubts(tmp_path: Path, playnano) -> None:
    folder = in_a_folder(tmp_path / "movie")
    done = playnano("convert", str(folder), str(tmp_path / "a.npz"), "--strict", "--quiet")
    assert (done.exit_code, done.stderr) == (0, "")


def test_an_ome_tiff_whose_header_is_damaged_is_no_plain_tiff(tmp_path: Path, playnano) -> None:
    movie = tmp_path / "a.asd"
    write_sample(movie, Sample(frames=4, height=16, width=24, molecules=2))
    bundle = tmp_path / "a.ome.tif"
    assert playnano("convert", str(movie), str(bundle)).exit_code == 0
    whole = bundle.read_bytes()
    start = whole.index(b"<?xml")
    bundle.write_bytes(whole[:start] + bytes(400) + whole[start + 400 :])
    refused = playnano("info", str(bundle), "--unit", "nm")
    assert (refused.exit_code, "it is not an intact TIFF" in refused.stderr) == (1, True)
    renamed = bundle.rename(tmp_path / "a.tif")
    done = playnano("convert", str(renamed), str(tmp_path / "b.npz"), "--unit", "nm", "--quiet")
    assert done.exit_code == 1 or "frames may be missing" in done.stderr or len(load(tmp_path / "b.npz")) == 4


def test_images_behind_the_only_one_that_is_listed(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for number in range(3):
            image = np.full((8, 9), number, np.float32)
            file.write(image, metadata=None, contiguous=False, photometric="minisblack")
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].offset + 2 + 12 * len(file.pages[0].tags)
    whole = bytearray(path.read_bytes())
    whole[place : place + 4] = bytes(4)
    path.write_bytes(whole)
    done = playnano("convert", str(path), str(tmp_path / "a.npz"), "--unit", "nm", "--quiet")
    words = "the bytes behind its only image would hold 3 more: frames may be missing"
    assert (done.exit_code, words in " ".join(done.stderr.split())) == (0, True)
    assert playnano("convert", str(path), str(tmp_path / "b.npz"), "--unit", "nm", "--strict").exit_code == 1


def test_an_asd_that_is_cut_in_its_second_channel(tmp_path: Path, playnano) -> None:
    path = two_channels(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    words = "1 of 3 frames of PH are missing at the end of the file"
    assert words in " ".join(playnano("info", str(path)).stdout.split())
    done = playnano("convert", str(path), str(tmp_path / "a.npz"), "--quiet")
    assert (done.exit_code, words in " ".join(done.stderr.split())) == (0, True)
    assert len(load(tmp_path / "a.npz")) == 3
    strict = playnano("convert", str(path), str(tmp_path / "b.npz"), "--strict")
    assert strict.exit_code == 1
    assert words in " ".join(strict.stderr.split())


def two_channels(folder: Path) -> Path:
    """Three frames of heights, then as many of phases."""
    path = folder / "two.asd"
    write_sample(path, Sample(frames=3, height=16, width=24, molecules=2))
    whole = path.read_bytes()
    frames = 3 * (32 + 2 * 16 * 24)
    layout = V0 if whole[:4] == bytes(4) else V1
    names = list(layout)
    offset = 4 + packing({name: layout[name] for name in names[: names.index("channel2")]}).size
    second = b"PH" if layout is V0 else b"P\0H\0"
    head = whole[:offset] + second + whole[offset + len(second) : -frames]
    path.write_bytes(head + whole[-frames:] + whole[-frames:])
    return path
