"""The schemas and the reference pages say what the code does."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from playnano.errors import RecipeError
from playnano.exporters import EXPORTS
from playnano.readers import READERS
from playnano.recipe.reading import read_recipe
from playnano.recipe.yamltext import compose
from playnano.reference.pages import formats_page, steps_page
from playnano.reference.parameters import parameters
from playnano.reference.schemas import provenance_schema, recipe_schema
from playnano.registry import model_name
from playnano.stack.provenance import Provenance, Source
from playnano.steps import STEPS

ROOT = Path(__file__).parents[2]
SCHEMA = recipe_schema(plugins=False)
BUILT_IN_STEPS, BUILT_IN_EXPORTS = tuple(STEPS.without_plugins()), tuple(EXPORTS.without_plugins())
STEPS_PAGE, FORMATS_PAGE = steps_page(), formats_page()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)

ACCEPTED = {
    "nothing to do": "",
    "steps commented out": "steps:\n",
    "input and output commented out": "input:\noutput:\n",
    "a step": "steps:\n  - step: gaussian_filter\n    sigma: 1e-3\n",
    "a step with a name": "steps:\n  - step: remove_plane\n    name: level\n",
    "another name of a format": "exports:\n  - format: hdf5\n  - format: ome-tiff\n",
    "layers by name": "exports:\n  - format: npz\n    layers: [raw]\n",
    "one pixel size": "input:\n  pixel_size_nm: 2\n",
    "two pixel sizes": "input:\n  pixel_size_nm: [2, 2.5]\n",
    "nothing where nothing is meant": "steps:\n  - step: align_frames\n    max_shift: null\n",
}
REFUSED = {
    "a key that is none": "step:\n  - step: remove_plane\n",
    "a step that is none": "steps:\n  - step: gausian_filter\n",
    "a step by its name alone": "steps:\n  - remove_plane\n",
    "a step without its name": "steps:\n  - sigma: 2\n",
    "a parameter that is none": "steps:\n  - step: gaussian_filter\n    sgima: 2\n",
    "a parameter of another step": "steps:\n  - step: remove_plane\n    sigma: 2\n",
    "a parameter that is missing": "steps:\n  - step: drop_frames\n",
    "a value out of range": "steps:\n  - step: gaussian_filter\n    sigma: 0\n",
    "text for a number": "steps:\n  - step: gaussian_filter\n    sigma: '2'\n",
    "a mode that is none": "steps:\n  - step: align_frames\n    mode: padd\n",
    "a format that is none": "exports:\n  - format: hdf\n",
    "a setting of another format": "exports:\n  - format: tif\n    layers: all\n",
    "three pixel sizes": "input:\n  pixel_size_nm: [1, 2, 3]\n",
    "a folder in a file's name": "output:\n  name: a/b\n",
}


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of a schema, as 'model.key', with what the schema says of it."""
    models = {"top": schema, **schema["$defs"]}
    for model, said in models.items():
        for key, part in said.get("properties", {}).items():
            yield f"{model}.{key}", part


@pytest.mark.parametrize("made", [recipe_schema, lambda: SCHEMA, provenance_schema])
def test_it_is_a_schema(made: Callable[[], dict[str, Any]]) -> None:
    jsonschema.Draft202012Validator.check_schema(made())


@pytest.mark.parametrize("rest", ACCEPTED.values(), ids=ACCEPTED)
def test_the_schema_accepts_what_is_read(rest: str) -> None:
    read_recipe(f"version: 1\n{rest}")
    VALIDATOR.validate(compose(f"version: 1\n{rest}", "recipe").value)


@pytest.mark.parametrize("rest", REFUSED.values(), ids=REFUSED)
def test_the_schema_refuses_what_is_not_read(rest: str) -> None:
    with pytest.raises(RecipeError):
        read_recipe(f"version: 1\n{rest}")
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(compose(f"version: 1\n{rest}", "recipe").value)


def test_an_editor_has_something_to_show_for_every_key() -> None:
    assert [key for key, part in keys(SCHEMA) if not part.get("description")] == []


def test_every_unit_is_said_in_words_once() -> None:
    for key, part in keys(SCHEMA):
        for unit in {choice["unit"] for choice in (part, *part.get("anyOf", ())) if "unit" in choice}:
            assert len(re.findall(rf"\bin {unit}\b", part["description"], re.IGNORECASE)) == 1, key


def test_steps_and_formats_are_chosen_by_const_and_titled_by_their_names() -> None:
    for models, builtins in ((STEPS, BUILT_IN_STEPS), (EXPORTS, BUILT_IN_EXPORTS)):
        for model in builtins:
            said = SCHEMA["$defs"][model.__name__]
            chosen = said["properties"][models.key]
            names = {choice["const"] for choice in chosen.get("anyOf", [chosen])}
            assert said["title"] == model_name(model, models.key)
            assert names == {said["title"], *getattr(model, "aliases", ())}
            assert models.key in said["required"]


def test_an_editor_fills_in_no_default_that_is_worse_than_none() -> None:
    empty: tuple[Any, ...] = (None, [], {})
    assert [key for key, part in keys(SCHEMA) if part.get("default", "something") in empty] == []


def test_a_plugin_is_in_the_schema_for_editors_but_not_in_the_published_one() -> None:
    script = (
        "from playnano.reference.schemas import recipe_schema as s;"
        "print(*['Invert' in s(plugins=p)['$defs'] for p in (True, False)])"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "plugin" / "works")])
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["True", "False"]


def test_provenance_is_valid_under_its_schema() -> None:
    past = Provenance(input=Source(name="movie.asd", channel="TP"))
    for provenance in (Provenance(), past, past.reread(Source(name="movie.npz", channel="TP"))):
        jsonschema.validate(json.loads(provenance.to_json()), provenance_schema())


@pytest.mark.parametrize("page", [STEPS_PAGE, FORMATS_PAGE], ids=["steps", "formats"])
def test_every_example_can_be_pasted_into_a_recipe(page: str) -> None:
    examples = YAML_BLOCK.findall(page)
    assert examples
    for example in examples:
        part = "steps" if example.startswith("- step") else "exports"
        read_recipe(f"version: 1\n{part}:\n{example}")


@pytest.mark.parametrize("model", [*BUILT_IN_STEPS, *BUILT_IN_EXPORTS], ids=lambda model: model.__name__)
def test_its_section_names_every_parameter(model: Any) -> None:
    models, page = (STEPS, STEPS_PAGE) if model in BUILT_IN_STEPS else (EXPORTS, FORMATS_PAGE)
    section = page.split(f"\n## {model_name(model, models.key)}\n", 1)[1].split("\n## ", 1)[0]
    for parameter in parameters(model):
        assert parameter.name in ("raw", "of") or f"| `{parameter.name}` |" in section


def test_every_built_in_reader_is_listed_with_what_it_keeps() -> None:
    page = formats_page()
    for name in READERS.builtins:
        assert f"| `{name}` |" in page
        assert READERS[name].keeps


def test_the_committed_files_are_what_the_code_says() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stale = [path.name for path, text in generate.pages() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make generated`"
