"""The journal of files that are being put in place: what undoes half of it."""

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playnano.stack.durable import sync, sync_folder

JOURNAL, COMPLETE = "journal.json", "journal.complete"
DRAFT = f"{JOURNAL}.part"
NEW, OLD, UNDONE = "new", "old", "undone"

Identity = tuple[int, int]


def identity(path: Path) -> Identity | None:
    """Device and inode of a path, which renaming does not change; None where there is nothing."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@dataclass(frozen=True)
class Entry:
    """One name that is being put in place."""

    name: str
    new: Identity
    existed: bool
    """Whether something of this name was there before."""


@dataclass(frozen=True)
class Journal:
    """The names that are being put in place, written to a work folder before the first of them is.

    The work folder lies in the folder of the names: the new files are in its `new/`, the former in `old/`.
    """

    work: Path
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, work: Path, names: Iterable[str]) -> "Journal":
        """A journal of staged names."""
        entries = []
        for name in names:
            new = identity(work / NEW / name)
            if new is None:
                raise FileNotFoundError(2, "No such file or directory", str(work / NEW / name))
            entries.append(Entry(name, new, identity(work.parent / name) is not None))
        return cls(work, tuple(entries))

    def write(self) -> None:
        """Put it on the disk; from here on a stop is undone by whoever comes next."""
        text = json.dumps([[e.name, *e.new, e.existed] for e in self.entries])
        draft = self.work / DRAFT
        draft.write_text(text, encoding="utf-8")
        sync(draft)
        draft.replace(self.work / JOURNAL)
        for folder in (self.work / OLD, self.work, self.work.parent):
            sync_folder(folder)

    def complete(self) -> None:
        """All names are in place: from here on nothing is undone."""
        sync_folder(self.work.parent)
        (self.work / JOURNAL).replace(self.work / COMPLETE)
        sync_folder(self.work)

    def undo(self) -> None:
        """Give every name back to what bore it before; may be done again after a stop in its midst.

        A name that something else has taken meanwhile is left to it.
        """
        for entry in reversed(self.entries):
            self._undo(entry)
        sync_folder(self.work.parent)
        (self.work / JOURNAL).unlink()
        sync_folder(self.work)

    def _undo(self, entry: Entry) -> None:
        target, old = self.work.parent / entry.name, self.work / OLD / entry.name
        now = identity(target)
        if now is not None and now == entry.new:
            if identity(old) is not None and not target.is_dir():
                old.replace(target)
                return
            (self.work / UNDONE).mkdir(exist_ok=True)
            target.replace(self.work / UNDONE / entry.name)
        elif now is not None and not entry.existed:
            _remove_claim(target)
        if identity(old) is not None and identity(target) is None:
            old.replace(target)


def read_journal(work: Path) -> Journal | None:
    """The journal of names that are half in place; None where there is none.

    Raises
    ------
    ValueError
        For one that was not written by `Journal.write`.
    """
    try:
        text = (work / JOURNAL).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    entries = []
    for name, device, inode, existed in json.loads(text):
        if os.path.basename(name) != name or name in ("", ".", ".."):  # noqa: PTH119 - the text, not the path
            raise ValueError(f"{work}: its journal names '{name}'")
        entries.append(Entry(name, (device, inode), existed))
    return Journal(work, tuple(entries))


def _remove_claim(target: Path) -> None:
    """Remove an empty file or folder that did no more than take the name."""
    with suppress(OSError):
        if target.is_dir() and not target.is_symlink():
            target.rmdir()
        elif target.is_file() and target.stat().st_size == 0:
            target.unlink()


def remove_tree(folder: Path) -> None:
    """Remove a folder; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)
