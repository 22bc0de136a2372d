"""What a damaged image shows is noted alike by `info`, `convert`, `process` and in the provenance."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from gwy_file import field, nested, part
from still_files import write_jpk, write_spm
from topostats_file import topostats
from wsxm_file import wsxm

from playnano import load
from playnano.errors import ReadError
from playnano.quality import judged
from playnano.readers.overrides import first_frames
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.stack.lazy import ReadFrames
from playnano.stack.stack import AFMImageStack

HEIGHT, WIDTH = 64, 80


def samples() -> np.ndarray:
    """Integers of an image without a stretch of one value."""
    return np.random.default_rng(3).normal(0, 2000, (HEIGHT, WIDTH)).round().astype(int)


def gsf(folder: Path, image: np.ndarray) -> Path:
    head = f"Gwyddion Simple Field 1.0\nXRes = {WIDTH}\nYRes = {HEIGHT}\nZUnits = nm\n".encode()
    path = folder / "a.gsf"
    path.write_bytes(head + bytes(4 - len(head) % 4) + image.astype("<f4").tobytes())
    return path


def gwy(folder: Path, image: np.ndarray) -> Path:
    path = folder / "a.gwy"
    path.write_bytes(b"GWYP" + nested("GwyContainer", part("/0/data", "o", field(image * 1e-9, "m"))))
    return path


def top(folder: Path, image: np.ndarray) -> Path:
    path = folder / "a.top"
    path.write_bytes(wsxm(image))
    return path


def tiff(folder: Path, image: np.ndarray) -> Path:
    path = folder / "a.tif"
    tifffile.imwrite(
        path, image[None].astype(np.float32), imagej=True, metadata={"unit": "nm", "vunit": "nm"}
    )
    return path


MAKERS: dict[str, Callable[[Path, np.ndarray], Path]] = {
    "gsf": gsf,
    "gwy": gwy,
    "jpk": lambda folder, image: write_jpk(folder / "a.jpk", samples=image[::-1]),
    "spm": lambda folder, image: write_spm(folder / "a.spm", samples=image[::-1]),
    "topostats": lambda folder, image: topostats(folder / "a.topostats", image.astype(float)),
    "tiff": tiff,
    "wsxm": top,
}


def said(text: str) -> str:
    return " ".join(text.split())


def noted(playnano, path: Path, folder: Path) -> set[str]:
    """The notes on odd frames of `info`, both outputs, the warnings of two commands and the provenance."""
    facts = json.loads(playnano("info", str(path), "--json").stdout)
    notes = {note for note in facts["warnings"] if " frame" in note and " hold" in note}
    shown = said(playnano("info", str(path)).stdout)
    converted = playnano("convert", str(path), str(folder / "a.npz"), "--pixel-size-nm", "1")
    steps = ("--processing", "remove_plane", "--export", "npz", "--output-folder", str(folder / "out"))
    processed = playnano("process", str(path), *steps, "--pixel-size-nm", "1")
    for run in (converted, processed):
        assert run.exit_code == 0, run.stderr
    for bundle in (folder / "a.npz", next((folder / "out").glob("*.npz"))):
        assert notes <= set(load(bundle).provenance.history[-1].frame_notes)
        assert all(said(note) in said(playnano("info", str(bundle)).stdout) for note in notes)
    for text in (shown, said(converted.stderr), said(processed.stderr)):
        assert all(note in text for note in notes)
    return notes


@pytest.mark.parametrize("name", MAKERS)
def test_lines_that_are_zero_at_the_end(tmp_path: Path, playnano, name: str) -> None:
    image = samples()
    image[-20:] = 0
    (note,) = noted(playnano, MAKERS[name](tmp_path, image), tmp_path)
    assert note.startswith(
        "1 frame holds a stretch of one value, where nothing may have been recorded: frame 0"
    )
    assert "(the last 20 lines, " in note


@pytest.mark.parametrize("name", MAKERS)
def test_an_image_without_damage_has_no_notes(tmp_path: Path, playnano, name: str) -> None:
    assert noted(playnano, MAKERS[name](tmp_path, samples()), tmp_path) == set()


@pytest.mark.parametrize("name", ["gsf", "gwy", "topostats", "tiff"])
def test_infinite_and_impossible_values(tmp_path: Path, playnano, name: str) -> None:
    image = samples().astype(float)
    image[3, 4], image[5, 6:8], image[7, 8] = np.nan, np.inf, 2.5e30
    path = MAKERS[name](tmp_path, image)
    assert np.isnan(load(path)[0][[3, 5, 5], [4, 6, 7]]).all()
    assert noted(playnano, path, tmp_path) == {
        "1 frame holds undefined pixels (NaN, or infinite in the file): frame 0 (3 pixels)",
        "1 frame holds values that cannot be, where the file may be damaged: frame 0 (1 pixel)",
    }


def test_zeros_at_the_end_of_an_asd(tmp_path: Path, playnano) -> None:
    path, _ = write_sample(tmp_path / "a.asd", Sample(frames=3, height=40, width=48, molecules=2))
    whole = path.read_bytes()
    path.write_bytes(whole[: -10 * 96] + bytes(10 * 96))
    (note,) = noted(playnano, path, tmp_path)
    assert "frame 2 (the last 10 lines, " in note
    facts = json.loads(playnano("info", str(path), "--json").stdout)
    assert (facts["partial_frames"], facts["one_value_frames"]) == ([2], [2])
    steps = ("--processing", "remove_plane", "--export", "h5", "--output-folder", str(tmp_path / "again"))
    processed = playnano("process", str(path), *steps)
    assert "1 of 3 frames is not good (partial: 2)" in said(processed.stderr)
    assert "1 of 3 frames is not good (partial: 2)" in said(playnano("info", str(path)).stdout)


@pytest.mark.parametrize("name", ["gsf", "gwy", "spm", "wsxm", "jpk"])
def test_seven_bits(tmp_path: Path, playnano, name: str) -> None:
    path = MAKERS[name](tmp_path, samples() * 1.2345 if name in ("gsf", "gwy") else samples())
    path.write_bytes((np.frombuffer(path.read_bytes(), np.uint8) & 0x7F).tobytes())
    refused = playnano("info", str(path))
    assert refused.exit_code == 1
    if name == "gsf":
        assert "the 8th bit of its bytes is lost: transfer the file again, in binary mode" in said(
            refused.stderr
        )


@pytest.mark.parametrize("name", ["gsf", "spm", "wsxm"])
def test_a_header_that_is_no_text(tmp_path: Path, name: str) -> None:
    path = MAKERS[name](tmp_path, samples())
    whole = path.read_bytes()
    path.write_bytes(whole[:30] + b"\x01" + whole[31:])
    with pytest.raises(ReadError, match="its header is damaged: byte 30 of the text is 0x01"):
        load(path)


def with_range(image: np.ndarray, low: float, high: float, span: str = "5 nm") -> bytes:
    whole = wsxm(image, span=span)
    extent = f"[Miscellaneous]\r\n    Maximum: {high}\r\n    Minimum: {low}\r\n[Header end]".encode()
    return whole.replace(b"[Header end]", extent)


def test_a_damaged_pixel_of_wsxm_does_not_scale_the_others(tmp_path: Path, playnano) -> None:
    image = samples().clip(-6000, 6000)
    image[0, :2] = -6000, 6000
    path = tmp_path / "a.top"
    path.write_bytes(with_range(image, -6000, 6000))
    right = load(path).data
    assert load(path, strict=True).warnings == load(path).warnings
    path.write_bytes(path.read_bytes()[:-2] + b"\xff\x7f")
    done = playnano("convert", str(path), str(tmp_path / "a.npz"), "--quiet")
    words = "values differ from the header's Minimum and Maximum: the file is damaged"
    assert words in said(done.stderr)
    damaged = load(path)
    assert np.count_nonzero(damaged.data != right) == 1
    assert damaged.data.max() == pytest.approx(5 * 32767 / 12000)


def test_a_range_of_another_image_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "a.top"
    image = samples()
    path.write_bytes(wsxm(image))
    right = load(path).data
    path.write_bytes(with_range(image, -1e-3, 1e-3))
    stack = load(path)
    np.testing.assert_array_equal(stack.data, right)
    assert "are of another image" in stack.warnings[-1]


def test_a_few_values_that_set_the_scale(tmp_path: Path) -> None:
    image = samples().clip(-3000, 3000)
    image[5, 5] = 32767
    path = tmp_path / "a.top"
    path.write_bytes(wsxm(image))
    assert "values far from all others set the scale: is the file damaged?" in load(path).warnings[-1]
    with pytest.raises(ReadError, match="values far from all others"):
        load(path, strict=True)


def with_lost_frames(folder: Path) -> Path:
    """Ten frames: 3 and 4 were recorded without contact, and a stretch of 8 is of one value."""
    rng = np.random.default_rng(5)
    surface = np.sin(np.arange(HEIGHT) / 6)[:, None] + np.cos(np.arange(WIDTH) / 9)
    frames = surface + rng.normal(0, 0.02, (10, HEIGHT, WIDTH))
    frames[3:5] = rng.normal(0, 5, (2, HEIGHT, WIDTH)) + rng.normal(0, 50, (2, HEIGHT, 1))
    frames[8, -20:] = 0.5
    path = folder / "lost.tif"
    metadata = {"unit": "nm", "vunit": "nm", "axes": "TYX"}
    tifffile.imwrite(path, frames.astype(np.float32), imagej=True, metadata=metadata)
    return path


@pytest.mark.parametrize(
    ("span", "notes"),
    [
        ("0:6", ["2 of 6 frames are not good (lost: 3-4)"]),
        ("4:5", ["1 of 1 frames is not good (lost: 4)"]),
        ("5:8", []),
        ("7:10", ["1 of 3 frames is not good (partial: 8)", "1 frame holds a stretch of one value"]),
    ],
)
def test_some_frames_are_judged_by_the_whole_movie(
    span: str, notes: list[str], playnano, tmp_path: Path
) -> None:
    path = with_lost_frames(tmp_path)
    assert json.loads(playnano("info", str(path), "--json").stdout)["lost_frames"] == [3, 4]
    result = playnano("convert", str(path), str(tmp_path / "a.npz"), "--frames", span)
    printed = " ".join(result.stderr.split())
    assert [note for note in notes if note not in printed] == []
    history = load(tmp_path / "a.npz").provenance.history[-1]
    assert len(history.frame_notes) == len(notes)
    assert all("frame 8" in note for note in history.frame_notes if "one value" in note)
    summary = json.loads(playnano("info", str(tmp_path / "a.npz"), "--json").stdout)
    assert summary["partial_frames"] == summary["one_value_frames"] == ([8] if span == "7:10" else [])


@pytest.mark.parametrize(
    ("span", "which"), [("0:6", "lost: 3-4; blank: 0-2"), ("4:5", "lost: 4"), ("60:64", "blank: 63")]
)
def test_some_frames_of_a_real_movie(
    span: str, which: str, playnano, data_folder: Path, tmp_path: Path
) -> None:
    movie = data_folder / "asd" / "extra_sample.asd"
    result = playnano("convert", str(movie), str(tmp_path / "a.npz"), "--frames", span)
    assert f"({which})" in " ".join(result.stderr.split())


def test_a_frame_that_cannot_be_read_does_not_spoil_the_others() -> None:
    def read(index: int) -> np.ndarray:
        if index == 2:
            raise ReadError("frame 2 is damaged")
        return surface + rng.normal(0, 0.02, surface.shape).astype(np.float32)

    rng = np.random.default_rng(5)
    surface = np.outer(np.sin(np.arange(HEIGHT) / 6), np.cos(np.arange(WIDTH) / 9)).astype(np.float32)
    stack = AFMImageStack.from_array(np.zeros((4, HEIGHT, WIDTH), np.float32))
    stack = replace(stack, frames=ReadFrames(read, stack.shape))
    metadata = judged(first_frames(stack, (0, 2))).frame_metadata
    assert [frame["quality"] for frame in metadata] == ["good", "good"]
    with pytest.raises(ReadError, match="frame 2 is damaged"):
        judged(first_frames(stack, (1, 3)))


def frame_of(kind: str) -> np.ndarray:
    image = samples().astype(float)
    if kind == "undefined":
        image[3, 4] = np.nan
    elif kind == "absurd":
        image[7, 8] = 2.5e30
    elif kind == "one value":
        image[-20:] = 0
    elif kind == "empty":
        image[:] = np.nan
    elif kind == "blank":
        image[:] = 0
    return image


ODD = {
    "undefined": ("1 frame holds undefined pixels", True),
    "absurd": ("1 frame holds values that cannot be", False),
    "one value": ("1 frame holds a stretch of one value", False),
    "empty": ("1 frame holds nothing but undefined pixels", False),
    "blank": ("1 of 1 frames is not good (blank: 0)", True),
}


@pytest.mark.parametrize("kind", ODD)
def test_a_quiet_run_says_it_and_a_strict_one_refuses_it(tmp_path: Path, playnano, kind: str) -> None:
    path = gsf(tmp_path, frame_of(kind))
    words, is_whole = ODD[kind]
    line = ("process", str(path), "--processing", "gaussian_filter", "--export", "npz")
    quiet = playnano(*line, "--quiet", "--output-folder", str(tmp_path / "quiet"))
    assert (quiet.exit_code, quiet.stdout) == (0, "")
    assert said(quiet.stderr).count(words) == 1
    strict = playnano(*line, "--strict", "--output-folder", str(tmp_path / "strict"))
    assert (strict.exit_code, (tmp_path / "strict").exists()) == ((0, True) if is_whole else (1, False))
    if not is_whole:
        refused = "1 of 1 frames is not good (partial: 0)" if kind == "one value" else words
        assert f"a.gsf: {refused}" in said(strict.stderr)


def test_several_movies_with_odd_frames(tmp_path: Path, playnano) -> None:
    for kind in ("absurd", "blank"):
        (tmp_path / kind).mkdir()
        gsf(tmp_path / kind, frame_of(kind)).rename(tmp_path / f"{kind}.gsf")
    movies = [str(tmp_path / "absurd.gsf"), str(tmp_path / "blank.gsf")]
    line = ("process", *movies, "--processing", "gaussian_filter", "--export", "npz", "--quiet", "--strict")
    done = playnano(*line, "--output-folder", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert [path.name for path in (tmp_path / "out").glob("*.npz")] == ["blank_filtered.npz"]
    assert "absurd.gsf: 1 frame holds values that cannot be" in said(done.stderr)
    assert "blank: 0" in said(done.stderr)


@pytest.mark.parametrize(("span", "says_so"), [("1:100", True), ("1:3", False), ("1:", False), (":4", True)])
def test_a_span_of_more_frames_than_there_are(tmp_path: Path, playnano, span: str, says_so: bool) -> None:
    path, _ = write_sample(tmp_path / "a.asd", Sample(frames=3, height=16, width=16, molecules=1))
    out = str(tmp_path / "out")
    done = playnano("process", str(path), "--frames", span, "--export", "npz", "--output-folder", out)
    assert done.exit_code == 0
    words = f"the movie has 3 frames: those of {span} end at frame 2"
    assert (words in said(done.stderr)) == says_so
