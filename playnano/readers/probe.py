"""HDF5 files opened first in a child process: what crashes or hangs HDF5 costs one movie, not the run.

    with probing():
        check_in_child(path, options)  # raises a ReadError where the child dies

One child serves the whole block. It starts with the first HDF5 file, and is replaced when it dies.
"""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

from playnano.errors import ReadError
from playnano.readers.parsing.hdf5 import is_hdf5

LONGEST_S = 120.0
"""What no intact file takes to be opened, even from a slow disk; damaged ones can keep HDF5 busy for ever."""
MOST_READ = 64 << 20
"""Of movies up to this size, in bytes, the first and the last frame are read too."""
CHILD = ("-P", "-m", "playnano.readers.probe")
"""Arguments of Python that start the child."""
_READY, _ALIVE, _HUNG = b"ready\n", b"alive\n", 1
_WAY_OUT = "copy it again from the instrument, or leave it out"


class Probe:
    """A child process that opens files; whoever asks waits for its answer."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def check(self, path: Path, options: Mapping[str, Any]) -> None:
        """Open a movie of HDF5 files in the child.

        Raises
        ------
        ReadError
            Where the child crashes or hangs. Whatever else is wrong with the movie is left to its reader.
        """
        if not _holds_hdf5(path):
            return
        with self._lock:
            child = self._child = self._child or _started()
            if child is not None and not _answers(child, json.dumps([os.fspath(path), dict(options)])):
                self._child = None
                raise ReadError(f"{path}: {_cause(_ended(child))}")

    def close(self) -> None:
        """End the child."""
        with self._lock:
            if self._child is not None:
                _ended(self._child)
            self._child = None


_current: ContextVar[Probe | None] = ContextVar("probe", default=None)


@contextmanager
def probing() -> Iterator[None]:
    """Let `check_in_child` work within this block; a block inside another uses its child."""
    if _current.get() is not None:
        yield
        return
    probe = Probe()
    token = _current.set(probe)
    try:
        yield
    finally:
        _current.reset(token)
        probe.close()


def check_in_child(path: Path, options: Mapping[str, Any]) -> None:
    """Open a movie of HDF5 files in a child process first; outside of `probing()`, nothing is done.

    Parameters
    ----------
    options : mapping
        What `open_movie` will be given.

    Raises
    ------
    ReadError
        Where the HDF5 library crashes on it or hangs.
    """
    probe = _current.get()
    if probe is not None:
        probe.check(path, options)


def _holds_hdf5(path: Path) -> bool:
    with suppress(OSError):
        return any(map(is_hdf5, path.iterdir())) if path.is_dir() else is_hdf5(path)
    return False


def _started() -> "subprocess.Popen[bytes] | None":
    """A child that is ready; None where none can be had, and movies are opened without."""
    windowless = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows opens a console else
    pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(  # noqa: S603 - our own list of words, and no shell
            [sys.executable, *CHILD, str(LONGEST_S)],
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            creationflags=windowless,
        )
    except OSError:
        return None
    if _pipe(child.stdout).readline() == _READY:
        return child
    _ended(child)
    return None


def _answers(child: "subprocess.Popen[bytes]", question: str) -> bool:
    stdin = _pipe(child.stdin)
    with suppress(OSError):  # it died before
        stdin.write(question.encode() + b"\n")
        stdin.flush()
    return _pipe(child.stdout).readline() == _ALIVE


def _ended(child: "subprocess.Popen[bytes]") -> int:
    with suppress(OSError):
        _pipe(child.stdin).close()
    code = child.wait()
    _pipe(child.stdout).close()
    return code


def _cause(code: int) -> str:
    if code == _HUNG:
        return f"the file is damaged: HDF5 has not opened it after {LONGEST_S:.0f} s; {_WAY_OUT}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
    return f"the file is damaged: the HDF5 library crashes on it ({name}); {_WAY_OUT}"


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    return cast(IO[bytes], stream)  # both are pipes


def main(longest_s: float) -> None:
    """Be the child: answer each line of standard input once the movie that it names is open."""
    import faulthandler

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end closes standard input
    _leave_no_core()
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints is no answer
    answers.write(_READY)
    for line in sys.stdin.buffer:
        path, options = json.loads(line)
        faulthandler.dump_traceback_later(longest_s, exit=True)  # needs no GIL, which HDF5 may hold
        with suppress(BaseException):  # a reader's SystemExit is no crash
            _look(Path(path), options)
        faulthandler.cancel_dump_traceback_later()
        answers.write(_ALIVE)


def _look(path: Path, options: dict[str, Any]) -> None:
    from playnano.readers.opening import open_movie

    stack = open_movie(path, hashed=False, **options)
    if math.prod(stack.shape) * stack.dtype.itemsize <= MOST_READ:
        _ = stack[0], stack[len(stack) - 1]
    for table in stack.tables.values():
        dict(table.values)


def _leave_no_core() -> None:
    if sys.platform != "win32":
        import resource

        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(float(sys.argv[1]))
