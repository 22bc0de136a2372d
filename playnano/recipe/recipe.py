"""What a recipe says: which movie, which steps, which files."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, field_validator, model_validator
from pydantic_core import PydanticCustomError

from playnano.errors import did_you_mean
from playnano.exporters import AnyExport
from playnano.exporters.naming import movie_stem, name_part
from playnano.filenames import readable
from playnano.measurements import AnyMeasure
from playnano.model import FILE_NAME, PLACEHOLDERS, Json, Model
from playnano.readers import READERS
from playnano.readers.input import Input
from playnano.recipe.document import Loc
from playnano.recipe.yamltext import dump
from playnano.stack.hashing import json_sha256
from playnano.stack.stack import RAW, name_faults
from playnano.steps import AnyStep

OUTPUT_FOLDER = "output"


def _no_nothing(value: Any) -> Any:
    """A key with nothing after it is an empty list: all its items may be commented out."""
    return [] if value is None else value


def _no_truth_value(value: Any) -> Any:
    """`true` equals 1 in Python, but is not a version."""
    return str(value) if isinstance(value, bool) else value


def _mapping_or_empty(value: Any) -> Any:
    return {} if value is None else value


class Output(Model):
    """Where the files go and what they are called."""

    folder: str = Field(default=OUTPUT_FOLDER, min_length=1)
    """Folder for the files, made where it is missing; relative to the working directory."""
    name: str = Field(default="{input}", min_length=1, pattern=FILE_NAME)
    """Name of the files without ending; `{input}` and `{channel}` stand for those of the movie. What cannot
    stand in a file's name is `_` in them."""

    @field_validator("folder")
    @classmethod
    def _has_no_placeholders(cls, folder: str) -> str:
        for word in PLACEHOLDERS:
            if f"{{{word}}}" in folder:
                raise ValueError(f"'{{{word}}}' stands for nothing in a folder: use it in `name`")
        return folder

    @field_validator("name")
    @classmethod
    def _knows_its_placeholders(cls, name: str) -> str:
        for word in re.findall(r"\{([^{}]*)\}", name):
            if word not in PLACEHOLDERS:
                listing = " and ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
                near = did_you_mean(word, PLACEHOLDERS)
                text = f"'{{{word}}}' stands for nothing here (known: {listing}){near}"
                raise ValueError(text)
        return name

    def stem(self, movie: Path, channel: str) -> str:
        """The files' name for one movie."""
        stem = movie_stem(readable(movie.name), is_folder=os.path.isdir(movie))  # noqa: PTH112 - never raises
        parts = {"{input}": stem, "{channel}": name_part(channel)}  # a movie may be called {channel}.asd
        return re.sub("|".join(map(re.escape, parts)), lambda place: parts[place[0]], self.name)


class Recipe(Model):
    """How a movie becomes results. The same recipe on the same movie gives the same numbers, bit for bit."""

    version: Annotated[Literal[1], BeforeValidator(_no_truth_value)]
    """Version of the recipe's language."""
    input: Annotated[Input, BeforeValidator(_mapping_or_empty)] = Input()
    """The movie to read."""
    steps: Annotated[tuple[AnyStep, ...], Strict(False), BeforeValidator(_no_nothing)] = ()
    """What is done to it, in this order."""
    analysis: Annotated[tuple[AnyMeasure, ...], Strict(False), BeforeValidator(_no_nothing)] = ()
    """What is measured on the result, in this order; each measure makes a table."""
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
        document: Json = self.model_dump(mode="json", exclude_none=True)
        for part, key in (("steps", "step"), ("exports", "format")):
            document[part] = [{key: item[key], **item} for item in document[part]]
        return document

    def sha256(self) -> str:
        """Hash of the recipe with every default written out."""
        return json_sha256(self.full())

    def to_yaml(self) -> str:
        """The recipe as text that `read_recipe` reads."""
        return dump(self.full())


def _faults(recipe: Recipe) -> Iterator[tuple[Loc, str]]:
    """Faults between parts of a recipe that are valid each."""
    if recipe.input.reader is not None and recipe.input.reader not in READERS.names:
        yield ("input", "reader"), READERS.unknown(recipe.input.reader)
    is_pair = isinstance(recipe.input.channel, tuple)
    if is_pair and recipe.input.combine is None:
        yield ("input", "channel"), "two channels need 'combine': mean, difference or interleave"
    if recipe.input.combine is not None and not is_pair:
        yield ("input", "combine"), "this takes two channels: 'channel: [height_trace, height_retrace]'"
    taken = {RAW}
    for index, step in enumerate(recipe.steps):
        names = step.layer_names(index + 1)
        yield from ((("steps", index, "name"), fault) for fault in name_faults(names, taken))
        taken.update(names)
    yield from _table_faults(recipe)
    files: dict[str, int] = {}
    for index, export in enumerate(recipe.exports):
        file = export.file_name("{}", bool(recipe.steps)).lower()
        if file in files:
            yield (
                ("exports", index),
                f"export {files[file] + 1} writes the same file; give one of them a 'name'",
            )
        files.setdefault(file, index)


def _table_faults(recipe: Recipe) -> Iterator[tuple[Loc, str]]:
    """Faults in the names of tables: taken, or used before they are made."""
    names = [measure.table_name for measure in recipe.analysis]
    for index, measure in enumerate(recipe.analysis):
        before = names[:index]
        if names[index] in before:
            yield (
                ("analysis", index),
                f"the table '{names[index]}' is measured above; give this one another 'name'",
            )
        for place, source in enumerate(measure.sources):
            fault = _source_fault(source, before, names, may_be_stored=not recipe.steps)
            if fault is not None:
                yield ("analysis", index, "other" if place else "of"), fault


def _source_fault(source: str, before: list[str], names: list[str], *, may_be_stored: bool) -> str | None:
    """What is wrong with a table that a measure takes; without steps it may be one of the bundle read."""
    if source in before or (may_be_stored and source not in names):
        return None
    if source in names:
        return f"the table '{source}' is measured below; move it up"
    available = f"tables above: {', '.join(before)}" if before else "no measure stands above"
    return f"there is no table '{source}'{did_you_mean(source, before)} ({available})"
