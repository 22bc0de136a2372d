"""Whether a movie's files are the same at the end of a run as at its beginning."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playnano.errors import ReadError

Mark = tuple[int, int, int, int]


@dataclass(frozen=True)
class MovieFiles:
    """The files of a movie, with size, time of the last change and inode of each."""

    movie: Path
    marks: Mapping[Path, Mark]

    @classmethod
    def of(cls, movie: Path) -> "MovieFiles":
        """Every file that may be part of a movie, before it is opened."""
        return cls(movie, {file: mark for file in _files(movie) if (mark := _mark(file)) is not None})

    def only(self, files: Iterable[Path]) -> "MovieFiles":
        """Those that were found to be part of it."""
        marks = {file: mark for file in files if (mark := self.marks.get(file) or _mark(file)) is not None}
        return MovieFiles(self.movie, marks)

    def check(self, files: Iterable[Path] = ()) -> None:
        """Compare with the files as they are now.

        Parameters
        ----------
        files : iterable of Path
            The movie's files as they are now, where others may have come.

        Raises
        ------
        ReadError
            For a file that was replaced, cut, appended to, removed or added.
        """
        for file, mark in self.marks.items():
            now = _mark(file)
            if now != mark:
                raise ReadError(f"{file}: {_change(mark, now)} while the run read it; {_WAY_OUT}")
        for file in files:
            if file not in self.marks:
                raise ReadError(f"{file}: the file was added while the run read {self.movie}; {_WAY_OUT}")


def check_same(path: Path, changed: int) -> None:
    """Compare a file with what it was when it was opened.

    Parameters
    ----------
    changed : int
        Its last change in ns, as it was then.

    Raises
    ------
    ReadError
        For a file that was changed, or is gone.
    """
    try:
        now = path.stat().st_mtime_ns
    except OSError as error:
        raise ReadError(f"{path}: cannot be read any more: {error.strerror or error}") from error
    if now != changed:
        raise ReadError(f"{path}: the file has changed since it was opened; open it again")


_WAY_OUT = "nothing was written: run again when nothing else writes to it"


def _change(then: Mark, now: Mark | None) -> str:
    if now is None:
        return "the file was removed"
    if now[:2] != then[:2]:
        return "the file was replaced"
    if now[2] != then[2]:
        return f"the file changed from {then[2]:,} to {now[2]:,} bytes"
    return "the file changed"


def _files(movie: Path) -> Iterable[Path]:
    if not movie.is_dir():
        return [movie]
    return (Path(folder, name) for folder, _, names in os.walk(movie) for name in names)


def _mark(file: Path) -> Mark | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
