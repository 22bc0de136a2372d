"""Files put in place: all of a set or none, durable, never over what is not to be replaced.

Everything that writes goes through here:

    with WorkFolder(beside=folder) as work:
        write(work.new / "movie.h5")
        write(work.new / "movie.gif")
        place(work, ["movie.h5", "movie.gif"], overwrite=False)

Stopped anywhere, even by a power cut, the folder holds the former set or the new one; where a stop came in
the midst of the renaming, the next `recover(folder)`, which every run begins with, gives back the former.
"""

import errno
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from playnano.stack.durable import alone_in, make_folder, sync, uninterrupted
from playnano.stack.journal import NEW, OLD, Entry, Journal
from playnano.stack.workfolder import WorkFolder

_NO_LINKS = (
    errno.EPERM,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EMLINK,
    errno.EXDEV,
    errno.EACCES,
)


class NameTakenError(FileExistsError):
    """A place that is taken and not to be replaced; `filename` is its path."""

    def __init__(self, place: Path) -> None:
        super().__init__(errno.EEXIST, os.strerror(errno.EEXIST), str(place))


def place(work: WorkFolder, names: Sequence[str], *, overwrite: bool | Collection[str]) -> tuple[Path, ...]:
    """Put files or folders that are complete in `work.new` beside the work folder, all of them or none.

    Parameters
    ----------
    work : WorkFolder
        Made beside the names' places.
    names : sequence of str
        Names in `work.new`, which they keep.
    overwrite : bool, or collection of str
        Whether what bears such a name is replaced, folders as a whole; or the names where it is.

    Returns
    -------
    tuple of Path
        The places, in the order of the names.

    Raises
    ------
    NameTakenError
        Where a name is taken, by a process that came first too, and `overwrite` is false.
    IsADirectoryError
        Where a file is to take the place of a folder.
    OSError
        Where the system refuses; the previous files are restored.
    """
    for name in names:
        sync(work.new / name)
    folder = work.path.parent
    with uninterrupted(), alone_in(folder):
        journal = Journal.of(work.path, names)
        _refuse_taken(journal, overwrite)
        journal.write()
        try:
            _keep_old(journal)
            for entry in journal.entries:
                _put(journal, entry)
            journal.complete()
        except BaseException:
            with suppress(OSError):  # removing the work folder tries again, and so does the next process
                journal.undo()
            raise
    return tuple(folder / name for name in names)


def write_text(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write a text file that is there as a whole or not at all; missing folders are made.

    Raises
    ------
    NameTakenError
        Where the file exists and `overwrite` is false.
    OSError
        Where the system refuses.
    """
    make_folder(path.parent)
    with WorkFolder(path.parent) as work:
        (work.new / path.name).write_text(text, encoding="utf-8", newline="\n")
        place(work, [path.name], overwrite=overwrite)


def _refuse_taken(journal: Journal, overwrite: bool | Collection[str]) -> None:
    for entry in journal.entries:
        allowed = overwrite if isinstance(overwrite, bool) else entry.name in overwrite
        if entry.existed and not allowed:
            raise NameTakenError(journal.work.parent / entry.name)
        _refuse_folder(journal.work / NEW / entry.name, journal.work.parent / entry.name)


def _refuse_folder(new: Path, target: Path) -> None:
    """A file takes the place of no folder, whose content nobody has looked at."""
    if target.is_dir() and not target.is_symlink() and not new.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))


def _keep_old(journal: Journal) -> None:
    """Give files that will be replaced a second name in `old`, so that the first is never without a file."""
    for entry in journal.entries:
        target = journal.work.parent / entry.name
        if entry.existed and not target.is_dir():
            old = journal.work / OLD / entry.name
            try:
                os.link(target, old, follow_symlinks=False)
            except (OSError, NotImplementedError) as error:
                if isinstance(error, OSError) and error.errno not in _NO_LINKS:
                    raise
                target.replace(old)
    sync(journal.work / OLD)


def _put(journal: Journal, entry: Entry) -> None:
    new, target = journal.work / NEW / entry.name, journal.work.parent / entry.name
    if not entry.existed:
        try:
            _claim(new, target)
        except FileExistsError as error:
            raise NameTakenError(target) from error
    elif target.is_dir() and not target.is_symlink():
        target.replace(journal.work / OLD / entry.name)
    if new.exists():
        new.replace(target)


def _claim(new: Path, target: Path) -> None:
    """Take a name that is free, or fail: between processes only one succeeds."""
    if new.is_dir():
        _claim_folder(new, target)
        return
    try:
        os.link(new, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        target.open("xb").close()
    else:
        with suppress(OSError):
            new.unlink()


def _claim_folder(new: Path, target: Path) -> None:
    if os.name == "nt":
        new.rename(target)  # fails there where the name is taken
    else:
        target.mkdir()  # an empty folder is replaced by the rename that follows
