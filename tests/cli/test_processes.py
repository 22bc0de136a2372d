"""Every command once in a process of its own, and how a process ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_commands import COMMANDS
from commands import Command, begun

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

pytestmark = pytest.mark.slow


def test_every_command_runs(subprocess_run, folder: Path) -> None:
    lines = [
        "sample other.h5 --frames 3 --size 16",
        "info movie.asd",
        "check recipe.yaml",
        "run recipe.yaml movie.asd",
        "process movie.asd --export npz hdf5 --processing remove_plane --output-name processed",
        "recipe output/movie_filtered.h5",
        "convert output/movie_filtered.h5 output/converted.npz",
        "verify output/movie_filtered.h5",
        "analyze output/movie_filtered.h5 --analysis peaks",
        "steps",
        "measures",
        "formats",
        "schema",
    ]
    assert {line.split()[0] for line in lines} == set(COMMANDS) - {"view"}  # that runs until it is stopped
    for line in lines:
        result = subprocess_run(*line.split())
        assert (result.returncode, result.stderr) == (0, ""), line
        assert result.stdout
    assert sorted(path.name for path in (folder / "output").iterdir()) == [
        "converted.npz",
        "movie_filtered.h5",
        "movie_filtered.npz",
        "movie_filtered_analysis_tables",
        "processed_filtered.h5",
        "processed_filtered.npz",
    ]


def test_console_script_points_at_main() -> None:
    from importlib.metadata import entry_points

    from playnano.cli import main

    (script,) = [entry for entry in entry_points(group="console_scripts") if entry.name == "playnano"]
    assert script.load() is main


@pytest.fixture(scope="module")
def long_movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(
        tmp_path_factory.mktemp("long") / "long.asd", Sample(frames=100, height=128, width=128, molecules=3)
    )[0]


@pytest.fixture
def long_run(folder: Path, long_movie: Path) -> Iterator[Command]:
    """A run that takes a while, well under way."""
    text = "version: 1\nsteps:\n" + "  - step: remove_plane\n" * 48 + "exports: [{format: npz}]\n"
    (folder / "long.yaml").write_text(text, encoding="utf-8")
    process = begun("run", "long.yaml", str(long_movie), cwd=folder)
    try:
        deadline = time.monotonic() + 60
        while not any((folder / "output").glob(".playnano-*/*")):
            assert process.poll() is None, "the run ended before it was stopped"
            assert time.monotonic() < deadline, "the run has not begun after a minute"
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals to a child")
@pytest.mark.parametrize(
    ("number", "code", "told"),
    [
        (signal.SIGINT, 130, "error: stopped by Ctrl-C; no half-written file is left\n"),
        (signal.SIGTERM, 143, ""),
        *([(signal.SIGQUIT, 131, "")] if hasattr(signal, "SIGQUIT") else []),
    ],
)
def test_a_run_that_is_stopped_leaves_nothing(
    long_run: Command, folder: Path, number: signal.Signals, code: int, told: str
) -> None:
    long_run.send_signal(number)
    _, errors = long_run.communicate(timeout=60)
    assert (long_run.returncode, errors) == (code, told)
    assert not (folder / "output").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals to a child")
def test_ctrl_c_again_and_again_leaves_nothing(long_run: Command, folder: Path) -> None:
    while long_run.poll() is None:
        long_run.send_signal(signal.SIGINT)
        time.sleep(0.003)
    _, errors = long_run.communicate(timeout=60)
    assert errors == "error: stopped by Ctrl-C; no half-written file is left\n"
    assert long_run.returncode == 130
    assert not (folder / "output").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_temporary_folder_that_is_full_is_named(folder: Path) -> None:
    movie, _ = write_sample(folder / "movie.npz", Sample(frames=20, height=64, width=64, molecules=3))
    (folder / "small").mkdir()
    code = (
        "import resource, playnano.cli;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "playnano.cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "process", str(movie), "--export", "gsf"],
        env={**os.environ, "TMPDIR": str(folder / "small")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot write scratch files in {folder / 'small'}: File too large; make room there" in done.stderr
    assert "TMPDIR" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list((folder / "small").iterdir()) == []


def test_a_reader_that_goes_away_is_no_fault(folder: Path) -> None:
    command = [sys.executable, "-m", "playnano", "steps"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii"])
def test_a_console_that_lacks_a_character_is_no_fault(folder: Path, encoding: str) -> None:
    (folder / "movie.asd").rename(folder / "µ日.asd")
    run = subprocess.run(
        [sys.executable, "-m", "playnano", "process", "µ日.asd", "--export", "npz"],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (folder / "output" / "µ日.npz").exists()
