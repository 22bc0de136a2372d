"""Gwyddion Simple Field, as gsffile and playnano's own reader see it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playnano import load
from playnano.errors import ExportError
from playnano.exporters.data.gsf import GsfExport
from playnano.stack.stack import AFMImageStack


def written(stack: AFMImageStack, path: Path) -> Path:
    GsfExport().check(stack)
    GsfExport().write(stack, path)
    return path


def test_it_comes_back(movie: AFMImageStack, tmp_path: Path) -> None:
    folder = written(movie, tmp_path / "run_filtered")
    assert sorted(file.name for file in folder.iterdir())[0] == "run_filtered_0000.gsf"
    read = load(folder)
    np.testing.assert_array_equal(read.data, movie.data)
    assert (read.channel, read.unit) == ("height", "nm")
    assert (read.pixel_size_nm, read.pixel_size_y_nm) == pytest.approx((2.0, 2.5))
    np.testing.assert_allclose(read.timestamps, movie.timestamps)


@pytest.mark.parametrize("channel", ["a", "ab", "abc", "höhe", "two\nlines = 3"])
def test_header(channel: str, movie: AFMImageStack, tmp_path: Path) -> None:
    stack = replace(movie, channel=channel)
    data = (written(stack, tmp_path / "a") / "a_0002.gsf").read_bytes()
    size = 24 * 32 * 4
    text = data[:-size].rstrip(b"\0")
    assert len(data) % 4 == 0
    assert 1 <= len(data) - size - len(text) <= 4
    lines = text.decode().splitlines()
    assert lines[0] == "Gwyddion Simple Field 1.0"
    fields = dict(line.split(" = ", 1) for line in lines[1:])
    assert (fields["XRes"], fields["YRes"]) == ("32", "24")
    assert (float(fields["XReal"]), float(fields["YReal"]), fields["XYUnits"]) == (64.0, 60.0, "nm")
    assert (fields["ZUnits"], fields["Title"]) == ("nm", " ".join(channel.split()))
    assert float(fields["PlaynanoTime"]) == 1.0
    np.testing.assert_array_equal(np.frombuffer(data[-size:], "<f4").reshape(24, 32), movie.data[2])


def test_gsffile_reads_it(movie: AFMImageStack, tmp_path: Path) -> None:
    gsffile = pytest.importorskip("gsffile")
    image, metadata = gsffile.read_gsf(written(movie, tmp_path / "a") / "a_0005.gsf")
    np.testing.assert_array_equal(image, movie.data[5])
    assert metadata["XReal"] == 64.0


def test_an_unknown_pixel_size_is_refused() -> None:
    with pytest.raises(ExportError, match="set `pixel_size_nm`"):
        GsfExport().check(AFMImageStack.from_array(np.ones((2, 3, 4))))


def test_values_that_are_no_numbers_are_noted(tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(np.full((2, 3, 4), np.nan), pixel_size_nm=1.0)
    (note,) = GsfExport().write(stack, tmp_path / "a").notes
    assert note.startswith("2 frames hold values that are not numbers")


def test_only_such_folders_are_replaced(movie: AFMImageStack, tmp_path: Path) -> None:
    folder = written(movie, tmp_path / "a")
    assert GsfExport().may_replace(folder)
    (folder / "notes.txt").touch()
    assert not GsfExport().may_replace(folder)


@pytest.mark.parametrize("times", [None, [0.0, 0.5]])
def test_a_file_of_another_program_is_known_by_its_header(times: list[float] | None, tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(np.ones((2, 3, 4)), pixel_size_nm=1.0, timestamps=times)
    folder = written(stack, tmp_path / "a")
    assert GsfExport().foreign(folder) == ()
    header = "Gwyddion Simple Field 1.0\nXRes = 4\nYRes = 3\nTitle = Playnano\n"
    (folder / "a_0002.gsf").write_bytes(header.encode().ljust(64, b"\0") + bytes(48))
    (folder / "a_0003.gsf").touch()
    assert GsfExport().foreign(folder) == ("a_0002.gsf", "a_0003.gsf")
    assert not GsfExport().may_replace(folder)
