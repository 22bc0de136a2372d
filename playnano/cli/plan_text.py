"""What a run would do and write, told before anything is computed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playnano.cli.output import first_line, paragraph, plural, size, table
from playnano.filenames import shown

if TYPE_CHECKING:
    from playnano.batch.outcome import Outcome
    from playnano.exporters import Export
    from playnano.runner.planning import RunPlan
    from playnano.runner.writing import PlannedFile
    from playnano.stack.stack import AFMImageStack
    from playnano.steps import Extent, Step


def planned_lines(plan: "RunPlan", movie: Path, overwrite: bool) -> Iterator[str]:
    """The movie, the steps, the layers and the files of a plan."""
    yield f"{shown(movie)}: {about(plan.stack)}"
    yield "steps" if plan.recipe.steps else "steps: none"
    yield from table([_step_row(plan, position) for position in range(len(plan.recipe.steps))], indent=2)
    yield paragraph(f"layers and masks: {', '.join(plan.layers) or 'none'}", hanging=2)
    if plan.recipe.analysis:
        yield paragraph(f"tables: {', '.join(plan.tables)}", hanging=2)
    yield "files, with their sizes before compression" if plan.outputs else "files: none"
    yield from table([_file_row(output, plan, overwrite) for output in plan.outputs], indent=2)


def about(stack: "AFMImageStack") -> str:
    """Frames, size, channel and unit of a movie."""
    frames, height, width = stack.shape
    return _movie_line(frames, height, width, stack.channel, stack.unit)


def about_movie(outcome: "Outcome") -> str:
    """The same of a movie that is done."""
    return _movie_line(
        outcome.frames or 0, outcome.height or 0, outcome.width or 0, outcome.channel, outcome.unit
    )


def _movie_line(frames: int, height: int, width: int, channel: str, unit: str) -> str:
    return f"{plural(frames, 'frame')} of {height} x {width} pixels, {shown(channel)} in {shown(unit)}"


def parameters(step: "Step") -> str:
    """Every parameter of a step, those left at their default too."""
    values = step.model_dump(mode="json", exclude={"step", "name"}, exclude_none=True)
    return ", ".join(f"{name}={_short(value)}" for name, value in values.items())


def volume(export: "Export", plan: "RunPlan") -> str:
    """How large an export will be, as far as the movie's header tells."""
    from playnano.runner.volume import bytes_of, is_size_known

    least = bytes_of(export, plan)
    return (
        size(least)
        if is_size_known(export, plan)
        else f"more than {size(least)}"
        if least
        else "size not known"
    )


def _step_row(plan: "RunPlan", position: int) -> tuple[str, str, str]:
    step, before, after = plan.recipe.steps[position], plan.extents[position], plan.extents[position + 1]
    sentences = [first_line(type(step).__doc__)]
    sentences += [f"{parameters(step)}."] if parameters(step) else []
    sentences += [f"Leaves {_extent(after)}."] if after != before else []
    return str(position + 1), step.step, " ".join(sentences)


def _extent(extent: "Extent") -> str:
    bound = "about " if extent.at_most and extent.at_least else "at most " if extent.at_most else "at least "
    frames = f"{'' if extent.is_exact else bound}{plural(extent.frames, 'frame')}"
    if extent.height is None or extent.width is None:
        return f"{frames}, of a size that depends on the frames"
    return f"{frames} of {extent.height} x {extent.width}"


def _file_row(output: "PlannedFile", plan: "RunPlan", overwrite: bool) -> tuple[str, str, str]:
    note = "" if not output.path.exists() else "exists, will be replaced" if overwrite else "exists"
    return str(output.path), volume(output.export, plan), note


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
