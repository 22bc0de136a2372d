"""Make measurements: check what they need, one pass over the frames, then tables of tables."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from playnano.errors import MeasureError, PlaynanoError, did_you_mean
from playnano.measurements.base import (
    NO_MASK,
    FrameMeasure,
    ImageMeasure,
    Measure,
    MovieFrame,
    StackMeasure,
    TableMeasure,
    named_table,
    pixel_nm,
)
from playnano.quality import KEY, bad_frames
from playnano.registry import models
from playnano.stack.frames import Images, Mask
from playnano.stack.lazy import FrameImages, FrameMasks
from playnano.stack.measured_images import MeasuredImages, members
from playnano.stack.numbering import table_numbers
from playnano.stack.parallel import ahead, one_thread_blas, tasks
from playnano.stack.scratch import StoredFrames
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, RowCollector, Rows, Table

Progress = Callable[[int, int], None]
Made = tuple[Table, Mapping[str, MeasuredImages]]
"""What a measure gives: a table, and images by name."""


def measured(
    stack: AFMImageStack,
    measures: Sequence[Measure],
    threads: int = 1,
    progress: Progress = lambda done, total: None,
) -> AFMImageStack:
    """The stack with the tables and images of these measures, and their records in its provenance.

    Measures of single frames share one pass over the movie; what they hold is rows, no images.

    Raises
    ------
    MeasureError
        Where the movie lacks what a measure needs, or measuring fails; says at which measure.
    """
    if not measures:
        return stack
    columns = table_columns(stack, measures, stack.masks)
    stack = spool(stack)  # nothing to do where the runner has done it
    records = []
    with one_thread_blas():
        tables = _frame_tables(stack, measures, columns, threads, progress)
        made: dict[int, Made] = {position: (table, {}) for position, table in tables.items()}
        for position, measure in enumerate(measures):
            table, images = made.get(position) or _made(
                measure, stack, columns[measure.table_name], position, threads
            )
            own = {measure.table_name: table} if table.columns else {}
            stack = replace(stack, tables={**stack.tables, **own}, images={**stack.images, **images})
            records.append(measure.record(table, images))
    provenance = stack.provenance.model_copy(update={"analysis": (*stack.provenance.analysis, *records)})
    return replace(stack, provenance=provenance)


def table_columns(
    stack: AFMImageStack,
    measures: Sequence[Measure],
    masks: Mapping[str, object],
    moved_masks: Mapping[str, str] | None = None,
) -> dict[str, tuple[Column, ...]]:
    """The columns of every table there will be, none for a measure of images alone; nothing is measured.

    Parameters
    ----------
    masks : mapping
        Names of the mask layers there will be.
    moved_masks : mapping, optional
        Masks that no longer fit the frames, and the step that moved these; from the provenance unless given.

    Raises
    ------
    MeasureError
        Where a measure cannot be made of this movie.
    """
    columns = {name: table.columns for name, table in stack.tables.items()}
    moved = masks_left_behind(stack) if moved_masks is None else moved_masks
    for position, measure in enumerate(measures):
        try:
            if measure.table_name in columns or members(measure.table_name, tuple(stack.images)):
                raise MeasureError(
                    f"there is a table '{measure.table_name}' already; give this one another `name`"
                )
            _check_movie(measure, stack, masks, moved)
            columns[measure.table_name] = _columns(measure, stack.unit, columns)
        except MeasureError as error:
            raise MeasureError(f"{measure.measure}: {error}", position, settings=error.settings) from error
    return columns


def masks_left_behind(stack: AFMImageStack) -> dict[str, str]:
    """Mask layers made before a step that moved pixels or frames, and that step."""
    steps = models("playnano.steps")
    pairs = [
        (record.name, steps[record.step] if record.step in steps.names else None)
        for record in stack.provenance.all_steps()
    ]
    return left_behind(pairs)


def left_behind(steps: Sequence[tuple[str, type | None]]) -> dict[str, str]:
    """Of steps in order, by layer name and class: layers that a later step moved the frames away from."""
    moved: dict[str, str] = {}
    for place, (name, _) in enumerate(steps):
        later = [other for other, kind in steps[place + 1 :] if _moves(kind)]
        if later:
            moved[name] = later[0]
    return moved


def _moves(kind: type | None) -> bool:
    """Whether frames after a step may hold other pixels, or be others: a step that is no FrameStep."""
    return kind is None or not hasattr(kind, "process") or bool(getattr(kind, "moves_pixels", False))


def _check_movie(
    measure: Measure, stack: AFMImageStack, masks: Mapping[str, object], moved: Mapping[str, str]
) -> None:
    if measure.needs_pixel_size and stack.pixel_size_nm is None:
        raise MeasureError(
            "this needs the pixel size, which the movie does not state; set `pixel_size_nm`",
            settings=("pixel_size_nm",),
        )
    if measure.needs_times() and not np.isfinite(stack.timestamps).all():
        raise MeasureError(
            "this needs the times of the frames, which the movie does not state; set `frame_interval_s`",
            settings=("frame_interval_s",),
        )
    mask = getattr(measure, "mask", None)
    if mask is not None and mask not in masks:
        choices = f" (masks: {', '.join(masks)})" if masks else "; " + NO_MASK
        raise MeasureError(f"there is no mask '{mask}'{did_you_mean(mask, tuple(masks))}{choices}")
    if mask is not None and mask in moved:
        raise MeasureError(
            f"{moved[mask]} moved the frames after the mask '{mask}' was made; make the mask after it, "
            "or leave `mask` out: the mask in force moves with the frames"
        )


def _columns(measure: Measure, unit: str, columns: Mapping[str, tuple[Column, ...]]) -> tuple[Column, ...]:
    tables = {name: own for name, own in columns.items() if own}
    for source in measure.sources:
        named_table(source, tables)
        missing = [name for name in measure.needs if name not in {column.name for column in tables[source]}]
        if missing:
            raise MeasureError(f"the table '{source}' has no column '{missing[0]}'")
    return measure.columns(unit, tables[measure.sources[0]] if measure.sources else ())


def _frame_tables(
    stack: AFMImageStack,
    measures: Sequence[Measure],
    columns: Mapping[str, tuple[Column, ...]],
    threads: int,
    progress: Progress,
) -> dict[int, Table]:
    """The tables of measures of single frames, by their position: one pass over the movie."""
    chosen = {position: m for position, m in enumerate(measures) if isinstance(m, FrameMeasure)}
    if not chosen:
        return {}
    collected = {position: RowCollector(columns[m.table_name]) for position, m in chosen.items()}
    empty = {i for i, frame in enumerate(stack.frame_metadata) if frame.get(KEY) in ("lost", "blank")}
    for done, rows in enumerate(_rows_of_frames(stack, chosen, empty, threads), 1):
        for position, part in rows.items():
            collected[position].add(part)
        progress(done, len(stack))
    note = _quality_note(len(stack), len(empty), len(bad_frames(stack.frame_metadata)) - len(empty))
    return {
        position: m.finished(collected[position].rows(), columns[m.table_name]).with_note(note)
        for position, m in chosen.items()
    }


def _rows_of_frames(
    stack: AFMImageStack, chosen: Mapping[int, FrameMeasure], empty: Container[int], threads: int
) -> Iterator[dict[int, Rows]]:
    """What each frame gives, by the measure's position; nothing for one that is empty."""
    masks = {position: measured_mask(stack, m, position) for position, m in chosen.items()}
    numbers = table_numbers(stack).tolist()

    def rows(index: int) -> dict[int, Rows]:
        return {
            position: _frame_rows(
                m, movie_frame(stack, index, masks[position]), numbers[index], stack.unit, position
            )
            for position, m in chosen.items()
        }

    def several(indices: range) -> list[dict[int, Rows]]:
        return [{} if index in empty else rows(index) for index in indices]

    for batch in ahead(several, tasks(FrameImages(stack.frames)), threads):
        yield from batch


def _quality_note(frames: int, empty: int, partial: int) -> str:
    """What a table says of frames that are not good."""
    notes = [f"{empty} of {frames} frames are lost or blank, and not measured"] if empty else []
    notes += [f"{partial} of {frames} frames that were measured are partial"] if partial else []
    return "; ".join(notes)


def measured_mask(stack: AFMImageStack, measure: Measure, position: int | None = None) -> Images | None:
    """The mask layer that a measure looks at: the one it names, or the mask in force."""
    name = getattr(measure, "mask", None)
    if name is not None:
        return stack.masks[name]
    frames = stack.frames
    if isinstance(frames, StoredFrames):
        masks = frames.masks
    else:
        masks = FrameMasks(frames) if any(frames[i].mask is not None for i in range(len(stack))) else None
    if masks is None and measure.needs_mask:
        raise MeasureError(f"{measure.measure}: {NO_MASK}", position)
    return masks


def movie_frame(stack: AFMImageStack, index: int, masks: Images | None = None) -> MovieFrame:
    """One frame as measures see it."""
    image = FrameImages(stack.frames)[index]
    mask: Mask | None = None if masks is None else masks[index]
    time = stack.frame_metadata[index].get("timestamp") if stack.frame_metadata else None
    time_s = float(time) if isinstance(time, int | float) else np.nan
    return MovieFrame(index, image, mask, pixel_nm(stack, index), time_s)


def movie_frames(stack: AFMImageStack, masks: Images | None = None) -> Iterator[MovieFrame]:
    """Every frame as measures see it."""
    return (movie_frame(stack, index, masks) for index in range(len(stack)))


def _frame_rows(measure: FrameMeasure, frame: MovieFrame, number: int, unit: str, position: int) -> Rows:
    try:
        return measure.frame_rows(frame, number, unit)
    except Exception as error:
        what = str(error) if isinstance(error, PlaynanoError) else f"{type(error).__name__}: {error}"
        raise MeasureError(f"{measure.measure} failed on frame {frame.index}: {what}", position) from error


def _made(
    measure: Measure, stack: AFMImageStack, columns: tuple[Column, ...], position: int, threads: int
) -> Made:
    """The table of a measure that sees more than one frame, and its images."""
    try:
        images: dict[str, MeasuredImages] = {}
        if isinstance(measure, TableMeasure):
            rows = measure.rows(stack.tables[measure.of], stack)
        elif isinstance(measure, StackMeasure):
            rows = measure.rows(stack, threads)
        elif isinstance(measure, ImageMeasure):
            result = measure.result(stack, threads)
            rows = result.rows
            images = {measure.image_name(suffix): one for suffix, one in result.images.items()}
        else:
            raise TypeError(f"{type(measure).__name__} is not a frame, table, stack or image measure")
        return measure.finished(rows, columns), images
    except Exception as error:
        what = str(error) if isinstance(error, PlaynanoError) else f"{type(error).__name__}: {error}"
        raise MeasureError(f"{measure.measure} failed: {what}", position) from error
