"""`playnano formats`: what can be read and written, and what that keeps of a movie."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from playnano.cli.commands.steps import described, set_aside
from playnano.cli.output import first_line, paragraph, show

if TYPE_CHECKING:
    from playnano.exporters import Export
    from playnano.readers.base import Reader

EXAMPLES = """\
playnano formats
playnano formats gif"""


def formats(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Describe this output format in detail.")
    ] = None,
) -> None:
    """List the formats, and what each preserves and loses.

    For one output format: its settings with units, limits and defaults, and
    an example.
    """
    from playnano.exporters import EXPORTS
    from playnano.readers import READERS

    if name is not None:
        show(described(EXPORTS[EXPORTS.canonical(name.lower())], "format"))
        return
    show(["read", *(line for reader in READERS for line in _reader(reader))])
    show(["\nwritten", *(line for key in EXPORTS.names for line in _export(key, EXPORTS[key]))])
    show(set_aside({**READERS.set_aside, **EXPORTS.set_aside}))


def _reader(reader: "Reader") -> Iterator[str]:
    folders = ", alone or a folder of them" if reader.folders else ""
    yield f"  {reader.name}: {' '.join(reader.endings())}{folders}"
    yield from _details(reader.description, reader.keeps, reader.loses)


def _export(name: str, export: "type[Export]") -> Iterator[str]:
    yield f"  {', '.join((name, *export.aliases))}: {export.extension or 'a folder'}"
    yield from _details(first_line(export.__doc__), ", ".join(export.preserves), ", ".join(export.loses()))


def _details(description: str, keeps: str, loses: str) -> Iterator[str]:
    yield paragraph(description, indent=6)
    yield paragraph(f"keeps {keeps}", indent=6, hanging=8) if keeps else ""
    yield paragraph(f"loses {loses}", indent=6, hanging=8) if loses else ""
