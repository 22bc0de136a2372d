"""The command line: the only layer that prints, parses flags or exits."""

import os
import signal
import sys
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Ctrl-C. After a plain KeyboardInterrupt inside `exec`, Python ends by the signal, whoever caught it."""


def main() -> None:
    """Run the `playnano` command."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # frames are the unit of parallel work; read when numpy is imported
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a console that lacks a character of a file's name
    _end_on("SIGTERM", "SIGHUP")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)

    from playnano.cli.app import app

    try:
        app()
    finally:
        _flush()


def _end_on(*names: str) -> None:
    """Leave by an exception, so that scratch files are removed on the way out."""
    for name in names:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def _flush() -> None:
    """A reader that has gone (`playnano steps | head -1`) is no fault."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
