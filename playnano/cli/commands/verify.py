"""`playnano verify`: whether a bundle can be made again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playnano.cli.flags import Quiet, Threads
from playnano.cli.guard import probing_unguarded
from playnano.cli.output import paragraph, say, show
from playnano.cli.progress import progress

if TYPE_CHECKING:
    from playnano.runner.verify import Verdict

UNLISTED = "it does not list its contents, so that a layer or table that was removed is not noticed"
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

    with probing_unguarded(), progress(quiet) as report:
        verdict = verdict_on(bundle, movie, threads=threads, report=report)
    show([paragraph(f"warning: {bundle}: {text}", hanging=2) for text in verdict.warnings], err=True)
    if not quiet:
        say(f"{bundle}: {_in_words(verdict)}")
        show([f"  {finding}" for finding in verdict.findings])
    if not verdict.reproduced:
        raise typer.Exit(1)


def _in_words(verdict: "Verdict") -> str:
    if not verdict.reproduced:
        return "not reproduced"
    return "reproduced" if verdict.lists_contents else f"what it holds is reproduced; {UNLISTED}"
