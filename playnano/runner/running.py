"""Run a recipe: apply, record, spool, export."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from playnano.errors import ExportError, PlaynanoError, StepError, settings_of
from playnano.exporters import EXPORTS
from playnano.filenames import readable
from playnano.measurements import MEASURES
from playnano.measurements.measuring import measured
from playnano.quality import judging
from playnano.readers import READERS
from playnano.readers.opening import check_doubts
from playnano.recipe.recipe import Recipe
from playnano.registry import Registry
from playnano.runner.planning import RunPlan, plan, plan_stack
from playnano.runner.writing import (
    Overwrite,
    Report,
    RunOutcome,
    default_threads,
    quiet,
    write_exports,
)
from playnano.stack.durable import make_folder
from playnano.stack.environment import machine, now, reproducible, software
from playnano.stack.provenance import Provenance, Run
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import RAW, AFMImageStack
from playnano.steps import STEPS, Step


def run(
    recipe: Recipe,
    stack: AFMImageStack,
    *,
    scratch: Scratch | None = None,
    threads: int | None = None,
    keep: Callable[[str], bool] = lambda name: True,
    report: Report = quiet,
) -> AFMImageStack:
    """Do a recipe's steps on a stack, compute every frame, and measure what `analysis` says.

    Parameters
    ----------
    keep : callable
        Whether to store the layer of a given name; by default all are stored.
    threads : int, optional
        How many frames are computed at a time; the numbers do not depend on it.

    Raises
    ------
    StepError
        Where a step fails, naming step and frame.
    """

    def computed(stack: AFMImageStack) -> AFMImageStack:
        return spool(stack, scratch, keep=keep, threads=count, progress=lambda *at: report("computing", *at))

    scratch, count = scratch or Scratch(), threads or default_threads()
    frame_metadata, stack = stack.frame_metadata, judging(stack)
    for position, step in enumerate(recipe.steps):
        if step.needs_every_frame(stack):
            stack = computed(stack)
        stack = _applied(step, stack, position)
    stack = computed(stack)
    stack = stack if recipe.steps else replace(stack, frame_metadata=frame_metadata)
    return measured(stack, recipe.analysis, count, lambda *at: report("measuring", *at))


def run_movie(
    recipe: Recipe,
    movie: str | Path,
    *,
    overwrite: Overwrite = False,
    threads: int | None = None,
    command: Sequence[str] | None = None,
    report: Report = quiet,
    on_planned: Callable[[RunPlan], None] = lambda planned: None,
) -> RunOutcome:
    """Run a recipe on one movie and write its exports: all of them, or none.

    Parameters
    ----------
    overwrite : bool, or collection of Path
        Whether files that exist may be replaced, or which of them.
    on_planned : callable
        Called with the plan when all is checked, before anything is computed or written.

    Raises
    ------
    PlaynanoError
        Where the plan or the run fails. Nothing half-written stays behind.
    """
    planned = plan(recipe, Path(movie), overwrite=overwrite)
    on_planned(planned)
    line = None if command is None or reproducible() else tuple(map(readable, command))
    run_entry = Run(started=now(), command=line)
    stack = replace(planned.stack, provenance=_begun(planned, run_entry))
    return _written(replace(planned, stack=stack), overwrite, threads, report)


def run_stack(
    recipe: Recipe,
    stack: AFMImageStack,
    name: str,
    *,
    overwrite: Overwrite = False,
    threads: int | None = None,
    report: Report = quiet,
) -> RunOutcome:
    """Run a recipe on a stack in memory and write its exports: all of them, or none.

    Where the stack was read from a file, the provenance holds the recipe of all steps, also of those that the
    stack had been through.

    Parameters
    ----------
    name : str
        Stands for the movie's name in those of the files.

    Raises
    ------
    PlaynanoError
        Where the recipe does not fit the stack, or the run fails. Nothing half-written stays behind.
    """
    planned = plan_stack(recipe, stack, Path(name), overwrite=overwrite)
    return _written(planned, overwrite, threads, report)


def _written(planned: RunPlan, overwrite: Overwrite, threads: int | None, report: Report) -> RunOutcome:
    """Compute the planned stack, and write it."""
    recipe = planned.recipe
    with _folder(Path(recipe.output.folder), bool(planned.outputs)) as folder:
        scratch = Scratch(folder)
        try:
            keep = _kept_layers(recipe)
            stack = run(recipe, planned.stack, scratch=scratch, threads=threads, keep=keep, report=report)
            check_doubts(stack, planned.movie, recipe.input.strict)  # what its frames have shown
            return write_exports(
                stack,
                planned.outputs,
                overwrite=overwrite,
                threads=threads,
                report=report,
                unchanged=planned.refuse_changed_input,
            )
        except BaseException as error:
            scratch.remove()
            if isinstance(error, Exception):
                planned.refuse_changed_input()  # says more than what a changed file leads to
            raise


def _applied(step: Step, stack: AFMImageStack, position: int) -> AFMImageStack:
    try:
        return step.apply(stack)
    except StepError as error:
        if error.position is not None:
            raise
        raise StepError(f"{step.step}: {error}", position, settings=error.settings) from error
    except Exception as error:
        what = str(error) if isinstance(error, PlaynanoError) else f"{type(error).__name__}: {error}"
        raise StepError(f"{step.step} failed: {what}", position, settings=settings_of(error)) from error


def _kept_layers(recipe: Recipe) -> Callable[[str], bool]:
    raw = any(export.raw for export in recipe.exports)
    processed = [export for export in recipe.exports if not export.raw and export.of is None]
    measured_masks = {getattr(measure, "mask", None) for measure in recipe.analysis}
    return lambda name: (
        (raw and name == RAW) or name in measured_masks or any(export.keeps(name) for export in processed)
    )


def _begun(planned: RunPlan, run_entry: Run) -> Provenance:
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


def packages_used(recipe: Recipe, reader: str | None = None) -> dict[str, str]:
    """Versions of the packages that a recipe's steps, measures and exports, and a reader, come from."""
    used: list[tuple[Registry[Any], str]] = [(STEPS, step.step) for step in recipe.steps]
    used += [(MEASURES, measure.measure) for measure in recipe.analysis]
    used += [(EXPORTS, export.format) for export in recipe.exports]
    used += [(READERS, reader)] if reader else []
    return {registry.package(name): registry.version(name) for registry, name in used}


def _plugins(planned: RunPlan) -> dict[str, str]:
    source = planned.stack.provenance.input
    packages = packages_used(planned.recipe, source.reader if source else None)
    return {name: version for name, version in packages.items() if name != "playnano"}


@contextmanager
def _folder(folder: Path, needed: bool) -> Iterator[Path | None]:
    """The folder made where it is missing, and removed again where the run fails."""
    if not needed:
        yield None
        return
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        make_folder(folder)
    except OSError as error:
        raise ExportError(f"cannot make the folder {folder}: {error.strerror}") from error
    try:
        yield folder
    except BaseException:
        for parent in made:
            if parent.exists() and not any(parent.iterdir()):
                parent.rmdir()
        raise
