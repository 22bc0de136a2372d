"""What of a batch is done already, and why the rest is not."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from playnano.batch.fingerprints import Fingerprint, files_of_movie, files_of_output
from playnano.batch.history import Entry, History, Key, Past
from playnano.batch.movies import MovieTask
from playnano.batch.outcome import USER_ERROR, Outcome, Status
from playnano.readers import READERS
from playnano.recipe.recipe import Recipe
from playnano.registry import package_version
from playnano.runner.running import packages_used
from playnano.stack.hashing import file_sha256, json_sha256

SAME = "done before, and unchanged"
ANOTHER_RECIPE = "the recipe changed"
Fingerprints = Mapping[str, Fingerprint | None]
"""Of outputs, by their paths in the output folder."""


@dataclass(frozen=True)
class Decision:
    """Whether a movie is run, and why."""

    skipped: Outcome | None = None
    kept: Outcome | None = None
    """Why it is not run unless files may be overwritten: one of its outputs was changed."""
    reason: str = ""
    """Why a movie that was run before is run again."""
    ours: frozenset[Path] = frozenset()
    """Files that the same recipe made of the movie, which may be replaced."""
    renewed: Entry | None = None
    """The line to add where only times of files are others."""


@dataclass(frozen=True)
class Resumption:
    """Compares movies and a recipe with what was done before.

    Parameters
    ----------
    folder : Path
        The output folder.
    again : bool
        Whether movies are run again though nothing changed.
    """

    history: History
    recipe: Recipe
    folder: Path
    again: bool = False

    def key(self, task: MovieTask) -> Key:
        """The movie's key in the history."""
        return Key(from_folder(task.movie, self._root), task.below, self._recipe_key)

    def decision(self, task: MovieTask) -> Decision:
        """Whether a movie is to be run."""
        key = self.key(task)
        past = self.history.get(key)
        if task.trouble:
            return Decision()
        if past is None or (past.last == "failed" and past.done is None):
            failed = "it failed in the last run" if past else ""
            return Decision(reason=ANOTHER_RECIPE if (key.movie, key.below) in self._done else failed)
        ours = frozenset(self.folder / path for path in past.outputs)
        outputs = self._outputs_now(past)
        reason, renewed = self._compared(past, task, outputs)
        reason = "all are run again" if self.again else reason
        if reason:
            return Decision(kept=self._kept(task, past, outputs, reason), reason=reason, ours=ours)
        skipped = self._outcome(task, "skipped", renewed, SAME)
        return Decision(skipped, renewed=renewed if renewed != past.done else None)

    @cached_property
    def _root(self) -> str:
        return os.path.abspath(self.folder)  # noqa: PTH100 - without resolving links, which stay where they are

    @cached_property
    def _done(self) -> frozenset[tuple[str, str]]:
        return frozenset((key.movie, key.below) for key, past in self.history.items() if past.done)

    @cached_property
    def _recipe_key(self) -> str:
        """Hash of all that a recipe says of the result, not of where it is read and written."""
        full = self.recipe.full()
        full["input"] = {key: value for key, value in full["input"].items() if key != "path"}
        return json_sha256({**full, "output": {"name": self.recipe.output.name}})

    @cached_property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of each file that a step reads beside the movie; empty where it cannot be read."""
        paths = (getattr(step, "path", None) for step in self.recipe.steps)
        return {path: _file_hash(Path(path)) for path in paths if isinstance(path, str)}

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Of what may change a result: playnano, plugins' packages, the revision of each step and measure."""
        packages = packages_used(self.recipe)
        revisions = {f"step {step.step}": f"revision {step.revision}" for step in self.recipe.steps}
        measures = {f"measure {m.measure}": f"revision {m.revision}" for m in self.recipe.analysis}
        return {"playnano": package_version("playnano"), **packages, **revisions, **measures}

    def versions_with(self, reader: str) -> Mapping[str, str]:
        """The same with the package of the reader that opened the movie."""
        return {**self.versions, READERS.package(reader): READERS.version(reader)}

    def _outputs_now(self, past: Past) -> Fingerprints:
        """The outputs of a movie as they are now; None for one that is not what was written."""
        if past.done is None or past.last == "begun":  # what a stop left is not noted
            return {}
        return {path: mark and mark.still(self._files(path)) for path, mark in past.done.outputs.items()}

    def _compared(self, past: Past, task: MovieTask, outputs: Fingerprints) -> tuple[str, Entry]:
        """Why a movie is run again, empty where it is not; the line that says how all is now."""
        done = past.done
        if past.last == "begun":
            return "its last run was stopped", Entry("done", self.key(task))
        if past.last == "failed" or done is None or done.input is None:
            return "it failed in the last run", Entry("done", self.key(task))
        now_input = done.input.still(files_of_movie(task.movie))
        reasons = [] if now_input else ["the input changed"]
        reasons += self._newer(done)
        reasons += [self._lost(path) for path, mark in outputs.items() if mark is None]
        return next(iter(reasons), ""), replace(done, input=now_input, outputs=outputs)

    def _newer(self, done: Entry) -> Iterator[str]:
        reader = str(done.result.get("reader", ""))
        now = self.versions_with(reader) if reader in READERS.names else self.versions
        for name in (*now, *(name for name in done.versions if name not in now)):
            before, after = done.versions.get(name, "none"), now.get(name, "none")
            if before != after:
                yield f"{name} has {after}, was {before}" if " " in name else f"{name} {after}, was {before}"
        yield from (
            f"{path} changed" for path, digest in self.files.items() if done.files.get(path) != digest
        )

    def _files(self, path: str) -> list[Path]:
        return files_of_output(self.folder / path)

    def _lost(self, path: str) -> str:
        return f"{path} {'changed' if self._is_there(path) else 'is missing'}"

    def _is_there(self, path: str) -> bool:
        return os.path.lexists(self.folder / path)

    def _kept(self, task: MovieTask, past: Past, outputs: Fingerprints, reason: str) -> Outcome | None:
        """What becomes of a movie one of whose outputs is there and is not what its run wrote."""
        if past.done is None:
            return None
        lost = [path for path, mark in outputs.items() if mark is None and past.done.outputs[path]]
        changed = [path for path in lost if self._is_there(path)]
        if not changed:
            return None
        what = f"{self.folder / changed[0]} was changed after it was written and is kept"
        return replace(
            self._outcome(task, "kept", past.done, reason),
            error=f"{what}; set `overwrite` to replace it",
            code=USER_ERROR,
            settings=("overwrite",),
        )

    def _outcome(self, task: MovieTask, status: Status, done: Entry, reason: str) -> Outcome:
        """Of a movie that is not run: what its last run noted."""
        values = {
            k: v for k, v in done.result.items() if k in ("frames", "height", "width", "channel", "unit")
        }
        missing, doubts = str(done.result.get("missing", "")), tuple(done.result.get("doubts", ()))
        return Outcome(
            str(task.movie), status, **values, outputs=tuple(str(self.folder / p) for p in done.outputs),
            reason=reason, missing=missing, warnings=doubts, doubts=doubts,
        )  # fmt: skip


def _file_hash(file: Path) -> str:
    try:
        return file_sha256(file)
    except OSError:
        return ""


def from_folder(path: Path, root: str) -> str:
    """A path from a folder on, with forward slashes; as it is where it is on another drive."""
    whole = os.path.abspath(path)  # noqa: PTH100 - without resolving links
    try:
        return Path(os.path.relpath(whole, root)).as_posix()
    except ValueError:
        return whole
