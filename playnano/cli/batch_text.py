"""Movies one after another: each run in turn, a bad one named, the rest goes on."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from playnano.cli.command import with_flags_named
from playnano.cli.flags import RunOptions
from playnano.cli.guard import probing_unguarded
from playnano.cli.output import (
    UsageError,
    paragraph,
    plural,
    report_bug_text,
    report_error,
    show,
    size,
    table,
)
from playnano.cli.plan_text import about_movie, planned_lines
from playnano.cli.progress import MoviesClock, Progress, progress
from playnano.errors import MissingFrames, PlaynanoError, doubts
from playnano.filenames import shown

if TYPE_CHECKING:
    from playnano.batch.attempt import RunSettings
    from playnano.batch.ledger import Ledger
    from playnano.batch.movies import MovieTask
    from playnano.batch.outcome import Outcome
    from playnano.batch.shards import Shard
    from playnano.recipe.document import Document
    from playnano.recipe.recipe import Recipe


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
        from playnano.batch.movies import MovieTask, check_output_folder

        check_output_folder(movies, Path(self.recipe.output.folder))
        self.over_tasks([MovieTask(movie) for movie in movies], alone=len(movies) == 1)

    def over_tasks(self, tasks: Sequence["MovieTask"], *, alone: bool = False) -> None:
        """Run the recipe on every task.

        Parameters
        ----------
        alone : bool
            Whether the only task is a movie that was named: its error is the command's, and no table is made.
        """
        from playnano.readers.probe import probing
        from playnano.stack.allocator import keep_freed_memory

        keep_freed_memory()
        self._shard()
        if alone and self.manner.shard is None and self.manner.scheduler is None:
            self._alone(tasks[0])
            return
        with probing():
            self._several(tasks)

    def _several(self, tasks: Sequence["MovieTask"]) -> None:
        from playnano.batch.conflicts import without_conflicts

        tasks = without_conflicts(self.recipe, tasks, self._way_out())
        self._named_conflicts(tasks)
        if self.manner.plan:
            self._finish(self._planned_all(tasks), len(tasks))
        else:
            self._run_all(tasks)

    def _alone(self, task: "MovieTask") -> None:
        from playnano.batch.attempt import run_task

        try:
            if self.manner.plan:
                with probing_unguarded():
                    self._planned(task)
                return
            with probing_unguarded(), progress(self.manner.quiet) as report:
                outcome, _ = run_task(self.recipe, task, self._settings(), report)
        except PlaynanoError as error:
            raise self._located(error, task.movie) from error
        self._show(outcome, "")

    def _settings(self, threads: int | None = None) -> "RunSettings":
        from playnano.batch.attempt import RunSettings

        manner = self.manner
        return RunSettings(manner.overwrite, threads or manner.threads, self.command, manner.fail_fast)

    def _run_all(self, tasks: Sequence["MovieTask"]) -> None:
        from playnano.batch.ledger import Ledger
        from playnano.batch.summary import Summary

        shard, names = self._shard(), [str(task.movie) for task in tasks]
        summary = Summary(Path(self.recipe.output.folder), names, self.recipe, shard, self.manner.overwrite)
        tasks = shard.of(tasks)
        clock = MoviesClock(len(tasks))
        named = {str(task.movie) for task in tasks if task.trouble}
        ledger = Ledger(self.recipe, again=self.manner.again, shard=shard)

        def ended(outcome: "Outcome") -> None:
            clock.next(worked=outcome.status not in ("skipped", "kept"))
            bar.clear()
            if outcome.movie not in named:
                self._show(outcome, f"[{clock.done}/{clock.total}] ")
            summary.add(outcome)

        with progress(self.manner.quiet, clock.label) as bar:
            try:
                with ledger, summary:
                    self._share(tasks, ledger, clock, bar, ended)
            except (KeyboardInterrupt, SystemExit):
                bar.clear()
                show(self._table(summary.outcomes, len(tasks)))
                raise
        self._finish(summary.outcomes, len(tasks))

    def _shard(self) -> "Shard":
        from playnano.batch.shards import WHOLE, Shard

        if self.manner.shard is None:
            return WHOLE
        try:
            return Shard.parsed(self.manner.shard)
        except PlaynanoError as error:
            raise UsageError(f"--shard: {error}") from None

    def _share(
        self,
        tasks: Sequence["MovieTask"],
        ledger: "Ledger",
        clock: MoviesClock,
        bar: Progress,
        ended: Callable[["Outcome"], None],
    ) -> None:
        """Run the movies, several at a time."""
        from playnano.batch.engines import Sharing
        from playnano.batch.running import run_many

        manner = self.manner
        sharing = Sharing.of(
            len(tasks),
            manner.workers,
            manner.threads,
            risky=ledger.was_stopped,
            scheduler=manner.scheduler,
        )
        clock.at_once = sharing.workers
        settings = self._settings(sharing.threads)
        with sharing.engine(self.recipe, bar, ledger) as engine:
            run_many(self.recipe, tasks, ended, settings=settings, ledger=ledger, engine=engine)

    def _finish(self, outcomes: Sequence["Outcome"], total: int) -> None:
        from playnano.batch.outcome import worst_code

        if not self.manner.quiet:
            show(self._table(outcomes, total))
        if worst_code(outcomes):
            raise typer.Exit(worst_code(outcomes))

    def _named_conflicts(self, tasks: Sequence["MovieTask"]) -> None:
        """Say before the work which movies will not be done, each reason once."""
        for trouble in dict.fromkeys(task.trouble for task in tasks if task.trouble):
            report_error(trouble)

    def _show(self, outcome: "Outcome", counted: str) -> None:
        if outcome.traceback:
            report_bug_text(outcome.traceback)
        if outcome.code:
            error = self._located(outcome.as_error(), Path(outcome.movie))
            report_error(f"{counted}{with_flags_named(error)}{_in_brackets(outcome.reason)}")
            return
        for warning in outcome.doubts if self.manner.quiet else outcome.warnings:
            show([paragraph(f"warning: {shown(outcome.movie)}: {warning}", hanging=2)], err=True)
        if not self.manner.quiet and outcome.status != "skipped":
            show(_done_lines(f"{counted}{shown(outcome.movie)}", outcome))
            show([paragraph(f"note: {note}", hanging=2) for note in self._new_notes(outcome)], err=True)

    def _located(self, error: PlaynanoError, movie: Path) -> PlaynanoError:
        """The error with its line in the recipe, and the movie's name."""
        from playnano.recipe.document import located

        message = located(error, self.document)
        message = message if shown(movie.name) in message else f"{message} ({shown(movie)})"
        return PlaynanoError(*message.split("\n"), settings=error.settings)

    def _new_notes(self, outcome: "Outcome") -> Iterator[str]:
        """The notes that no movie before had."""
        for note in self._notes(outcome):
            if note not in self.noted:
                self.noted.add(note)
                yield note

    def _notes(self, outcome: "Outcome") -> Iterator[str]:
        from playnano.exporters.pictures.base import PictureExport

        yield from outcome.notes
        drawn = any(isinstance(export, PictureExport) for export in self.recipe.exports)
        if drawn and not outcome.levelled:
            yield "no step has levelled the movie in these pictures; 'playnano recipe quicklook' shows how"

    def _planned_all(self, tasks: Sequence["MovieTask"]) -> list["Outcome"]:
        from playnano.batch.history import History
        from playnano.batch.outcome import Outcome
        from playnano.batch.overview import refuse_others
        from playnano.batch.resuming import Resumption

        outcomes, folder = [], Path(self.recipe.output.folder)
        refuse_others(folder, overwrite=self.manner.overwrite)
        before = Resumption(History.read(folder), self.recipe, folder, again=self.manner.again)
        for number, task in enumerate(tasks, 1):
            try:
                decision = before.decision(task)
                left = decision.skipped or (None if self.manner.overwrite else decision.kept)
                outcomes.append(left or self._planned(task, decision.ours))
                if left and left.code:
                    self._show(left, f"[{number}/{len(tasks)}] ")
            except Exception as error:
                outcomes.append(Outcome.failure(task.movie, error))
                if not task.trouble:
                    self._show(outcomes[-1], f"[{number}/{len(tasks)}] ")
        return outcomes

    def _planned(self, task: "MovieTask", ours: Collection[Path] = ()) -> "Outcome":
        """What would be done for a movie; `ours`: files of an earlier run that would be replaced."""
        from playnano.batch.conflicts import for_task
        from playnano.batch.outcome import Outcome
        from playnano.runner.planning import plan
        from playnano.runner.writing import check_existing

        if task.trouble:
            raise PlaynanoError(task.trouble)
        planned = plan(for_task(self.recipe, task), task.movie, overwrite=True, hashed=False)
        show(planned_lines(planned, task.movie, self.manner.overwrite or bool(ours)))
        check_existing(planned.outputs, overwrite=self.manner.overwrite or ours)
        missing = "; ".join(w for w in planned.stack.warnings if isinstance(w, MissingFrames))
        outcome = Outcome(str(task.movie), "incomplete" if missing else "done", missing=missing)
        outcome = replace(outcome, doubts=tuple(map(str, doubts(planned.stack.warnings))))
        return replace(outcome, outputs=tuple(str(output.path) for output in planned.outputs))

    def _way_out(self) -> str:
        if "{input}" in self.recipe.output.name:
            return (
                "name the folder that holds both, or run them apart, each with an --output-folder of its own"
            )
        return "put {input} into the --output-name"

    def _table(self, outcomes: Sequence["Outcome"], total: int) -> Iterator[str]:
        from playnano.batch.outcome import STATES

        states = [outcome.status for outcome in outcomes]
        kinds = [kind for kind in STATES if kind in states or kind in ("done", "failed")]
        counts = [f"{states.count(kind)} {kind}" for kind in kinds]
        counts += [f"{total - len(states)} not begun"] if total > len(states) else []
        yield f"\n{plural(total, 'movie')}: {', '.join(counts)}"
        if "skipped" in states:
            yield paragraph("What is done and unchanged was skipped; --again runs it again.")
        troubled = [o for o in outcomes if o.status in ("kept", "failed") or o.doubts]
        rows = [
            (shown(o.movie), o.status, (o.error or "; ".join(o.doubts)).split("\n", 1)[0]) for o in troubled
        ]
        yield from table(rows, indent=2)


def _done_lines(name: str, outcome: "Outcome") -> Iterator[str]:
    took = f"in {outcome.seconds or 0:.1f} s"
    yield f"{name}: {about_movie(outcome)}, {took}{_in_brackets(outcome.reason)}"
    yield from table([(shown(path), size(_bytes(Path(path)))) for path in outcome.outputs], indent=2)


def _in_brackets(reason: str) -> str:
    """Why a movie was run again."""
    return f" ({reason})" if reason else ""


def _bytes(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*"))
    return path.stat().st_size
