"""The flags of `process` as a recipe's text, in which errors still name the flag."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playnano.cli.flag_groups import InputFlags
from playnano.cli.output import UsageError
from playnano.cli.picture_flags import PictureFlags
from playnano.cli.processing import ANALYSIS, FLAG, parsed
from playnano.cli.recipe_flags import yaml_value
from playnano.errors import ExportError, RecipeError
from playnano.recipe.document import Document, Loc
from playnano.recipe.yamltext import compose, dump
from playnano.stack.placing import NameTakenError, write_text


@dataclass(frozen=True)
class RecipeFlags:
    """What the flags say of the recipe."""

    processing: str
    exports: tuple[str, ...]
    """What followed each `--export`: names, separated by commas."""
    raw: bool
    input: InputFlags = field(default_factory=InputFlags)
    pictures: PictureFlags = field(default_factory=PictureFlags)
    analysis: str = ""
    report: bool = False

    def formats(self) -> dict[str, str]:
        """Formats in the order they were asked for, each once, and the flag that asked for it."""
        from playnano.exporters import EXPORTS

        names = [name.strip().lower() for text in self.exports for name in text.split(",")]
        flags = {EXPORTS.canonical(name): f"--export {name}" for name in names if name}
        return self.pictures.formats() | flags | ({"report": "--report"} if self.report else {})


def recipe_document(recipe: RecipeFlags) -> Document:
    """The recipe that the flags stand for; the places of its parts are those of the flags.

    Raises
    ------
    RecipeError
        For a `--processing` or `--analysis` that cannot be read.
    """
    processing, analysis = parsed(recipe.processing), parsed(recipe.analysis, ANALYSIS)
    settings = {key: value for key, value in _input(recipe).items() if value is not None}
    formats = recipe.formats()
    recipe.pictures.check_used(formats)
    exports = [_export(name, recipe) for name in formats]
    parts = {
        "version": 1,
        "input": settings,
        "steps": processing.items,
        "analysis": analysis.items,
        "exports": exports,
    }
    composed = compose(dump({key: part for key, part in parts.items() if part}), FLAG)
    flags = _flags(settings, formats, recipe.pictures) | dict.fromkeys(analysis.values, ANALYSIS.flag)
    return replace(
        composed, text=processing.text, keys=processing.keys, values=processing.values, overrides=flags
    )


def recipe_text(document: Document, inputs: Sequence[str], file: str | None) -> str:
    """The document as YAML. One input is named in it, relative to the folder of the file it is for."""
    value = dict(document.value)
    if len(inputs) == 1:
        folder = Path(file).parent if file else Path()
        value["input"] = {"path": _relative(Path(inputs[0]), folder), **(value.get("input") or {})}
    order = ("version", "input", "steps", "analysis", "exports", "output")
    return dump({key: value[key] for key in order if key in value})


def save(text: str, file: str, *, overwrite: bool) -> None:
    """Write a recipe's text.

    Raises
    ------
    ExportError
        Where the file exists, or is no recipe that could be replaced, or cannot be written.
    """
    path = Path(file)
    if path.suffix.lower() in (".yaml", ".yml") and path.exists() and not _is_recipe(path):
        raise ExportError(f"{file} exists and is not a recipe, so it is not replaced: choose another name")
    if _is_called_like_a_movie(path) or (path.exists() and not _is_recipe(path)):
        raise ExportError(f"{file} is not the name of a recipe: name a .yaml file after --save-recipe")
    if path.exists() and not overwrite:
        raise ExportError(f"{file} exists; set `overwrite` to replace it", settings=("overwrite",))
    try:
        write_text(path, text, overwrite=overwrite)
    except NameTakenError as error:
        raise ExportError(f"{file} exists; set `overwrite` to replace it", settings=("overwrite",)) from error
    except OSError as error:
        raise ExportError(f"cannot write {file}: {error.strerror or error}") from error


def _is_called_like_a_movie(path: Path) -> bool:
    from playnano.exporters import EXPORTS
    from playnano.readers import READERS
    from playnano.readers.folders import has_suffix

    endings = [ending for export in EXPORTS if (ending := export.extension).startswith(".")]
    return has_suffix(path, [*endings, *(suffix for reader in READERS for suffix in reader.suffixes)])


def _is_recipe(path: Path) -> bool:
    """Whether a file is YAML with the keys of a recipe: nothing else is replaced by one."""
    from playnano.recipe.reading import read_document

    try:
        written = read_document(str(path)).value if path.is_file() else None
    except RecipeError:
        return False
    return isinstance(written, dict) and "version" in written


def _input(recipe: RecipeFlags) -> dict[str, Any]:
    pixel, interval = recipe.input.pixel_size_nm, recipe.input.frame_interval_s
    parts = [] if pixel is None else [yaml_value(text, "--pixel-size-nm") for text in _sizes(pixel)]
    return {
        **recipe.input.settings(),
        "pixel_size_nm": parts[0] if len(parts) == 1 else parts or None,
        "frame_interval_s": None if interval is None else yaml_value(interval, "--frame-interval-s"),
    }


def _sizes(written: str) -> list[str]:
    """Parts of `2` or `2.5,2`, or of `2.5x2`, in which no comma can be taken for a decimal one."""
    plain = re.sub(r"\s*[X\N{MULTIPLICATION SIGN}*]\s*", "x", written)
    if plain != written:
        raise UsageError(f"--pixel-size-nm {written}: write {plain} for pixels of that height and width")
    parts = re.split("[x,]", written.strip("[] "))
    if re.fullmatch(r"\s*\d+,\d+\s*", written):
        height, width = parts
        raise UsageError(
            f"--pixel-size-nm {written}: write {height}.{width} for a decimal number, or {height}x{width} "
            "for pixels of that height and width"
        )
    return parts


def _export(name: str, recipe: RecipeFlags) -> dict[str, Any]:
    settings = {key: value for key, (_, value) in recipe.pictures.of(name).items()}
    return {"format": name, **({"raw": True} if recipe.raw else {}), **settings}


def _flags(settings: Mapping[str, Any], formats: Mapping[str, str], pictures: PictureFlags) -> dict[Loc, str]:
    """The flag that each part came from, where it is not `--processing`."""
    flags: dict[Loc, str] = {("input", key): f"--{key.replace('_', '-')}" for key in settings}
    for index, (name, flag) in enumerate(formats.items()):
        flags[("exports", index)] = flag
        flags |= {("exports", index, key): flag for key, (flag, _) in pictures.of(name).items()}
    return flags


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()
