"""Work on HDF5 files in a child process: where a damaged one crashes the HDF5 library, the parent says so."""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MOST_LOOKED_AT = 64
"""Files of a folder; movies in folders are of one kind."""
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL")
_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_WAY_OUT = "the file is damaged: copy it again from the instrument, or leave it out"


@dataclass
class _Guard:
    is_needed: bool = False
    """Whether a crash of the HDF5 library would end the command without a word."""


_guard = _Guard()


def guarded(argv: Sequence[str]) -> None:
    """Go on in a child where the command line names HDF5 files; the parent waits, and ends as the child does.

    A fork costs a millisecond, and nothing is opened twice. Elsewhere than on Linux nothing is done.
    """
    _guard.is_needed = True
    if not hasattr(signal, "sigwaitinfo"):
        return
    files = [word for word in argv if _holds_hdf5(word)]
    if files:
        _forked(files)
        _guard.is_needed = False


def probing_unguarded() -> AbstractContextManager[None]:
    """Let HDF5 files be opened in another process first, where the command line did not name one.

    A recipe or a pattern names the movie then, it lies beside a result, or the system cannot fork.
    """
    if _guard.is_needed:
        from playnano.readers.probe import probing

        return probing()
    return nullcontext()


def _holds_hdf5(word: str) -> bool:
    try:
        path = Path(word)
        if not path.is_dir():
            return _begins_as_hdf5(path)
        with os.scandir(path) as entries:
            some = [entry.path for entry, _ in zip(entries, range(_MOST_LOOKED_AT), strict=False)]
        return any(_begins_as_hdf5(Path(file)) for file in some)
    except (OSError, ValueError):
        return False


def _begins_as_hdf5(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_HDF5)) == _HDF5


def _forked(files: Sequence[str]) -> None:
    """Returns in the child alone."""
    numbers = {getattr(signal, name) for name in (*_PASSED_ON, "SIGCHLD")}
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it is ignored, none would ever come
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    parent_lives, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(held)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        Thread(target=_end_with_parent, args=(parent_lives,), daemon=True).start()
        return
    os.close(parent_lives)
    _end_like(_status(child, numbers), files)


def _end_with_parent(parent_lives: int) -> None:
    """The pipe ends with the parent: whoever kills it means the work."""
    os.read(parent_lives, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def _status(child: int, numbers: set[int]) -> int:
    """How the child ended. Signals to the parent alone are passed on; those of the terminal go to both."""
    while True:
        got = signal.sigwaitinfo(numbers)
        if got.si_signo != signal.SIGCHLD:
            if got.si_code <= 0:  # sent by a process
                os.kill(child, got.si_signo)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)


def _end_like(code: int, files: Sequence[str]) -> None:
    name = signal.Signals(-code).name if code < 0 else ""
    if name in _CRASHES:
        from playnano.cli.output import report_error

        which = files[0] if len(files) == 1 else f"one of {len(files)} HDF5 files"
        report_error(f"{which}: the HDF5 library crashed ({name}); {_WAY_OUT}")
        code = 1
    elif code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.kill(os.getpid(), -code)
    sys.stdout.flush()
    os._exit(code)
