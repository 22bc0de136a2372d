"""Batches that are stopped: killed at any moment, by Ctrl-C, and two at once."""

import os
import subprocess
import sys
from pathlib import Path

import batch_kills
import pytest
from batches import contents, results, rows, run, status

from playnano.batch.folder_lock import FolderLock
from playnano.batch.shards import Shard
from playnano.errors import PlaynanoError
from playnano.runner import running

pytestmark = pytest.mark.slow

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


@needs_fork
def test_twenty_kills_at_random_moments(folder: Path, tiny: bytes) -> None:
    for number in range(4):
        Path(f"tree/more{number}.asd").write_bytes(tiny)
    seen = batch_kills.seen(20)
    assert set(seen["codes"]) == {0}
    assert seen["differences"] == []
    assert seen["stopped"] > 2  # of twenty; few where the machine was busy as the undisturbed run was timed
    assert seen["files"] == 3 * 7


def test_ctrl_c_and_the_same_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run("tree")
    undisturbed = contents()
    Path("output").rename("undisturbed")

    def stopped(recipe: object, movie: Path, *, on_planned: object, **more: object) -> object:
        if movie.name == "scan10.asd":
            on_planned(running.plan(recipe, movie))  # type: ignore[operator, arg-type]
            raise KeyboardInterrupt
        return real(recipe, movie, on_planned=on_planned, **more)

    real = running.run_movie
    with monkeypatch.context() as patch:
        patch.setattr(running, "run_movie", stopped)
        assert run("tree").exit_code == 130
    assert [row["status"] for row in rows()] == ["done", "done"]
    done = run("tree")
    assert done.exit_code == 0
    assert "3 movies: 1 done, 2 skipped" in done.stdout
    assert status()["scan10.asd"] == ("done", "its last run was stopped")
    assert contents() == undisturbed


def test_files_in_place_whose_end_was_not_noted_are_ours(folder: Path) -> None:
    run("tree")
    state = Path("output/.playnano/state.jsonl")
    lines = state.read_text(encoding="utf-8").splitlines(keepends=True)
    state.write_text("".join(lines[:-1]), encoding="utf-8")
    done = run("tree")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [row["reason"] for row in rows()].count("its last run was stopped") == 1
    assert len(results()) == 3


def test_two_batches_into_one_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playnano.batch.folder_lock.PATIENCE_S", 0.0)
    Path("output").mkdir()
    with FolderLock(Path("output")):
        done = run("tree")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: another run has been writing into output since 20")
    assert f"process {os.getpid()} on " in done.stderr
    assert "--output-folder" in done.stderr
    assert results() == []
    assert run("tree").exit_code == 0


@pytest.mark.skipif(os.name == "nt", reason="shared locks")
def test_shards_hold_a_folder_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playnano.batch.folder_lock.PATIENCE_S", 0.0)
    here = Path()
    with FolderLock(here, Shard(1, 2)), FolderLock(here, Shard(2, 2)):
        for other in (Shard(), Shard(1, 2), Shard(1, 3)):
            with pytest.raises(PlaynanoError, match="another run"), FolderLock(here, other):
                pass
    with FolderLock(here), pytest.raises(PlaynanoError, match="another run"), FolderLock(here, Shard(1, 2)):
        pass
    with FolderLock(here, Shard(1, 3)):
        pass


@needs_fork
def test_the_lock_of_a_dead_process_blocks_nobody(folder: Path) -> None:
    text = "import os, sys; from pathlib import Path; from playnano.batch.folder_lock import FolderLock\n"
    text += "with FolderLock(Path('output')): os.kill(os.getpid(), 9)"
    Path("output").mkdir()
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == -9
    assert Path("output/.playnano/lock").stat().st_size
    assert run("tree").exit_code == 0
