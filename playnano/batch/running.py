"""One recipe on many movies: each in turn, one that fails does not stop the others."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playnano.batch.conflicts import for_task
from playnano.batch.movies import MovieTask
from playnano.batch.outcome import Outcome
from playnano.errors import PlaynanoError
from playnano.readers.probe import probing
from playnano.recipe.recipe import Recipe
from playnano.runner import running
from playnano.runner.writing import Report, quiet


@dataclass(frozen=True)
class RunSettings:
    """How movies are run: all that is not part of the recipe."""

    overwrite: bool = False
    threads: int | None = None
    command: Sequence[str] | None = None
    """The command line, for the provenance."""
    fail_fast: bool = False
    """Whether the first movie that fails is the last."""


def run_many(
    recipe: Recipe,
    movies: Iterable[MovieTask | Path],
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    *,
    settings: RunSettings | None = None,
    report: Report = quiet,
) -> list[Outcome]:
    """Run a recipe on movies, one after another; none is opened before its turn.

    Parameters
    ----------
    movies : iterable of MovieTask or Path
        Taken one by one, so that it may still be at work when the first movie is done.
    on_outcome : callable
        Called with what became of each movie, as soon as that is known.
    report : callable
        Called with the stage of the movie's run, and how many of how many frames are done.

    Returns
    -------
    list of Outcome
        One for each movie, in their order.
    """
    settings = settings or RunSettings()
    outcomes: list[Outcome] = []
    with probing():
        for movie in movies:
            task = movie if isinstance(movie, MovieTask) else MovieTask(movie)
            outcomes.append(_attempt(recipe, task, settings, report))
            on_outcome(outcomes[-1])
            if settings.fail_fast and outcomes[-1].code:
                break
    return outcomes


def run_task(recipe: Recipe, task: MovieTask, settings: RunSettings, report: Report = quiet) -> Outcome:
    """Run a recipe on one movie.

    Raises
    ------
    PlaynanoError
        Where it cannot be done.
    """
    if task.trouble:
        raise PlaynanoError(task.trouble)
    began = time.monotonic()
    done = running.run_movie(
        for_task(recipe, task),
        task.movie,
        overwrite=settings.overwrite,
        threads=settings.threads,
        command=settings.command,
        report=report,
    )
    return Outcome.of(task.movie, done, time.monotonic() - began)


def _attempt(recipe: Recipe, task: MovieTask, settings: RunSettings, report: Report) -> Outcome:
    try:
        return run_task(recipe, task, settings, report)
    except Exception as error:
        return Outcome.failure(task.movie, error)
    except BaseException as error:
        if _is_a_stop(error):
            raise
        return Outcome.failure(task.movie, error)  # a plugin's SystemExit, a panic of a library


def _is_a_stop(error: BaseException) -> bool:
    """Ctrl-C, or the subclass of SystemExit that a signal's handler raises."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, SystemExit) and type(error) is not SystemExit
    )
