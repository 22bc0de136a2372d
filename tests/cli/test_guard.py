"""A single run on an HDF5 file that crashes the HDF5 library: one line, exit 1; else nothing is different."""

import signal
import time
from pathlib import Path

import commands
import pytest

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "sigwaitinfo"), reason="there is no guard on this system"),
]

READING = """
import os, time
def opened(*args, **more):
    print("begun", os.getpid(), flush=True)
    {"crashes": os.abort, "waits": lambda: time.sleep(60)}["HOW"]()
from playnano.readers import finding
finding.named = opened
from playnano.readers import opening
opening.find_movie = opened
from playnano.runner import planning
planning.named = opened
"""
"""Readers that do one or the other."""


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    return write_sample(tmp_path / "a.h5-jpk", Sample(frames=2, height=16, width=16, molecules=1))[0]


def begun(how: str, *argv: str) -> commands.Command:
    """A command whose readers do what `how` says."""
    return commands.begun(*argv, cwd=Path(), before="" if how == "reads" else READING.replace("HOW", how))


@pytest.mark.parametrize("command", ["info", "convert", "process"])
def test_a_crash_is_one_line(movie: Path, command: str) -> None:
    more = {"info": [], "convert": [str(movie.parent / "b.npz")], "process": ["--export", "npz"]}[command]
    child = begun("crashes", command, str(movie), *more)
    _, errors = child.communicate(timeout=60)
    way_out = "the file is damaged: copy it again from the instrument, or leave it out"
    assert (child.returncode, errors) == (
        1,
        f"error: {movie}: the HDF5 library crashed (SIGABRT); {way_out}\n",
    )
    assert {path.name for path in movie.parent.iterdir()} == {"a.h5-jpk", "a.h5-jpk.truth.json"}


@pytest.mark.parametrize(("channel", "code"), [(None, 0), ("phase of nothing", 1)])
def test_exit_code_and_text_are_those_of_the_work(movie: Path, channel: str | None, code: int) -> None:
    child = begun("reads", "info", str(movie), *(["--channel", channel] if channel else []))
    text, errors = child.communicate(timeout=60)
    assert child.returncode == code, errors
    assert ("frames    2" in text) == (code == 0)
    assert ("phase of nothing" in errors) == (code == 1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_reaches_the_work(movie: Path, number: int, code: int) -> None:
    child = begun("waits", "info", str(movie))
    child.stdout.readline()
    child.send_signal(number)
    child.communicate(timeout=30)
    assert child.returncode == code


def test_who_kills_the_command_ends_the_work(movie: Path) -> None:
    child = begun("waits", "info", str(movie))
    worker = int(child.stdout.readline().split()[1])
    assert worker != child.pid
    child.kill()
    child.communicate(timeout=30)
    until = time.monotonic() + 20
    while is_running(worker) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_running(worker)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1][0]
    except OSError:
        return False
    return state != "Z"


def test_other_movies_need_no_second_process(tmp_path: Path) -> None:
    path = write_sample(tmp_path / "a.asd", Sample(frames=2, height=16, width=16, molecules=1))[0]
    child = begun("waits", "info", str(path))
    assert int(child.stdout.readline().split()[1]) == child.pid
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)
    assert child.returncode == 130


@pytest.mark.parametrize("command", ["run", "check", "plan", "pattern"])
def test_a_movie_that_only_the_recipe_names_is_opened_in_a_child(movie: Path, command: str) -> None:
    """There, a reader ends its process as a crash of the HDF5 library does."""
    recipe = movie.with_name("recipe.yaml")
    recipe.write_text("version: 1\ninput: {path: a.h5-jpk}\nexports: [{format: npz}]\n", encoding="utf-8")
    hook = movie.with_name("crashing.py")
    hook.write_text("import os\nfrom playnano.readers import probe\nprobe._look = lambda *a: os.abort()\n"
                    "probe.main(9.0)\n", encoding="utf-8")  # fmt: skip
    lines = {
        "run": ["run", str(recipe)],
        "plan": ["run", str(recipe), "--plan"],
        "check": ["check", str(recipe)],
        "pattern": ["run", str(recipe), str(movie.with_name("*.h5-jpk"))],
    }
    before = f"from playnano.readers import probe; probe.CHILD = ({str(hook)!r},)"
    child = commands.begun(*lines[command], cwd=movie.parent, before=before)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "a.h5-jpk: the file is damaged: the HDF5 library crashes on it (SIGABRT)" in errors
    assert not list(movie.with_name("output").glob("*.npz"))
