"""A disk that fills up while a batch writes: the movie without room fails, and nothing else is lost."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from batches import contents, rows, run

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

pytestmark = pytest.mark.slow

MOUNTED = 'mount -t tmpfs -o "size=$0" disk output && "$@"; code=$?; cp -a output left; exit $code'


def small_disk() -> bool:
    """Whether this user may mount a disk of memory in a namespace of their own."""
    line = ["unshare", "-rm", "sh", "-c", "mkdir -p output && mount -t tmpfs -o size=1m disk output"]
    return shutil.which("unshare") is not None and not subprocess.run(line, check=False).returncode


@pytest.fixture
def large(folder: Path) -> Path:
    """A movie among the tiny ones whose frames take 2 MB."""
    movie, _ = write_sample(folder / "tree/scan5.asd", Sample(frames=30, height=128, width=128, molecules=1))
    return movie


def on_a_disk_of(size: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """The command, or the batch, written to a disk of this size; `left` holds what was there at its end."""
    if not small_disk():
        pytest.skip("needs a user namespace, to mount a small disk in")
    line = [sys.executable, "-m", "playnano"]
    line += command or ["run", "recipe.yaml", "tree", "--workers", "1"]
    mounted = ["unshare", "-rm", "sh", "-c", MOUNTED, size, *line]
    done = subprocess.run(mounted, capture_output=True, text=True, timeout=60, check=False)
    shutil.rmtree("output")
    Path("left").rename("output")
    return done


@pytest.mark.usefixtures("large")
def test_a_movie_without_room_fails_alone_and_is_done_once_there_is_room() -> None:
    assert run("tree").exit_code == 0
    undisturbed = contents()
    shutil.rmtree("output")
    done = on_a_disk_of("1m")
    assert done.returncode == 1
    assert "No space left on device; make room there (tree/scan5.asd)" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert {row["movie"]: row["status"] for row in rows()} == {
        "tree/scan2.asd": "done",
        "tree/scan5.asd": "failed",
        "tree/scan10.asd": "done",
        "tree/day/scan2.asd": "done",
    }
    assert not [path for path in contents() if "scan5" in path]
    assert not list(Path("output").rglob(".playnano-*"))
    again = run("tree")
    assert "4 movies: 1 done, 3 skipped" in again.stdout
    assert contents().keys() == undisturbed.keys()


def test_a_disk_without_room_for_the_table_says_so(folder: Path) -> None:
    done = on_a_disk_of("4k")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(Path("output").rglob(".playnano-*"))


@pytest.mark.parametrize("form", ["h5", "tif"])
@pytest.mark.parametrize("size", ["3m", "4300k"], ids=["at the scratch files", "at the export"])
def test_a_single_run_names_the_disk(large: Path, form: str, size: str) -> None:
    command = ["process", str(large), "--processing", "remove_plane", "--export", form]
    done = on_a_disk_of(size, *command, "--output-folder", "output")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "output" in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert not list(Path("output").iterdir())
