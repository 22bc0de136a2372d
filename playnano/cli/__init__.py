"""The command line: the only layer that prints, parses flags or exits."""

import gc
import os
import signal
import sys
import time
from types import FrameType

from playnano.cli.guard import guarded

PATIENCE_S = 5.0
"""How long signals that come after the first do nothing."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C. After a plain KeyboardInterrupt inside `exec`, Python ends by the signal, whoever caught it."""


def main() -> None:
    """Run the `playnano` command."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # frames are the unit of parallel work; read when numpy is imported
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a console that lacks a character of a file's name
    guarded(sys.argv[1:])
    stop = _Stop.on("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")

    gc.disable()  # imports leave no garbage; looking for it is a twentieth of the time of `--help`
    from playnano.cli.app import app

    gc.freeze()
    gc.enable()
    try:
        app()
    finally:
        _flush()
        stop.end()


class Stopped(SystemExit):
    """A signal's stop, told apart from the SystemExit that a library raises."""


class _Stop:
    """Leaves by an exception, so that what is half-written is removed on the way out.

    More signals meanwhile (a second Ctrl-C) do not stop the removing; after a while they stop what hangs.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._numbers: list[int] = []

    @classmethod
    def on(cls, *names: str) -> "_Stop":
        """Signals that end the program, unless whoever started it wants them ignored."""
        stop, usual = cls(), (signal.SIG_DFL, signal.default_int_handler)
        for name in names:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) in usual:
                signal.signal(number, stop)
                stop._numbers.append(number)
        return stop

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._since is not None and now - self._since < PATIENCE_S:
            return
        self._since = now
        if number == signal.SIGINT:
            raise Interrupted
        raise Stopped(128 + number)

    def end(self) -> None:
        """After a stop, leave with its exit code, whatever else is sent while Python ends."""
        for number in self._numbers if self._since is not None else ():
            signal.signal(number, signal.SIG_IGN)


def _flush() -> None:
    """A reader that has gone (`playnano steps | head -1`) is no fault."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
