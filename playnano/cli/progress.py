"""How far a run is: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playnano.cli.output import is_terminal, printable, say, width

Report = Callable[[str, int, int], None]
COMPUTING = "computing"
"""The stage that counts frames; the others count files."""
BAR_EVERY_S = 0.1
LINE_EVERY_S = 10.0


@contextmanager
def progress(quiet: bool = False) -> Iterator[Report]:
    """Something to tell how far the run is; nothing is left of a bar at the end."""
    if quiet:
        yield lambda stage, done, total: None
    elif is_terminal():
        bar = _Bar()
        try:
            yield bar.report
        finally:
            bar.clear()
    else:
        yield _Lines().report


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


class _Bar:
    def __init__(self) -> None:
        self._clock = _Clock(BAR_EVERY_S, 0.0)
        self._drawn = 0

    def report(self, stage: str, done: int, total: int) -> None:
        if self._clock.is_due(stage) or done == total:
            line = bar(printable(stage), done, total, time.monotonic() - self._clock.began)[: width() - 1]
            sys.stderr.write(f"\r{line:<{self._drawn}}")
            sys.stderr.flush()
            self._drawn = len(line)

    def clear(self) -> None:
        if self._drawn:
            sys.stderr.write(f"\r{'':<{self._drawn}}\r")
            sys.stderr.flush()


class _Lines:
    def __init__(self) -> None:
        self._clock = _Clock(LINE_EVERY_S, time.monotonic())

    def report(self, stage: str, done: int, total: int) -> None:
        if stage == COMPUTING and self._clock.stage == stage and self._clock.is_due(stage):
            say(f"{stage}: {done} of {total} frames", err=True)
        self._clock.stage = stage


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
