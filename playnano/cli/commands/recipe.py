"""`playnano recipe`: how a result was made, and the recipes that come with playnano."""

from pathlib import Path
from typing import Annotated

import typer

from playnano.cli.output import UsageError, say, show, table
from playnano.errors import ReadError

EXAMPLES = """\
playnano recipe output/movie_filtered.h5 > again.yaml
playnano recipe --list
playnano recipe publication > my.yaml"""


def recipe(
    result: Annotated[
        str | None,
        typer.Argument(
            metavar="[RESULT|NAME]",
            help="A file or pictures written by playnano, or the name of a recipe that comes with playnano.",
        ),
    ] = None,
    *,
    names: Annotated[bool, typer.Option("--list", help="List the recipes that come with playnano.")] = False,
) -> None:
    """Print the recipe stored in a result, or one to start from.

    Every default is written out, so 'playnano recipe bundle.h5 > again.yaml'
    and 'playnano run again.yaml movie.h5-jpk' reproduce the bundle.
    """
    from playnano.recipe.shipped import purpose, recipe_names

    if names:
        show(table([(name, purpose(name)) for name in recipe_names()]))
    elif result is None:
        raise UsageError("name a result, or a recipe of 'playnano recipe --list'")
    else:
        say(_text(result), end="")


def _text(result: str) -> str:
    from playnano.recipe.shipped import recipe_names, recipe_text
    from playnano.runner.verify import recipe_in

    path = Path(result)
    if not path.exists() and path.name == result and (result in recipe_names() or not path.suffix):
        return recipe_text(result)
    try:
        return recipe_in(path).to_yaml()
    except ReadError as error:
        raise ReadError(f"{error}; 'playnano recipe --list' lists what comes with playnano") from error
