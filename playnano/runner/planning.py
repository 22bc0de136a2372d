"""All that can be checked before a frame is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from playnano.errors import ExportError, PlaynanoError, StepError
from playnano.filenames import readable
from playnano.measurements import ImageMeasure
from playnano.measurements.measuring import left_behind, table_columns
from playnano.readers.finding import find_movie, named
from playnano.readers.opening import movie_files, open_movie
from playnano.readers.probe import check_in_child
from playnano.readers.unchanged import MovieFiles
from playnano.recipe.recipe import Recipe
from playnano.registry import models
from playnano.runner.checking import check_writable
from playnano.runner.writing import Overwrite, PlannedFile, check_existing
from playnano.stack.lazy import FrameImages
from playnano.stack.measured_images import DISTANCE, FRAME, MeasuredImages, X, Y
from playnano.stack.stack import RAW, AFMImageStack, name_faults
from playnano.stack.tables import Table
from playnano.stack.workfolder import recover
from playnano.steps import Extent


@dataclass(frozen=True)
class RunPlan:
    """The effect of a recipe on one movie, as far as the movie's header states it."""

    recipe: Recipe
    """As it will be run: with the movie's name in it."""
    stack: AFMImageStack
    """The movie, no frame of it computed."""
    extents: tuple[Extent, ...]
    """How large the movie is at first, and after each step."""
    layers: tuple[str, ...]
    """Names of the layers and masks there will be, in order."""
    tables: tuple[str, ...]
    """Names of the tables there will be, in order."""
    outputs: tuple[PlannedFile, ...]
    files: MovieFiles | None
    """What is read, as it was before it was opened; None for a stack in memory."""

    @property
    def movie(self) -> Path:
        """Path of what is read; of a stack in memory, its name."""
        return self.files.movie if self.files else Path(self.recipe.input.path or self.stack.channel)

    def refuse_changed_input(self) -> None:
        """Compare the movie's files with what they were at first.

        Raises
        ------
        ReadError
            Where one was changed in the meantime.
        """
        if self.files is not None:
            self.files.check(movie_files(self.stack, self.files.movie))


def plan(recipe: Recipe, movie: Path, *, overwrite: Overwrite = False, hashed: bool = True) -> RunPlan:
    """Check all that can be checked before a frame is computed.

    Parameters
    ----------
    overwrite : bool, or collection of Path
        Whether files that exist may be replaced, or which of them.
    hashed : bool
        Whether to compute the movie's SHA-256, which takes reading the whole file.

    Raises
    ------
    PlaynanoError
        For a movie that cannot be read, steps or exports that do not fit it, files that exist.
    """
    movie = named(movie)
    recover(Path(recipe.output.folder))  # the movie may be one of the files there
    check_in_child(movie, recipe.input.options())
    source = find_movie(movie, recipe.input.reader)[0]
    files = MovieFiles.of(source)
    stack = open_movie(movie, hashed=hashed, **recipe.input.options())
    named_input = recipe.input.model_copy(update={"path": readable(movie.name)})
    recipe = recipe.model_copy(update={"input": named_input})
    made = plan_stack(recipe, stack, movie, source=source, overwrite=overwrite)
    return replace(made, files=files.only(movie_files(stack, source)))


def plan_stack(
    recipe: Recipe,
    stack: AFMImageStack,
    name: Path,
    *,
    source: Path | None = None,
    overwrite: Overwrite = False,
) -> RunPlan:
    """Check the same for a stack that is open, or in memory.

    Parameters
    ----------
    name : Path
        Gives the outputs their name.
    source : Path, optional
        What the stack is read from, which is never replaced.

    Raises
    ------
    PlaynanoError
        For steps or exports that do not fit the stack, and for files that exist.
    """
    layers = _layer_names(recipe, stack)
    extents = _extents(recipe, stack)
    tables = _tables(recipe, stack)
    _check_exports(recipe, _preview(recipe, stack, layers, tables), extents)
    outputs = _outputs(recipe, stack, name)
    check_writable(outputs)
    if source is not None:
        _refuse_the_movie(outputs, source)
    recover(Path(recipe.output.folder))
    check_existing(outputs, overwrite=overwrite)
    return RunPlan(recipe, stack, extents, layers, tuple(tables), outputs, None)


def _refuse_the_movie(planned: Sequence[PlannedFile], movie: Path) -> None:
    """What is read is never replaced, not even with `overwrite`."""
    for position, item in enumerate(planned):
        for path in item.written():
            if path.exists() and path.samefile(movie):
                raise ExportError(
                    f"{path} is the movie that is read; give the file another name or folder", position
                )


def _layer_names(recipe: Recipe, stack: AFMImageStack) -> tuple[str, ...]:
    names = [*stack.processed, *stack.masks]
    if recipe.steps and not stack.provenance.all_steps() and RAW not in names:
        names.insert(0, RAW)
    for position, step in enumerate(recipe.steps):
        added = step.layer_names(stack.provenance.next_index() + position)
        for fault in name_faults(added, names):
            raise StepError(fault, position)
        names.extend(added)
    return tuple(names)


def _extents(recipe: Recipe, stack: AFMImageStack) -> tuple[Extent, ...]:
    extents = [Extent(*stack.shape)]
    for position, step in enumerate(recipe.steps):
        try:
            extents.append(step.extent(extents[-1]))
        except PlaynanoError as error:
            raise StepError(f"{step.step}: {error}", position, settings=error.settings) from error
    return tuple(extents)


def _tables(recipe: Recipe, stack: AFMImageStack) -> dict[str, Table]:
    """The tables there will be, without rows.

    Raises
    ------
    MeasureError
        Where one cannot be measured on this movie.
    """
    layers = _step_layers(recipe, stack)
    masks = {name: None for (name, _), step in zip(layers, recipe.steps, strict=True) if step.is_mask}
    kinds = models("playnano.steps")
    past = [(r.name, kinds[r.step] if r.step in kinds.names else None) for r in stack.provenance.all_steps()]
    start = replace(stack, tables={}, images={}) if recipe.steps else stack
    columns = table_columns(start, recipe.analysis, {**stack.masks, **masks}, left_behind([*past, *layers]))
    return {name: Table.empty(own) for name, own in columns.items() if own}


def _step_layers(recipe: Recipe, stack: AFMImageStack) -> list[tuple[str, type | None]]:
    first = stack.provenance.next_index()
    return [(step.layer_name(first + n), type(step)) for n, step in enumerate(recipe.steps)]


def _preview(
    recipe: Recipe, stack: AFMImageStack, layers: Sequence[str], tables: Mapping[str, Table]
) -> AFMImageStack:
    """A stand-in for the result: its layers, tables and images by name, none of them computed."""
    processed = {name: FrameImages(stack.frames) for name in layers if name not in stack.masks}
    measures = [measure for measure in recipe.analysis if isinstance(measure, ImageMeasure)]
    images = {one.table_name: _stand_in(stack, is_movie=one.makes_movies) for one in measures}
    parts = [export.of for export in recipe.exports if export.of is not None]
    images |= {of: images[name] for of in parts for name in tuple(images) if of.startswith(f"{name}_")}
    stored = {} if recipe.steps else stack.images
    return replace(stack, processed=processed, tables=tables, images={**stored, **images})


def _stand_in(stack: AFMImageStack, *, is_movie: bool) -> MeasuredImages:
    """Images of one pixel on the axes that a measure will give them."""
    columns = (Y, X) if is_movie else (FRAME, DISTANCE)
    axes = [(column, np.zeros(1)) for column in columns]
    return MeasuredImages.of(np.zeros((1, 1)), axes, stack.unit, "")


def _check_exports(recipe: Recipe, preview: AFMImageStack, extents: Sequence[Extent]) -> None:
    for position, export in enumerate(recipe.exports):
        extent = extents[0 if export.raw else -1]
        try:
            export.check(preview)
            if extent.height is not None and extent.width is not None and export.of is None:
                export.check_shape((extent.height, extent.width))
        except PlaynanoError as error:
            raise ExportError(f"{export.format}: {error}", position, settings=error.settings) from error


def _outputs(recipe: Recipe, stack: AFMImageStack, movie: Path) -> tuple[PlannedFile, ...]:
    folder, stem = Path(recipe.output.folder), recipe.output.stem(movie, stack.channel)
    has_steps = bool(recipe.steps) or bool(stack.provenance.all_steps())
    return tuple(PlannedFile(export, folder / export.file_name(stem, has_steps)) for export in recipe.exports)
