"""`playnano view`: look at a movie in the browser, and edit its recipe there."""

from pathlib import Path
from typing import Annotated

import typer

from playnano.cli.flags import Channel, OutputFolder
from playnano.errors import PlaynanoError

EXAMPLES = """\
playnano view movie.asd
playnano view movie.asd --recipe recipe.yaml
playnano view folder_of_movies"""


def view(
    input: Annotated[Path, typer.Argument(metavar="INPUT", help="A movie, a bundle, or a folder of movies.")],
    *,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", metavar="FILE", help="Recipe to load at the start and to save to."),
    ] = None,
    channel: Channel = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            min=0,
            max=65535,
            help="Port to use, or the next free one; 0 for any.  [default: 8420]",
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address without opening a browser.")
    ] = False,
    output_folder: OutputFolder = None,
) -> None:
    """View a movie in the browser and edit its recipe there.

    The page plays the movie, shows the effect of each step, and saves the
    recipe for 'playnano run'. Ctrl-C stops the server.
    """
    try:
        from playnano.viewer.serving import serve
    except ModuleNotFoundError as error:
        raise PlaynanoError("the viewer needs more packages: pip install 'playnano[view]'") from error
    from playnano.cli.run_words import run_command
    from playnano.viewer.session import session_for

    session = session_for(input, recipe, output_folder, channel)
    session.command = run_command
    serve(session, port, browser=not no_browser, announce=lambda address: typer.echo(f"{address}"))
