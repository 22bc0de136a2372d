"""Movies in several processes: the same bytes, a process that crashes, one that is left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batches import contents, results, rows, run, status

from playnano.batch.workers import default_workers
from playnano.stack.workfolder import PREFIX

pytestmark = pytest.mark.slow

CRASHES = """
import os, signal, sys

def crash(event, args):
    if event == "open" and isinstance(args[0], str) and any(name in args[0] for name in {names}):
        os.kill(os.getpid(), signal.SIGSEGV)

if "playnano.batch.worker" in sys.orig_argv:
    sys.addaudithook(crash)
"""
posix = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture(autouse=True)
def reproducible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


@pytest.fixture
def crashing(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """Processes that end by a signal when they open a file of one of these names."""

    def crash_at(*names: str) -> None:
        place = tmp_path_factory.mktemp("site")
        (place / "sitecustomize.py").write_text(CRASHES.format(names=names), encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(place))

    return crash_at


def scratch() -> list[Path]:
    return list(Path("output").rglob(f"{PREFIX}*"))


def test_the_same_bytes_whatever_the_numbers(folder: Path) -> None:
    run("tree --workers 1 --threads 1")
    once, table = contents(), Path("output/summary.csv").read_bytes()
    Path("output").rename("once")
    done = run("tree --workers 2 --threads 2")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "3 movies: 3 done" in done.stdout
    assert contents() == once
    assert Path("output/summary.csv").read_bytes() == table
    assert "3 skipped" in run("tree --workers 2").stdout


def test_what_goes_wrong_is_said_as_without_workers(folder: Path) -> None:
    Path("tree/empty.asd").touch()
    Path("tree/scan10.asd").write_bytes(b"\0" * 4000)
    alone = run("tree --output-folder alone")
    done = run("tree --workers 2")
    assert done.exit_code == alone.exit_code == 1
    plain = [sorted(line.split("] ")[-1] for line in one.stderr.splitlines()) for one in (alone, done)]
    assert plain[0] == plain[1]
    assert results() == ["day/scan2_filtered.npz", "scan2_filtered.npz"]


def test_a_library_that_prints_does_no_harm(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path_factory.mktemp("site")
    text = "import atexit, os, threading\nthreading.Timer(0.5, lambda: os.write(1, b'noise\\n')).start()\n"
    (place / "sitecustomize.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(place))
    assert run("tree --workers 1").exit_code == 0


@posix
@pytest.mark.parametrize("moment", ["scan10.asd", "scan10_filtered.npz"])
def test_a_crash_fails_one_movie(
    folder: Path, crashing, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    crashing(moment)
    done = run("tree --workers 1")
    assert done.exit_code == 1
    assert "scan10.asd: the process that worked on it was ended by SIGSEGV; the file may be" in done.stderr
    assert "3 movies: 2 done, 1 failed" in done.stdout
    assert scratch() == []
    assert results() == ["day/scan2_filtered.npz", "scan2_filtered.npz"]
    monkeypatch.delenv("PYTHONPATH")
    assert run("tree").exit_code == 0
    expected = "its last run was stopped" if "npz" in moment else ""
    assert status()["scan10.asd"] == ("done", expected)


@posix
def test_what_crashed_before_is_given_to_a_process_of_its_own(folder: Path, crashing) -> None:
    crashing("scan10_filtered.npz")
    assert run("tree --workers 1").exit_code == 1
    done = run("tree")
    assert done.exit_code == 1
    assert "3 movies: 0 done, 2 skipped, 1 failed" in done.stdout


def started(more: str = "") -> "subprocess.Popen[str]":
    line = [sys.executable, "-m", "playnano", "run", "recipe.yaml", "tree", "--workers", "2", *more.split()]
    return subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def written() -> int:
    """How many results there are; `os.walk` passes over folders that go while it looks."""
    return sum(name.endswith(".npz") for _, _, names in os.walk("output") for name in names)


def wait_for_results(process: "subprocess.Popen[str]", count: int) -> None:
    until = time.monotonic() + 60
    while written() < count and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.005)


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_batch_that_is_stopped_takes_its_workers_along(folder: Path, tiny: bytes, number: int) -> None:
    for more in range(7):
        Path(f"tree/more{more}.asd").write_bytes(tiny)
    run("tree --workers 1")
    Path("output").rename("undisturbed")
    process = started()
    wait_for_results(process, 3)
    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == {signal.SIGKILL: -9, signal.SIGINT: 130}[number]
    if number != signal.SIGKILL:
        assert "not begun" in out or "10 movies: 10 done" in out
        assert scratch() == []
        assert rows()
    assert run("tree --workers 1").exit_code == 0
    assert scratch() == []
    assert contents() == contents(Path("undisturbed"))


def test_how_many_processes() -> None:
    assert default_workers(7, cores=8) == 1
    assert default_workers(1000, cores=4) == 4
    assert default_workers(1000, cores=64) == 8
