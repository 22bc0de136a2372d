"""The output folder of a batch: held by one batch at a time, with the history of what was done into it."""

import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from playnano.batch.attempt import Attempt, Begun
from playnano.batch.fingerprints import Fingerprint
from playnano.batch.folder_lock import FolderLock
from playnano.batch.history import PICTURES, Entry, Event, History, StateFile
from playnano.batch.movies import MovieTask
from playnano.batch.outcome import Outcome
from playnano.batch.resuming import Decision, Resumption, from_folder
from playnano.batch.shards import WHOLE, Shard
from playnano.errors import ExportError
from playnano.recipe.recipe import Recipe
from playnano.stack.durable import make_folder


class Ledger:
    """Says which movies of a batch are done already, and writes down what becomes of the others.

        with Ledger(recipe) as ledger:
            run_many(recipe, movies, ledger=ledger)

    Parameters
    ----------
    again : bool
        Whether movies are run again though nothing changed.
    shard : Shard
        The part of the batch that is done here.
    """

    def __init__(self, recipe: Recipe, *, again: bool = False, shard: Shard = WHOLE) -> None:
        self.folder, self.shard = Path(recipe.output.folder), shard
        self.lock = FolderLock(self.folder, shard)
        self._recipe, self._again = recipe, again
        self._opened = ExitStack()
        self._writing = threading.Lock()

    def __enter__(self) -> "Ledger":
        """Take the folder, and read its history.

        Raises
        ------
        PlaynanoError
            Where another batch writes into the folder, or it cannot be written to.
        """
        try:
            make_folder(self.folder)
        except OSError as error:
            what = f"cannot make the folder {error.filename or self.folder}: {error.strerror or error}"
            raise ExportError(what) from error
        with self._opened:
            self._opened.enter_context(self.lock)
            self._state = self._opened.enter_context(StateFile(self.folder, self.shard))
            self._pictures = self._opened.enter_context(StateFile(self.folder, self.shard, PICTURES))
            self._resumption = Resumption(
                History.read(self.folder), self._recipe, self.folder, again=self._again
            )
            self._opened = self._opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def was_stopped(self) -> bool:
        """Whether a movie's last run did not come to an end: it may have crashed its process."""
        return any(past.last == "begun" for past in self._resumption.history.values())

    def decision(self, task: MovieTask) -> Decision:
        """Whether a movie is to be run."""
        decision = self._resumption.decision(task)
        if decision.renewed is not None:
            self._append(replace(decision.renewed, at=Entry("done", decision.renewed.key).at))
        return decision

    def begun(self, task: MovieTask) -> Begun:
        """To be called before a movie's files are written: what a stop leaves of them is known to be ours."""
        return lambda paths: self._append(self._entry("begun", task, dict.fromkeys(map(self._name, paths))))

    def ended(self, task: MovieTask, attempt: Attempt) -> None:
        """Write down how a movie ended."""
        outcome = attempt.outcome
        if outcome.code:
            if not outcome.crashed:  # what a crash leaves of files is still ours
                self._append(self._entry("failed", task))
            return
        done = self._entry("done", task, {self._name(Path(p)): m for p, m in attempt.outputs.items()})
        self._append(
            replace(
                done,
                input=attempt.input,
                versions=self._resumption.versions_with(attempt.reader),
                files=self._resumption.files,
                result={**_result(outcome), "reader": attempt.reader},
            )
        )
        if attempt.picture:
            with self._writing:
                self._pictures.append({"movie": done.key.movie, "picture": attempt.picture})

    def _entry(
        self, event: Event, task: MovieTask, outputs: dict[str, Fingerprint | None] | None = None
    ) -> Entry:
        return Entry(event, self._resumption.key(task), outputs=outputs or {})

    def _append(self, entry: Entry) -> None:
        with self._writing:
            self._state.append(entry.as_json())

    def _name(self, path: Path) -> str:
        return from_folder(path, str(self.folder.absolute()))


def _result(outcome: Outcome) -> dict[str, object]:
    values = {
        "frames": outcome.frames,
        "height": outcome.height,
        "width": outcome.width,
        "channel": outcome.channel,
        "unit": outcome.unit,
        "missing": outcome.missing,
        "doubts": list(outcome.doubts),
    }
    return {name: value for name, value in values.items() if value not in (None, "")}
