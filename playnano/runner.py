"""Run a recipe: apply, record, spool, export."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playnano.errors import ExportError, PlaynanoError, StepError
from playnano.exporters import EXPORTS, Export
from playnano.exporters.base import Written
from playnano.model import Json
from playnano.provenance import Provenance, Run, json_sha256, machine, now, reproducible, software
from playnano.readers import READERS, movie_path, open_movie
from playnano.recipe import Recipe
from playnano.registry import Registry
from playnano.spool import Scratch, spool
from playnano.stack import RAW, AFMImageStack, FrameImages
from playnano.steps import STEPS, Extent, StackStep, Step

Report = Callable[[str, int, int], None]
"""Told what is being done, and how many of how many frames are done."""


def quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def default_threads() -> int:
    """As many threads as there are cores, at most eight: more only cost memory."""
    return min(8, os.cpu_count() or 1)


@dataclass(frozen=True)
class Planned:
    """One file to be written."""

    export: Export
    path: Path


@dataclass(frozen=True)
class Plan:
    """What a recipe will do to one movie, as far as the movie's header tells."""

    recipe: Recipe
    """As it will be run: with the movie's name in it."""
    stack: AFMImageStack
    """The movie, no frame of it computed."""
    extents: tuple[Extent, ...]
    """How large the movie is at first, and after each step."""
    layers: tuple[str, ...]
    """Names of the layers and masks there will be, in order."""
    outputs: tuple[Planned, ...]


@dataclass(frozen=True)
class Done:
    """What a run left."""

    stack: AFMImageStack
    outputs: tuple[Path, ...]
    """The files written, those beside others too."""
    notes: tuple[str, ...] = ()
    """What the user should hear of."""


def run(
    recipe: Recipe,
    stack: AFMImageStack,
    *,
    scratch: Scratch | None = None,
    threads: int | None = None,
    keep: Callable[[str], bool] = lambda name: True,
    report: Report = quiet,
) -> AFMImageStack:
    """Do a recipe's steps on a stack and compute every frame.

    Parameters
    ----------
    keep : callable
        Says of a layer's name whether it is to be stored; all are unless given.
    threads : int, optional
        How many frames are computed at a time; the numbers do not depend on it.

    Raises
    ------
    StepError
        Where a step fails, naming step and frame.
    """

    def computed(stack: AFMImageStack) -> AFMImageStack:
        count = threads or default_threads()
        return spool(stack, scratch, keep=keep, threads=count, progress=lambda *at: report("computing", *at))

    scratch = scratch or Scratch()
    for position, step in enumerate(recipe.steps):
        if isinstance(step, StackStep):
            stack = computed(stack)
        stack = _applied(step, stack, position)
    return computed(stack)


def plan(recipe: Recipe, movie: Path, *, overwrite: bool = False, hashed: bool = True) -> Plan:
    """Check all that can be checked before a frame is computed.

    Parameters
    ----------
    overwrite : bool
        Whether files that exist may be replaced.
    hashed : bool
        Whether the movie's SHA-256 is wanted; it takes reading the whole file.

    Raises
    ------
    PlaynanoError
        For a movie that cannot be read, steps or exports that do not fit it, files that exist.
    """
    stack = open_movie(movie, hashed=hashed, **recipe.input.options())
    recipe = recipe.model_copy(update={"input": recipe.input.model_copy(update={"path": movie.name})})
    layers = _layer_names(recipe, stack)
    extents = _extents(recipe, stack)
    _check_exports(recipe, _preview(stack, layers))
    outputs = _outputs(recipe, stack, movie)
    _refuse_the_movie(outputs, movie_path(movie))
    if not overwrite:
        refuse_existing(outputs)
    return Plan(recipe, stack, extents, layers, outputs)


def run_movie(
    recipe: Recipe,
    movie: str | Path,
    *,
    overwrite: bool = False,
    threads: int | None = None,
    command: Sequence[str] | None = None,
    report: Report = quiet,
) -> Done:
    """Run a recipe on one movie and write its exports: all of them, or none.

    Raises
    ------
    PlaynanoError
        Where the plan or the run fails. Nothing half-written stays behind.
    """
    planned = plan(recipe, Path(movie), overwrite=overwrite)
    run_entry = Run(started=now(), command=None if command is None or reproducible() else tuple(command))
    stack = replace(planned.stack, provenance=_begun(planned, run_entry))
    with _folder(Path(recipe.output.folder), bool(planned.outputs)) as folder:
        scratch = Scratch(folder)
        try:
            keep = _wanted(recipe)
            stack = run(planned.recipe, stack, scratch=scratch, threads=threads, keep=keep, report=report)
            return write_exports(stack, planned.outputs, overwrite=overwrite, threads=threads, report=report)
        except BaseException:
            scratch.remove()
            raise


def write_exports(
    stack: AFMImageStack,
    planned: Sequence[Planned],
    *,
    overwrite: bool = False,
    threads: int | None = None,
    report: Report = quiet,
) -> Done:
    """Write a stack to several files: all of them, or none.

    Raises
    ------
    ExportError
        Where a file exists and `overwrite` does not say to replace it, or cannot be written.
    """
    if not overwrite:
        refuse_existing(planned)
    ready: list[Path] = []
    notes: list[str] = []
    try:
        for item in planned:
            item.path.parent.mkdir(parents=True, exist_ok=True)
        stack = _finished(stack, planned, threads or default_threads())
        for position, item in enumerate(planned):
            report(f"writing {item.path.name}", position, len(planned))
            ready.append(item.path)
            written = _written(
                item.export, stack, _temporary(item.path), threads or default_threads(), position
            )
            notes += [f"{item.path.name}: {note}" for note in written.notes]
            ready += _written_beside(item.path, written, overwrite)
        for path in ready:
            _moved(_temporary(path), path, overwrite)
    except OSError as error:
        raise ExportError(
            f"cannot write {error.filename or planned[0].path}: {error.strerror or error}"
        ) from error
    finally:
        for path in ready:
            _removed(_temporary(path))
    return Done(stack, tuple(ready), tuple(notes))


def refuse_existing(planned: Sequence[Planned]) -> None:
    """Nothing is overwritten unasked.

    Raises
    ------
    ExportError
        Where one of the files exists.
    """
    for position, item in enumerate(planned):
        if item.path.exists():
            raise ExportError(f"{item.path} exists; --overwrite (overwrite=True) replaces it", position)


def _refuse_the_movie(planned: Sequence[Planned], movie: Path) -> None:
    """What is read is never replaced, not even with `overwrite`."""
    for position, item in enumerate(planned):
        if item.path.exists() and item.path.samefile(movie):
            raise ExportError(
                f"{item.path} is the movie that is read; give the file another name or folder", position
            )


def recipe_of(provenance: Provenance, exports: Sequence[Export]) -> Json | None:
    """The recipe that does the steps of a provenance again; None for a stack made from an array."""
    source = provenance.input
    if source is None or source.reader is None:
        return None
    steps = [{"step": r.step, "name": r.name, **r.parameters} for r in provenance.steps]
    for step, record in zip(steps, provenance.steps, strict=True):
        if record.name == f"step_{record.index}_{record.step}":
            del step["name"]
    said = {"path": source.name, "channel": source.channel, "reader": source.reader, **source.overrides}
    written = [export.model_dump(mode="json", exclude_none=True) for export in exports]
    return {"version": 1, "input": said, "steps": steps, "exports": written}


def _applied(step: Step, stack: AFMImageStack, position: int) -> AFMImageStack:
    try:
        return step.apply(stack)
    except StepError as error:
        raise error if error.position is not None else StepError(f"{step.step}: {error}", position) from error
    except Exception as error:
        what = str(error) if isinstance(error, PlaynanoError) else f"{type(error).__name__}: {error}"
        raise StepError(f"{step.step} failed: {what}", position) from error


def _layer_names(recipe: Recipe, stack: AFMImageStack) -> tuple[str, ...]:
    names = [*stack.processed, *stack.masks]
    if recipe.steps and not stack.provenance.all_steps() and RAW not in names:
        names.insert(0, RAW)
    for position, step in enumerate(recipe.steps):
        name = step.layer_name(stack.provenance.next_index() + position)
        if name in names:
            raise StepError(f"the name '{name}' is taken by another layer of the movie", position)
        names.append(name)
    return tuple(names)


def _extents(recipe: Recipe, stack: AFMImageStack) -> tuple[Extent, ...]:
    extents = [Extent(*stack.shape)]
    for position, step in enumerate(recipe.steps):
        try:
            extents.append(step.extent(extents[-1]))
        except PlaynanoError as error:
            raise StepError(f"{step.step}: {error}", position) from error
    return tuple(extents)


def _preview(stack: AFMImageStack, layers: Sequence[str]) -> AFMImageStack:
    """A stand-in for the result: its layers by name, none of them computed."""
    return replace(
        stack, processed={name: FrameImages(stack.frames) for name in layers if name not in stack.masks}
    )


def _check_exports(recipe: Recipe, preview: AFMImageStack) -> None:
    for position, export in enumerate(recipe.exports):
        try:
            export.check(preview.raw() if export.raw else preview)
        except PlaynanoError as error:
            raise ExportError(f"{export.format}: {error}", position) from error


def _outputs(recipe: Recipe, stack: AFMImageStack, movie: Path) -> tuple[Planned, ...]:
    folder, stem = Path(recipe.output.folder), recipe.output.stem(movie, stack.channel)
    has_steps = bool(recipe.steps) or bool(stack.provenance.all_steps())
    return tuple(Planned(export, folder / export.file_name(stem, has_steps)) for export in recipe.exports)


def _wanted(recipe: Recipe) -> Callable[[str], bool]:
    raw = any(export.raw for export in recipe.exports)
    return lambda name: (raw and name == RAW) or any(export.keeps(name) for export in recipe.exports)


def _begun(planned: Plan, run_entry: Run) -> Provenance:
    recipe = planned.recipe
    return planned.stack.provenance.model_copy(
        update={
            "recipe": recipe.full(),
            "recipe_sha256": recipe.sha256(),
            "run": run_entry,
            "software": software(_plugins(planned)),
            "platform": machine(),
        }
    )


def _plugins(planned: Plan) -> dict[str, str]:
    source = planned.stack.provenance.input
    used: list[tuple[Registry[Any], str]] = [(STEPS, step.step) for step in planned.recipe.steps]
    used += [(EXPORTS, export.format) for export in planned.recipe.exports]
    used += [(READERS, source.reader)] if source and source.reader else []
    return {
        registry.package(n): registry.version(n) for registry, n in used if registry.package(n) != "playnano"
    }


def _finished(stack: AFMImageStack, planned: Sequence[Planned], threads: int) -> AFMImageStack:
    """The stack computed, and its provenance with all that is known before the files are written."""
    scratch = Scratch(planned[0].path.parent) if planned else None
    stack = spool(stack, scratch, threads=threads)
    provenance = stack.provenance
    outputs = tuple(item.path.name for item in planned)
    begun = provenance.run or Run(started=now(), command=None if reproducible() else tuple(sys.argv[:1]))
    update: Json = {"run": begun.model_copy(update={"finished": now(), "outputs": outputs})}
    if provenance.recipe is None and provenance.steps:
        recipe = recipe_of(provenance, [item.export for item in planned])
        update |= {"recipe": recipe, "recipe_sha256": recipe and json_sha256(recipe)}
    if not provenance.software:
        update |= {"software": software(), "platform": machine()}
    return replace(stack, provenance=provenance.model_copy(update=update))


def _written(export: Export, stack: AFMImageStack, path: Path, threads: int, position: int) -> Written:
    try:
        export.check(stack.raw() if export.raw else stack)
        return export.write(stack, path, threads) or Written()
    except PlaynanoError as error:
        raise ExportError(f"{export.format}: {error}", position) from error


def _written_beside(path: Path, written: Written, overwrite: bool) -> list[Path]:
    paths = [path.with_name(path.name + ending) for ending in written.beside]
    for beside, text in zip(paths, written.beside.values(), strict=True):
        if beside.exists() and not overwrite:
            raise ExportError(f"{beside} exists; --overwrite (overwrite=True) replaces it")
        _temporary(beside).write_text(text, encoding="utf-8", newline="\n")
    return paths


def _temporary(path: Path) -> Path:
    return path.with_name(f".{os.getpid()}-{path.name}")


def _moved(temporary: Path, path: Path, overwrite: bool) -> None:
    if path.is_dir() and overwrite:
        aside = _temporary(path.with_name(f"old-{path.name}"))
        path.replace(aside)
        temporary.replace(path)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        temporary.replace(path)


def _removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _folder(folder: Path, needed: bool) -> Iterator[Path | None]:
    """The folder made where it is missing, and removed again where the run fails."""
    if not needed:
        yield None
        return
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"cannot make the folder {folder}: {error.strerror}") from error
    try:
        yield folder
    except BaseException:
        for parent in made:
            if parent.exists() and not any(parent.iterdir()):
                parent.rmdir()
        raise
