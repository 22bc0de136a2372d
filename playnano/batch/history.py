"""What runs into an output folder have done: one line of JSON for each beginning and end of a movie.

The lines are only ever appended, so that a stop at any moment costs the last one at most, and of each movie
the last counts.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, get_args

from playnano.batch.fingerprints import Fingerprint
from playnano.batch.folder_lock import STATE_FOLDER
from playnano.batch.shards import Shard
from playnano.errors import PlaynanoError
from playnano.model import Json

Event = Literal["begun", "done", "failed"]
STATE, PICTURES, TABLES = "state", "pictures", "tables"


@dataclass(frozen=True)
class Key:
    """A movie, the folder below the output folder that its files go to, and the recipe."""

    movie: str
    """Its path from the output folder on, so that both may be moved together."""
    below: str
    recipe: str


@dataclass(frozen=True)
class Entry:
    """One line."""

    event: Event
    key: Key
    at: float = field(default_factory=time.time)
    """Seconds since 1970; orders the lines of several files."""
    input: Fingerprint | None = None
    outputs: Mapping[str, Fingerprint | None] = field(default_factory=dict)
    """By their paths below the output folder; None while they are not there yet."""
    versions: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files that the recipe's steps read."""
    result: Json = field(default_factory=dict)
    """Number of frames and the like, for the table."""

    def as_json(self) -> Json:
        """Plain values, without what is empty."""
        key = {"movie": self.key.movie, "below": self.key.below, "recipe": self.key.recipe}
        outputs = {path: mark and mark.as_json() for path, mark in self.outputs.items()}
        more = {
            "input": self.input and self.input.as_json(),
            "outputs": outputs,
            "versions": dict(self.versions),
            "files": dict(self.files),
            "result": self.result,
        }
        return {"event": self.event, "at": self.at, **key, **{k: v for k, v in more.items() if v}}

    @classmethod
    def from_json(cls, line: Json) -> "Entry":
        """What `as_json` gave.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            For anything else.
        """
        if line["event"] not in get_args(Event):
            raise ValueError(line["event"])
        outputs = {
            path: mark and Fingerprint.from_json(mark) for path, mark in line.get("outputs", {}).items()
        }
        return cls(
            line["event"],
            Key(str(line["movie"]), str(line["below"]), str(line["recipe"])),
            float(line["at"]),
            Fingerprint.from_json(line["input"]) if "input" in line else None,
            outputs,
            dict(line.get("versions", {})),
            dict(line.get("files", {})),
            dict(line.get("result", {})),
        )


@dataclass
class Past:
    """What is known of a movie and a recipe."""

    last: Event
    done: Entry | None = None
    """The last time that it was done."""
    outputs: set[str] = field(default_factory=set)
    """The files that a run of this recipe wrote, or was about to write."""

    def add(self, entry: Entry) -> None:
        """One more line of it."""
        self.last = entry.event
        if entry.event == "begun":
            self.outputs |= set(entry.outputs)
            return
        self.done = entry if entry.event == "done" else self.done
        self.outputs = set(self.done.outputs) if self.done else set()


class History(dict[Key, Past]):
    """What is known of every movie."""

    def add(self, entry: Entry) -> None:
        """One more line."""
        self.setdefault(entry.key, Past(entry.event)).add(entry)

    @classmethod
    def read(cls, folder: Path) -> "History":
        """The lines of all state files of an output folder; what is not whole is passed over."""
        history = cls()
        for entry in sorted(_entries(folder), key=lambda entry: entry.at):
            history.add(entry)
        return history


def _entries(folder: Path) -> Iterator[Entry]:
    for line in _lines(folder, STATE):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            yield Entry.from_json(line)


def stored_pictures(folder: Path) -> dict[str, str]:
    """Addresses of the pictures of movies, by the movies' paths from the output folder on."""
    lines = list(_lines(folder, PICTURES))
    return {str(line.get("movie")): str(line.get("picture")) for line in lines if "picture" in line}


def stored_tables(folder: Path) -> dict[str, set[str]]:
    """CRC-32 of all that batches wrote into `summary.csv` and the like, by the file's name."""
    sums: dict[str, set[str]] = {}
    for line in _lines(folder, TABLES):
        sums.setdefault(str(line.get("file")), set()).add(str(line.get("crc32")))
    return sums


def _lines(folder: Path, name: str) -> Iterator[Json]:
    for file in sorted((folder / STATE_FOLDER).glob(f"{name}*.jsonl")):
        for line in file.read_bytes().splitlines():
            with suppress(ValueError, RecursionError):  # torn by a stop
                value = json.loads(line)
                if isinstance(value, dict):
                    yield value


class StateFile:
    """A file of lines, appended to."""

    def __init__(self, folder: Path, shard: Shard, name: str = STATE) -> None:
        self.path = folder / STATE_FOLDER / f"{name}{shard.suffix}.jsonl"
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(exist_ok=True)
            self._file = self.path.open("a+b")
        except OSError as error:
            raise PlaynanoError(f"cannot write {self.path}: {error.strerror or error}") from error
        if self._file.seek(0, os.SEEK_END):
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":  # torn by a stop
                self._file.write(b"\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, line: Json) -> None:
        """Add a line, whole for whoever reads the file.

        Raises
        ------
        PlaynanoError
            Where the disk takes no more.
        """
        if self._file is None:
            raise ValueError("the file is not open")
        try:
            self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise PlaynanoError(f"cannot write {self.path}: {error.strerror or error}") from error
