"""From a recipe's file and the flags beside it to a document; from an error back to its line."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from playnano.cli.output import UsageError
from playnano.errors import ExportError, PlaynanoError, RecipeError, StepError

if TYPE_CHECKING:
    from playnano.yamltext import Document, Loc

STANDARD_INPUT = "-"


def read_document(name: str) -> "Document":
    """The recipe in a file, or on standard input where `name` is `-`.

    Raises
    ------
    RecipeError
        Where it cannot be read, or is no YAML.
    """
    from playnano.yamltext import compose

    if name == STANDARD_INPUT:
        return compose(sys.stdin.read(), "standard input")
    try:
        return compose(_text(Path(name).read_bytes()), name)
    except FileNotFoundError:
        raise RecipeError(f"{name}: there is no such file") from None
    except UnicodeDecodeError:
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


def with_flags(
    document: "Document", settings: Sequence[str], given: Mapping[str, tuple["Loc", str | None]]
) -> "Document":
    """A document with what the flags say, so that errors name the flag.

    Parameters
    ----------
    settings : sequence of str
        `KEY=VALUE` of every `--set`.
    given : mapping of flag to its place in the recipe and its text
        None = the flag was not given.
    """
    from playnano.recipe import with_settings

    if not isinstance(document.value, dict):
        return document
    document = with_settings(document, dict(_setting(text) for text in settings))
    for flag, (loc, text) in given.items():
        document = document if text is None else document.with_value(loc, text, flag)
    return document


def of_run(
    frames: str | None, output_folder: str | None, output_name: str | None
) -> dict[str, tuple["Loc", str | None]]:
    """Where the flags of `run` stand in a recipe."""
    return {
        "--frames": (("input", "frames"), frames),
        "--output-folder": (("output", "folder"), output_folder),
        "--output-name": (("output", "name"), output_name),
    }


def located(error: PlaynanoError, document: "Document") -> str:
    """The message of an error, with the recipe's line where a step or an export failed."""
    if isinstance(error, StepError | ExportError) and error.position is not None:
        loc = ("steps" if isinstance(error, StepError) else "exports", error.position)
        return f"{document.where(loc)}: {error}"
    return str(error)


def _setting(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set {text}: write KEY=VALUE, for example --set steps.1.sigma=2")
    return key.strip(), yaml_value(value, f"--set {key.strip()}")


def yaml_value(text: str, origin: str) -> object:
    """The value that a flag's text stands for.

    Raises
    ------
    RecipeError
        For text that is no YAML.
    """
    from playnano.yamltext import scalar

    try:
        return scalar(text)
    except RecipeError:
        raise RecipeError(f"{origin}: '{text}' is no value; special characters need quotes") from None


def matching_files(inputs: Sequence[str]) -> list[Path]:
    """Paths of the inputs; a pattern that the shell left as it was stands for the files that match it."""
    return [path for text in inputs for path in _matching(text)]


def _matching(text: str) -> Iterator[Path]:
    from glob import glob, has_magic

    found = [] if Path(text).exists() or not has_magic(text) else sorted(glob(text))  # noqa: PTH207 - any path, not below one
    yield from map(Path, found or [text])
