"""A command line in a process that may not have more than a little memory."""

import os
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from forks import answer, forked, limit_memory


@dataclass(frozen=True)
class Done:
    code: int
    text: str
    errors: str


def in_little_memory(*argv: str | Path, megabytes: int = 1000, timeout: float = 60) -> Done:
    """Run `playnano` with a limit to its memory."""
    with forked(_run, [str(word) for word in argv], megabytes * 1_000_000) as child:
        return Done(*answer(child, timeout))


def _run(connection: Connection, argv: list[str], most: int) -> None:
    from playnano.cli import main

    with tempfile.TemporaryFile() as text, tempfile.TemporaryFile() as errors:
        os.dup2(text.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        sys.argv = ["playnano", *argv]
        limit_memory(most)
        try:
            main()
            code = 0
        except SystemExit as done:
            code = int(done.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send((code, *(_content(file.fileno()) for file in (text, errors))))


def _content(number: int) -> str:
    return os.pread(number, 1 << 24, 0).decode()
