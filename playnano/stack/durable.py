"""What is written stays written: files and folders flushed to the disk, folders locked."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_SIGNALS = ("SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP", "SIGBREAK")


def sync(path: Path) -> None:
    """Flush a file, or a folder with all that it holds, to the disk."""
    if path.is_dir():
        for folder, _, files in os.walk(path):
            for name in files:
                _sync_file(Path(folder, name))
            sync_folder(Path(folder))
    else:
        _sync_file(path)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder; where the system has no such thing, nothing is done."""
    try:
        number = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:  # Windows opens no folders
        return
    try:
        with suppress(OSError):  # some network disks refuse
            os.fsync(number)
    finally:
        os.close(number)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents so that they are there after a power cut."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_folder(made.parent)


def lock(file: BinaryIO, *, shared: bool = False) -> None:
    """Hold a file's lock until it is closed, or the process ends.

    Parameters
    ----------
    shared : bool
        Together with others who hold it shared; a lock held alone becomes shared. On Windows, where files
        have no such lock, nothing is done.

    Raises
    ------
    BlockingIOError
        Where another holds it.
    OSError
        Where the disk has no locks.
    """
    if sys.platform == "win32":
        if shared:
            return
        file.seek(1 << 30)  # a byte that is never written, so that the text can be read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
    else:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """One process at a time changes names in a folder; where folders cannot be locked, nothing is done."""
    if sys.platform == "win32":
        yield
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks have no locks
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that would stop the program wait until the block is done; they reach the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before: dict[int, Any] = {number: signal.getsignal(number) for number in numbers}
    mine = {number: handler for number, handler in before.items() if handler is not None}
    try:
        for number in mine:
            signal.signal(number, lambda caught, frame: waiting.append(caught))
        yield
    finally:
        for number, handler in mine.items():
            signal.signal(number, handler)
    for number in waiting[:1]:
        signal.raise_signal(number)


def _sync_file(path: Path) -> None:
    if path.is_symlink():  # what it leads to is another's, and need not be there
        return
    # Windows flushes only what is open for writing
    number = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
