"""Movies one after another: each run in turn, a bad one named, the rest goes on."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from playnano.batch.outcome import Outcome
from playnano.cli.command import with_flags_named
from playnano.cli.flags import RunOptions
from playnano.cli.output import paragraph, plural, report_bug, report_error, show, size, table
from playnano.cli.plan_text import about, planned_lines
from playnano.cli.progress import progress
from playnano.errors import MissingFrames, PlaynanoError

if TYPE_CHECKING:
    from playnano.recipe.document import Document
    from playnano.recipe.recipe import Recipe
    from playnano.runner.planning import RunPlan
    from playnano.runner.writing import RunOutcome


@dataclass(frozen=True)
class Batch:
    """A recipe, and how it is run."""

    document: "Document"
    recipe: "Recipe"
    manner: RunOptions
    command: Sequence[str]
    """The command line, for the provenance."""
    noted: set[str] = field(default_factory=set)
    """The notes that were shown already."""

    def over(self, movies: Sequence[Path]) -> None:
        """Run the recipe on every movie; exit with the worst of their codes."""
        if len(movies) == 1:
            self._outcome(movies[0])
            return
        self._refuse_conflicts(movies)
        counted = [(f"[{number}/{len(movies)}] ", movie) for number, movie in enumerate(movies, 1)]
        outcomes = [self._outcome_in_batch(movie, number) for number, movie in counted]
        if not self.manner.quiet:
            show(_summary(outcomes))
        if any(outcome.code for outcome in outcomes):
            raise typer.Exit(max(outcome.code for outcome in outcomes))

    def _outcome_in_batch(self, movie: Path, counted: str) -> Outcome:
        try:
            return self._outcome(movie, counted)
        except PlaynanoError as error:
            report_error(f"{counted}{with_flags_named(error)}")
            return Outcome(movie, str(error).split("\n", 1)[0], 1)
        except (KeyboardInterrupt, typer.Exit):
            raise
        except BaseException as error:  # a plugin's SystemExit, a panic of a library: the others are done
            report_bug()
            report_error(f"{counted}{movie}: {type(error).__name__}")
            return Outcome(movie, f"{type(error).__name__}: {error}".split("\n", 1)[0], 3)

    def _outcome(self, movie: Path, counted: str = "") -> Outcome:
        try:
            return self._planned(movie) if self.manner.plan else self._run(movie, counted)
        except PlaynanoError as error:
            from playnano.recipe.document import located

            message = located(error, self.document)
            message = message if movie.name in message else f"{message} ({movie})"
            raise PlaynanoError(message, settings=error.settings) from error

    def _run(self, movie: Path, counted: str) -> Outcome:
        from playnano.runner.running import run_movie

        began = time.monotonic()
        with progress(self.manner.quiet) as report:
            done = run_movie(
                self.recipe,
                movie,
                overwrite=self.manner.overwrite,
                threads=self.manner.threads,
                command=self.command,
                report=report,
            )
        seconds = time.monotonic() - began
        missing = [warning for warning in done.stack.warnings if isinstance(warning, MissingFrames)]
        for warning in missing if self.manner.quiet else done.stack.warnings:
            show([paragraph(f"warning: {movie}: {warning}", hanging=2)], err=True)
        if not self.manner.quiet:
            show(_done_lines(f"{counted}{movie}", done, seconds))
            show([paragraph(f"note: {note}", hanging=2) for note in self._new_notes(done)], err=True)
        summary = f"{plural(len(done.outputs), 'file')} in {seconds:.1f} s"
        return Outcome(movie, summary, missing="; ".join(missing))

    def _new_notes(self, done: "RunOutcome") -> Iterator[str]:
        """The notes that no movie before had."""
        for note in self._notes(done):
            if note not in self.noted:
                self.noted.add(note)
                yield note

    def _notes(self, done: "RunOutcome") -> Iterator[str]:
        from playnano.exporters.pictures.base import PictureExport

        yield from done.notes
        drawn = any(isinstance(export, PictureExport) for export in self.recipe.exports)
        if drawn and not done.stack.provenance.all_steps():
            yield "no step has levelled the movie in these pictures; 'playnano recipe quicklook' shows how"

    def _planned(self, movie: Path) -> Outcome:
        from playnano.runner.planning import plan
        from playnano.runner.writing import check_existing

        planned = plan(self.recipe, movie, overwrite=True, hashed=False)
        show(planned_lines(planned, movie, self.manner.overwrite))
        check_existing(planned.outputs, overwrite=self.manner.overwrite)
        missing = [warning for warning in planned.stack.warnings if isinstance(warning, MissingFrames)]
        return Outcome(movie, plural(len(planned.outputs), "file"), missing="; ".join(missing))

    def _refuse_conflicts(self, movies: Sequence[Path]) -> None:
        from playnano.batch.conflicts import refuse_conflicts

        refuse_conflicts(self._plans(movies), movies, self._way_out())

    def _way_out(self) -> str:
        if "{input}" in self.recipe.output.name:
            return "run them apart, each with an --output-folder of its own"
        return "put {input} into the --output-name"

    def _plans(self, movies: Sequence[Path]) -> Iterator[tuple[Path, "RunPlan"]]:
        """Plans of the movies that can be read; the others are named when their turn comes."""
        from playnano.runner.planning import plan

        for movie in movies:
            with suppress(Exception):
                yield movie, plan(self.recipe, movie, overwrite=True, hashed=False)


def _summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    states = [outcome.state for outcome in outcomes]
    named = [state for state in ("fine", "incomplete", "failed") if state != "incomplete" or state in states]
    yield f"\n{plural(len(outcomes), 'movie')}: " + ", ".join(f"{states.count(s)} {s}" for s in named)
    rows = [(o.movie.name, o.state, "; ".join(filter(None, (o.summary, o.missing)))) for o in outcomes]
    yield from table(rows, indent=2)


def _done_lines(name: str, done: "RunOutcome", seconds: float) -> Iterator[str]:
    yield f"{name}: {about(done.stack)}, in {seconds:.1f} s"
    yield from table([(str(path), size(_bytes(path))) for path in done.outputs], indent=2)


def _bytes(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*"))
    return path.stat().st_size
