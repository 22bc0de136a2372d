"""Names and files of a run: nothing read is replaced, nothing planned is refused later, no movie lost."""

import json
import os
import sys
import unicodedata
from pathlib import Path

import pytest

import playnano as library
from playnano.steps.levelling import RemovePlane


def _copies(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes((folder / "movie.asd").read_bytes())


@pytest.mark.parametrize("name", ["movie.asd", "other.npz", "new.h5", "notes.txt"])
def test_a_saved_recipe_replaces_no_movie(playnano, folder: Path, name: str) -> None:
    (folder / "notes.txt").write_text("no recipe", encoding="utf-8")
    before = (folder / "movie.asd").read_bytes()
    line = ["process", "movie.asd", "--processing", "remove_plane", "--overwrite", "--save-recipe", name]
    result = playnano(*line)
    assert result.exit_code == 1
    assert f"{name} is not the name of a recipe: name a .yaml file after --save-recipe" in result.stderr
    assert (folder / "movie.asd").read_bytes() == before
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "no recipe"


def test_a_saved_recipe_replaces_a_recipe_when_asked(playnano, folder: Path) -> None:
    line = ["process", "movie.asd", "--processing", "zero_mean", "--save-recipe", "recipe.yaml"]
    assert playnano(*line).exit_code == 1
    assert playnano(*line, "--overwrite").exit_code == 0
    assert "zero_mean" in (folder / "recipe.yaml").read_text(encoding="utf-8")


def test_an_output_that_is_a_later_movie_is_refused_beforehand(playnano, folder: Path) -> None:
    assert playnano("process", "movie.asd", "--export", "npz", "--output-folder", ".").exit_code == 0
    before = (folder / "movie.npz").read_bytes()
    line = "process movie.asd movie.npz --export npz --output-folder . --overwrite"
    result = playnano(*line.split())
    assert result.exit_code == 1
    assert "movie.asd would write movie.npz, which is a movie of the same run" in result.stderr
    assert (folder / "movie.npz").read_bytes() == before


def test_a_result_of_a_result_keeps_one_ending(playnano, folder: Path) -> None:
    assert playnano("run", "recipe.yaml", "movie.asd").exit_code == 0
    line = ["process", "output/movie_filtered.h5", "--processing", "zero_mean", "--export", "npz"]
    assert playnano(*line, "--output-folder", "more").exit_code == 0
    assert [path.name for path in (folder / "more").iterdir()] == ["movie_filtered.npz"]


@pytest.mark.parametrize("sidecar", ["movie.gif.provenance.json", "movie.gif"])
def test_the_plan_refuses_what_the_run_refuses(playnano, folder: Path, sidecar: str) -> None:
    (folder / "output").mkdir()
    (folder / "output" / sidecar).write_text("mine", encoding="utf-8")
    for more in ((), ("--plan",)):
        result = playnano("process", "movie.asd", "--make-gif", *more)
        assert result.exit_code == 1
        assert f"{sidecar} exists" in result.stderr
    assert (folder / "output" / sidecar).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("length", [240, 250, 256, 5000])
def test_a_name_that_is_too_long_is_said_before_work(playnano, folder: Path, length: int) -> None:
    for more in ((), ("--plan",)):
        line = ["process", "movie.asd", "--make-gif", "--output-name", "n" * length, *more]
        result = playnano(*line)
        assert result.exit_code == 1
        assert "choose a shorter output name" in result.stderr
    assert not (folder / "output").exists()


def test_a_movie_whose_name_is_too_long(playnano) -> None:
    for name in ("n" * 256 + ".asd", "n" * 5000):
        result = playnano("process", name, "--export", "npz")
        assert result.exit_code == 1
        assert "nnn" in result.stderr
        assert "Traceback" not in result.stderr


def test_the_folder_must_be_one(playnano, folder: Path) -> None:
    for more in ((), ("--plan",)):
        result = playnano("process", "movie.asd", "--export", "npz", "--output-folder", "movie.asd/x", *more)
        assert result.exit_code == 1
        assert "movie.asd is a file" in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes")
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("高さ.asd".encode("cp932"), "高さ"),
        (b"caf\xe9.asd", "café"),
        (b"K\xf6ln_M\xe4rz.asd", "Köln_März"),
        ("高さ.asd".encode(), "高さ"),
    ],
)
def test_names_that_are_not_utf_8(playnano, folder: Path, stored: bytes, shown: str) -> None:
    os.rename(b"movie.asd", stored)  # noqa: PTH104 - a name of bytes
    result = playnano("run", "recipe.yaml", os.fsdecode(stored))
    assert result.exit_code == 0, result.stderr
    made = library.load(folder / "output" / f"{shown}_filtered.h5").provenance.history[-1]
    assert made.input is not None
    assert made.input.name == f"{shown}.asd"
    for line in (["--make-gif", "--make-sequence", "--export", "tif", "ome-zarr"], ["--plan"]):
        result = playnano("process", os.fsdecode(stored), *line)
        assert result.exit_code == 0, result.stderr
    told = json.loads((folder / "output" / f"{shown}.gif.provenance.json").read_text(encoding="utf-8"))
    assert told["file"] == f"{shown}.gif"
    assert playnano("verify", f"output/{shown}_filtered.h5").exit_code == 0


def test_accents_typed_the_other_way(playnano, folder: Path) -> None:
    (folder / "movie.asd").rename(unicodedata.normalize("NFD", "café.asd"))
    result = playnano("process", unicodedata.normalize("NFC", "café.asd"), "--export", "npz")
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("name", "hint"), [("{inptu}_x", "did you mean 'input'?"), ("{chanel}", "did you mean 'channel'?")]
)
def test_a_placeholder_that_there_is_not(playnano, name: str, hint: str) -> None:
    result = playnano("run", "recipe.yaml", "movie.asd", "--output-name", name)
    assert result.exit_code == 1
    assert "stands for nothing here (known: {input} and {channel})" in result.stderr
    assert hint in result.stderr


def test_patterns_look_into_folders(playnano, folder: Path) -> None:
    for name in ("tree/a.asd", "tree/one/b.asd", "tree/one/two/c.asd"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _copies(folder, name)
    result = playnano("process", "tree/**/*.asd", "--export", "npz")
    assert "3 movies: 3 done" in result.stdout


@pytest.mark.parametrize("error", [SystemExit(9), RuntimeError("odd"), MemoryError(), GeneratorExit()])
def test_one_bad_movie_never_ends_a_batch(
    playnano, folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    _copies(folder, "a.asd", "b.asd")
    import playnano.runner.running as running

    run_movie = running.run_movie

    def failing(recipe, movie, **more):
        if Path(movie).name == "a.asd":
            raise error
        return run_movie(recipe, movie, **more)

    monkeypatch.setattr(running, "run_movie", failing)
    result = playnano("run", "recipe.yaml", "a.asd", "b.asd", "--quiet")
    assert result.exit_code == 3
    assert "a.asd" in result.stderr
    assert (folder / "output" / "b_filtered.h5").exists()


@pytest.mark.parametrize("more", [(), ("--quiet",)])
def test_a_failure_names_its_movie(playnano, folder: Path, monkeypatch: pytest.MonkeyPatch, more) -> None:
    _copies(folder, "a.asd", "b.asd")

    def process(self: RemovePlane, frame: object) -> object:
        raise ValueError("odd heights")

    monkeypatch.setattr(RemovePlane, "process", process)
    result = playnano("run", "recipe.yaml", "a.asd", "b.asd", *more)
    lines = [line for line in result.stderr.splitlines() if "odd heights" in line]
    assert [("a.asd" in line, "b.asd" in line) for line in lines] == [(True, False), (False, True)]
    assert "odd heights (movie.asd)" in playnano("run", "recipe.yaml", "movie.asd", *more).stderr


def test_an_incomplete_movie_says_so_everywhere(playnano, folder: Path) -> None:
    whole = (folder / "movie.asd").read_bytes()
    (folder / "cut.asd").write_bytes(whole[: len(whole) - 3000])
    result = playnano("run", "recipe.yaml", "cut.asd", "movie.asd")
    assert result.exit_code == 0
    assert "2 movies: 1 done, 1 incomplete, 0 failed" in result.stdout
    (row,) = [line for line in result.stdout.splitlines() if "incomplete  " in line]
    assert "of 4 frames are missing" in " ".join(result.stdout[result.stdout.index(row) :].split())
    quiet = playnano("run", "recipe.yaml", "cut.asd", "movie.asd", "--quiet", "--overwrite")
    assert "cut.asd" in quiet.stderr
    assert "of 4 frames are missing" in " ".join(quiet.stderr.split())
    assert quiet.stdout == ""
    for ending in ("h5", "npz"):
        told = playnano("info", f"output/cut_filtered.{ending}").stdout
        assert "incomplete" in told
        assert "of 4 frames are missing" in " ".join(told.split())


def test_notes_are_said_once(playnano, folder: Path) -> None:
    _copies(folder, "a.asd", "b.asd")
    result = playnano("process", "a.asd", "b.asd", "--make-gif", "--make-video")
    said = " ".join(result.stderr.split())
    assert said.count("no step has levelled the movie in these pictures") == 1
    assert max(map(len, result.stderr.splitlines())) <= 80


def test_a_sample_replaces_samples_only(playnano, folder: Path) -> None:
    before = (folder / "movie.asd").read_bytes()
    small = ("--frames", "2", "--size", "16")
    result = playnano("sample", "movie.asd", "--overwrite", *small)
    assert result.exit_code == 1
    assert "movie.asd is not a sample (no movie.asd.truth.json beside it)" in result.stderr
    assert (folder / "movie.asd").read_bytes() == before
    assert playnano("sample", "new.asd", *small).exit_code == 0
    assert playnano("sample", "new.asd", "--overwrite", *small).exit_code == 0
