"""The reference page of the commands, from the commands themselves."""

from collections.abc import Iterator, Sequence

import typer
from typer.core import TyperGroup
from typer.main import get_command

from playnano.cli.app import app
from playnano.cli.command import Command
from playnano.reference.markdown import cell

_INTRODUCTION = """\
# Commands

`playnano COMMAND --help` prints the same in a terminal. `python -m playnano` is equivalent to `playnano`.

Exit codes: 0 done; 1 an error you can fix, explained in one message; 2 an invalid command line; 3 a bug in
playnano, with a traceback; 130 stopped by Ctrl-C.

Shells interpret spaces, `;` and `[`: quote such arguments, as in the examples.

A flag that takes several values (`--export npz hdf5`) takes all following words that are known formats.
Write a file that is named like a format as `./npz`, or put it after `--`.
"""


def commands_page() -> str:
    """Markdown of every command, in the order of `playnano --help`."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)  # noqa: S101 - an application of several commands
    context = typer.Context(group, info_name="playnano", **group.context_settings)
    commands = [(name, command) for name, command in group.commands.items() if isinstance(command, Command)]
    return "\n".join([_INTRODUCTION, *(_section(name, command, context) for name, command in commands)])


def _section(name: str, command: Command, above: typer.Context) -> str:
    context = typer.Context(command, info_name=name, parent=above)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"## {name}", "", "```", usage, "```", "", (command.help or "").strip(), ""]
    lines += _table("argument", command.arguments(context))
    lines += _table("option", command.options(context))
    lines += ["```", command.epilog or "", "```", ""]
    return "\n".join(lines)


def _table(heading: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield from (f"| {heading} | |", "| --- | --- |")
        yield from (f"| `{cell(name)}` | {cell(text)} |" for name, text in rows)
        yield ""
