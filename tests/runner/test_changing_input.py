"""The movie is one file from the first byte to the last, or nothing is written."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from playnano.errors import ReadError
from playnano.exporters import EXPORTS
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.runner.writing import PlannedFile, write_exports
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

RECIPE = read_recipe("version: 1\nsteps: [{step: remove_plane}]\nexports: [{format: npz}, {format: gif}]\n")
SAMPLE = Sample(frames=4, height=16, width=16, molecules=2)


def asd(folder: Path) -> tuple[Path, Path]:
    movie, _ = write_sample(folder / "movie.asd", SAMPLE)
    return movie, movie


def npz(folder: Path) -> tuple[Path, Path]:
    movie, _ = write_sample(folder / "movie.npz", SAMPLE)
    return movie, movie


def h5(folder: Path) -> tuple[Path, Path]:
    movie, _ = write_sample(folder / "movie.h5", SAMPLE)
    return movie, movie


def jpk_h5(folder: Path) -> tuple[Path, Path]:
    movie, _ = write_sample(folder / "movie.h5-jpk", SAMPLE)
    return movie, movie


def tiff(folder: Path) -> tuple[Path, Path]:
    return _exported("imagej-tiff", folder / "movie.tif")


def ome_tiff(folder: Path) -> tuple[Path, Path]:
    return _exported("tif", folder / "movie.ome.tif")


def _exported(format: str, movie: Path) -> tuple[Path, Path]:
    write_exports(SAMPLE.stack(), [PlannedFile(EXPORTS[format](), movie)])
    return movie, movie


def gsf_folder(folder: Path) -> tuple[Path, Path]:
    movie = folder / "images"
    write_exports(SAMPLE.stack(), [PlannedFile(EXPORTS["gsf"](), movie)])
    return movie, sorted(movie.iterdir())[2]


def zarr_folder(folder: Path) -> tuple[Path, Path]:
    pytest.importorskip("zarr")
    movie = folder / "movie.ome.zarr"
    write_exports(SAMPLE.stack(), [PlannedFile(EXPORTS["ome-zarr"](), movie)])
    return movie, max((f for f in movie.rglob("*") if f.is_file()), key=lambda f: f.stat().st_size)


def replaced(file: Path) -> None:
    new = file.with_name("new")
    shutil.copy2(file, new)
    new.replace(file)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 100)


def appended(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(bytes(64))


def rewritten(file: Path) -> None:
    status = file.stat()
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def removed(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("change", [replaced, cut, appended, rewritten, removed])
@pytest.mark.parametrize("made", [asd, jpk_h5, npz, h5, tiff, ome_tiff, gsf_folder, zarr_folder])
def test_a_movie_that_changes_during_the_run_gives_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: Callable[[Path], tuple[Path, Path]],
    change: Callable[[Path], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    movie, file = made(tmp_path)
    once = [file]

    def report(stage: str, done: int, total: int) -> None:
        if stage == "computing" and once:
            change(once.pop())

    with pytest.raises(ReadError, match="while the run read it; nothing was written") as raised:
        run_movie(RECIPE, movie, threads=1, report=report)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not Path("output").exists()


def test_what_is_added_beside_a_movie_is_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    movie, _ = gsf_folder(tmp_path)

    def report(stage: str, done: int, total: int) -> None:
        (movie / "notes.txt").write_text(stage)

    assert all(path.exists() for path in run_movie(RECIPE, movie, report=report).outputs)


def test_whatever_else_fails_a_movie_that_changed_is_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    movie, file = ome_tiff(tmp_path)

    def report(stage: str, done: int, total: int) -> None:
        cut(file)
        raise ValueError("cannot reshape an array")

    with pytest.raises(ReadError, match="while the run read it; nothing was written"):
        run_movie(RECIPE, movie, threads=1, report=report)
