"""Tiny movies in a tree, and a recipe."""

from pathlib import Path

import pytest
from batches import RECIPE

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    movie, _ = write_sample(
        tmp_path_factory.mktemp("tiny") / "movie.asd", Sample(frames=2, height=16, width=16, molecules=1)
    )
    return movie.read_bytes()


@pytest.fixture
def folder(tmp_path: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a recipe, and a tree with equal names in two of its folders."""
    for name in ("scan2.asd", "scan10.asd", "day/scan2.asd"):
        file = tmp_path / "tree" / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_bytes(tiny)
    (tmp_path / "tree/notes.txt").write_text("no movie", encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path
