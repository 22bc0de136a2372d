"""`playnano run`: run a recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playnano.cli.batch_text import Batch
from playnano.cli.flag_groups import grouped
from playnano.cli.flags import (
    Frames,
    From,
    Marked,
    OutputFolder,
    OutputName,
    Pattern,
    ReportFlag,
    RunOptions,
    Settings,
)
from playnano.cli.output import UsageError, paragraph, show
from playnano.cli.recipe_flags import of_run, with_flags, with_report
from playnano.errors import listed
from playnano.filenames import shown

if TYPE_CHECKING:
    from playnano.batch.movies import MovieTask

EXAMPLES = """\
playnano run recipe.yaml movie.h5-jpk
playnano run recipe.yaml *.asd --output-folder results --threads 2
playnano run recipe.yaml movies --pattern "*.asd" --output-folder results
playnano run recipe.yaml --from results/triage.csv --marked good
playnano run recipe.yaml movie.asd --set steps.2.sigma=1.5 --report"""


@grouped
def run(
    ctx: typer.Context,
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Recipe file, or - for standard input.")],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT]...",
            help="Movies, or folders with movies at any depth.  [default: the recipe's input]",
        ),
    ] = None,
    *,
    pattern: Pattern = None,
    listed: From = None,
    marked: Marked = None,
    settings: Settings = None,
    frames: Frames = None,
    output_folder: OutputFolder = None,
    output_name: OutputName = None,
    report: ReportFlag = False,
    options: RunOptions,
) -> None:
    """Run a recipe on one movie or several.

    Files are named after each movie; below a folder, they mirror its tree.
    If a movie fails, the error names it, the others are still processed,
    and the exit code is 1. 'summary.csv' has a row for each of several.
    """
    from playnano.recipe.reading import folder_of, read_document, validated

    document = with_flags(read_document(recipe), settings or [], of_run(frames, output_folder, output_name))
    document = with_report(document) if report else document
    checked = validated(document)
    if not checked.exports and not options.plan:
        raise UsageError(f"{recipe}: there is nothing to write: it has no 'exports'")
    own = checked.input.path
    if not inputs and own is None and listed is None:
        raise UsageError(f"{recipe} names no movie: give one after it, or 'input:' with a 'path:' in it")
    if marked is not None and listed is None:
        raise UsageError("--marked is for the movies of a table: add --from triage.csv")
    chosen = inputs or ([] if listed else [str(folder_of(recipe) / str(own))])
    tasks = _tasks(chosen, Path(checked.output.folder), pattern, listed, marked)
    alone = len(tasks) == 1 and [str(tasks[0].movie)] == [str(Path(text)) for text in chosen]
    batch = Batch(document, checked, options, ("playnano", *ctx.obj["argv"]))
    batch.over_tasks(tasks, alone=alone)


def _tasks(
    inputs: Sequence[str], output_folder: Path, pattern: str | None, listed: Path | None, marked: str | None
) -> list["MovieTask"]:
    from playnano.batch.lists import listed_movies
    from playnano.batch.movies import check_output_folder, matching_files, movie_tasks

    paths = matching_files(inputs)
    if listed is None:
        if pattern is None:
            check_output_folder(paths, output_folder)
        others: list[Path] = []
        tasks = list(movie_tasks(paths, output_folder, pattern, on_other=others.append))
        opened = {task.movie for task in tasks}  # of these folders, opening names what it leaves out
        if pattern is None:
            _note_others([path for path in others if path.parent not in opened])
        return tasks
    if len(paths) > 1 or not all(path.is_dir() for path in paths):
        raise UsageError("--from goes with one folder, which its paths are relative to, or with none")
    chosen = listed_movies(listed, marked, paths[0] if paths else None)
    show([paragraph(f"note: {note}", hanging=2) for note in chosen.notes], err=True)
    return [
        task for movie, below in chosen.movies for task in movie_tasks([movie], output_folder, pattern, below)
    ]


def _note_others(others: Sequence[Path]) -> None:
    """Name the files below folders that are not opened: a movie may have lost its ending."""
    if others:
        text = f"note: not movies by their names, so not read: {listed([shown(path) for path in others])}"
        show([paragraph(text, hanging=2)], err=True)
