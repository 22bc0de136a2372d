"""One batch at a time writes into an output folder."""

import getpass
import json
import os
import platform
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from playnano.batch.shards import WHOLE, Shard
from playnano.errors import PlaynanoError
from playnano.filenames import readable
from playnano.model import Json
from playnano.stack.durable import lock

STATE_FOLDER = ".playnano"
"""Hidden folder in the output folder, for what a batch remembers."""
PATIENCE_S = 3.0
"""How long to wait for the workers of a batch that was killed to end."""


class FolderLock:
    """Held while a batch writes into a folder. The system frees it when the process ends, however it ends.

    Shards of one batch hold it together, each with a lock of its own besides.
    """

    def __init__(self, folder: Path, shard: Shard = WHOLE) -> None:
        self.folder, self.shard = folder, shard
        self._files: list[BinaryIO] = []

    def __enter__(self) -> "FolderLock":
        try:
            if self.shard.count > 1:
                self._hold_together("lock")
            self._hold(f"lock{self.shard.suffix}", time.monotonic() + PATIENCE_S)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def descriptors(self) -> Sequence[int]:
        """Of the open files; a process that inherits them holds the lock too."""
        return [file.fileno() for file in self._files]

    def _close(self) -> None:
        for file in self._files:
            file.close()
        self._files.clear()

    def _hold(self, name: str, until: float) -> None:
        file = self._opened(name)
        while not _locked(file):
            if time.monotonic() > until:
                raise self._busy(file)
            time.sleep(0.1)
        _write(file, {"shards": self.shard.count, **_who()})

    def _hold_together(self, name: str) -> None:
        """Hold the folder's lock with the other shards, not with a batch of another cut."""
        file = self._opened(name)
        if _locked(file):
            _write(file, {"shards": self.shard.count, **_who()})
        if not _locked(file, shared=True) or _read(file).get("shards", 1) != self.shard.count:
            raise self._busy(file)

    def _opened(self, name: str) -> BinaryIO:
        try:
            (self.folder / STATE_FOLDER).mkdir(exist_ok=True)
            self._files.append((self.folder / STATE_FOLDER / name).open("a+b"))
        except OSError as error:
            raise PlaynanoError(f"cannot write in {self.folder}: {error.strerror or error}") from error
        return self._files[-1]

    def _busy(self, file: BinaryIO) -> PlaynanoError:
        held = _read(file)
        since, user, process, machine = (
            readable(str(held.get(key, "?"))) for key in ("since", "user", "process", "machine")
        )
        who = f"{user}, process {process} on {machine}"
        what = f"another run has been writing into {self.folder} since {since} ({who})"
        return PlaynanoError(
            f"{what}; wait until it has ended, or choose another folder", settings=("output_folder",)
        )


def _locked(file: BinaryIO, *, shared: bool = False) -> bool:
    try:
        lock(file, shared=shared)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks: the movies' own names are still taken by one only
        return True
    return True


def _who() -> Json:
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = "?"
    since = datetime.now().astimezone().isoformat(" ", "seconds")
    return {"user": user, "process": os.getpid(), "machine": platform.node(), "since": since}


def _write(file: BinaryIO, value: Json) -> None:
    file.truncate(0)
    file.write(json.dumps(value).encode() + b"\n")
    file.flush()


def _read(file: BinaryIO) -> Json:
    file.seek(0)
    try:
        held = json.loads(file.read(10_000))
    except ValueError:  # just being written
        return {}
    return held if isinstance(held, dict) else {}
