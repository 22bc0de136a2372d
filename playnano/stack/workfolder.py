"""Hidden folders for files on their way: locked by a living process, removed by the next if it died."""

import os
import re
import stat
import tempfile
import threading
import weakref
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from playnano.errors import PlaynanoError
from playnano.stack.durable import alone_in, lock, uninterrupted
from playnano.stack.journal import COMPLETE, DRAFT, JOURNAL, NEW, OLD, UNDONE, read_journal, remove_tree

PREFIX = ".playnano-"
LOCK = "lock"
_NAME = re.compile(rf"{re.escape(PREFIX)}[a-z0-9_]{{8}}")
_PARTS = re.compile("|".join(map(re.escape, (LOCK, NEW, OLD, UNDONE, JOURNAL, COMPLETE, DRAFT))) + r"|[0-9]+")
"""What a work folder holds: one with more in it is somebody's own, whatever it is called."""
_ATTEMPTS = 100

_HALF_PLACED = (
    "a run was stopped while it put this file and others in place: they may be of two runs; "
    "the next run into this folder gives back those that were there before"
)

_cleared: set[Path] = set()
_clearing = threading.Lock()


class WorkFolder:
    """A hidden folder that belongs to this process, and goes with the last who holds it.

    Its lock says that its process lives. Whoever first makes one in a folder removes those there that no
    living process holds, and undoes what their journals say was half put in place.

    Parameters
    ----------
    beside : Path, optional
        An existing folder, on the disk to use; without it, the system's temporary folder.

    Raises
    ------
    PlaynanoError
        Where the folder refuses.
    """

    def __init__(self, beside: Path | None = None) -> None:
        folder = Path(tempfile.gettempdir()) if beside is None else beside
        recover(folder)
        try:
            with uninterrupted():
                self.path, held = _locked_folder(folder)
                self._finalizer = weakref.finalize(self, _remove, self.path, held)
        except OSError as error:
            raise PlaynanoError(f"cannot write in {folder}: {error.strerror or error}") from error
        except BaseException:  # a signal that had to wait
            self._finalizer()
            raise

    def __enter__(self) -> "WorkFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    @property
    def new(self) -> Path:
        """Folder for what `place` is to put in place, each under its final name."""
        for name in (NEW, OLD):
            (self.path / name).mkdir(exist_ok=True)
        return self.path / NEW

    def remove(self) -> None:
        """Delete it now, with all that it holds."""
        self._finalizer()


def recover(folder: Path, *, again: bool = False) -> None:
    """Clear a folder of what processes that died left there; done once per process and folder.

    Names that such a process had put half in place get back what bore them before.

    Parameters
    ----------
    again : bool
        Whether to look once more: a process that worked for this one died.
    """
    key = Path(os.path.abspath(folder))  # noqa: PTH100 - without resolving links, which may fail
    with _clearing:
        if (key in _cleared and not again) or not folder.is_dir():
            return
        _cleared.add(key)
    try:
        names = [entry.name for entry in os.scandir(folder) if _NAME.fullmatch(entry.name)]
        for name in names:
            _clear(folder / name)
    except OSError:
        return  # a folder that cannot be listed is refused where it is used


def half_placed(path: Path) -> tuple[str, ...]:
    """The note on a file that a run was putting in place when it was stopped; it is only looked at."""
    try:
        folder = path.absolute().parent
        names = _names_in_journals(folder, folder.stat().st_mtime_ns)
    except OSError:
        return ()
    return (_HALF_PLACED,) if path.name in names else ()


@lru_cache(64)
def _names_in_journals(folder: Path, changed: int) -> frozenset[str]:
    """Names that are half in place; `changed`, the folder's last change, makes older answers void."""
    works = [folder / entry.name for entry in os.scandir(folder) if _NAME.fullmatch(entry.name)]
    return frozenset(name for work in works if _is_mine(work) for name in _names(work))


def _names(work: Path) -> list[str]:
    try:
        journal = read_journal(work)
    except (OSError, ValueError, TypeError):
        return []
    return [] if journal is None else [entry.name for entry in journal.entries]


def _clear(work: Path) -> None:
    """Remove a work folder if no living process holds it, and there is nothing else in it."""
    if not _is_mine(work) or not _is_work(work):
        return
    held = _lock(work)
    if held is not None:
        _remove(work, held)


def _is_work(work: Path) -> bool:
    """Whether a folder holds what a work folder does, or nothing: others may be called like one."""
    names = [entry.name for entry in os.scandir(work)]
    is_used = LOCK in names or JOURNAL in names
    return not names or (is_used and all(map(_PARTS.fullmatch, names)))


def _is_mine(work: Path) -> bool:
    status = work.lstat()
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())


def _locked_folder(folder: Path) -> tuple[Path, BinaryIO]:
    for _ in range(_ATTEMPTS):
        work = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        try:
            held = _lock(work)
        except OSError:  # a full disk
            remove_tree(work)
            raise
        # between the two lines above another process may have taken it for abandoned
        if held is not None and _holds(held, work):
            return work, held
        if held is not None:
            held.close()
    raise OSError(None, "no folder can be locked there")


def _lock(work: Path) -> BinaryIO | None:
    """The folder's lock, held; None where another process holds it."""
    try:
        file = (work / LOCK).open("a+b")
    except OSError:
        return None
    try:
        lock(file)
    except BlockingIOError:
        file.close()
        return None
    except OSError:  # a disk without locks: whoever made the folder keeps it, nobody else removes it
        if (work / LOCK).stat().st_size:
            file.close()
            return None
    try:
        if not file.seek(0, os.SEEK_END):
            file.write(f"{os.getpid()}\n".encode())
            file.flush()
    except OSError:
        _closed(file)
        raise
    return file


def _closed(file: BinaryIO) -> None:
    """Close a file whose last bytes may not fit on the disk."""
    with suppress(OSError):
        file.close()


def _holds(held: BinaryIO, work: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held.fileno()), (work / LOCK).stat())
    except OSError:
        return False


def _remove(work: Path, held: BinaryIO) -> None:
    """Undo what is half in place, then delete; what cannot be undone stays for the next process."""
    try:
        with alone_in(work.parent):
            journal = read_journal(work)
            if journal is not None:
                journal.undo()
        _empty(work)
    except (OSError, ValueError, TypeError):
        held.close()
        return
    held.close()
    remove_tree(work)


def _empty(work: Path) -> None:
    """Delete all but the lock, which keeps others out and cannot go on Windows while it is open."""
    for entry in os.scandir(work):
        if entry.is_dir(follow_symlinks=False):
            remove_tree(Path(entry.path))
        elif entry.name != LOCK:
            Path(entry.path).unlink(missing_ok=True)
