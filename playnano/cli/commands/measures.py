"""`playnano measures`: what can be measured on a movie."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from playnano.cli.commands.steps import described, set_aside
from playnano.cli.output import first_line, paragraph, show, table

if TYPE_CHECKING:
    from playnano.measurements import Measure

EXAMPLES = """\
playnano measures
playnano measures features"""


def _names(incomplete: str) -> list[str]:
    from playnano.measurements import MEASURES

    return [name for name in MEASURES.names if name.startswith(incomplete)]


def measures(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Describe one measure.", autocompletion=_names)
    ] = None,
) -> None:
    """List the measures, or describe one.

    Of one: what it measures and by which method, its parameters with their
    units, limits and defaults, an example, and the columns of its table.
    """
    from playnano.measurements import MEASURES

    if name is None:
        show(list(table([(key, first_line(MEASURES[key].__doc__)) for key in MEASURES.names])))
        show(set_aside(MEASURES.set_aside))
    else:
        measure = MEASURES[MEASURES.canonical(name)]
        show([*described(measure, "measure"), *_columns(measure)])


def _columns(measure: "type[Measure]") -> Iterator[str]:
    from playnano.reference.pages import columns_of_example, example_measure

    example = example_measure(measure)
    columns = example.columns("nm", columns_of_example(example))
    yield f"\ncolumns (for heights in nm), rows sorted by {measure.order}" if columns else "\nno table"
    for column in columns:
        yield f"  {column.name}"
        unit = f", in {column.unit}" if column.unit else ""
        yield paragraph(f"{column.description}{unit}", indent=6)
