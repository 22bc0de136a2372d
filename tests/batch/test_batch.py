"""Many movies in one run: which, in what folders, which are opened before the first is done, the tables."""

import builtins
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import gsf_file
import pytest
from batches import RECIPE, contents, results, rows, run
from typer.testing import CliRunner

from playnano.batch.conflicts import without_conflicts
from playnano.batch.movies import MovieTask, movie_tasks
from playnano.batch.running import run_many
from playnano.cli.app import app
from playnano.recipe.reading import read_recipe
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample


def test_a_folder_is_walked_and_the_outputs_mirror_it(folder: Path) -> None:
    done = run("tree")
    assert (done.exit_code, done.stderr) == (0, "")
    assert results() == ["day/scan2_filtered.npz", "scan10_filtered.npz", "scan2_filtered.npz"]
    assert "3 movies: 3 done, 0 failed" in done.stdout
    assert [Path(row["movie"]).as_posix() for row in rows()] == [
        "tree/day/scan2.asd",
        "tree/scan2.asd",
        "tree/scan10.asd",
    ]
    assert rows()[0]["outputs"] == "day/scan2_filtered.npz"


def test_several_folders_keep_their_names(folder: Path) -> None:
    Path("tree/day").rename("other")
    assert run("tree other").exit_code == 0
    assert results() == ["other/scan2_filtered.npz", "tree/scan10_filtered.npz", "tree/scan2_filtered.npz"]


def test_images_beside_movies_are_run_one_by_one(folder: Path) -> None:
    for name in ("tree/day/one.gsf", "tree/day/two.gsf"):
        Path(name).write_bytes(gsf_file.field())
    assert run("tree").exit_code == 0
    assert [name for name in results() if name.startswith("day")] == [
        "day/one_filtered.npz",
        "day/scan2_filtered.npz",
        "day/two_filtered.npz",
    ]


def test_the_output_folder_is_not_walked(folder: Path) -> None:
    assert run("tree --output-folder tree/results").exit_code == 0
    again = run("tree --output-folder tree/results --again")
    assert "3 movies: 3 done" in again.stdout


def test_a_pattern_narrows_the_walk(folder: Path) -> None:
    assert run("tree --pattern scan1*.asd").exit_code == 0
    assert results() == ["scan10_filtered.npz"]
    none = run("tree --pattern *.h5-jpk")
    assert (none.exit_code, none.stderr) == (1, "error: tree: no movie below it matches '*.h5-jpk'\n")


@pytest.mark.parametrize("where", ["tree/list.txt", "list.txt"])
def test_a_list_is_relative_to_itself_or_to_the_folder_that_is_named(folder: Path, where: str) -> None:
    Path(where).write_text("# chosen\n\nday/scan2.asd\nscan10.asd\n", encoding="utf-8")
    line = f"--from {where}" if "/" in where else f"tree --from {where}"
    assert run(line).exit_code == 0
    assert results() == ["day/scan2_filtered.npz", "scan10_filtered.npz"]


@pytest.mark.parametrize("comma", [",", ";"])
def test_the_good_movies_of_a_table(folder: Path, comma: str) -> None:
    table = "movie,mark,note\nscan2.asd,Good,\nscan10.asd,bad,blurred\nday/scan2.asd,good,\n"
    Path("triage.csv").write_text(table.replace(",", comma), encoding="utf-8-sig")
    assert run("tree --from triage.csv --marked good").exit_code == 0
    assert results() == ["day/scan2_filtered.npz", "scan2_filtered.npz"]


@pytest.mark.parametrize(
    ("name", "text", "flags", "code", "message"),
    [
        ("list.txt", "\n# nothing\n", "", 1, "list.txt: it names no movie"),
        ("list.txt", "a.asd\n", "--marked good", 1, "marks are read from a .csv table"),
        ("list.csv", "file,mark\na,good\n", "", 1, "list.csv: the table has no column 'movie'"),
        ("list.csv", "movie\na.asd\n", "--marked good", 1, "list.csv: the table has no column 'mark'"),
        ("list.csv", "movie,mark,mark\na.asd,bad,good\n", "--marked good", 1, "has the column 'mark' twice"),
        ("list.csv", "movie,mark\na.asd,bad\n", "--marked good", 1, "it names no movie marked good"),
        ("list.csv", 'movie,mark\n"a.asd,bad\n', "", 1, "list.csv: line 2: this is not a row of a table"),
        ("list.csv", 'movie,mark,note\na.asd,"bad,x\nb.asd,good,"y"\n', "", 1, "list.csv: line 2: "),
        ("list.csv", 'movie\n"a.asd\nb.asd"\n', "", 1, "line 2: a cell goes on in the next lines"),
        (
            "list.csv",
            'movie,mark,note\na.asd,good,"x\nscan2.asd,bad,\nscan10.asd,good,"\n',
            "--marked good",
            1,
            "list.csv: line 2: a cell goes on in the next lines: close its quote, or write it on one line",
        ),
        ("list.csv", "movie,mark\na,b.asd,good\n", "", 1, "line 2: it has 3 cells, and the header 2"),
        (
            "list.csv",
            "movie,mark\na.asd,good\nb.asd,bad\n./a.asd,bad\n",
            "--marked good",
            1,
            "list.csv: line 4: 'a.asd' is marked bad, and good in line 2: keep one",
        ),
        ("list.txt", b"\xff\xfe\x00", "", 1, "list.txt: this is not a list of movies in UTF-8"),
        ("other.txt", "", "", 1, "list.txt: the list cannot be read: No such file"),
    ],
)
def test_lists_that_are_none(
    folder: Path, name: str, text: str | bytes, flags: str, code: int, message: str
) -> None:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    listed = "list.csv" if name.endswith(".csv") else "list.txt"
    done = run(f"--from {listed} {flags}")
    assert (done.exit_code, done.stderr.count("\n")) == (code, 1)
    assert message in done.stderr
    assert not Path("output").exists()


def test_what_a_list_names_twice_or_not_at_all_is_noted_once(folder: Path) -> None:
    Path("list.csv").write_text(
        "movie,mark,note\nscan2.asd,,\n,good,which?\n,,\nscan10.asd,,\n./scan2.asd,GOOD,again\n"
        "bad.asd,bad,\nbad.asd,bad,\n",
        encoding="utf-8",
    )
    done = run("tree --from list.csv --marked good")
    assert done.exit_code == 0
    assert results() == ["scan2_filtered.npz"]
    notes = " ".join(done.stderr.split()).split("note: ")
    assert notes[1:] == [
        "list.csv: no movie is named in line 3: passed over ",
        "list.csv: no mark is given to scan10.asd: not run ",
        "list.csv: named more than once, and run once: 'scan2.asd' (2 times)",
    ]


def test_a_note_of_a_table_may_have_several_lines(folder: Path) -> None:
    Path("list.csv").write_text('movie,mark,note\nscan2.asd,good,"sharp,\nbut short"\n', encoding="utf-8")
    assert run("tree --from list.csv --marked good").exit_code == 0
    assert results() == ["scan2_filtered.npz"]


def test_marks_need_a_list(folder: Path) -> None:
    assert run("tree --marked good").exit_code == 2
    assert run("tree tree --from list.txt").exit_code == 2


def test_bad_movies_of_a_tree_are_named_and_the_others_done(folder: Path, tiny: bytes) -> None:
    Path("tree/empty.asd").touch()
    Path("tree/day/cut.asd").write_bytes(tiny[:-100])
    Path("tree/broken.asd").write_bytes(b"\0" * 4000)
    done = run("tree")
    assert done.exit_code == 1
    status = {Path(row["movie"]).as_posix(): row["status"] for row in rows()}
    assert status == {
        "tree/broken.asd": "failed",
        "tree/day/cut.asd": "incomplete",
        "tree/day/scan2.asd": "done",
        "tree/empty.asd": "failed",
        "tree/scan2.asd": "done",
        "tree/scan10.asd": "done",
    }
    assert "6 movies: 3 done, 1 incomplete, 2 failed" in done.stdout
    table = done.stdout.split("2 failed\n")[1]
    assert "scan10" not in table
    assert "failed" in next(line for line in table.splitlines() if "empty.asd" in line)


def test_a_folder_that_cannot_be_listed_fails_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scandir(path: object) -> object:
        if str(path).endswith("day"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    real = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)
    done = run("tree")
    assert done.exit_code == 1
    assert done.stderr == f"error: {Path('tree/day')}: cannot be listed: Permission denied\n"
    assert "3 movies: 2 done, 1 failed" in done.stdout


def test_two_movies_for_one_file_fail_alone(folder: Path, tiny: bytes) -> None:
    Path("tree/scan2.npz").write_bytes(b"")
    write_sample(Path("tree/scan2.h5-jpk"), Sample(frames=2, height=16, width=16, molecules=1))
    Path("tree/scan2.npz").unlink()
    done = run("tree")
    assert done.exit_code == 1
    assert done.stderr.count("would both write") == 1
    assert results() == ["day/scan2_filtered.npz", "scan10_filtered.npz"]
    assert [row["status"] for row in rows()].count("failed") == 2


def test_equal_names_of_other_channels_are_no_conflict(folder: Path) -> None:
    write_sample(Path("tree/scan2.h5-jpk"), Sample(frames=2, height=16, width=16, molecules=1))
    done = run("tree --output-name {input}_{channel}")
    assert (done.exit_code, done.stderr) == (0, "")
    assert len(results()) == 4


def test_the_first_failure_may_be_the_last(folder: Path) -> None:
    Path("tree/day/scan1.asd").touch()
    done = run("tree --fail-fast")
    assert done.exit_code == 1
    assert "4 movies: 0 done, 1 failed, 3 not begun" in done.stdout
    assert [row["status"] for row in rows()] == ["failed"]


def test_both_tables_say_the_same(folder: Path) -> None:
    Path("tree/empty.asd").touch()
    run("tree")
    told = json.loads(Path("output/summary.json").read_text(encoding="utf-8"))["movies"]
    for one, other in zip(told, rows(), strict=True):
        assert {
            key: "; ".join(v) if isinstance(v, list) else "" if v is None else str(v)
            for key, v in one.items()
        } == other
    assert {one["frames"] for one in told} == {2, None}
    assert all(one["seconds"] > 0 for one in told if one["status"] == "done")


def test_a_name_like_a_formula_is_text_in_the_table(folder: Path, tiny: bytes) -> None:
    Path("tree/=1+1.asd").write_bytes(tiny)
    os.chdir("tree")
    done = CliRunner().invoke(app, ["run", "../recipe.yaml", "=1+1.asd", "scan2.asd"], prog_name="playnano")
    assert done.exit_code == 0
    assert rows()[0]["movie"] == "'=1+1.asd"


def test_tables_of_a_reproducible_run_are_equal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run("tree --output-folder one")
    first = Path("one/summary.json").read_bytes()
    Path("one").rename("before")
    run("tree --output-folder one")
    assert Path("one/summary.json").read_bytes() == first


def test_the_table_is_there_while_the_batch_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from playnano.runner import running

    def stopped(recipe: object, movie: Path, **more: object) -> object:
        if movie.name == "scan10.asd":
            assert [row["status"] for row in rows()] == ["done"]  # the next row is not due yet
            raise KeyboardInterrupt
        return real(recipe, movie, **more)

    real = running.run_movie
    monkeypatch.setattr(running, "run_movie", stopped)
    done = run("tree")
    assert done.exit_code == 130
    assert "3 movies: 2 done, 0 failed, 1 not begun" in done.stdout
    assert [row["status"] for row in rows()] == ["done", "done"]


def test_no_movie_is_opened_before_its_turn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: Counter[str] = Counter()

    def counting(file: object, *args: object, **more: object) -> object:
        opened[Path(str(file)).name] += 1
        return real(file, *args, **more)  # type: ignore[call-overload]

    real = io.open
    monkeypatch.setattr(io, "open", counting)
    monkeypatch.setattr(builtins, "open", counting)
    before: list[int] = []

    def ended(outcome: object) -> None:
        before.append(opened["scan10.asd"])

    recipe = read_recipe(RECIPE)
    tasks = without_conflicts(recipe, list(movie_tasks([Path("tree")], Path("output"))), "")
    outcomes = run_many(recipe, tasks, ended)
    assert [outcome.status for outcome in outcomes] == ["done"] * 3
    assert before[:2] == [0, 0]
    assert before[2] > 0


def test_only_suspects_are_opened_before_their_turn_and_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playnano.runner import planning

    opened: Counter[str] = Counter()

    def counting(path: Path, **more: object) -> object:
        opened[str(path)] += 1
        return real(path, **more)  # type: ignore[arg-type]

    real = planning.open_movie
    monkeypatch.setattr(planning, "open_movie", counting)
    tasks = [MovieTask(path) for path in sorted(Path("tree").rglob("*.asd"))]
    named = without_conflicts(read_recipe(RECIPE), tasks, "")
    suspects = [str(task.movie) for task in named if task.trouble]
    assert [Path(movie).name for movie in suspects] == ["scan2.asd", "scan2.asd"]
    assert opened == dict.fromkeys(suspects, 1)


def test_names_that_differ_in_case_are_one_where_the_disk_says_so(folder: Path) -> None:
    """A link that spells a folder otherwise leads to it there, as on such a disk."""
    shutil.copy("tree/scan2.asd", "Scan2.asd")
    Path("out").mkdir()
    Path("OUT").symlink_to("out", target_is_directory=True)
    done = run("Scan2.asd tree/scan2.asd --overwrite --output-folder out")
    assert done.exit_code == 1
    assert "Scan2.asd and tree/scan2.asd would both write" in done.stderr
    assert contents(Path("out")) == {}


def test_a_folder_that_cannot_be_looked_into_is_no_trouble_of_names(folder: Path) -> None:
    """A name too long for the disk stands for all that the system does not answer."""
    recipe = read_recipe(RECIPE)
    output = recipe.output.model_copy(update={"folder": "x" * 300})
    tasks = list(movie_tasks([Path("tree")], Path(output.folder)))
    assert without_conflicts(recipe.model_copy(update={"output": output}), tasks, "") == tasks


def test_many_paths_are_planned_without_a_look_into_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2000):
        (tmp_path / f"{number}.asd").touch()
    listed: Counter[str] = Counter()

    def scandir(path: Path) -> object:
        listed[str(path)] += 1
        return real(path)

    def refuse(*args: object, **more: object) -> None:
        raise AssertionError("a file was opened")

    real = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(io, "open", refuse)
    monkeypatch.setattr(builtins, "open", refuse)
    tasks = without_conflicts(read_recipe(RECIPE), list(movie_tasks([tmp_path], tmp_path / "out")), "")
    assert [task.movie.name for task in tasks] == [f"{number}.asd" for number in range(2000)]
    assert listed == {str(tmp_path): 1}


def test_movies_are_taken_one_by_one(folder: Path) -> None:
    ended: list[str] = []

    def movies() -> Iterator[MovieTask | Path]:
        yield Path("tree/scan2.asd")
        assert ended == [str(Path("tree/scan2.asd"))]
        yield MovieTask(Path("tree/day/scan2.asd"), "day")

    run_many(read_recipe(RECIPE), movies(), lambda outcome: ended.append(outcome.movie))
    assert len(ended) == 2
