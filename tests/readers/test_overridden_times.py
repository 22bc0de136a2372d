"""The user's interval in place of the file's times."""

import shutil
from pathlib import Path

import pytest
from still_files import write_jpk
from typer.testing import CliRunner

from playnano import load
from playnano.cli.app import app
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie

RECIPE = """version: 1
input: {frame_interval_s: 0.5}
exports: [{format: gif, times_csv: true, min_height: 16, scale_bar: false, timestamp: false}]
output: {folder: made}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three images of 2 s each, 3 s after one another."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "movie").mkdir()
    for number in range(3):
        start, end = (f"2023-02-16 12:08:{40 + 3 * number + late}.500 GMT" for late in (0, 2))
        write_jpk(tmp_path / "movie" / f"a_{number}.jpk", start=start, end=end)
    return tmp_path / "movie"


def test_no_time_of_the_file_contradicts_it(folder: Path) -> None:
    (own, *_), frames = load(folder).frame_metadata, load(folder, frame_interval_s=0.5).frame_metadata
    assert own["frame_duration_s"] == 2.0
    assert [frame["timestamp"] for frame in frames] == [0, 0.5, 1]
    assert {frame["frame_duration_s"] for frame in frames} == {None}
    steps = [frame["start_epoch_ms"] - own["start_epoch_ms"] for frame in frames]
    assert steps == [0, 500, 1000]


def test_the_table_of_times_states_the_interval_alone(folder: Path) -> None:
    run_movie(read_recipe(RECIPE), folder.name)
    (table,) = (folder.parent / "made").glob("*.times.csv")
    assert table.read_text().splitlines()[1:] == ["0,0.0,", "1,0.5,", "2,1.0,"]


def test_a_run_says_of_each_movie_what_replaces_what_its_file_states(folder: Path) -> None:
    Path("recipe.yaml").write_text(
        "version: 1\ninput: {frame_interval_s: 0.5, pixel_size_nm: [2, 4]}\nexports: [{format: npz}]\n"
    )
    Path("movie").rename("one")
    shutil.copytree("one", "two")
    done = CliRunner().invoke(app, ["run", "recipe.yaml", "one", "two"])
    assert done.exit_code == 0, done.output
    words = " ".join(done.stderr.split())
    for movie in ("one", "two"):
        assert words.count(f"warning: {movie}: frame_interval_s 0.5 replaces 3 that the file states") == 1
        size = f"warning: {movie}: pixel_size_nm [2, 4] replaces [5, 10] that the file states"
        assert words.count(size) == 1
        made = next(Path("output").rglob(f"{movie}*.npz"))
        assert "frame_interval_s 0.5 replaces 3 that the file states" in str(load(made).provenance)


def test_what_agrees_with_the_file_is_not_said(folder: Path) -> None:
    stack = load(folder)
    same = load(folder, frame_interval_s=3.0, pixel_size_nm=(stack.pixel_size_y_nm, stack.pixel_size_nm))
    assert same.warnings == stack.warnings
    assert load(folder, frame_interval_s=0.5, strict=True).warnings  # a note, not an error
