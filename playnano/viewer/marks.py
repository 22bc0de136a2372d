"""Which movies are good: `triage.csv` in the output folder, written as a whole at each change."""

import csv
import io
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from playnano.errors import ExportError
from playnano.layouts.movie_table import (
    MARK,
    MOVIE,
    NOTE,
    BrokenTableError,
    Row,
    check_marks,
    table_rows,
)
from playnano.stack.placing import write_text

FILE = "triage.csv"
COLUMNS = [MOVIE, MARK, NOTE]
MARKS = ("good", "bad", "maybe", "")
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Mark:
    """What was said of a movie."""

    mark: str = ""
    note: str = ""


class Marks:
    """The marks of a folder of movies, by the movies' names."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._lock = threading.Lock()

    def read(self) -> dict[str, Mark]:
        """Every mark in the file; empty where there is no file.

        Raises
        ------
        ExportError
            For a file of that name that holds something else.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise ExportError(f"{self.path}: cannot be read; move it away to mark movies") from error
        try:
            rows = table_rows(text)
            check_marks(_marks_of(rows))
        except BrokenTableError as error:
            raise ExportError(f"{self.path}: {error}; mend it to mark movies") from error
        if not rows or rows[0][1] != COLUMNS or any(len(row) != len(COLUMNS) for _, row in rows):
            raise ExportError(f"{self.path} is not a table of movie, mark and note; move it away")
        return {movie: Mark(mark, note) for _, (movie, mark, note) in rows[1:]}

    def set(self, movie: str, mark: Mark) -> None:
        """Mark a movie; an empty mark without a note takes it out.

        The lines of a note become one where one of them looks like a row of the table.

        Raises
        ------
        ExportError
            For a mark that does not exist, a note that is too long, a name that a table cannot hold, or a
            file that cannot be written.
        """
        if mark.mark not in MARKS or len(mark.note) > LONGEST_NOTE:
            raise ExportError(f"a mark is good, bad or maybe, and a note at most {LONGEST_NOTE} characters")
        mark = _readable(movie, mark)
        with self._lock:
            marks = {**self.read(), movie: mark}
            kept = {name: one for name, one in marks.items() if one != Mark()}
            try:
                write_text(self.path, _table(kept), overwrite=True)
            except OSError as error:
                raise ExportError(f"cannot write {self.path}: {error.strerror or error}") from error


def _readable(movie: str, mark: Mark) -> Mark:
    """The mark as it will be read again."""
    lines = mark.note.splitlines()
    for note in ("\n".join(lines), " ".join(lines)):
        readable = replace(mark, note=note)
        with suppress(BrokenTableError):
            if [row for _, row in table_rows(_table({movie: readable}))][1:] == [[movie, mark.mark, note]]:
                return readable
    raise ExportError(f"{movie!r} cannot be marked: its name would look like rows of a table; rename it")


def _marks_of(rows: list[Row]) -> dict[str, list[tuple[int, str]]]:
    """By movie, the lines of its rows and their marks."""
    marks: dict[str, list[tuple[int, str]]] = {}
    for line, (movie, *more) in rows[1:]:
        marks.setdefault(movie, []).append((line, more[0] if more else ""))
    return marks


def _table(marks: dict[str, Mark]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows([movie, one.mark, one.note] for movie, one in sorted(marks.items()))
    return text.getvalue()
