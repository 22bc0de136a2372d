"""Read recipes: from text, a file or standard input."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from playnano.errors import RecipeError
from playnano.recipe.document import Document, Loc
from playnano.recipe.messages import described
from playnano.recipe.recipe import Recipe
from playnano.recipe.typing_slips import encoding_problem
from playnano.recipe.yamltext import compose

STANDARD_INPUT = "-"
_MOST_FAULTS = 100
"""Faults that are described; finding the words takes the square of their number."""


def read_document(name: str) -> Document:
    """The recipe in a file, or on standard input where `name` is `-`.

    Raises
    ------
    RecipeError
        Where it cannot be read, or is not valid YAML.
    """
    if name == STANDARD_INPUT:
        return compose(sys.stdin.read(), "standard input")
    try:
        content = Path(name).read_bytes()
        return compose(_text(content), name)
    except FileNotFoundError:
        raise RecipeError(f"{name}: there is no such file") from None
    except UnicodeDecodeError as error:
        if error.encoding.startswith("utf-8") and (problem := encoding_problem(content, error.start)):
            raise Document(name, content.decode("latin-1"), None, {}, {}).error([problem]) from None
        raise RecipeError(
            f"{name}: this is not text, so no recipe; 'playnano process' takes a movie"
        ) from None
    except OSError as error:
        raise RecipeError(f"{name}: cannot be read: {error.strerror or error}") from None


def _text(content: bytes) -> str:
    """UTF-8, or the UTF-16 that PowerShell's `>` writes."""
    return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def folder_of(name: str) -> Path:
    """The folder that a recipe's `input.path` is relative to."""
    return Path() if name == STANDARD_INPUT else Path(name).parent


def read_recipe(text: str | Path, name: str = "recipe") -> Recipe:
    """Read a recipe from its text, or from the file that a `Path` names.

    Parameters
    ----------
    name : str
        What to call the text in errors: its file name. A `Path` is called by its own.

    Raises
    ------
    RecipeError
        With every fault of the text, its line and column; or where the file cannot be read.
    """
    return validated(read_document(str(text)) if isinstance(text, Path) else compose(text, name))


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
        faults = error.errors()
        described_faults = document.error(list(described(document, faults[:_MOST_FAULTS])))
        if len(faults) <= _MOST_FAULTS:
            raise described_faults from None
        more = f"{document.name}: and {len(faults) - _MOST_FAULTS:,} more faults"
        raise RecipeError(*str(described_faults).split("\n"), more) from None


def with_settings(document: Document, settings: Mapping[str, Any], *, origin: str = "") -> Document:
    """A document with values set by dotted keys, items counted from 1: `steps.1.sigma`.

    Parameters
    ----------
    origin : str
        What stands before the key in errors: the flag, where one was used.

    Raises
    ------
    RecipeError
        Where a key leads nowhere.
    """
    for key, value in settings.items():
        loc: Loc = tuple(int(part) - 1 if part.isdecimal() else part for part in key.split("."))
        try:
            document = document.with_value(loc, value, origin + key)
        except (KeyError, TypeError):
            raise RecipeError(
                f"{origin}{key}: the recipe has nothing there; lists are counted from 1"
            ) from None
    return document
