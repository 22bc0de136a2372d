"""Exports from the page: what would be written, and the run that writes it, by the same door as `run`."""

from pathlib import Path
from typing import Any

from playnano.errors import PlaynanoError
from playnano.exporters import EXPORTS
from playnano.exporters.pictures.base import PictureExport, PlayedExport
from playnano.recipe import editing
from playnano.recipe.recipe import Recipe
from playnano.runner.planning import RunPlan, plan, plan_stack
from playnano.runner.running import run_movie, run_stack
from playnano.runner.volume import bytes_of, is_size_known
from playnano.runner.writing import RunOutcome
from playnano.stack.stack import AFMImageStack
from playnano.viewer.jobs import Progress
from playnano.viewer.session import Session

SEEN_IN_PICTURES = (
    *("cmap", "zmin", "zmax", "zscale", "percentiles", "region"),
    *("scale_bar", "timestamp", "colour_bar"),
)
SEEN_WHILE_PLAYING = ("timing", "fps", "speed")


def planned(session: Session, number: int, text: str) -> dict[str, Any]:
    """What a recipe would write of a movie, and how large it is before compression.

    Raises
    ------
    PlaynanoError
        Where the recipe does not fit the movie, or the folder cannot be written to.
    """
    recipe = _here(session, text)
    movie, stack = session.movies[number], session.stack
    if stack is None:
        made = plan(recipe, movie, overwrite=True, hashed=False)
    else:
        made = plan_stack(recipe, stack, Path(movie.name), overwrite=True)
    return {
        "folder": str(session.output_folder.resolve()),
        "files": [_file(made, i) for i in range(len(made.outputs))],
    }


def export(session: Session, number: int, text: str, replace: bool, report: Progress) -> dict[str, Any]:
    """Run the recipe on the movie and write its exports, all of them or none.

    Parameters
    ----------
    replace : bool
        Whether files that exist are replaced.
    """
    recipe = _here(session, text)
    if not recipe.exports:
        raise PlaynanoError("there is nothing to write: add an export")
    movie, stack = session.movies[number], session.stack
    options: dict[str, Any] = {"overwrite": replace, "threads": session.threads, "report": report}
    if stack is None:
        outcome = run_movie(recipe, movie, **options)
    else:
        outcome = _from_memory(session, recipe, stack, movie.name, **options)
    return {
        "folder": str(session.output_folder.resolve()),
        "files": [path.name for path in outcome.outputs],
        "notes": list(outcome.notes),
    }


def _from_memory(
    session: Session, recipe: Recipe, stack: AFMImageStack, name: str, *, overwrite: bool, **options: Any
) -> RunOutcome:
    """Export a stack in memory: a file that it may be read from, one that is not of this session, stays."""
    made = plan_stack(recipe, stack, Path(name), overwrite=True)
    foreign = [path for out in made.outputs for path in out.written() if path.exists()]
    foreign = [path for path in foreign if path.resolve() not in session.exported]
    if foreign and overwrite:
        raise PlaynanoError(
            f"{foreign[0]} exists, and the movie in memory may be read from it: give the export another name"
        )
    outcome = run_stack(recipe, stack, name, overwrite=overwrite, **options)
    session.exported.update(path.resolve() for path in outcome.outputs)
    return outcome


def added(text: str, name: str, settings: dict[str, Any]) -> str:
    """The recipe with one more export; where it makes pictures, as the page shows the movie."""
    position = len(editing.items(text, "exports"))
    text = editing.with_item(text, "exports", position, {"format": name})
    return _as_viewed(text, position, settings) or text


def with_viewed(text: str, settings: dict[str, Any]) -> str:
    """The recipe with its picture exports as the page shows the movie.

    Parameters
    ----------
    settings : dict
        Settings of picture exports by name, with None for the default.

    Raises
    ------
    PlaynanoError
        Where no export makes pictures.
    """
    pictures = 0
    for position in range(len(editing.items(text, "exports"))):
        changed = _as_viewed(text, position, settings)
        pictures += changed is not None
        text = text if changed is None else changed
    if not pictures:
        raise PlaynanoError("no export makes pictures: add one, such as mp4 or png")
    return text


def _as_viewed(text: str, position: int, settings: dict[str, Any]) -> str | None:
    """The recipe with the settings in one of its exports; None where that makes no pictures."""
    item = editing.items(text, "exports")[position]
    name = EXPORTS.canonical(str(item.value().get("format", "")))
    kind = EXPORTS[name] if name in EXPORTS.names else None
    if kind is None or not issubclass(kind, PictureExport):
        return None
    for key in (key for key in _seen_in(kind) if key in settings):
        default = kind.model_fields[key].default
        is_default = settings[key] == (list(default) if isinstance(default, tuple) else default)
        text = editing.with_setting(text, "exports", position, key, None if is_default else settings[key])
    return text


def _seen_in(kind: type[PictureExport]) -> tuple[str, ...]:
    return SEEN_IN_PICTURES + (SEEN_WHILE_PLAYING if issubclass(kind, PlayedExport) else ())


def _here(session: Session, text: str) -> Recipe:
    """The recipe with the input's options of the command line, written to the session's own folder."""
    recipe = session.complete(session.recipe(text))
    session.input_options(recipe)  # refuses what a movie in memory cannot have
    output = recipe.output.model_copy(update={"folder": str(session.output_folder)})
    return recipe.model_copy(update={"output": output})


def _file(made: RunPlan, position: int) -> dict[str, Any]:
    output = made.outputs[position]
    kind = output.export
    pictured = kind.model_dump(include=set(_seen_in(type(kind)))) if isinstance(kind, PictureExport) else None
    return {
        "name": output.path.name,
        "format": kind.format,
        "look": pictured,
        "bytes": bytes_of(output.export, made),
        "is_size_known": is_size_known(output.export, made),
        "exists": any(Path(path).exists() for path in output.written()),
    }
