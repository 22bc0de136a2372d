"""Files that crash or hang the HDF5 library: each costs its own movie, and the run goes on."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from playnano.batch.running import run_many
from playnano.cli.app import app
from playnano.errors import ReadError
from playnano.readers import probe
from playnano.readers.probe import check_in_child, probing
from playnano.recipe.reading import read_recipe
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

pytestmark = pytest.mark.slow

RECIPE = "version: 1\nexports: [{format: npz}]\noutput: {folder: FOLDER}\n"
TEXT_TYPE = bytes([0x19, 1, 1, 0, 16, 0, 0, 0])
"""The datatype message of text of any length in UTF-8."""
STUB = """
import os, sys, time
from playnano.readers import opening, probe

def opened(path, **options):
    print("what a library prints")
    if path.name.startswith("exits"):
        sys.exit(1)
    {"aborts": os.abort, "hangs": lambda: time.sleep(60)}.get(path.stem, lambda: None)()
opening.open_movie = opened
probe.main(0.5)
"""
"""A child whose HDF5 crashes or hangs by the file's name."""


@pytest.fixture
def movies(tmp_path: Path) -> list[Path]:
    """Three bundles; in the second, one byte of a datatype is wrong, and HDF5 2.0 crashes on it."""
    sample = Sample(frames=2, height=16, width=16, molecules=1)
    paths = [write_sample(tmp_path / f"{name}.h5", sample)[0] for name in ("a", "broken", "c")]
    content = bytearray(paths[1].read_bytes())
    content[content.rfind(TEXT_TYPE) + 1] = 0xFF
    paths[1].write_bytes(content)
    return paths


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "CHILD", ("-c", STUB))


def hdf5(path: Path) -> Path:
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    return path


def test_a_file_that_crashes_hdf5_fails_alone(movies: list[Path], tmp_path: Path) -> None:
    outcomes = run_many(read_recipe(RECIPE.replace("FOLDER", str(tmp_path / "out"))), movies)
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done"]
    assert outcomes[1].error.startswith(f"{movies[1]}: ")
    assert "damaged" in outcomes[1].error or "not an intact HDF5 bundle" in outcomes[1].error


@pytest.mark.parametrize("more", [[], ["--plan"]])
def test_the_command_line_names_it_and_goes_on(movies: list[Path], tmp_path: Path, more: list[str]) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.replace("FOLDER", str(tmp_path / "out")), encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(recipe), *map(str, movies), *more])
    assert done.exit_code == 1
    assert "2 done, 1 failed" in done.output


@pytest.mark.usefixtures("stub")
def test_a_child_that_dies_is_replaced(tmp_path: Path) -> None:
    sound, aborts, exits = (hdf5(tmp_path / name) for name in ("sound.h5", "aborts.h5", "exits.h5"))
    with probing():
        check_in_child(sound, {})
        with pytest.raises(ReadError, match=r"aborts\.h5: .*damaged: the HDF5 library crashes on it \("):
            check_in_child(aborts, {})
        check_in_child(sound, {"channel": "height"})
        check_in_child(exits, {})  # no crash: its reader will say the same in this process


@pytest.mark.usefixtures("stub")
def test_a_file_that_keeps_hdf5_busy_for_ever(tmp_path: Path) -> None:
    began = time.monotonic()
    with probing(), pytest.raises(ReadError, match="damaged: HDF5 has not opened it"):
        check_in_child(hdf5(tmp_path / "hangs.h5"), {})
    assert time.monotonic() - began < 30


@pytest.mark.usefixtures("stub")
def test_a_folder_is_looked_into(tmp_path: Path) -> None:
    folder = tmp_path / "aborts"
    folder.mkdir()
    hdf5(folder / "image.topostats")
    with probing(), pytest.raises(ReadError, match="crashes on it"):
        check_in_child(folder, {})


def test_other_files_start_no_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "CHILD", ("-c", f"open({str(tmp_path / 'started')!r}, 'w')"))
    movie = write_sample(tmp_path / "movie.asd", Sample(frames=2, height=16, width=16, molecules=1))[0]
    with probing():
        check_in_child(movie, {})
        check_in_child(tmp_path / "missing.h5", {})
    check_in_child(hdf5(tmp_path / "a.h5"), {})  # outside of the block
    assert not (tmp_path / "started").exists()


def test_without_a_child_movies_are_opened_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "CHILD", ("-c", "1 / 0"))
    with probing():
        check_in_child(hdf5(tmp_path / "aborts.h5"), {})


def test_the_child_ends_with_the_block(movies: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with probing():
        check_in_child(movies[0], {})
        check_in_child(movies[2], {})
        assert [child.poll() for child in started] == [None]
    assert [child.poll() for child in started] == [0]
