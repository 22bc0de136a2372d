"""Tables of movies: line ends in quotes belong to their cell, but no row is swallowed by an open quote."""

import pytest

from playnano.layouts.movie_table import BrokenTableError, table_rows


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("movie,mark,note", ["two\nlines.asd", "good", "sharp"]),
        ("movie,mark,note", ["a.asd", "good", "tilted, and\nnoisy, too, I think"]),
        ("movie,note,mark", ["a.asd", "tilted, and\nnoisy, too, I think", "good"]),
        ("movie;note;mark", ["a.asd", "tilted; and\nnoisy; too", "good"]),
    ],
)
def test_line_ends_in_quotes_are_read(header: str, cells: list[str]) -> None:
    row = (";" if ";" in header else ",").join(f'"{cell}"' for cell in cells)
    assert table_rows(f"{header}\n{row}\nb.asd\n")[1:] == [(2, cells), (2 + row.count("\n") + 1, ["b.asd"])]


@pytest.mark.parametrize(
    "text",
    [
        'movie\n"a.asd\nb.asd"\n',
        'movie,mark\n"a.asd\nb.asd",good\n',
        'movie,mark\n"day1,good\nday2",bad\n',
        'movie,mark,note\n"a.asd,good,x\nb.asd",bad,y\n',
        'movie,note,mark\na.asd,"x,good\nb.asd,y",bad\n',
        'mark,movie,note\ngood,"a.asd,x\nbad,b.asd",y\n',
        'movie,mark,note\na.asd,good,"x\nb.asd,bad,y"\n',
    ],
)
def test_rows_in_a_cell_are_refused(text: str) -> None:
    with pytest.raises(BrokenTableError, match="line 2: a cell goes on in the next lines: close its quote"):
        table_rows(text)
