"""Movies of one run that would get in each other's way, by their names; only suspects are opened."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from playnano.batch.movies import MovieTask
from playnano.filenames import readable
from playnano.recipe.recipe import Recipe
from playnano.runner.planning import plan

ANY = "{channel}"
"""Stands for what only the movie's header tells."""


def without_conflicts(recipe: Recipe, tasks: Sequence[MovieTask], way_out: str) -> list[MovieTask]:
    """The tasks; those that would write the same file, or over another's movie, with that as their trouble.

    Parameters
    ----------
    way_out : str
        What to do about two movies that write the same file.
    """
    suspects = _suspects(recipe, tasks)
    if not suspects:
        return list(tasks)
    written = {number: frozenset(_written(recipe, tasks[number])) for number in suspects}
    troubles = dict(_troubles(tasks, written, way_out))
    return [replace(task, trouble=troubles.get(number, task.trouble)) for number, task in enumerate(tasks)]


def _suspects(recipe: Recipe, tasks: Sequence[MovieTask]) -> list[int]:
    """Numbers of the tasks whose possible files are another's too, or may be another's movie."""
    inputs = {_key(task.movie) for task in tasks}
    input_folders = {os.path.dirname(key) for key in inputs}  # noqa: PTH120 - of text
    writers: dict[str, list[int]] = defaultdict(list)
    suspects: set[int] = set()
    for number, task in enumerate(tasks):
        for path in _possible(recipe, task):
            writers[path].append(number)
            at_inputs = ANY in path and os.path.dirname(path) in input_folders  # noqa: PTH120
            suspects.update([number] if path in inputs or at_inputs else [])
    suspects.update(number for numbers in writers.values() if len(set(numbers)) > 1 for number in numbers)
    return sorted(suspects)


def _possible(recipe: Recipe, task: MovieTask) -> Iterator[str]:
    """Every file that a movie may lead to, as far as its name tells."""
    folder = task.folder(Path(recipe.output.folder))
    stem = recipe.output.stem(task.movie if task.movie.name else task.movie.resolve(), ANY)
    at = _real(str(folder))
    for export in recipe.exports:
        for has_steps in (True,) if recipe.steps else (True, False):
            yield _joined(at, export.file_name(stem, has_steps))


def _written(recipe: Recipe, task: MovieTask) -> Iterator[str]:
    """Every file that a movie leads to; none of one that cannot be read, which is named at its turn."""
    with suppress(Exception):
        planned = plan(for_task(recipe, task), task.movie, overwrite=True, hashed=False)
        yield from (str(path) for output in planned.outputs for path in output.written())


def _troubles(
    tasks: Sequence[MovieTask], written: dict[int, frozenset[str]], way_out: str
) -> Iterator[tuple[int, str]]:
    inputs = {_key(task.movie): number for number, task in enumerate(tasks)}
    writers: dict[str, list[int]] = defaultdict(list)
    for number, paths in written.items():
        for path in sorted(paths):
            writers[_key(Path(path))].append(number)
            if _key(Path(path)) in inputs:
                what = f"{tasks[number].movie} would write {readable(path)}, which is a movie of the same run"
                yield number, f"{what}: choose another output folder or name"
    for numbers in writers.values():
        for number in numbers if len(numbers) > 1 else ():
            yield number, _both(tasks, numbers, next(iter(sorted(written[number]))), way_out)


def _both(tasks: Sequence[MovieTask], numbers: Sequence[int], path: str, way_out: str) -> str:
    first, second = (tasks[number].movie for number in numbers[:2])
    here = first.parent == second.parent
    what_to_do = "rename one of them, or run one alone with `output.name`" if here else way_out
    return f"{first} and {second} would both write {readable(path)}; {what_to_do}"


def for_task(recipe: Recipe, task: MovieTask) -> Recipe:
    """The recipe that writes to the folder of one movie."""
    if not task.below:
        return recipe
    folder = str(task.folder(Path(recipe.output.folder)))
    return recipe.model_copy(update={"output": recipe.output.model_copy(update={"folder": folder})})


def _key(path: Path) -> str:
    path = path if path.name not in ("", "..") else path.resolve()
    return _joined(_real(str(path.parent)), path.name)


def _joined(folder: str, name: str) -> str:
    """A path in a real folder; the same for all spellings of a name that are one file there."""
    name = unicodedata.normalize("NFC", name).casefold() if _ignores_case(folder) else os.path.normcase(name)
    return os.path.join(folder, name)  # noqa: PTH118 - of text


@lru_cache(1024)
def _ignores_case(folder: str) -> bool:
    """Whether upper and lower case are one to the disk of a folder that may still have to be made."""
    for path in (Path(folder), *Path(folder).parents):
        other = path.with_name(path.name.swapcase()) if path.name.swapcase() != path.name else path
        with suppress(OSError):  # its parent cannot be searched: one further up tells
            if other != path and path.exists():
                return other.exists() and other.samefile(path)
    return False


@lru_cache(1024)
def _real(folder: str) -> str:
    return os.path.normcase(os.path.realpath(folder))
