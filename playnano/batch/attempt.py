"""One movie of a batch: run it, and note what it was made from and what it left."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from playnano.batch.conflicts import for_task
from playnano.batch.fingerprints import Fingerprint, files_of_movie, files_of_output
from playnano.batch.movies import MovieTask
from playnano.batch.outcome import Outcome
from playnano.errors import PlaynanoError
from playnano.model import Json
from playnano.recipe.recipe import Recipe
from playnano.runner import running
from playnano.runner.writing import Overwrite, Report, RunOutcome, quiet

Begun = Callable[[Sequence[Path]], None]
"""Called with the files that will be written, before work on them begins."""


@dataclass(frozen=True)
class RunSettings:
    """How movies are run: all that is not part of the recipe."""

    overwrite: Overwrite = False
    threads: int | None = None
    command: Sequence[str] | None = None
    """The command line, for the provenance."""
    fail_fast: bool = False
    """Whether the first movie that fails is the last."""


@dataclass(frozen=True)
class Attempt:
    """What became of a movie, and what a later run compares with."""

    outcome: Outcome
    input: Fingerprint | None = None
    outputs: Mapping[str, Fingerprint] = field(default_factory=dict)
    """By path."""
    reader: str = ""
    picture: str = ""
    """A small picture of a frame of the result, as the address of an image."""

    def as_json(self) -> Json:
        """Plain values."""
        outputs = {path: mark.as_json() for path, mark in self.outputs.items()}
        values = {"outcome": self.outcome.as_json(), "outputs": outputs}
        return {
            **values,
            "input": self.input and self.input.as_json(),
            "reader": self.reader,
            "picture": self.picture,
        }

    @classmethod
    def from_json(cls, value: Json) -> "Attempt":
        """What `as_json` gave."""
        outputs = {path: Fingerprint.from_json(mark) for path, mark in value["outputs"].items()}
        before = value["input"] and Fingerprint.from_json(value["input"])
        outcome = Outcome.from_json(value["outcome"])
        return cls(outcome, before, outputs, value["reader"], value["picture"])


def run_task(
    recipe: Recipe, task: MovieTask, settings: RunSettings, report: Report = quiet, begun: Begun | None = None
) -> tuple[Outcome, RunOutcome]:
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
        on_planned=lambda planned: begun and begun([p for o in planned.outputs for p in o.written()]),
    )
    return Outcome.of(task.movie, done, time.monotonic() - began), done


def attempted(
    recipe: Recipe, task: MovieTask, settings: RunSettings, report: Report = quiet, begun: Begun | None = None
) -> Attempt:
    """Run a recipe on one movie; whatever goes wrong is part of what is returned."""
    try:
        before = _before(task.movie)
        outcome, done = run_task(recipe, task, settings, report, begun)
        return _noted(outcome, done, before)
    except Exception as error:
        return Attempt(Outcome.failure(task.movie, error))
    except BaseException as error:
        if _is_a_stop(error):
            raise
        return Attempt(Outcome.failure(task.movie, error))  # a plugin's SystemExit, a panic of a library


def _before(movie: Path) -> Fingerprint | None:
    """Size and time of the movie before it is read; None of one that cannot be, as the run will say."""
    try:
        return Fingerprint.of(files_of_movie(movie))
    except OSError:
        return None


def _noted(outcome: Outcome, done: RunOutcome, before: Fingerprint | None) -> Attempt:
    from playnano.batch.thumbnails import thumbnail

    source = done.stack.provenance.input
    digest = (source and source.sha256) or ""
    outputs = {path: _fingerprint(Path(path)) for path in outcome.outputs}
    reader = (source and source.reader) or ""
    return Attempt(outcome, before and replace(before, sha256=digest), outputs, reader, thumbnail(done.stack))


def _fingerprint(output: Path) -> Fingerprint:
    files = files_of_output(output)
    return Fingerprint.of(files).with_crc32(files)


def _is_a_stop(error: BaseException) -> bool:
    """Ctrl-C, or the subclass of SystemExit that a signal's handler raises."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, SystemExit) and type(error) is not SystemExit
    )
