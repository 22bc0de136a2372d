"""Files put in place: whatever stops it, the folder holds one whole set."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stops import seen
from typer.testing import CliRunner

from playnano import load
from playnano.cli.app import app
from playnano.errors import PlaynanoError
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.stack import durable, workfolder
from playnano.stack.journal import Journal
from playnano.stack.placing import NameTakenError, place, write_text
from playnano.stack.workfolder import PREFIX, WorkFolder

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked to be stopped")


def staged(work: WorkFolder, text: str, *names: str) -> None:
    for name in names:
        (work.new / name).write_text(text)


def texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def put(folder: Path, text: str, *names: str, overwrite: bool = True) -> None:
    with WorkFolder(folder) as work:
        staged(work, text, *names)
        place(work, names, overwrite=overwrite)


@needs_fork
@pytest.mark.parametrize(("of", "stride"), [("files", 1), ("run", 6)])
def test_stopped_at_any_change_of_a_name_a_set_is_whole(tmp_path: Path, of: str, stride: int) -> None:
    stops = seen(of, tmp_path, stride, ("SIGKILL",))
    assert len(stops) > 15
    assert any(stop["torn_at_once"] for stop in stops) or of == "run"  # else nothing was put to the test
    assert [stop for stop in stops if stop["torn"] or stop["left"]] == []


@needs_fork
def test_a_signal_waits_for_the_renaming(tmp_path: Path) -> None:
    stops = seen("files", tmp_path, 2, ("SIGTERM", "SIGINT"))
    assert len(stops) > 60
    assert [stop for stop in stops if stop["torn_at_once"] or stop["left"]] == []


@needs_fork
def test_of_two_runs_under_the_same_names_one_says_so(tmp_path: Path) -> None:
    for pair in seen("pairs", tmp_path, 5):
        assert pair == {"codes": [0, 1], "sources": 1, "left": []}


@needs_fork
def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(tmp_path: Path) -> None:
    *killed, living = seen("killed", tmp_path, 5)
    assert killed == [{"code": -9, "before": 2, "after": 1}] * 5
    assert living == {"living": 0}


def test_all_is_on_the_disk_before_and_after_it_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, Path]] = []
    monkeypatch.setattr("playnano.stack.placing.sync", lambda path: done.append(("sync", path)))
    monkeypatch.setattr("playnano.stack.journal.sync_folder", lambda path: done.append(("sync", path)))
    replace, link = os.replace, os.link

    def replaced(source: Path, target: Path) -> None:
        done.append(("move", Path(target)))
        replace(source, target)

    def linked(source: Path, target: Path, **more: Any) -> None:
        done.append(("move", Path(target)))
        link(source, target, **more)

    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(os, "link", linked)
    (tmp_path / "a").write_text("old")
    put(tmp_path, "new", "a", "b")
    for name in ("a", "b"):
        written = next(at for at, (what, path) in enumerate(done) if what == "sync" and path.name == name)
        assert written < done.index(("move", tmp_path / name))
    last = max(at for at, (what, path) in enumerate(done) if what == "move" and path.parent == tmp_path)
    assert ("sync", tmp_path) in done[last:]


def test_files_and_folders_are_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inodes: list[int] = []
    flush = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (inodes.append(os.fstat(number).st_ino), flush(number)))
    (tmp_path / "of images").mkdir()
    (tmp_path / "of images" / "1.png").write_bytes(b"png")
    durable.sync(tmp_path)
    paths = [tmp_path / "of images" / "1.png"]
    paths += [tmp_path, tmp_path / "of images"] if os.name != "nt" else []
    assert {path.stat().st_ino for path in paths} == set(inodes)


@pytest.mark.parametrize("locked", ["b", "c.d"])
def test_a_file_that_cannot_be_replaced_leaves_the_old_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: str
) -> None:
    put(tmp_path, "old", "a", "b")
    (tmp_path / "c.d").mkdir()
    before = {file.name for file in tmp_path.iterdir()}
    replace = os.replace

    def refusing(source: Path, target: Path) -> None:
        if Path(source) == tmp_path / locked or Path(target) == tmp_path / locked:
            raise PermissionError(13, "The process cannot access the file", str(tmp_path / locked))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    with WorkFolder(tmp_path) as work:
        staged(work, "new", "a", "b", "new")
        (work.new / "c.d").mkdir()
        with pytest.raises(PermissionError):
            place(work, ["a", "new", "b", "c.d"], overwrite=True)
    assert {file.name for file in tmp_path.iterdir()} == before
    assert [(tmp_path / name).read_text() for name in "ab"] == ["old", "old"]


@pytest.mark.parametrize("error", [PermissionError(1, "not permitted"), OSError(95, "not supported")])
def test_a_disk_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def refusing(*args: Any, **more: Any) -> None:
        raise error

    monkeypatch.setattr(os, "link", refusing)
    put(tmp_path, "old", "a", overwrite=False)
    with pytest.raises(NameTakenError):
        put(tmp_path, "new", "b", "a", overwrite=False)
    assert texts(tmp_path) == {"a": "old"}
    put(tmp_path, "new", "a", "b")
    assert texts(tmp_path) == {"a": "new", "b": "new"}


def test_a_disk_without_locks_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(file: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(workfolder, "lock", refusing)
    put(tmp_path, "new", "a")
    living = WorkFolder(tmp_path)
    monkeypatch.setattr(workfolder, "_cleared", set())
    workfolder.recover(tmp_path)
    assert living.path.exists()
    living.remove()
    assert texts(tmp_path) == {"a": "new"}


def test_a_name_taken_on_the_way_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep: Callable[..., None] = durable.sync

    def slow(path: Path) -> None:
        (tmp_path / "b").write_text("somebody's")
        keep(path)

    monkeypatch.setattr("playnano.stack.placing.sync", slow)
    with pytest.raises(NameTakenError) as raised:
        put(tmp_path, "new", "a", "b", overwrite=False)
    assert raised.value.filename == str(tmp_path / "b")
    assert texts(tmp_path) == {"b": "somebody's"}


@pytest.mark.parametrize("name", ["../outside", "..", "", "/etc/hosts"])
def test_a_journal_from_elsewhere_reaches_no_other_folder(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    folder = tmp_path / "downloaded"
    work = folder / f"{PREFIX}abcdefgh"
    work.mkdir(parents=True)
    status = outside.stat()
    (work / "journal.json").write_text(json.dumps([[name, status.st_dev, status.st_ino, False]]))
    put(folder, "new", "a")
    assert outside.read_text() == "kept"


def test_only_folders_of_ours_are_cleared(tmp_path: Path) -> None:
    for name in (f"{PREFIX}notes", f"{PREFIX}abcdefgh.txt", ".playnano", "playnano-abcdefgh"):
        (tmp_path / name).mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("kept")
    (tmp_path / f"{PREFIX}aaaaaaaa").symlink_to(elsewhere, target_is_directory=True)
    (tmp_path / f"{PREFIX}bbbbbbbb").mkdir()
    before = {file.name for file in tmp_path.iterdir()}
    put(tmp_path, "new", "a")
    assert before - {file.name for file in tmp_path.iterdir()} == {f"{PREFIX}bbbbbbbb"}
    assert (elsewhere / "file").exists()


def test_a_text_is_there_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "of recipes" / "recipe.yaml"
    write_text(path, "version: 1\n")
    with pytest.raises(NameTakenError):
        write_text(path, "other")
    write_text(path, "other", overwrite=True)
    assert texts(path.parent) == {"recipe.yaml": "other"}


@needs_fork
def test_a_set_that_is_torn_says_so_until_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    movie, _ = write_sample(Path("movie.asd"), Sample(frames=2, height=16, width=16, molecules=1))
    recipe = "version: 1\nexports: [{format: npz}, {format: gif, scale_bar: false}]\n"
    Path("recipe.yaml").write_text(recipe, encoding="utf-8")
    run = ["run", "recipe.yaml", str(movie), "--quiet"]
    assert CliRunner().invoke(app, run).exit_code == 0
    work = torn(Path("output"), "movie.npz", "movie.gif")
    for command in ("info", "verify"):
        said = CliRunner().invoke(app, [command, "output/movie.npz"]).output
        assert "a run was stopped while it put this file" in " ".join(said.split())
    assert work.exists()
    workfolder._cleared.clear()  # as in a process of its own
    again = CliRunner().invoke(app, ["convert", "output/movie.npz", "output/movie.h5"])
    assert "was stopped" not in again.output
    assert not work.exists()
    assert load("output/movie.npz").warnings == ()


def torn(folder: Path, *names: str) -> Path:
    """What a run leaves that is killed after the first of its files is in place."""
    work = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    for part in ("new", "old"):
        (work / part).mkdir()
    for name in names:
        (work / "new" / name).write_bytes((folder / name).read_bytes())
        os.link(folder / name, work / "old" / name)
    Journal.of(work, names).write()
    (work / "new" / names[0]).replace(folder / names[0])
    return work


def test_a_disk_that_is_full_at_once_keeps_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "getpid", full)  # what the lock's file is written with
    with pytest.raises(PlaynanoError, match="No space left on device"):
        WorkFolder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_the_user_that_is_called_like_ours_stays(tmp_path: Path) -> None:
    kept = [tmp_path / f".playnano-{name}" for name in ("original", "20261125", "2026old_")]
    for folder, names in zip(kept, (["thesis.txt"], ["lock", "done.jsonl"], ["new"]), strict=True):
        folder.mkdir()
        for name in names:
            (folder / name).write_text("mine", encoding="utf-8")
    (tmp_path / ".playnano-left0000").mkdir()
    (tmp_path / ".playnano-left0000/lock").write_text("", encoding="utf-8")
    (tmp_path / ".playnano-left0000/1").write_bytes(bytes(8))
    workfolder.recover(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    assert (kept[0] / "thesis.txt").read_text(encoding="utf-8") == "mine"
