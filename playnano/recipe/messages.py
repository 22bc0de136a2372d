"""Faults of a recipe, in the words of a recipe."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import ErrorDetails

from playnano.exporters import EXPORTS
from playnano.measurements import MEASURES
from playnano.model import plain_words
from playnano.readers.input import Input
from playnano.recipe.document import Document, Loc, Problem
from playnano.recipe.recipe import Output, Recipe
from playnano.recipe.typing_slips import space_after_colon
from playnano.registry import Models
from playnano.steps import STEPS

_MODELS: Mapping[str, Models[Any]] = {"steps": STEPS, "analysis": MEASURES, "exports": EXPORTS}
_PARTS = {"input": Input.model_fields, "output": Output.model_fields}


def described(document: Document, faults: list[ErrorDetails]) -> Iterator[Problem]:
    """One problem per place: where no member of a union fits, the fault of the nearest one."""
    places = [_document_loc(document, fault["loc"]) for fault in faults]
    for index, (fault, loc) in enumerate(zip(faults, places, strict=True)):
        same = [other for other, place in zip(faults, places, strict=True) if place == loc and _merges(other)]
        inside = any(len(place) > len(loc) and place[: len(loc)] == loc for place in places)
        if not _merges(fault) or _is_no_item(fault, loc):
            yield from _problems(document, loc, fault)
        elif places.index(loc) == index and not inside:
            yield _named(document.problem(loc, _either(same)), loc)


def _is_no_item(fault: ErrorDetails, loc: Loc) -> bool:
    """Whether there is no mapping where a step or an export should stand."""
    return len(loc) == 2 and loc[0] in _MODELS and fault["type"].endswith(("dict_type", "attributes_type"))


def _named(problem: Problem, loc: Loc) -> Problem:
    """The problem with its key before it, where neither the place nor a flag of that name says it."""
    is_item = len(loc) == 2 and loc[0] in _MODELS
    key = next((part for part in reversed(loc) if isinstance(part, str)), None)
    if is_item or key is None or (problem.origin or "").endswith(f"--{key.replace('_', '-')}"):
        return problem
    return replace(problem, message=f"{key}: {problem.message}")


def _merges(fault: ErrorDetails) -> bool:
    return fault["type"] not in (
        "recipe",
        "extra_forbidden",
        "union_tag_invalid",
        "union_tag_not_found",
        "missing",
    )


def _either(faults: list[ErrorDetails]) -> str:
    if faults[0]["loc"] == ("version",):
        return f"this playnano reads recipes of version 1, not {faults[0]['input']!r}"
    return plain_words(faults) + _advice(faults[0]["input"])


def _advice(value: Any) -> str:
    """What to write in place of a number with a comma."""
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+,\d+", value.strip()):
        return f"; write {value.strip().replace(',', '.')}, with a point"
    return ""


def _problems(document: Document, loc: Loc, fault: ErrorDetails) -> Iterator[Problem]:
    kind = fault["type"]
    if kind == "recipe":
        yield from (document.problem(where, text) for where, text in fault["ctx"]["faults"])
    elif kind == "extra_forbidden":
        yield document.problem(loc, _not_a_key(document, loc), at_key=True)
    elif kind == "missing":
        missing = f"'{fault['loc'][-1]}' is missing{_version_hint(fault['loc'][-1])}"
        yield _of_item(document.problem(loc, missing), document, loc)
    else:
        yield _untold(document, loc, _models_at(loc))


def _of_item(problem: Problem, document: Document, loc: Loc) -> Problem:
    """The problem with the name of the step, measure or export, where no line shows it."""
    if problem.place is not None or len(loc) < 2 or loc[0] not in _MODELS:
        return problem
    item = document.value[loc[0]][loc[1]]
    name = next((item[key] for key in ("step", "measure", "format") if key in item), None)
    return replace(problem, message=f"{name}: {problem.message}") if name else problem


def _document_loc(document: Document, loc: tuple[int | str, ...]) -> Loc:
    """Pydantic's place without the names of union members that it puts in."""
    here: list[int | str] = []
    value = document.value
    for part in loc:
        is_key = isinstance(value, dict) and part in value
        if is_key or (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            value = value[part]
            here.append(part)
    return tuple(here)


def _models_at(loc: Loc) -> Models[Any]:
    return _MODELS[str(loc[0])]


def _untold(document: Document, loc: Loc, models: Models[Any]) -> Problem:
    item = _value_at(document, loc)
    if not isinstance(item, dict) or models.key not in item:
        if isinstance(item, str) and re.match(r"\w+:\S", item):
            return document.problem(loc, space_after_colon(item))
        return document.problem(
            loc, f"this does not say which {models.kind} it is: write '{models.key}: NAME'"
        )
    name = item[models.key]
    if not isinstance(name, str):
        return document.problem((*loc, models.key), f"{models.key}: input should be the name of one")
    return document.problem((*loc, models.key), models.unknown(name))


def _not_a_key(document: Document, loc: Loc) -> str:
    key = str(loc[-1])
    if loc[0] in _MODELS and len(loc) >= 3:
        models = _models_at(loc)
        tag = _value_at(document, loc[:2])[models.key]
        return models.not_a_field(tag, key)
    part = str(loc[0]) if len(loc) > 1 else ""
    fields = _PARTS.get(part, Recipe.model_fields)
    return f"'{key}' is not a key here (known: {', '.join(fields)})"


def _value_at(document: Document, loc: Loc) -> Any:
    value = document.value
    for part in loc:
        value = value[part]
    return value


def _version_hint(key: int | str) -> str:
    return ": a recipe starts with 'version: 1'" if key == "version" else ""
