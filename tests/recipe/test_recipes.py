"""The recipes that people copy."""

import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import playnano
from playnano.recipe.reading import read_recipe
from playnano.recipe.yamltext import compose
from playnano.runner.running import run_movie
from playnano.runner.verify import verify
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))


@pytest.fixture(scope="module")
def molecules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("movie") / "molecules.h5-jpk"
    write_sample(path, Sample(frames=6, height=64, width=64))
    return path


@cache
def validator(schema: Path) -> jsonschema.Draft202012Validator:
    """Of a schema file; that it is a schema itself is tested where schemas are made."""
    return jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def content(path: Path) -> dict[str, bytes]:
    """The bytes of a file, or of the files of a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {file.name: file.read_bytes() for file in files if file.is_file()}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_it_gives_the_same_whatever_the_number_of_threads_and_when_it_is_verified(
    recipe: Path, molecules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.chdir(tmp_path)
    asked = read_recipe(recipe.read_text(encoding="utf-8"), recipe.name)
    first = [content(path) for path in run_movie(asked, molecules, threads=1).outputs]
    again = run_movie(asked, molecules, threads=2, overwrite=True)
    assert first == [content(path) for path in again.outputs]
    bundles = [path for path in again.outputs if path.suffix in (".h5", ".npz", ".tif")]
    assert bundles
    for path in bundles:
        assert verify(path, molecules).findings == ()
        assert playnano.load(path).channel == "height_trace"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_it_is_valid_under_the_schema_it_names(recipe: Path) -> None:
    text = recipe.read_text(encoding="utf-8")
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    validator((recipe.parent / named).resolve()).validate(compose(text, recipe.name).value)


def test_there_are_recipes_to_copy() -> None:
    assert {path.stem for path in RECIPES} >= {"quicklook", "archive", "publication", "particles-on-mica"}
