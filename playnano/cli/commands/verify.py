"""`playnano verify`: whether a bundle can be made again."""

from pathlib import Path
from typing import Annotated

import typer

from playnano.cli.flags import Quiet, Threads
from playnano.cli.output import paragraph, say, show
from playnano.cli.progress import progress

EXAMPLES = """\
playnano verify output/movie_filtered.h5
playnano verify output/movie_filtered.h5 data/movie.asd
playnano verify output/movie_filtered.gif"""


def verify(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A file or pictures written by playnano.")],
    movie: Annotated[
        Path | None,
        typer.Argument(
            metavar="[INPUT]", help="The movie it was made from.  [default: searched beside the bundle]"
        ),
    ] = None,
    *,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Run the recipe in a result again and compare everything it holds.

    The exit code is 0 if the result is reproduced, else 1 with a list of what
    differs: steps, layers, masks, pixel sizes, times, the recipe. Pictures
    are redrawn from the .provenance.json beside them.
    """
    from playnano.runner.verify import verify as verdict_on

    with progress(quiet) as report:
        verdict = verdict_on(bundle, movie, threads=threads, report=report)
    show([paragraph(f"warning: {bundle}: {text}", hanging=2) for text in verdict.warnings], err=True)
    if not quiet:
        say(f"{bundle}: {'reproduced' if verdict.reproduced else 'not reproduced'}")
        show([f"  {finding}" for finding in verdict.findings])
    if not verdict.reproduced:
        raise typer.Exit(1)
