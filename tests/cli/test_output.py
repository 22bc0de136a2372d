"""Tables, sizes and progress."""

import io

import pytest

from playnano.cli.output import printable, size, table
from playnano.cli.progress import bar, clock, progress


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")


def test_columns_are_aligned_and_the_last_is_wrapped() -> None:
    rows = [("a", "bb", "one two three four five six seven"), ("ccc", "d", "e")]
    assert list(table(rows, indent=1)) == [
        " a    bb  one two three four five six",
        "          seven",
        " ccc  d   e",
    ]
    assert list(table([])) == []


def test_what_would_steer_the_terminal_is_shown_instead() -> None:
    assert printable("a\x1b[2Jb\nc µ") == "a\\x1b[2Jb c µ"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (999_999, "1.0 MB"),
        (123_456_789, "123 MB"),
        (5e12, "5.0 TB"),
    ],
)
def test_sizes(count: float, text: str) -> None:
    assert size(count) == text


def test_a_bar_tells_rate_and_time_left() -> None:
    assert bar("computing", 50, 200, 2.0) == "computing  [######------------------] 50/200  25/s  0:06 left"
    assert bar("computing", 0, 200, 2.0) == "computing  [------------------------] 0/200"
    assert bar("writing x.npz", 0, 2, 0.0) == "writing x.npz  (1 of 2)"
    assert clock(3723) == "1:02:03"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_left_of_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with progress() as report:
        report("computing", 1, 2)
        report("computing", 2, 2)
    assert "2/2" in screen.getvalue()
    assert screen.getvalue().split("\r")[-2:] == [" " * len("computing  [########################] 2/2"), ""]


def test_elsewhere_a_line_stands_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.StringIO()
    monkeypatch.setattr("sys.stderr", lines)
    now = iter(range(0, 1000, 4))
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    with progress() as report:
        for done in range(1, 11):
            report("computing", done, 10)
        report("writing x.npz", 0, 1)
    assert lines.getvalue()
    assert lines.getvalue().count("\n") < 8
    assert {line.split(": ")[0] for line in lines.getvalue().splitlines()} == {"computing"}


def test_quiet_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with progress(quiet=True) as report:
        report("computing", 1, 2)
    assert not screen.getvalue()
