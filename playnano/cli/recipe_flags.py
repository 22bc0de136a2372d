"""From a recipe's file and the flags beside it to a document; from an error back to its line."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from playnano.cli.output import UsageError
from playnano.errors import RecipeError

if TYPE_CHECKING:
    from playnano.recipe.document import Document, Loc


def with_flags(
    document: "Document", settings: Sequence[str], overrides: Mapping[str, tuple["Loc", str | None]]
) -> "Document":
    """A document with what the flags say, so that errors name the flag.

    Parameters
    ----------
    settings : sequence of str
        `KEY=VALUE` of every `--set`.
    overrides : mapping of flag to its place in the recipe and its text
        None = the flag was not given.
    """
    from playnano.recipe.reading import with_settings

    if not isinstance(document.value, dict):
        return document
    pairs = [_setting(text) for text in settings]
    _refuse_two_values(pairs, overrides)
    document = with_settings(document, dict(pairs), origin="--set ")
    for flag, (loc, text) in overrides.items():
        document = document if text is None else document.with_value(loc, text, flag)
    return document


def _refuse_two_values(
    pairs: Sequence[tuple[str, object]], overrides: Mapping[str, tuple["Loc", str | None]]
) -> None:
    """A setting has one value: of two, one would be lost without a word."""
    keys = [key for key, _ in pairs]
    keys += [".".join(map(str, loc)) for loc, text in overrides.values() if text is not None]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise UsageError(f"--set {twice}: it is set twice, and one of the values would be lost")


def of_run(
    frames: str | None, output_folder: str | None, output_name: str | None
) -> dict[str, tuple["Loc", str | None]]:
    """Where the flags of `run` stand in a recipe."""
    return {
        "--frames": (("input", "frames"), frames),
        "--output-folder": (("output", "folder"), output_folder),
        "--output-name": (("output", "name"), output_name),
    }


def with_report(document: "Document") -> "Document":
    """A document that also asks for a report, if it does not yet."""
    exports = document.value.get("exports") or [] if isinstance(document.value, dict) else None
    if not isinstance(exports, list):
        return document
    if any(isinstance(one, dict) and one.get("format") == "report" for one in exports):
        return document
    added = document.with_value(("exports",), [*exports, {"format": "report"}], "--report")
    place = ("exports", len(exports))
    return replace(added, overrides={**document.overrides, place: "--report"})


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
    from playnano.recipe.yamltext import scalar

    try:
        return scalar(text)
    except RecipeError:
        raise RecipeError(f"{origin}: '{text}' is not a value; special characters need quotes") from None
