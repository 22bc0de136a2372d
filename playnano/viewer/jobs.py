"""Work in the background: its progress, its end, and how to stop it. The page asks; nothing is pushed."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from playnano.errors import PlaynanoError

State = Literal["running", "done", "failed", "cancelled"]
ENDING_S = 0.5
Progress = Callable[[str, int, int], None]


class CancelledError(Exception):
    """The user cancelled the work."""


@dataclass
class Job:
    """One piece of work in a thread of its own."""

    state: State = "running"
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    """Why it failed."""
    outcome: Any = None
    """What the work returned."""
    _cancelled: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    def report(self, stage: str, done: int, total: int) -> None:
        """Note how far the work is.

        Raises
        ------
        CancelledError
            Where the user cancelled it: the work ends here.
        """
        self.stage, self.done, self.total = stage, done, total
        if self._cancelled.is_set():
            raise CancelledError

    def cancel(self) -> None:
        """End the work at its next report."""
        self._cancelled.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)

    def as_json(self) -> dict[str, Any]:
        """State and progress as plain values."""
        return {name: getattr(self, name) for name in ("state", "stage", "done", "total", "message")}


class Jobs:
    """All work of a session by number; ended work is forgotten after a while."""

    KEPT = 64

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def start(self, work: Callable[[Progress], Any]) -> tuple[int, Job]:
        """Begin `work(report)` in a thread; its number and the job."""
        job = Job()
        with self._lock:
            number = next(self._numbers)
            self._jobs[number] = job
            for old in list(self._jobs)[: -self.KEPT]:
                if self._jobs[old].state != "running":
                    del self._jobs[old]
        job._thread = threading.Thread(target=_carry_out, args=(job, work), daemon=True)
        job._thread.start()
        return number, job

    def get(self, number: int) -> Job | None:
        """The job of that number; None where there is none."""
        return self._jobs.get(number)

    def cancel_all(self) -> None:
        """End all work, and wait for it for a moment, however much of it there is."""
        running = [job for job in self._jobs.values() if job.state == "running"]
        for job in running:
            job.cancel()
        latest = time.monotonic() + ENDING_S
        for job in running:
            job.wait(max(0.0, latest - time.monotonic()))


def _carry_out(job: Job, work: Callable[[Progress], Any]) -> None:
    try:
        job.outcome = work(job.report)
        job.state = "done"
    except CancelledError:
        job.state = "cancelled"
    except PlaynanoError as error:
        job.message, job.state = str(error), "failed"
    except Exception as error:  # a fault of ours or of a plugin: the page says so, the viewer lives on
        job.message, job.state = f"{type(error).__name__}: {error}", "failed"
