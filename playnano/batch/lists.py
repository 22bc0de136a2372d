"""Lists of movies: one path per line, or a table with a column `movie`."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from playnano.errors import ReadError, listed
from playnano.layouts.movie_table import (
    FOLDER,
    MARK,
    MOVIE,
    BrokenTableError,
    Row,
    check_marks,
    table_rows,
)

LARGEST_LIST = 64 * 2**20


@dataclass(frozen=True)
class MovieList:
    """The movies of a list, each once."""

    movies: tuple[tuple[Path, str], ...]
    """Their paths, and where below the output folder their files go."""
    notes: tuple[str, ...] = ()
    """What of the list is passed over."""


@dataclass(frozen=True)
class _Entry:
    line: int
    name: str
    mark: str = ""
    folder: str = ""
    """What the name is relative to, where the table states it."""


def listed_movies(file: Path, marked: str | None = None, folder: Path | None = None) -> MovieList:
    """The movies of a list.

    Blank lines and lines that begin with `#` are passed over.

    Parameters
    ----------
    marked : str, optional
        Of a table, only the movies with this mark.
    folder : Path, optional
        What relative paths begin at.  [default: the folder that the table states, else the list's own]

    Raises
    ------
    ReadError
        For a list that cannot be read, names no movie, has no marks to choose by, or has two for a movie.
    """
    text = _text(file)
    try:
        entries = _of_table(text, marked) if file.suffix.lower() == ".csv" else _of_lines(text, marked)
    except BrokenTableError as error:
        raise ReadError(f"{file}: {error}") from error
    entries = entries if folder is None else _of_folder(entries, file, folder)
    movies = {_key(entry): entry for entry in reversed(entries) if entry.name and _is_chosen(entry, marked)}
    if not movies:
        raise ReadError(f"{file}: it names no movie{f' marked {marked}' if marked else ''}")
    chosen = [
        ((folder or file.parent / one.folder) / one.name, _below(one.name))
        for one in reversed(movies.values())
    ]
    return MovieList(tuple(chosen), tuple(f"{file}: {note}" for note in _notes(entries, marked)))


def _of_folder(entries: list[_Entry], file: Path, folder: Path) -> list[_Entry]:
    """Of a table that states several folders, the movies of one."""
    if len({entry.folder for entry in entries if entry.folder}) < 2:
        return entries
    here = folder.resolve()
    return [one for one in entries if not one.folder or (file.parent / one.folder).resolve() == here]


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_LIST:
            raise ReadError(f"{file}: a list of movies has at most {LARGEST_LIST // 2**20} MB")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{file}: this is not a list of movies in UTF-8") from error
    except OSError as error:
        raise ReadError(f"{file}: the list cannot be read: {error.strerror or error}") from error


def _of_lines(text: str, marked: str | None) -> list[_Entry]:
    if marked is not None:
        raise BrokenTableError(f"marks are read from a .csv table with the columns '{MOVIE}' and '{MARK}'")
    if "\0" in text:
        raise BrokenTableError("this is not a list of movies; name one path per line")
    lines = [_Entry(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    return [entry for entry in lines if entry.name and not entry.name.startswith("#")]


def _of_table(text: str, marked: str | None) -> list[_Entry]:
    rows = table_rows(text)
    columns = rows[0][1] if rows else []
    for column in (MOVIE, MARK) if marked else (MOVIE,):
        if column not in columns:
            raise BrokenTableError(f"the table has no column '{column}'")
        if columns.count(column) > 1:
            raise BrokenTableError(f"the table has the column '{column}' twice")
    entries = [_entry(row, columns) for row in rows[1:]]
    marks: dict[str, list[tuple[int, str]]] = {}
    for entry in entries if marked else ():
        marks.setdefault(_key(entry), []).append((entry.line, entry.mark))
    check_marks(marks)
    return entries


def _entry(row: Row, columns: Sequence[str]) -> _Entry:
    cells = dict(zip(columns, map(str.strip, row[1]), strict=False))  # trailing cells may be left out
    return _Entry(row[0], cells.get(MOVIE, ""), cells.get(MARK, ""), cells.get(FOLDER, ""))


def _key(entry: _Entry) -> str:
    """The same for two ways to write a path."""
    whole = os.path.join(entry.folder, entry.name)  # noqa: PTH118 - as text: no file is looked at
    return os.path.normcase(os.path.normpath(whole)) if entry.name else ""


def _is_chosen(entry: _Entry, marked: str | None) -> bool:
    return marked is None or entry.mark.casefold() == marked.casefold()


def _notes(entries: Sequence[_Entry], marked: str | None) -> Iterator[str]:
    """What a reader of the list may have missed: rows without a movie or a mark, movies named again."""
    nameless = [f"line {entry.line}" for entry in entries if not entry.name]
    if nameless:
        yield f"no movie is named in {listed(nameless)}: passed over"
    movies: dict[str, list[_Entry]] = {}
    for entry in (entry for entry in entries if entry.name):
        movies.setdefault(_key(entry), []).append(entry)
    unmarked = [rows[0].name for rows in movies.values() if marked and not any(row.mark for row in rows)]
    if unmarked:
        yield f"no mark is given to {listed(unmarked)}: not run"
    run = [rows for rows in movies.values() if any(_is_chosen(row, marked) for row in rows)]
    again = [f"'{rows[0].name}' ({len(rows)} times)" for rows in run if len(rows) > 1]
    if again:
        yield f"named more than once, and run once: {listed(again)}"


def _below(name: str) -> str:
    """The folder that a listed path is in, kept for its outputs; of one from elsewhere, nothing is kept."""
    folder = PurePath(name).parent
    return "" if folder.is_absolute() or ".." in folder.parts else folder.as_posix().removeprefix(".")
