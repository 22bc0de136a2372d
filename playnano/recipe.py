"""What a recipe says: which movie, which steps, which files."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from playnano.errors import RecipeError
from playnano.exporters import EXPORTS, AnyExport
from playnano.model import FILE_NAME, FRAME_SPAN, PATTERNS, Json, Model, Nm, Seconds
from playnano.provenance import json_sha256
from playnano.readers import READERS
from playnano.readers.combining import Combination
from playnano.registry import Models
from playnano.stack import RAW
from playnano.steps import STEPS, AnyStep
from playnano.yamltext import Document, Loc, Problem, compose, dump

PixelSize = Annotated[Nm, Field(gt=0)]
OUTPUT_FOLDER = "output"


def _no_nothing(value: Any) -> Any:
    """A key with nothing after it is an empty list: all its items may be commented out."""
    return [] if value is None else value


def _no_truth_value(value: Any) -> Any:
    """`true` equals 1 in Python, but is no version."""
    return str(value) if isinstance(value, bool) else value


def _mapping_or_empty(value: Any) -> Any:
    return {} if value is None else value


class Input(Model):
    """The movie, and what the user knows of it that the file does not say."""

    path: str | None = None
    """File, or folder with exactly one movie; relative to the recipe. May be left to the command line."""
    channel: str | Annotated[tuple[str, str], Strict(False)] | None = None
    """Channel to read, such as `height_trace` or `TP`; the file's topography unless given. Trace and retrace
    as a list of two, with `combine`."""
    combine: Combination | None = None
    """What becomes of two channels, the second shifted onto the first along the fast axis: their `mean`,
    their `difference` (first minus second), or both in turn (`interleave`)."""
    reader: str | None = None
    """Reader to use; the one that recognises the file unless given."""
    unit: str | None = Field(default=None, min_length=1)
    """Unit of the images, in place of the file's. Values are not changed."""
    pixel_size_nm: PixelSize | Annotated[tuple[PixelSize, PixelSize], Strict(False)] | None = None
    """Pixel size in nm, in place of the file's: a number, or [y, x]."""
    frame_interval_s: Annotated[Seconds, Field(gt=0)] | None = None
    """Time from frame to frame in s, in place of the file's times."""
    frames: Annotated[str, Field(pattern=FRAME_SPAN)] | None = None
    """Only these frames, as `start:end` with the end left out, for a quick try."""
    strict: bool = False
    """Refuse a movie that is incomplete, in place of a warning."""

    def options(self) -> Json:
        """What `playnano.load` takes, beyond the path."""
        options = self.model_dump(exclude={"path", "frames"})
        return options | {"frames": self._span()}

    def _span(self) -> tuple[int | None, int | None] | None:
        if self.frames is None:
            return None
        start, end = (int(part) if part else None for part in self.frames.split(":"))
        return start, end


class Output(Model):
    """Where the files go and what they are called."""

    folder: str = Field(default=OUTPUT_FOLDER, min_length=1)
    """Folder for the files, made where it is missing; relative to the working directory."""
    name: str = Field(default="{input}", min_length=1, pattern=FILE_NAME)
    """Name of the files without ending; `{input}` and `{channel}` stand for those of the movie."""

    def stem(self, movie: Path, channel: str) -> str:
        """The files' name for one movie."""
        stem = (
            movie.name.removesuffix(movie.suffix)
            if movie.is_file() or movie.suffix == ".zarr"
            else movie.name
        )
        for ending in (".ome",):
            stem = stem.removesuffix(ending)
        return self.name.replace("{input}", stem).replace("{channel}", channel)


class Recipe(Model):
    """How a movie becomes results. The same recipe on the same movie gives the same numbers, bit for bit."""

    version: Annotated[Literal[1], BeforeValidator(_no_truth_value)]
    """Version of the recipe's language."""
    input: Annotated[Input, BeforeValidator(_mapping_or_empty)] = Input()
    """The movie to read."""
    steps: Annotated[tuple[AnyStep, ...], Strict(False), BeforeValidator(_no_nothing)] = ()
    """What is done to it, in this order."""
    exports: Annotated[tuple[AnyExport, ...], Strict(False), BeforeValidator(_no_nothing)] = ()
    """What is written."""
    output: Annotated[Output, BeforeValidator(_mapping_or_empty)] = Output()
    """Where it is written."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Recipe":
        faults = list(_faults(self))
        if faults:
            raise PydanticCustomError("recipe", "{text}", {"text": faults[0][1], "faults": faults})
        return self

    def full(self) -> Json:
        """The recipe with every default written out, as plain values."""
        return self.model_dump(mode="json", exclude_none=True)

    def sha256(self) -> str:
        """Hash of the recipe with every default written out."""
        return json_sha256(self.full())

    def to_yaml(self) -> str:
        """The recipe as text that `read_recipe` reads."""
        return dump(self.full())


def read_recipe(text: str, name: str = "recipe") -> Recipe:
    """Read a recipe's text.

    Parameters
    ----------
    name : str
        What to call the text in errors: its file name.

    Raises
    ------
    RecipeError
        With every fault of the text, its line and column.
    """
    return validated(compose(text, name))


def validated(document: Document) -> Recipe:
    """The recipe a document holds.

    Raises
    ------
    RecipeError
        With every fault of the document, its line and column.
    """
    if not isinstance(document.value, dict):
        raise document.error(
            [document.problem((), "a recipe is a mapping: 'version: 1', 'steps:', 'exports:'")]
        )
    try:
        return Recipe.model_validate(document.value)
    except ValidationError as error:
        raise document.error(list(_told(document, error.errors()))) from None


def _faults(recipe: Recipe) -> Iterator[tuple[Loc, str]]:
    """What is wrong between the parts of a recipe whose parts are right."""
    if recipe.input.reader is not None and recipe.input.reader not in READERS.names:
        yield ("input", "reader"), READERS.unknown(recipe.input.reader)
    is_pair = isinstance(recipe.input.channel, tuple)
    if is_pair and recipe.input.combine is None:
        yield ("input", "channel"), "two channels need 'combine': mean, difference or interleave"
    if recipe.input.combine is not None and not is_pair:
        yield ("input", "combine"), "this takes two channels: 'channel: [height_trace, height_retrace]'"
    seen = {RAW}
    for index, step in enumerate(recipe.steps):
        name = step.layer_name(index + 1)
        if name in seen:
            yield ("steps", index, "name"), f"the name '{name}' is taken"
        seen.add(name)
    files: dict[str, int] = {}
    for index, export in enumerate(recipe.exports):
        file = export.file_name("{}", bool(recipe.steps)).lower()
        if file in files:
            yield (
                ("exports", index),
                f"export {files[file] + 1} writes the same file; give one of them a 'name'",
            )
        files.setdefault(file, index)


def _told(document: Document, faults: list[ErrorDetails]) -> Iterator[Problem]:
    """One problem a place: where no member of a union fits, what the nearest one says."""
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
    return (
        len(loc) == 2
        and loc[0] in ("steps", "exports")
        and fault["type"].endswith(("dict_type", "attributes_type"))
    )


def _named(problem: Problem, loc: Loc) -> Problem:
    """The problem with its key before it, where neither the place nor a flag of that name says it."""
    is_item = len(loc) == 2 and loc[0] in ("steps", "exports")
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
    nearest = [fault for fault in faults if not fault["type"].endswith(("_type", "literal_error"))] or faults
    told = dict.fromkeys(_plain(fault) for fault in nearest)
    return " or ".join(
        text if index == 0 else text.removeprefix("input should be ") for index, text in enumerate(told)
    )


def _problems(document: Document, loc: Loc, fault: ErrorDetails) -> Iterator[Problem]:
    kind = fault["type"]
    if kind == "recipe":
        yield from (document.problem(where, text) for where, text in fault["ctx"]["faults"])
    elif kind == "extra_forbidden":
        yield document.problem(loc, _not_a_key(document, loc), at_key=True)
    elif kind == "missing":
        yield document.problem(loc, f"'{fault['loc'][-1]}' is missing{_version_hint(fault['loc'][-1])}")
    else:
        yield _untold(document, loc, _models_at(loc))


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
    return STEPS if loc[0] == "steps" else EXPORTS


def _untold(document: Document, loc: Loc, models: Models[Any]) -> Problem:
    item = _value_at(document, loc)
    if not isinstance(item, dict) or models.key not in item:
        return document.problem(
            loc, f"this does not say which {models.kind} it is: write '{models.key}: NAME'"
        )
    name = item[models.key]
    if not isinstance(name, str):
        return document.problem((*loc, models.key), f"{models.key}: input should be the name of one")
    return document.problem((*loc, models.key), models.unknown(name))


def _not_a_key(document: Document, loc: Loc) -> str:
    key = str(loc[-1])
    if loc[0] in ("steps", "exports") and len(loc) >= 3:
        models = _models_at(loc)
        tag = _value_at(document, loc[:2])[models.key]
        model = models[models.canonical(tag)]
        common = ("step", "name") if models is STEPS else ("format",)
        own = [name for name in model.model_fields if name not in common]
        kind = "parameter" if models is STEPS else "setting"
        return f"'{key}' is not a {kind} of {tag} (it takes: {', '.join(own) or 'none'})"
    model = {"input": Input, "output": Output}.get(str(loc[0]), Recipe) if len(loc) > 1 else Recipe
    return f"'{key}' is not a key here (known: {', '.join(model.model_fields)})"


def _value_at(document: Document, loc: Loc) -> Any:
    value = document.value
    for part in loc:
        value = value[part]
    return value


def _plain(fault: ErrorDetails) -> str:
    """Pydantic's message in the words of a recipe."""
    message, kind = fault["msg"], fault["type"]
    if kind == "string_pattern_mismatch":
        return f"input should be {PATTERNS.get(fault['ctx']['pattern'], fault['ctx']['pattern'])}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "input should be a mapping"
    if fault["loc"] == ("version",):
        return f"this playnano reads recipes of version 1, not {fault['input']!r}"
    message = message.replace("valid tuple", "list").replace("Tuple", "List").replace(" after validation", "")
    return message[:1].lower() + message[1:]


def _version_hint(key: int | str) -> str:
    return ": a recipe starts with 'version: 1'" if key == "version" else ""


def with_settings(document: Document, settings: Mapping[str, Any]) -> Document:
    """A document with values set by dotted keys, steps and exports counted from 1: `steps.1.sigma`.

    Raises
    ------
    RecipeError
        Where a key leads nowhere.
    """
    for key, value in settings.items():
        loc: Loc = tuple(int(part) - 1 if part.isdecimal() else part for part in key.split("."))
        try:
            document = document.with_value(loc, value, f"--set {key}")
        except (KeyError, TypeError):
            raise RecipeError(
                f"--set {key}: the recipe has nothing there; steps and exports are counted from 1"
            ) from None
    return document
