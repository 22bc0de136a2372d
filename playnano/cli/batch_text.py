"""Movies one after another: each run in turn, a bad one named, the rest goes on."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from playnano.batch.outcome import Outcome
from playnano.cli.flags import RunOptions
from playnano.cli.output import plural, report_bug, report_error, show, size, table
from playnano.cli.plan_text import planned_lines
from playnano.cli.progress import progress
from playnano.errors import ExportError, PlaynanoError

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

    def over(self, movies: Sequence[Path]) -> None:
        """Run the recipe on every movie; exit with the worst of their codes."""
        if len(movies) == 1:
            self._do(movies[0])
            return
        self._refuse_same_files(movies)
        outcomes = [self._outcome(movie, f"[{n}/{len(movies)}] ") for n, movie in enumerate(movies, 1)]
        if not self.manner.quiet:
            show(_summary(outcomes))
        if any(outcome.code for outcome in outcomes):
            raise typer.Exit(max(outcome.code for outcome in outcomes))

    def _outcome(self, movie: Path, counted: str) -> Outcome:
        try:
            return Outcome(movie, self._do(movie, counted))
        except PlaynanoError as error:
            report_error(f"{counted}{error}")
            return Outcome(movie, str(error).split("\n", 1)[0], 1)
        except Exception as error:
            report_bug()
            return Outcome(movie, f"{type(error).__name__}: {error}".split("\n", 1)[0], 3)

    def _do(self, movie: Path, counted: str = "") -> str:
        try:
            return self._planned(movie) if self.manner.plan else self._run(movie, counted)
        except PlaynanoError as error:
            from playnano.recipe.document import located

            raise PlaynanoError(located(error, self.document)) from error

    def _run(self, movie: Path, counted: str) -> str:
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
        if not self.manner.quiet:
            show([f"warning: {movie}: {warning}" for warning in done.stack.warnings], err=True)
            show(_done_lines(f"{counted}{movie}", done, seconds))
            show([f"note: {note}" for note in self._notes(done)], err=True)
        return f"{plural(len(done.outputs), 'file')} in {seconds:.1f} s"

    def _notes(self, done: "RunOutcome") -> Iterator[str]:
        from playnano.exporters.pictures.base import PictureExport

        yield from done.notes
        drawn = any(isinstance(export, PictureExport) for export in self.recipe.exports)
        if drawn and not done.stack.provenance.all_steps():
            yield "no step has levelled the movie in these pictures; recipes/quicklook.yaml shows how"

    def _planned(self, movie: Path) -> str:
        from playnano.runner.planning import plan
        from playnano.runner.writing import check_existing

        planned = plan(self.recipe, movie, overwrite=True, hashed=False)
        show(planned_lines(planned, movie, self.manner.overwrite))
        check_existing(planned.outputs, overwrite=self.manner.overwrite)
        return plural(len(planned.outputs), "file")

    def _refuse_same_files(self, movies: Sequence[Path]) -> None:
        writers: dict[str, Path] = {}
        for movie, planned in self._plans(movies):
            for output in planned.outputs:
                key = os.path.normcase(output.path.resolve())
                if writers.setdefault(key, movie) is not movie:
                    raise ExportError(
                        f"{writers[key]} and {movie} would both write {output.path}; {self._way_out()}"
                    )

    def _way_out(self) -> str:
        if "{input}" in self.recipe.output.name:
            return "run them apart, each with an --output-folder of its own"
        return "put {input} into the --output-name"

    def _plans(self, movies: Sequence[Path]) -> Iterator[tuple[Path, "RunPlan"]]:
        """Plans of the movies that can be read; the others are named when their turn comes."""
        from playnano.runner.planning import plan

        for movie in movies:
            try:
                yield movie, plan(self.recipe, movie, overwrite=True, hashed=False)
            except PlaynanoError:
                continue


def _summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    failed = sum(outcome.code > 0 for outcome in outcomes)
    yield f"\n{plural(len(outcomes), 'movie')}: {len(outcomes) - failed} fine, {failed} failed"
    yield from table([(o.movie.name, "failed" if o.code else "fine", o.told) for o in outcomes], indent=2)


def _done_lines(name: str, done: "RunOutcome", seconds: float) -> Iterator[str]:
    frames, height, wide = done.stack.shape
    yield f"{name}: {plural(frames, 'frame')} of {height} x {wide} in {seconds:.1f} s"
    yield from table([(str(path), size(_bytes(path))) for path in done.outputs], indent=2)


def _bytes(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*"))
    return path.stat().st_size
