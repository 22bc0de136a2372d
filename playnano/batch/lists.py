"""Lists of movies: one path per line, or a table with a column `movie`."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePath

from playnano.errors import ReadError

MOVIE, MARK = "movie", "mark"
"""Columns of the table that marks movies as good or bad."""
LARGEST_LIST = 64 * 2**20


def listed_movies(
    file: Path, marked: str | None = None, folder: Path | None = None
) -> Iterator[tuple[Path, str]]:
    """The movies of a list, and where below the output folder their files go.

    Blank lines and lines that begin with `#` are passed over.

    Parameters
    ----------
    marked : str, optional
        Of a table, only the movies with this mark.
    folder : Path, optional
        What relative paths begin at.  [default: the list's folder]

    Raises
    ------
    ReadError
        For a list that cannot be read, names no movie, or has no marks to choose by.
    """
    text = _text(file)
    names = _of_table(file, text, marked) if file.suffix.lower() == ".csv" else _of_lines(file, text, marked)
    if not names:
        raise ReadError(f"{file}: it names no movie{f' marked {marked}' if marked else ''}")
    return (((folder or file.parent) / name, _below(name)) for name in names)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_LIST:
            raise ReadError(f"{file}: a list of movies has at most {LARGEST_LIST // 2**20} MB")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{file}: this is not a list of movies in UTF-8") from error
    except OSError as error:
        raise ReadError(f"{file}: the list cannot be read: {error.strerror or error}") from error


def _of_lines(file: Path, text: str, marked: str | None) -> list[str]:
    if marked is not None:
        raise ReadError(f"{file}: marks are read from a .csv table with the columns '{MOVIE}' and '{MARK}'")
    if "\0" in text:
        raise ReadError(f"{file}: this is not a list of movies; name one path per line")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _of_table(file: Path, text: str, marked: str | None) -> list[str]:
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), dialect=_dialect(text), strict=True)
        columns = rows.fieldnames or []
        for column in (MOVIE, MARK) if marked else (MOVIE,):
            if column not in columns:
                raise ReadError(f"{file}: the table has no column '{column}'")
            if list(columns).count(column) > 1:
                raise ReadError(f"{file}: the table has the column '{column}' twice")
        kept = [row for row in rows if marked is None or _mark(row) == marked.casefold()]
    except csv.Error as error:
        raise ReadError(f"{file}: this is not a table of movies: {error}") from error
    return [name for row in kept if (name := (row[MOVIE] or "").strip())]


def _mark(row: dict[str, str]) -> str:
    return (row[MARK] or "").strip().casefold()


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, or the semicolons of spreadsheets where the comma is the decimal sign."""
    head = text.split("\n", 1)[0]
    return _Semicolons if head.count(";") > head.count(",") else csv.excel


class _Semicolons(csv.excel):
    delimiter = ";"


def _below(name: str) -> str:
    """The folder that a listed path is in, kept for its outputs; of one from elsewhere, nothing is kept."""
    folder = PurePath(name).parent
    return "" if folder.is_absolute() or ".." in folder.parts else folder.as_posix().removeprefix(".")
