"""How far a run is: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playnano.cli.output import is_terminal, printable, say, width

COMPUTING = "computing"
"""The stage that counts frames; the others count files."""
BAR_EVERY_S = 0.1
LINE_EVERY_S = 10.0


class Progress:
    """Something to tell how far a run is; shows nothing itself."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` frames, or files, of this stage."""

    def clear(self) -> None:
        """Leave nothing of a bar."""


@contextmanager
def progress(quiet: bool = False, label: Callable[[float], str] = lambda share: "") -> Iterator[Progress]:
    """Something to tell how far the run is; nothing is left of a bar at the end.

    Parameters
    ----------
    label : callable
        What stands before it, by the share of the movie that is done.
    """
    shown = Progress() if quiet else _Bar(label) if is_terminal() else _Lines(label)
    try:
        yield shown
    finally:
        shown.clear()


class MoviesClock:
    """How many movies are done, and how long the others will take.

    Attributes
    ----------
    at_once : int
        How many are at work at a time.
    """

    def __init__(self, total: int) -> None:
        self.done, self.total, self.at_once = 0, total, 1
        self._worked = 0
        self._began = time.monotonic()

    def next(self, *, worked: bool = True) -> None:
        """One more is done; one that was done before tells nothing of the time that others take."""
        self.done += 1
        self._worked += worked

    def label(self, share: float) -> str:
        """`movie 3 of 8, 1:02 left, `, once a movie is done; `share` of those at work is."""
        first, last = (min(self.done + more, self.total) for more in (1, self.at_once))
        which = f"movie {first} of {self.total}, "
        if last > first:
            which = f"movies {first} to {last} of {self.total}, "
        if not self._worked:
            return which
        at_work = share * (last - first + 1)
        passed = time.monotonic() - self._began
        left = passed * max(0.0, self.total - self.done - at_work) / (self._worked + at_work)
        return f"{which}{clock(round(left))} left, "


@dataclass
class _Clock:
    """When the stage began, and when something was last shown."""

    every: float
    shown: float
    stage: str = ""
    began: float = field(default_factory=time.monotonic)

    def is_due(self, stage: str) -> bool:
        """Whether to show something now: at a stage's start, and now and then."""
        now = time.monotonic()
        if stage != self.stage:
            self.stage, self.began = stage, now
        elif now - self.shown < self.every:
            return False
        self.shown = now
        return True


class _Bar(Progress):
    def __init__(self, label: Callable[[float], str]) -> None:
        self._label = label
        self._clock = _Clock(BAR_EVERY_S, 0.0)
        self._drawn = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._clock.is_due(stage) or done == total:
            shown = bar(printable(stage), done, total, time.monotonic() - self._clock.began)
            line = f"{self._label(_share(stage, done, total))}{shown}"[: width() - 1]
            sys.stderr.write(f"\r{line:<{self._drawn}}")
            sys.stderr.flush()
            self._drawn = len(line)

    def clear(self) -> None:
        if self._drawn:
            sys.stderr.write(f"\r{'':<{self._drawn}}\r")
            sys.stderr.flush()
            self._drawn = 0


class _Lines(Progress):
    def __init__(self, label: Callable[[float], str]) -> None:
        self._label = label
        self._clock = _Clock(LINE_EVERY_S, time.monotonic())

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage == COMPUTING and self._clock.stage == stage and self._clock.is_due(stage):
            before = self._label(_share(stage, done, total))
            say(f"{before}{stage}: {done} of {total} frames", err=True)
        self._clock.stage = stage


def _share(stage: str, done: int, total: int) -> float:
    """How much of a movie's work is done: what comes after the computing counts as all."""
    return done / total if stage == COMPUTING and total else 1.0


def bar(stage: str, done: int, total: int, seconds: float) -> str:
    """One line: what is being done, how much of it, how fast, how long it will take.

    `seconds` is how long the stage has taken so far.
    """
    if stage != COMPUTING:
        return f"{stage}  ({done + 1} of {total})"
    share = done / total if total else 1.0
    filled = round(24 * share)
    drawn = f"{stage}  [{'#' * filled}{'-' * (24 - filled)}] {done}/{total}"
    if seconds < 0.5 or not done:
        return drawn
    rate = done / seconds
    return f"{drawn}  {rate:.3g}/s  {clock(round((total - done) / rate))} left"


def clock(seconds: int) -> str:
    """`0:07`, `1:02:03`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
