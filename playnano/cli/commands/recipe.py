"""`playnano recipe`: how a bundle was made."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\
playnano recipe output/movie_filtered.h5 > again.yaml"""


def recipe(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A file or pictures that playnano wrote.")],
) -> None:
    """Print the recipe inside a bundle, ready to run.

    Every default is written out: 'playnano recipe bundle.h5 > again.yaml'
    and 'playnano run again.yaml movie.h5-jpk' make the same again.
    """
    from playnano.runner.verify import recipe_in

    typer.echo(recipe_in(bundle).to_yaml(), nl=False)
