"""One recipe on many movies: one that fails does not stop the others."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from playnano.batch.attempt import Attempt, Begun, RunSettings, attempted
from playnano.batch.ledger import Ledger
from playnano.batch.movies import MovieTask
from playnano.batch.outcome import Outcome
from playnano.readers.probe import probing
from playnano.recipe.recipe import Recipe
from playnano.runner.writing import Report, quiet


@dataclass(frozen=True)
class Job:
    """A movie that is to be run."""

    number: int
    """Its place among the movies, from 0."""
    task: MovieTask
    settings: RunSettings
    begun: Begun
    reason: str = ""
    """Why it is run again."""


Ended = tuple[Job, Attempt]


class Engine(Protocol):
    """Where movies are run: here, in processes of this machine, on a cluster."""

    def submit(self, job: Job) -> Iterator[Ended]:
        """Take a movie, waiting until there is room for it; those that ended meanwhile."""

    def drain(self) -> Iterator[Ended]:
        """Those that are still at work, as they end."""


class Here:
    """Movies one after another in this process."""

    def __init__(self, recipe: Recipe, report: Report = quiet) -> None:
        self._recipe, self._report = recipe, report

    def submit(self, job: Job) -> Iterator[Ended]:
        """Run the movie."""
        yield job, attempted(self._recipe, job.task, job.settings, self._report, job.begun)

    def drain(self) -> Iterator[Ended]:
        """Nothing: each movie has ended before the next."""
        return iter(())


def run_many(
    recipe: Recipe,
    movies: Iterable[MovieTask | Path],
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    *,
    settings: RunSettings | None = None,
    report: Report = quiet,
    ledger: Ledger | None = None,
    engine: Engine | None = None,
) -> list[Outcome]:
    """Run a recipe on movies; none is opened before its turn.

    Parameters
    ----------
    movies : iterable of MovieTask or Path
        Taken one by one, so that it may still be at work when the first movie is done.
    on_outcome : callable
        Called with what became of each movie, as soon as that is known.
    report : callable
        Called with the stage of the movie's run, and how many of how many frames are done.
    ledger : Ledger, optional
        The open history of the output folder: movies that are done and unchanged are skipped.
    engine : Engine, optional
        Where movies are run.  [default: one after another in this process]

    Returns
    -------
    list of Outcome
        One for each movie, in their order.
    """
    batch = _Batch(settings or RunSettings(), ledger, on_outcome)
    engine = engine or Here(recipe, report)
    with probing():
        for number, movie in enumerate(movies):
            job = batch.job(number, movie if isinstance(movie, MovieTask) else MovieTask(movie))
            for ended in engine.submit(job) if job else ():
                batch.end(*ended)
            if batch.stopped:
                break
        for ended in engine.drain():
            batch.end(*ended)
    return [batch.outcomes[number] for number in sorted(batch.outcomes)]


class _Batch:
    """The movies of a batch on their way."""

    def __init__(
        self, settings: RunSettings, ledger: Ledger | None, on_outcome: Callable[[Outcome], None]
    ) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.stopped = False
        self._settings, self._ledger, self._on_outcome = settings, ledger, on_outcome

    def job(self, number: int, task: MovieTask) -> Job | None:
        """What is to be done for a movie; None for one that is done already, or cannot be."""
        if self._ledger is None:
            return Job(number, task, self._settings, lambda paths: None)
        decision = self._ledger.decision(task)
        if decision.skipped is not None:
            self._add(number, decision.skipped)
            return None
        if decision.kept is not None and not self._settings.overwrite:
            self._add(number, decision.kept)
            return None
        overwrite = self._settings.overwrite or decision.ours
        return Job(
            number,
            task,
            replace(self._settings, overwrite=overwrite),
            self._ledger.begun(task),
            decision.reason,
        )

    def end(self, job: Job, attempt: Attempt) -> None:
        """A movie ended."""
        if self._ledger is not None:
            self._ledger.ended(job.task, attempt)
        self._add(job.number, replace(attempt.outcome, reason=job.reason))

    def _add(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome
        self.stopped = self.stopped or (self._settings.fail_fast and outcome.code != 0)
        self._on_outcome(outcome)
