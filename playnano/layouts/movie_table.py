"""Tables of movies and marks in CSV: rows with their lines, none swallowed by a quote that is not closed."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from playnano.errors import PlaynanoError

MOVIE, MARK, NOTE, FOLDER = "movie", "mark", "note", "folder"
"""Columns of the table that marks movies as good or bad; the movie's path is relative to the folder, and the
folder to the table."""

MARKS = ("good", "bad", "maybe")
"""What a movie may be marked as."""
_FILE_NAME = re.compile(r"\S\.[A-Za-z0-9-]{2,8}\s*\Z")

Row = tuple[int, list[str]]
"""The line that a row begins at, counted from 1, and its cells."""


class BrokenTableError(PlaynanoError):
    """Text that is no table of movies; the message begins with its line where there is one."""


def table_rows(text: str) -> list[Row]:
    """The rows of a table, the header's first; blank ones are left out.

    Raises
    ------
    BrokenTableError
        Where a quote is not closed, or a row has more cells than the header.
    """
    reader = csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text), strict=True)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                _check_row(line, cells, len(rows[0][1]) if rows else len(cells), reader.dialect.delimiter)
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BrokenTableError(
            f"line {line}: this is not a row of a table ({error}): is a quote open?"
        ) from error
    return rows


def check_marks(marks: Mapping[str, Sequence[tuple[int, str]]]) -> None:
    """Refuse movies with more than one mark; `marks` are, by movie, lines and their marks.

    Raises
    ------
    BrokenTableError
        For the first such movie.
    """
    for movie, marked in marks.items():
        first = next(((line, mark) for line, mark in marked if mark), (0, ""))
        for line, mark in marked:
            if mark and mark.casefold() != first[1].casefold():
                raise BrokenTableError(
                    f"line {line}: '{movie}' is marked {mark}, and {first[1]} in line {first[0]}: keep one"
                )


def _check_row(line: int, cells: Sequence[str], width: int, delimiter: str) -> None:
    if len(cells) > width:
        raise BrokenTableError(
            f"line {line}: it has {len(cells)} cells, and the header {width}: "
            f"put texts with '{delimiter}' in quotes"
        )
    if any(_swallowed(cells, width, delimiter)):
        raise BrokenTableError(
            f"line {line}: a cell goes on in the next lines: close its quote, or write it on one line"
        )


def _swallowed(cells: Sequence[str], width: int, delimiter: str) -> Iterator[bool]:
    """Whether a cell goes beyond its row; line ends in quotes are its own."""
    first, *inner = cells[:-1] if len(cells) > 1 else cells
    names = sum(bool(_FILE_NAME.search(line)) for line in first.splitlines())
    yield "\n" in first and (len(cells) == 1 or delimiter in first or names > 1)
    parts = (row for cell in inner for row in _further(cell, delimiter))
    yield any(len(row) > 1 and any(map(_is_of_a_row, row)) for row in parts)
    yield any(len(row) >= max(width, 2) and _is_row(row) for row in _further(cells[-1], delimiter))


def _further(cell: str, delimiter: str) -> Iterator[list[str]]:
    """The lines of a cell but for its first, as rows."""
    return (line.split(delimiter) for line in cell.splitlines()[1:])


def _is_of_a_row(cell: str) -> bool:
    return cell.strip().casefold() in MARKS or bool(_FILE_NAME.search(cell))


def _is_row(cells: Sequence[str]) -> bool:
    """Whether text between commas is a movie and its mark, and not a remark."""
    return cells[1].strip().casefold() in MARKS or bool(_FILE_NAME.search(cells[0]))


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, or the semicolons of spreadsheets where the comma is the decimal sign."""
    head = text.split("\n", 1)[0]
    return _Semicolons if head.count(";") > head.count(",") else csv.excel


class _Semicolons(csv.excel):
    delimiter = ";"
