"""`playnano verify`: whether a bundle can be made again."""

from pathlib import Path
from typing import Annotated

import typer

from playnano.cli.flags import Quiet, Threads
from playnano.cli.output import show
from playnano.cli.progress import progress

EXAMPLES = """\
playnano verify output/movie_filtered.h5
playnano verify output/movie_filtered.h5 data/movie.asd
playnano verify output/movie_filtered.gif"""


def verify(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A file or pictures that playnano wrote.")],
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
    """Run the recipe in a result again, and compare all that it holds.

    Exit code 0: reproduced. 1: not, with what differs: a step, a layer, a
    mask, a pixel size, a time, the recipe. Pictures are drawn again, as the
    .provenance.json beside them says.
    """
    from playnano.runner.verify import verify as verdict_on

    with progress(quiet) as report:
        verdict = verdict_on(bundle, movie, threads=threads, report=report)
    if not quiet:
        typer.echo(f"{bundle}: {'reproduced' if verdict.reproduced else 'not reproduced'}")
        show([f"  {finding}" for finding in verdict.findings])
    if not verdict.reproduced:
        raise typer.Exit(1)
