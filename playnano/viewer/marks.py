"""Which movies are good: `triage.csv` in the output folder, written as a whole at each change."""

import csv
import io
import os
import threading
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from playnano.errors import ExportError
from playnano.layouts.movie_table import (
    FOLDER,
    MARK,
    MARKS,
    MOVIE,
    NOTE,
    BrokenTableError,
    Row,
    check_marks,
    table_rows,
)
from playnano.stack.placing import write_text

FILE = "triage.csv"
COLUMNS = [MOVIE, MARK, FOLDER, NOTE]
OLD_COLUMNS = [MOVIE, MARK, NOTE]
"""Of earlier versions, whose tables do not state the folder."""
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Mark:
    """What was said of a movie."""

    mark: str = ""
    note: str = ""


class Marks:
    """The marks of a folder of movies, by the movies' names.

    Parameters
    ----------
    folder : Path
        Where the table is.
    root : Path
        What the movies' names are relative to, which the table states.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.path = folder / FILE
        self._root = root
        self._lock = threading.Lock()

    def read(self) -> dict[str, Mark]:
        """Every mark of this folder's movies; empty where there is no file.

        Raises
        ------
        ExportError
            For a file of that name that holds something else.
        """
        return {row.movie: Mark(row.mark, row.note) for row in self._rows() if self._is_own(row)}

    def set(self, movie: str, mark: Mark) -> None:
        """Mark a movie; an empty mark without a note takes it out.

        The lines of a note become one where one of them looks like a row of the table.

        Raises
        ------
        ExportError
            For a mark that does not exist, a note that is too long, a name that a table cannot hold, or a
            file that cannot be written.
        """
        if mark.mark not in ("", *MARKS) or len(mark.note) > LONGEST_NOTE:
            raise ExportError(f"a mark is good, bad or maybe, and a note at most {LONGEST_NOTE} characters")
        own = self._stated_root()
        row = _readable(_Row(movie, mark.mark, own, mark.note))
        with self._lock:
            kept = [row for row in self._rows() if row.movie != movie or not self._is_own(row)]
            rows = [*kept, row] if mark != Mark() else kept
            rows = [replace(row, folder=own) if self._is_here(row) else row for row in rows]
            try:
                write_text(self.path, _table(rows), overwrite=True)
            except OSError as error:
                raise ExportError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _rows(self) -> list["_Row"]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise ExportError(f"{self.path}: cannot be read; move it away to mark movies") from error
        try:
            rows = table_rows(text)
            check_marks(_marks_of(rows))
        except BrokenTableError as error:
            raise ExportError(f"{self.path}: {error}; mend it to mark movies") from error
        header = rows[0][1] if rows else []
        if header not in (COLUMNS, OLD_COLUMNS) or any(len(row) != len(header) for _, row in rows):
            raise ExportError(f"{self.path} is not a table of movie, mark and note; move it away")
        return [_row(cells) for _, cells in rows[1:]]

    def _is_own(self, row: "_Row") -> bool:
        return not row.folder or (self.path.parent / row.folder).resolve() == self._root.resolve()

    def _is_here(self, row: "_Row") -> bool:
        """Whether a row of a table that stated no folder is of a movie of this one."""
        return not row.folder and (self._root / row.movie).exists()

    def _stated_root(self) -> str:
        """The folder of the movies from the table on, where it is near: both may be moved together."""
        table, root = self.path.parent.resolve(), self._root.resolve()
        if root.is_relative_to(table.parent):
            return Path(os.path.relpath(root, table)).as_posix()
        return root.as_posix()


@dataclass(frozen=True)
class _Row:
    movie: str
    mark: str
    folder: str
    note: str


def _row(cells: list[str]) -> _Row:
    """A row of a table; those of earlier versions state no folder."""
    movie, mark, *folder, note = cells
    return _Row(movie, mark, "".join(folder), note)


def _readable(row: _Row) -> _Row:
    """The row as it will be read again."""
    lines = row.note.splitlines()
    for note in ("\n".join(lines), " ".join(lines)):
        readable = replace(row, note=note)
        with suppress(BrokenTableError):
            if [_row(cells) for _, cells in table_rows(_table([readable]))[1:]] == [readable]:
                return readable
    raise ExportError(f"{row.movie!r} cannot be marked: its name would look like rows of a table; rename it")


def _marks_of(rows: list[Row]) -> dict[str, list[tuple[int, str]]]:
    """By movie, the lines of its rows and their marks."""
    marks: dict[str, list[tuple[int, str]]] = {}
    for line, (movie, *more) in rows[1:]:
        name = os.path.join(*more[1:-1], movie)  # noqa: PTH118 - as text: no file is looked at
        marks.setdefault(name, []).append((line, more[0] if more else ""))
    return marks


def _table(rows: list[_Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in sorted(rows, key=lambda row: (row.folder, row.movie)))
    return text.getvalue()
