"""Run a recipe: apply, record, spool, export."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playnano.errors import ExportError, PlaynanoError, StepError
from playnano.exporters import EXPORTS
from playnano.frames import FrameImages
from playnano.provenance import Provenance, Run, machine, now, reproducible, software
from playnano.readers import READERS, find_movie, named, open_movie
from playnano.recipe import Recipe
from playnano.registry import Registry
from playnano.spool import Scratch, spool
from playnano.stack import RAW, AFMImageStack
from playnano.steps import STEPS, Extent, StackStep, Step
from playnano.writing import Done, Planned, Report, check_existing, default_threads, quiet, write_exports


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
    movie = named(movie)
    stack = open_movie(movie, hashed=hashed, **recipe.input.options())
    recipe = recipe.model_copy(update={"input": recipe.input.model_copy(update={"path": movie.name})})
    layers = _layer_names(recipe, stack)
    extents = _extents(recipe, stack)
    _check_exports(recipe, _preview(stack, layers))
    outputs = _outputs(recipe, stack, movie)
    _refuse_the_movie(outputs, find_movie(movie, recipe.input.reader)[0])
    check_existing(outputs, overwrite=overwrite)
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


def _refuse_the_movie(planned: Sequence[Planned], movie: Path) -> None:
    """What is read is never replaced, not even with `overwrite`."""
    for position, item in enumerate(planned):
        if item.path.exists() and item.path.samefile(movie):
            raise ExportError(
                f"{item.path} is the movie that is read; give the file another name or folder", position
            )


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
