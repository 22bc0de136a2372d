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
        typer.Option("--recipe", metavar="FILE", help="The recipe to begin with, and to save to."),
    ] = None,
    channel: Channel = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            min=0,
            max=65535,
            help="Port on this machine, or the next free one; 0 is any.  [default: 8420]",
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, and open no browser.")
    ] = False,
    output_folder: OutputFolder = None,
) -> None:
    """Look at a movie in the browser, and edit its recipe there.

    The page plays the movie, shows what each step does, and saves the recipe
    with which 'playnano run' writes the same. Ctrl-C ends it.
    """
    try:
        from playnano.viewer.serving import serve
    except ModuleNotFoundError as error:
        raise PlaynanoError("the viewer needs more packages: pip install 'playnano[view]'") from error
    from playnano.viewer.session import session_for

    session = session_for(input, recipe, output_folder, channel)
    serve(session, port, browser=not no_browser, announce=lambda address: typer.echo(f"{address}"))
