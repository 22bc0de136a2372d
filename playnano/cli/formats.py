"""`playnano formats`: what can be read and written."""

from typing import TYPE_CHECKING

from playnano.cli.output import first_line, show, table
from playnano.cli.steps import set_aside

if TYPE_CHECKING:
    from playnano.exporters import Export

EXAMPLES = """\
playnano formats"""


def formats() -> None:
    """List the formats that can be read and those that can be written."""
    from playnano.exporters import EXPORTS
    from playnano.readers import READERS

    readers = [(reader.name, " ".join(reader.suffixes), reader.description) for reader in READERS]
    show(["read", *table(readers, indent=2)])
    show(["", "written", *table([_row(name, EXPORTS[name]) for name in EXPORTS.names], indent=2)])
    show(set_aside({**READERS.set_aside, **EXPORTS.set_aside}))


def _row(name: str, export: "type[Export]") -> tuple[str, str, str]:
    return ", ".join((name, *export.aliases)), export.extension, first_line(export.__doc__)
