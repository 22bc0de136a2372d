"""The JSON schemas, and the reference pages of steps and formats, from the classes themselves."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import create_model
from pydantic.json_schema import GenerateJsonSchema

from playnano.exporters import EXPORTS, Export
from playnano.exporters.base import FACTS
from playnano.model import Json, Model
from playnano.parameters import Parameter, parameters
from playnano.provenance import Provenance
from playnano.readers import READERS
from playnano.readers.base import Reader
from playnano.recipe import Recipe
from playnano.registry import Models, model_name
from playnano.steps import STEPS, Step
from playnano.yamltext import dump

DIALECT = "https://json-schema.org/draft/2020-12/schema"


_WRITTEN = """
Where a folder is named, files of one kind in it are one movie, in the order in which they were taken.

## Written

Every export also takes `raw` (the movie as it was read: all frames, no steps) and `name` (the file's name
without its ending, in place of the usual one).

What comes back when a file is read again; of heights, every value and every NaN:
"""


def recipe_schema(*, plugins: bool = True) -> Json:
    """The JSON schema of recipes; with the steps and exports of installed plugins unless told otherwise."""
    model = Recipe if plugins else _without_plugins()
    model.model_rebuild()
    schema = model.model_json_schema(schema_generator=_Untitled)
    return {"$schema": DIALECT, **_for_editors(schema), "title": "playnano recipe, version 1"}


class _Untitled(GenerateJsonSchema):
    """Without a title on every key, which editors would put in front of its description."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def provenance_schema() -> Json:
    """The JSON schema of the provenance that every bundle holds."""
    schema = Provenance.model_json_schema()
    return {"$schema": DIALECT, **schema, "title": "playnano provenance, version 1"}


def _without_plugins() -> type[Recipe]:
    """Recipes of built-in steps and exports alone: what is published does not depend on who builds it."""
    steps = Annotated[Step, STEPS.without_plugins()]
    exports = Annotated[Export, EXPORTS.without_plugins()]
    types: dict[str, Any] = {"steps": tuple[steps, ...], "exports": tuple[exports, ...]}
    fields: Any = {name: (union, Recipe.model_fields[name]) for name, union in types.items()}
    return create_model("Recipe", __base__=Recipe, __doc__=Recipe.__doc__, **fields)


def _for_editors(schema: Json) -> Json:
    """Shaped by what editors show: descriptions but not units, and choices by `const` alone."""
    for model in schema["$defs"].values():
        for part in model.get("properties", {}).values():
            _tell_unit(part)
            _drop_empty_default(part)
        for key in (STEPS.key, EXPORTS.key):
            _introduce(model, key)
    for part in schema["properties"].values():
        part.pop("default", None)  # an editor would fill in `steps: []`, in which no step can be written
    for name, key in (("steps", STEPS.key), ("exports", EXPORTS.key)):
        part = schema["properties"][name]
        part["type"] = ["array", "null"]
        part["items"].pop("discriminator", None)
        part["items"] |= {"type": "object", "title": f"{key}: NAME"}
    for name in ("input", "output"):
        reference = schema["properties"][name]["$ref"]
        schema["$defs"][reference.rsplit("/", 1)[-1]]["type"] = ["object", "null"]
    return schema


def _tell_unit(part: Json) -> None:
    units = [choice["unit"] for choice in (part, *part.get("anyOf", ())) if "unit" in choice]
    if units and f" in {units[0]}" not in part.get("description", f" in {units[0]}"):
        part["description"] += f" In {units[0]}."


def _drop_empty_default(part: Json) -> None:
    if part.get("default", "") is None:
        del part["default"]


def _introduce(model: Json, key: str) -> None:
    """A step or an export under its own name, and what it does where its name is written."""
    chosen = model.get("properties", {}).get(key, {})
    names = chosen.get("enum") or [chosen["const"]] if {"enum", "const"} & chosen.keys() else []
    if names:
        choice = {"const": names[0]} if len(names) == 1 else {"anyOf": [{"const": name} for name in names]}
        summary = model["description"].split("\n\n")[0]
        model["properties"][key] = {**choice, "type": "string", "description": summary}
        model["title"] = names[0]


def steps_page() -> str:
    """Markdown of every built-in step."""
    introduction = [
        "# Steps",
        "",
        "Steps are done in the order of the recipe. Any step may also have a `name`, which then names its",
        "layer or mask in place of `step_<n>_<step>`. `playnano steps NAME` says the same in a terminal.",
        "",
        *_contents(model_name(step, STEPS.key) for step in STEPS.without_plugins()),
    ]
    return "\n".join([*introduction, *(_section(STEPS, step) for step in STEPS.without_plugins())])


def formats_page() -> str:
    """Markdown of every built-in reader and export."""
    readers = [READERS[name] for name in READERS.builtins]
    lines = ["# Formats", "", "## Read", ""]
    lines += ["| reader | files | what it is | what is kept | what is lost |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    lines += [_reader_row(reader) for reader in readers]
    lines += [_WRITTEN, *_kept_table(), ""]
    sections = [_section(EXPORTS, export) for export in EXPORTS.without_plugins()]
    return "\n".join([*lines, *sections])


def _contents(names: Iterable[str]) -> Iterator[str]:
    yield " · ".join(f"[{name}](#{name})" for name in names)
    yield ""


def _reader_row(reader: Reader) -> str:
    files = " ".join(f"`{suffix}`" for suffix in reader.endings())
    files += " or a folder of them" if reader.folders else ""
    told = (reader.description, reader.keeps, reader.loses)
    return f"| `{reader.name}` | {files} | {' | '.join(_cell(text) for text in told)} |"


def _kept_table() -> Iterator[str]:
    yield f"| format | {' | '.join(FACTS)} |"
    yield f"| --- |{' --- |' * len(FACTS)}"
    for export in EXPORTS.without_plugins():
        name = model_name(export, EXPORTS.key)
        marks = ["yes" if fact in export.preserves else "-" for fact in FACTS]
        yield f"| [{name}](#{name}) | {' | '.join(marks)} |"


def _section(models: Models[Any], model: type[Model]) -> str:
    name = model_name(model, models.key)
    known = [parameter for parameter in parameters(model) if parameter.name != "raw"]
    lines = [f"## {name}", "", inspect.cleandoc(model.__doc__ or ""), ""]
    aliases = getattr(model, "aliases", ())
    if aliases:
        lines += [f"Also called {', '.join(f'`{alias}`' for alias in aliases)}.", ""]
    lines += _table(known)
    lines += ["```yaml", dump([_example(models.key, name, known)]).rstrip(), "```", ""]
    return "\n".join(lines)


def _example(key: str, name: str, known: list[Parameter]) -> Json:
    return {key: name, **{p.name: p.example for p in known if p.example is not None}}


def _table(known: list[Parameter]) -> Iterator[str]:
    if known:
        yield from ("| parameter | type | default | meaning |", "| --- | --- | --- | --- |")
        for p in known:
            yield f"| `{p.name}` | {_cell(p.kind)} | {_cell(p.default)} | {_cell(p.description)} |"
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
