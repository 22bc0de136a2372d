"""`playnano schema`: the JSON schemas, for editors and other programs."""

from enum import StrEnum
from typing import Annotated

import typer

from playnano.cli.output import say_json

EXAMPLES = """\
playnano schema > recipe.schema.json
playnano schema provenance"""


class Kind(StrEnum):
    """What has a schema."""

    RECIPE = "recipe"
    PROVENANCE = "provenance"


def schema(
    kind: Annotated[
        Kind,
        typer.Argument(metavar="[recipe|provenance]", help="Which schema to print.  [default: recipe]"),
    ] = Kind.RECIPE,
) -> None:
    """Print the JSON schema of recipes or of provenance.

    The schema of recipes includes installed plugins.
    """
    from playnano.reference.schemas import provenance_schema, recipe_schema

    document = recipe_schema() if kind is Kind.RECIPE else provenance_schema()
    say_json(document)
