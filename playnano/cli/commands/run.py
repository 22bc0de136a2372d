"""`playnano run`: run a recipe."""

from typing import Annotated

import typer

from playnano.batch.movies import matching_files
from playnano.cli.batch_text import Batch
from playnano.cli.flags import (
    Frames,
    OutputFolder,
    OutputName,
    Overwrite,
    PlanFlag,
    Quiet,
    ReportFlag,
    RunOptions,
    Settings,
    Threads,
)
from playnano.cli.output import UsageError
from playnano.cli.recipe_flags import of_run, with_flags, with_report

EXAMPLES = """\
playnano run recipe.yaml movie.h5-jpk
playnano run recipe.yaml *.asd --output-folder results --threads 2
playnano run recipe.yaml movie.asd --set steps.2.sigma=1.5 --report"""


def run(
    ctx: typer.Context,
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Recipe file, or - for standard input.")],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT]...", help="Movies to process, one after another.  [default: the recipe's input]"
        ),
    ] = None,
    *,
    settings: Settings = None,
    frames: Frames = None,
    output_folder: OutputFolder = None,
    output_name: OutputName = None,
    report: ReportFlag = False,
    overwrite: Overwrite = False,
    threads: Threads = None,
    quiet: Quiet = False,
    plan: PlanFlag = False,
) -> None:
    """Run a recipe on one movie or several.

    Files are named after each movie. If a movie fails, the error names it,
    the others are still processed, and the exit code is 1.
    """
    from playnano.recipe.reading import folder_of, read_document, validated

    document = with_flags(read_document(recipe), settings or [], of_run(frames, output_folder, output_name))
    document = with_report(document) if report else document
    checked = validated(document)
    if not checked.exports and not plan:
        raise UsageError(f"{recipe}: there is nothing to write: it has no 'exports'")
    own = checked.input.path
    if not inputs and own is None:
        raise UsageError(f"{recipe} names no movie: give one after it, or 'input:' with a 'path:' in it")
    chosen = matching_files(inputs) if inputs else [folder_of(recipe) / str(own)]
    manner = RunOptions(overwrite, threads, quiet, plan)
    Batch(document, checked, manner, ("playnano", *ctx.obj["argv"])).over(chosen)
