"""Movies in processes of this machine: several at a time, and one that crashes its process fails alone."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playnano.batch.attempt import Attempt
from playnano.batch.outcome import USER_ERROR, Outcome
from playnano.batch.running import Ended, Job
from playnano.batch.worker import ATTEMPT, END, FILES, GO, MOVIE, PROGRESS, settings_as_json
from playnano.errors import PlaynanoError
from playnano.recipe.recipe import Recipe
from playnano.runner.writing import Report, quiet
from playnano.stack.workfolder import recover

PATIENCE_S = 5.0
"""How long a worker that is told to end may take."""
_WAKE_S = 0.2  # a wait without end could not be interrupted on Windows
MOST = 8
FAULT = "fault"


def default_workers(movies: int, cores: int | None = None) -> int:
    """How many processes a batch uses: one for a few movies, which would not make up for their start."""
    return 1 if movies < 8 else min(MOST, cores or os.cpu_count() or 1)


class Workers:
    """Processes that each run one movie at a time.

    A process that dies fails the movie it was at, with a line that says so; another takes its place.

        with Workers(recipe, 4) as workers:
            run_many(recipe, movies, engine=workers)

    Parameters
    ----------
    report : callable
        Called with the stage of a movie's run, and how many frames of all movies at work are done.
    inherited : sequence of int
        File descriptors that the processes keep open: the locks of the output folder.
    """

    def __init__(
        self, recipe: Recipe, count: int, report: Report = quiet, inherited: Sequence[int] = ()
    ) -> None:
        self._recipe_text, self._folder = recipe.to_yaml(), Path(recipe.output.folder)
        self._count, self._report, self._inherited = count, report, inherited
        self._idle: list[_Process] = []
        self._busy: dict[_Process, Job] = {}
        self._frames: dict[_Process, tuple[int, int]] = {}
        self._events: queue.Queue[tuple[_Process, dict[str, Any] | None]] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        processes = [*self._idle, *self._busy]
        for process in processes:
            process.end(stop=process in self._busy)
        for process in processes:
            process.wait()
        for job in self._busy.values():
            recover(job.task.folder(self._folder), again=True)

    def submit(self, job: Job) -> Iterator[Ended]:
        """Give the movie to a process; those that ended before one was free."""
        while len(self._busy) >= self._count:
            yield from self._next()
        process = self._idle.pop() if self._idle else self._started()
        self._busy[process] = job
        process.run(job)

    def drain(self) -> Iterator[Ended]:
        """Those that are still at work, as they end."""
        while self._busy:
            yield from self._next()

    def _started(self) -> "_Process":
        return _Process(self._recipe_text, self._inherited, self._events)

    def _next(self) -> Iterator[Ended]:
        try:
            process, message = self._events.get(timeout=_WAKE_S)
        except queue.Empty:
            return
        if message is None:
            yield from self._died(process)
        elif FAULT in message:
            raise PlaynanoError(message[FAULT])
        elif PROGRESS in message:
            self._progress(process, *message[PROGRESS])
        else:
            job = self._busy.pop(process)
            self._frames.pop(process, None)
            self._idle.append(process)
            yield job, Attempt.from_json(message[ATTEMPT])

    def _died(self, process: "_Process") -> Iterator[Ended]:
        """The crash of a process, by a fault of a library or for want of memory: its movie fails alone.

        The history keeps the movie as begun, so that the next run takes what the crash left for its own, and
        gives the movie to a process again. Scratch files are removed here.
        """
        self._frames.pop(process, None)
        how = process.death()
        if process in self._idle:
            self._idle.remove(process)
            return
        job = self._busy.pop(process)
        recover(job.task.folder(self._folder), again=True)
        what = f"{job.task.movie}: the process that worked on it {how}"
        error = f"{what}; the file may be damaged, or memory short"
        yield job, Attempt(Outcome(str(job.task.movie), "failed", error=error, code=USER_ERROR, crashed=True))

    def _progress(self, process: "_Process", stage: str, done: int, total: int) -> None:
        self._frames[process] = (done, total)
        at_work = self._frames.values()
        self._report(stage, sum(done for done, _ in at_work), sum(total for _, total in at_work))


class _Process:
    """One process, and the thread that listens to it."""

    def __init__(
        self, recipe_text: str, inherited: Sequence[int], events: "queue.Queue[tuple[_Process, Any]]"
    ) -> None:
        more: dict[str, Any] = {"pass_fds": inherited} if os.name == "posix" else {}
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "playnano.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="ascii",
            **more,
        )
        self._job: Job | None = None
        self._events = events
        self._say({"recipe": recipe_text})
        threading.Thread(target=self._listen, daemon=True).start()

    def run(self, job: Job) -> None:
        """Start on a movie."""
        self._job = job
        task, settings = job.task, settings_as_json(job.settings)
        self._say(
            {MOVIE: str(task.movie), "below": task.below, "trouble": task.trouble, "settings": settings}
        )

    def end(self, *, stop: bool) -> None:
        """Let it end; `stop`: in the midst of its movie, of which nothing is left."""
        self._say({END: True})
        with suppress(OSError):
            if self._popen.stdin is not None:
                self._popen.stdin.close()
        if stop:
            self._popen.terminate()

    def wait(self) -> None:
        """Wait until it has ended."""
        try:
            self._popen.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        if self._popen.stdout is not None:
            self._popen.stdout.close()

    def death(self) -> str:
        """How it ended."""
        self.end(stop=False)
        self.wait()
        code = self._popen.returncode
        if code >= 0:
            return f"ended with {code}"
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"

    def _say(self, message: dict[str, Any]) -> None:
        with suppress(OSError):  # it died: whoever listens to it says so
            if self._popen.stdin is not None:
                self._popen.stdin.write(json.dumps(message) + "\n")
                self._popen.stdin.flush()

    def _listen(self) -> None:
        for line in self._popen.stdout or ():
            try:
                message = json.loads(line)
            except ValueError:  # cut by its death
                break
            if FILES in message and self._job is not None:
                self._begin(self._job, list(map(Path, message[FILES])))
            else:
                self._events.put((self, message))
        self._events.put((self, None))

    def _begin(self, job: Job, paths: Sequence[Path]) -> None:
        """Give leave to write files once that is written down."""
        try:
            job.begun(paths)
        except PlaynanoError as error:  # the disk is full: what is not written down must not be written
            self._events.put((self, {FAULT: str(error)}))
        else:
            self._say({GO: True})
