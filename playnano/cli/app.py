"""The application: its commands, and what becomes of errors."""

import errno
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from playnano.cli.argv import refuse_names_like_flags, refuse_other_formats, rewritten_argv
from playnano.cli.command import Command, write_examples
from playnano.cli.commands import (
    analyze,
    check,
    convert,
    formats,
    info,
    measures,
    process,
    recipe,
    run,
    sample,
    schema,
    steps,
    verify,
    view,
)
from playnano.cli.output import UsageError, report_bug, report_error, report_usage, say, stop_printing
from playnano.errors import PlaynanoError
from playnano.filenames import shown

INTERRUPTED = 130
EXAMPLES = """\
playnano sample movie.h5
playnano info movie.h5
playnano process movie.h5 --processing remove_plane --export npz"""


class Commands(TyperGroup):
    """Exit codes: 0 done, 1 an error the user can mend, 2 wrong usage, 3 a bug, 130 Ctrl-C."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        """Run a command line, and end with its exit code."""
        argv = list(sys.argv[1:] if args is None else args)
        more = {"obj": {"argv": argv}, **more, "standalone_mode": False}
        refuse_names_like_flags(argv)
        refuse_other_formats(argv)
        try:
            sys.exit(super().main(rewritten_argv(argv), *rest, **more) or 0)
        except PlaynanoError as error:
            report_error(str(error))
            sys.exit(2 if isinstance(error, UsageError) else 1)
        except OSError as error:
            sys.exit(_refused_by_the_system(error))
        except Exception as error:
            sys.exit(report_usage(error) or report_bug())

    def format_epilog(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write the examples."""
        write_examples(self.epilog, formatter)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the requested command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            report_error("stopped by Ctrl-C; no half-written file is left")
            raise typer.Exit(INTERRUPTED) from None


def _refused_by_the_system(error: OSError) -> int:
    """An error of the operating system that names what the user gave; the exit code."""
    if error.errno == errno.ENOSPC and error.filename is None:
        stop_printing(error)
        return 1
    if error.errno in (errno.ENAMETOOLONG, errno.ELOOP) and error.filename is not None:
        name = str(error.filename)
        report_error(f"{shown(name if len(name) <= 60 else name[:60] + '...')}: {error.strerror}")
        return 1
    return report_bug()


app = typer.Typer(
    name="playnano",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=EXAMPLES,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        say(f"playnano {version('playnano')}")
        raise typer.Exit


@app.callback()
def playnano(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Process and export high-speed AFM movies with reproducible recipes."""


app.command(cls=Command, epilog=run.EXAMPLES)(run.run)
app.command(cls=Command, epilog=process.EXAMPLES)(process.process)
app.command(cls=Command, epilog=analyze.EXAMPLES)(analyze.analyze)
app.command(cls=Command, epilog=convert.EXAMPLES)(convert.convert)
app.command(cls=Command, epilog=check.EXAMPLES)(check.check)
app.command(cls=Command, epilog=info.EXAMPLES)(info.info)
app.command(cls=Command, epilog=steps.EXAMPLES)(steps.steps)
app.command(cls=Command, epilog=measures.EXAMPLES)(measures.measures)
app.command(cls=Command, epilog=formats.EXAMPLES)(formats.formats)
app.command(cls=Command, epilog=sample.EXAMPLES)(sample.sample)
app.command(cls=Command, epilog=recipe.EXAMPLES)(recipe.recipe)
app.command(cls=Command, epilog=verify.EXAMPLES)(verify.verify)
app.command(cls=Command, epilog=view.EXAMPLES)(view.view)
app.command(cls=Command, epilog=schema.EXAMPLES)(schema.schema)
