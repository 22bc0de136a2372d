"""What is printed, and how: tables that fit the terminal, sizes, errors."""

import errno
import io
import json
import os
import re
import shutil
import sys
import textwrap
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from playnano.errors import PlaynanoError
from playnano.filenames import readable

_BEGINS_WITH_A_PLACE = re.compile(r"--\w|[^\n]+?:\d+:\d+: ")


class UsageError(PlaynanoError):
    """A command line that asks for what cannot be; exits with 2."""


def say(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Print text: all that is printed goes through here, so that nothing a file says steers the terminal."""
    try:
        typer.echo("\n".join(map(printable, text.split("\n"))) + end, err=err, nl=False)
    except OSError as error:
        if error.errno != errno.ENOSPC or err:
            raise
        stop_printing(error)
        raise typer.Exit(1) from None


def say_json(value: Any) -> None:
    """Print a value as JSON, with characters that are no text as its escapes."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    say("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def report_error(message: str) -> None:
    """An error, on standard error; one that begins with its place or its flag needs no word before it."""
    say(message if _BEGINS_WITH_A_PLACE.match(message) else f"error: {message}", err=True)


def stop_printing(error: OSError) -> None:
    """Say that standard output takes no more, and let nothing more be written to it at the end."""
    report_error(f"cannot print: {error.strerror}")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def report_usage(error: Exception) -> int:
    """A command line that typer refuses, and the exit code; 0 for another exception."""
    show_to = getattr(error, "show", None)  # of typer's own Click, or of the one beside it
    if show_to is None:
        return 0
    text = io.StringIO()
    show_to(text)
    say(text.getvalue(), err=True, end="")
    return int(getattr(error, "exit_code", 2))


def report_bug() -> int:
    """The exception that is being handled, with a word on what to do; the exit code."""
    report_bug_text(traceback.format_exc())
    return 3


def report_bug_text(text: str) -> None:
    """A traceback, with a word on what to do."""
    say(text, err=True, end="")
    say("this is a bug in playnano: please report it, with the lines above", err=True)


def width() -> int:
    """Columns of the terminal; 80 where there is none."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


def table(rows: Sequence[Sequence[str]], indent: int = 0) -> Iterator[str]:
    """Lines of a table whose columns are aligned and whose last column is wrapped."""
    rows = [[printable(cell) for cell in row] for row in rows]
    columns = range(max((len(row) for row in rows), default=1) - 1)
    widths = [max(len(row[column]) for row in rows if len(row) > column) for column in columns]
    margin = indent + sum(widths) + 2 * len(widths)
    for row in rows:
        *cells, last = row
        start = " " * indent + "".join(f"{cell:<{wide}}  " for cell, wide in zip(cells, widths, strict=False))
        yield from _wrapped(start, last, margin if len(cells) == len(widths) else len(start))


def _wrapped(start: str, text: str, margin: int) -> list[str]:
    room = max(20, width() - margin)
    lines = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
    return [f"{start}{lines[0]}".rstrip(), *(" " * margin + line for line in lines[1:])]


def paragraph(text: str, indent: int = 0, hanging: int | None = None) -> str:
    """One paragraph, wrapped to the terminal; its further lines are indented by `hanging`."""
    further = indent if hanging is None else hanging
    return textwrap.fill(
        printable(text),
        width(),
        initial_indent=" " * indent,
        subsequent_indent=" " * further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def show(lines: Iterator[str] | Sequence[str], *, err: bool = False) -> None:
    """Print lines."""
    for line in lines:
        say(line, err=err)


def printable(text: str) -> str:
    """Text from a file without what would steer the terminal."""
    return text if text.isprintable() else "".join(map(_printable, readable(text)))


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace():
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def size(count: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 99.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def plural(count: int, noun: str) -> str:
    """`1 frame`, `2 frames`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def first_line(documentation: str | None) -> str:
    """The first line of a docstring."""
    return (documentation or "").strip().split("\n", 1)[0]


def is_terminal() -> bool:
    """Whether standard error is a terminal that can go back in a line."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
