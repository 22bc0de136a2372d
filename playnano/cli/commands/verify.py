"""`playnano verify`: whether a bundle can be made again."""

from pathlib import Path
from typing import Annotated

import typer

from playnano.cli.flags import Quiet, Threads
from playnano.cli.output import show
from playnano.cli.progress import progress

EXAMPLES = """\
playnano verify output/movie_filtered.h5
playnano verify output/movie_filtered.h5 data/movie.asd"""


def verify(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A file that playnano wrote.")],
    movie: Annotated[
        Path | None,
        typer.Argument(
            metavar="[INPUT]", help="What it was made from; looked for beside the bundle unless given."
        ),
    ] = None,
    *,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Run a bundle's recipe again, and compare every step.

    Exit code 0: reproduced. 1: not, and which step is the first to differ.
    """
    from playnano.runner.verify import verify as verdict_on

    with progress(quiet) as report:
        verdict = verdict_on(bundle, movie, threads=threads, report=report)
    if not quiet:
        typer.echo(f"{bundle}: {'reproduced' if verdict.reproduced else 'not reproduced'}")
        show([f"  {finding}" for finding in verdict.findings])
    if not verdict.reproduced:
        raise typer.Exit(1)
