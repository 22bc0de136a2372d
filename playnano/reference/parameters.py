"""A model's settings in words, from its JSON schema."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from playnano.model import Model

_TYPES = {"string": "text", "boolean": "true or false", "null": "none"}
SHARED = ("step", "measure", "format", "name")
_LIMITS = {
    "exclusiveMinimum": "greater than {}",
    "minimum": "at least {}",
    "exclusiveMaximum": "less than {}",
    "maximum": "at most {}",
    "multipleOf": "a multiple of {}",
    "minItems": "at least {} of them",
    "pattern": "matching {}",
}


@dataclass(frozen=True)
class Parameter:
    """One setting of a step or an export."""

    name: str
    kind: str
    """Type, unit and limits."""
    default: str
    """As YAML; 'required' where there is none."""
    description: str
    example: Any
    """A value that it takes; None where it is best left out."""


def parameters(model: type[Model]) -> list[Parameter]:
    """The settings of a model, those that all models of its kind share left out."""
    schema = model.model_json_schema()
    defs = schema.get("$defs", {})
    properties = [(name, part) for name, part in schema["properties"].items() if name not in SHARED]
    examples = getattr(model, "example", {})
    listing = [_parameter(name, part, defs, number) for number, (name, part) in enumerate(properties, 1)]
    return [replace(p, example=examples.get(p.name, p.example)) for p in listing]


def _parameter(name: str, part: Mapping[str, Any], defs: Mapping[str, Any], number: int) -> Parameter:
    kinds = list(dict.fromkeys(_kinds(part, defs)))
    kind = (", or " if any("," in kind for kind in kinds) else " or ").join(kinds)
    default = _yaml(part["default"]) if "default" in part else "required"
    example = part["default"] if "default" in part else _example(part, defs, number)
    return Parameter(name, kind, default, " ".join(str(part.get("description", "")).split()), example)


def _kinds(part: Mapping[str, Any], defs: Mapping[str, Any]) -> Iterator[str]:
    part = _resolved(part, defs)
    if "anyOf" in part:
        for choice in part["anyOf"]:
            yield from _kinds(choice, defs)
    elif "enum" in part or "const" in part:
        yield from (_yaml(value) for value in part.get("enum", [part.get("const")]))
    elif part.get("type") == "array":
        yield _limited(f"list of {' or '.join(_plurals(part, defs))}", part)
    else:
        unit = f" in {part['unit']}" if "unit" in part else ""
        yield _limited(f"{_word(part)}{unit}", part)


def _plurals(part: Mapping[str, Any], defs: Mapping[str, Any]) -> Iterator[str]:
    items = part.get("items") or (part.get("prefixItems") or [{}])[0]
    for kind in dict.fromkeys(_kinds(items, defs)):
        yield re.sub(r"^(number|integer)", r"\1s", kind)


def _word(part: Mapping[str, Any]) -> str:
    kind = str(part.get("type", "value"))
    return _TYPES.get(kind, kind)


def _limited(kind: str, part: Mapping[str, Any]) -> str:
    return ", ".join([kind, *(text.format(part[key]) for key, text in _LIMITS.items() if key in part)])


def _resolved(part: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**defs[part["$ref"].rsplit("/", 1)[-1]], **part} if "$ref" in part else part


def _example(part: Mapping[str, Any], defs: Mapping[str, Any], number: int) -> Any:
    """A value for the `number`th setting, which has no default; numbers rise, as a start and an end must."""
    part = _resolved(part, defs)
    if "examples" in part:
        return part["examples"][0]
    part = _resolved(part["anyOf"][0], defs) if "anyOf" in part else part
    if "enum" in part:
        return part["enum"][0]
    least = max(number, part.get("minimum", 0))
    return {"array": [0, 1], "integer": int(least), "number": float(least), "boolean": True}.get(
        part["type"], "name"
    )


def _yaml(value: Any) -> str:
    import json

    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)
