"""JSON schemas of recipes and provenance."""

from typing import Annotated, Any

from pydantic import create_model
from pydantic.json_schema import GenerateJsonSchema

from playnano.exporters import EXPORTS, Export
from playnano.measurements import MEASURES, Measure
from playnano.model import Json
from playnano.recipe.recipe import Recipe
from playnano.stack.provenance import Provenance
from playnano.steps import STEPS, Step

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def recipe_schema(*, plugins: bool = True) -> Json:
    """The JSON schema of recipes; including what installed plugins add by default."""
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
    """Recipes of built-ins alone: what is published does not depend on who builds it."""
    steps = Annotated[Step, STEPS.without_plugins()]
    measures = Annotated[Measure, MEASURES.without_plugins()]
    exports = Annotated[Export, EXPORTS.without_plugins()]
    types: dict[str, Any] = {
        "steps": tuple[steps, ...],
        "analysis": tuple[measures, ...],
        "exports": tuple[exports, ...],
    }
    fields: Any = {name: (union, Recipe.model_fields[name]) for name, union in types.items()}
    return create_model("Recipe", __base__=Recipe, __doc__=Recipe.__doc__, **fields)


def _for_editors(schema: Json) -> Json:
    """Shaped by what editors show: descriptions but not units, and choices by `const` alone."""
    for model in schema["$defs"].values():
        for part in model.get("properties", {}).values():
            _tell_unit(part)
            _drop_empty_default(part)
        for key in (STEPS.key, MEASURES.key, EXPORTS.key):
            _introduce(model, key)
    for part in schema["properties"].values():
        part.pop("default", None)  # an editor would fill in `steps: []`, in which no step can be written
    for name, key in (("steps", STEPS.key), ("analysis", MEASURES.key), ("exports", EXPORTS.key)):
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
    if part.get("default", "") in (None, []):
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
