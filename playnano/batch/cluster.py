"""Movies on a dask.distributed cluster: a movie a task, on workers that share the disk with this process.

What is sent is text and plain values, never code: the workers have playnano installed, in the same version.
"""

import os
import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playnano.batch.attempt import Attempt, attempted
from playnano.batch.conflicts import for_task
from playnano.batch.movies import MovieTask
from playnano.batch.outcome import USER_ERROR, Outcome
from playnano.batch.running import Ended, Job
from playnano.batch.worker import ATTEMPT, FILES, MOVIE, settings_as_json, settings_from_json
from playnano.errors import PlaynanoError
from playnano.model import Json
from playnano.recipe.reading import read_recipe
from playnano.recipe.recipe import Recipe
from playnano.runner.planning import plan
from playnano.runner.writing import Report, quiet
from playnano.stack.environment import software
from playnano.stack.workfolder import recover

LOCAL = "local"
VERSIONS = "versions"
RETRIES = 3
"""How often a movie is given to other workers when those at work on it die."""
_WAKE_S = 0.5
TIMEOUT_S = 20.0
"""How long the scheduler may take to answer."""


class Cluster:
    """Runs each movie as a task of a cluster.

        with Cluster(recipe, "tcp://host:8786") as cluster:
            run_many(recipe, movies, engine=cluster)

    Parameters
    ----------
    address : str
        Of the scheduler; `local` starts one here, and `workers` processes.
    """

    def __init__(
        self, recipe: Recipe, address: str, report: Report = quiet, *, workers: int | None = None
    ) -> None:
        self._recipe, self._address, self._report, self._workers = recipe, address, report, workers
        self._ended: queue.Queue[tuple[Job, Any]] = queue.Queue()
        self._at_work: dict[int, Callable[[Json], Json]] = {}
        self._deaths: dict[int, int] = {}
        self._left_behind: set[Path] = set()
        self._opened = ExitStack()
        self._done = 0

    def __enter__(self) -> Self:
        """Reach the scheduler.

        Raises
        ------
        PlaynanoError
            Where that cannot be done.
        """
        try:
            import distributed
        except ImportError:
            what = 'a cluster needs dask.distributed: pip install "playnano[cluster]"'
            raise PlaynanoError(what) from None
        dask: Any = distributed  # has no types
        with self._opened:
            place: Any = self._address
            if self._address == LOCAL:
                options = {"n_workers": self._workers, "threads_per_worker": 1, "dashboard_address": None}
                place = self._opened.enter_context(dask.LocalCluster(silence_logs=50, **options))
            try:
                self._client = self._opened.enter_context(
                    dask.Client(place, timeout=TIMEOUT_S, set_as_default=False)
                )
            except (OSError, ValueError) as error:
                what = str(error).split("\n", 1)[0]
                raise PlaynanoError(f"the scheduler {self._address} cannot be reached: {what}") from None
            self._opened = self._opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()
        for folder in self._left_behind:  # now: a worker's connection may end before its locks do
            recover(folder, again=True)

    def submit(self, job: Job) -> Iterator[Ended]:
        """Hand a movie over; those that ended before there was room for it."""
        if job.task.trouble:
            yield job, Attempt(Outcome.failure(job.task.movie, PlaynanoError(job.task.trouble)))
            return
        while len(self._at_work) >= self._room():
            yield from self._next()
        self._send(job, check_remotely)

    def drain(self) -> Iterator[Ended]:
        """Those that are still at work, as they end."""
        while self._at_work:
            yield from self._next()

    def _room(self) -> int:
        """One movie a thread: of several that wait on a worker, all would be blamed for its death."""
        return max(1, int(sum(self._client.nthreads().values())))

    def _send(self, job: Job, work: Callable[[Json], Json]) -> None:
        self._at_work[job.number] = work
        future = self._client.submit(work, self._message(job), pure=False)
        future.add_done_callback(lambda done: self._ended.put((job, done)))

    def _message(self, job: Job) -> Json:
        output = self._recipe.output
        here = output.model_copy(update={"folder": os.path.abspath(output.folder)})  # noqa: PTH100
        overwrite = job.settings.overwrite
        paths = overwrite if isinstance(overwrite, bool) else {path.absolute() for path in overwrite}
        settings = replace(job.settings, overwrite=paths, threads=job.settings.threads or 1)
        return {
            "recipe": self._recipe.model_copy(update={"output": here}).to_yaml(),
            MOVIE: os.path.abspath(job.task.movie),  # noqa: PTH100 - without resolving links
            "below": job.task.below,
            "settings": settings_as_json(settings),
            VERSIONS: libraries(),
        }

    def _next(self) -> Iterator[Ended]:
        try:
            job, future = self._ended.get(timeout=_WAKE_S)
        except queue.Empty:
            return
        reply = self._reply(job, future)
        if reply is None:
            self._send(job, self._at_work[job.number])
        elif VERSIONS in reply:
            raise PlaynanoError(f"{reply[VERSIONS]}: install the same versions on all workers")
        elif FILES in reply:
            files = list(map(Path, reply[FILES]))
            job.begun(files)
            overwrite = job.settings.overwrite or frozenset(files)
            own = replace(job, settings=replace(job.settings, overwrite=overwrite))
            self._send(own, run_remotely)
        else:
            self._done += 1
            self._report("movies on the cluster", self._done, self._done + len(self._at_work) - 1)
            yield self._finished(job, Attempt.from_json(reply[ATTEMPT]))

    def _reply(self, job: Job, future: Any) -> Json | None:
        """What a task gave; None where its worker died, so that another is to do it."""
        from distributed import KilledWorker

        error = future.exception()
        if error is None:
            reply: Json = future.result()
            return reply
        if not isinstance(error, KilledWorker):
            raise PlaynanoError(f"the cluster {self._address}: {type(error).__name__}: {error}") from error
        self._deaths[job.number] = self._deaths.get(job.number, 0) + 1
        if self._deaths[job.number] < RETRIES:
            return None
        self._left_behind.add(job.task.folder(Path(self._recipe.output.folder)))
        what = f"{job.task.movie}: every worker that was at it died; memory may be short, or the file damaged"
        lost = Outcome(str(job.task.movie), "failed", error=what, code=USER_ERROR, crashed=True)
        return {ATTEMPT: Attempt(lost).as_json()}

    def _finished(self, job: Job, attempt: Attempt) -> Ended:
        del self._at_work[job.number]
        movie = str(job.task.movie)
        error = attempt.outcome.error.replace(os.path.abspath(movie), movie)  # noqa: PTH100
        return job, replace(attempt, outcome=replace(attempt.outcome, movie=movie, error=error))


def libraries() -> Mapping[str, str]:
    """Versions that have to agree between this process and the workers."""
    return {name: version for name, version in software().items() if name != "python"}


def check_remotely(message: Json) -> Json:
    """On a worker: the files that a movie leads to, or why it cannot be done."""
    mine = libraries()
    others = [
        f"{name} {mine.get(name)} (here {v})" for name, v in message[VERSIONS].items() if mine.get(name) != v
    ]
    if others:
        return {VERSIONS: f"a worker has {', '.join(others)}"}
    recipe, task, settings = _unpacked(message)
    try:
        planned = plan(for_task(recipe, task), task.movie, overwrite=settings.overwrite, hashed=False)
    except Exception as error:
        return {ATTEMPT: Attempt(Outcome.failure(task.movie, error)).as_json()}
    return {FILES: [str(path) for output in planned.outputs for path in output.written()]}


def run_remotely(message: Json) -> Json:
    """On a worker: a movie."""
    return {ATTEMPT: attempted(*_unpacked(message)).as_json()}


def _unpacked(message: Json) -> tuple[Recipe, MovieTask, Any]:
    task = MovieTask(Path(message[MOVIE]), message["below"])
    return read_recipe(message["recipe"]), task, settings_from_json(message["settings"])
