"""What the tests of the command line share: a runner at 80 columns, and small movies."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import commands
import pytest
from typer.testing import CliRunner, Result

from playnano.cli.app import app
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

Run = Callable[..., Result]

RECIPE = """\
version: 1
steps:
  - step: remove_plane
  - step: gaussian_filter
    sigma: 2
exports:
  - format: npz
  - format: h5
"""


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("movies")
    movie, _ = write_sample(folder / "movie.asd", Sample(frames=4, height=24, width=32, molecules=3))
    return movie


@pytest.fixture
def folder(tmp_path: Path, made_once: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: `movie.asd` of 4 frames of 24 x 32 and `recipe.yaml` of two steps."""
    (tmp_path / "movie.asd").write_bytes(made_once.read_bytes())
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def playnano(folder: Path) -> Run:
    """Run a command line in this process."""

    def run(*argv: str, **more: object) -> Result:
        return CliRunner().invoke(app, list(argv), prog_name="playnano", **more)  # type: ignore[arg-type]

    return run


@pytest.fixture
def subprocess_run(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command line in a process of its own."""

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return commands.run(*argv, cwd=folder, env={**os.environ, "COLUMNS": "80"})

    return run
