"""Write a stack to files: all of them, or none."""

import errno
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import disk_usage

from playnano.errors import ExportError, PlaynanoError, listed
from playnano.exporters.base import Export, ExportNotes
from playnano.model import Json
from playnano.stack.durable import make_folder, sync
from playnano.stack.environment import machine, now, reproducible, software
from playnano.stack.hashing import json_sha256
from playnano.stack.parallel import side_by_side
from playnano.stack.placing import NameTakenError, place
from playnano.stack.provenance import Provenance, Run
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.stack.workfolder import WorkFolder

EXPORTS_AT_ONCE = 2
ALMOST_FULL = 2**22
"""Bytes left on a disk that is too full for a frame."""
Overwrite = bool | Collection[Path]
"""Whether files that exist may be replaced, or which of them."""
Report = Callable[[str, int, int], None]
"""Callback for progress: the task, frames done, and frames in total."""


def quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def default_threads() -> int:
    """As many threads as there are cores, at most eight: more only cost memory."""
    return min(8, os.cpu_count() or 1)


@dataclass(frozen=True)
class PlannedFile:
    """One file to be written."""

    export: Export
    path: Path

    def written(self) -> Iterator[Path]:
        """The file and those that will stand beside it."""
        yield self.path
        yield from (self.path.with_name(self.path.name + ending) for ending in self.export.beside())


@dataclass(frozen=True)
class RunOutcome:
    """What a run left."""

    stack: AFMImageStack
    outputs: tuple[Path, ...]
    """The files written, those beside others too."""
    notes: tuple[str, ...] = ()
    """Notes for the user."""


def write_exports(
    stack: AFMImageStack,
    planned: Sequence[PlannedFile],
    *,
    overwrite: Overwrite = False,
    threads: int | None = None,
    report: Report = quiet,
    unchanged: Callable[[], None] = lambda: None,
) -> RunOutcome:
    """Write a stack to several files of one folder: all of them, or none.

    Parameters
    ----------
    unchanged : callable
        Raises where what was read has changed; called when all is written, before it is put in place.

    Raises
    ------
    ExportError
        Where a file exists and `overwrite` does not say to replace it, or cannot be written.
    """
    if not planned:
        return RunOutcome(stack, ())
    check_existing(planned, overwrite=overwrite)
    folder = planned[0].path.parent
    try:
        make_folder(folder)
        with WorkFolder(folder) as work:
            return _Writing(work, planned, overwrite, threads or default_threads(), unchanged).done(
                stack, report
            )
    except NameTakenError as error:
        raise _exists(Path(str(error.filename))) from error
    except OSError as error:
        raise ExportError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error


@dataclass(frozen=True)
class _Writing:
    """Files on their way: complete in a folder of their own before any of them is moved into place."""

    work: WorkFolder
    planned: Sequence[PlannedFile]
    overwrite: Overwrite
    threads: int
    unchanged: Callable[[], None]

    def done(self, stack: AFMImageStack, report: Report) -> RunOutcome:
        scratch = Scratch(self.work.path.parent)
        try:
            return self._done(_finished(stack, self.planned, scratch, self.threads), report)
        except BaseException:
            scratch.remove()
            raise

    def _done(self, stack: AFMImageStack, report: Report) -> RunOutcome:
        names: list[str] = []
        notes: dict[str, list[str]] = {}
        for item, written in zip(self.planned, self._all_written(stack, report), strict=True):
            for note in written.notes:
                notes.setdefault(note, []).append(item.path.name)
            names += [item.path.name, *self._beside(item.path, written)]
        self.unchanged()
        check_existing(self.planned, overwrite=self.overwrite)
        messages = [f"{', '.join(files)}: {note}" for note, files in notes.items()]
        folder = self.planned[0].path.parent
        allowed = {name for name in names if may_replace(folder / name, self.overwrite)}
        return RunOutcome(stack, place(self.work, names, overwrite=allowed), tuple(messages))

    def _all_written(self, stack: AFMImageStack, report: Report) -> list[ExportNotes]:
        """Two exports at a time, which share the threads: one computes while the other waits for ffmpeg.

        Beside them, what is written is flushed to the disk.
        """
        tasks = list(enumerate(self.planned))
        at_once = min(EXPORTS_AT_ONCE, self.threads, len(tasks))
        flushed: list[Future[None]] = []
        with ThreadPoolExecutor(1) as disk:

            def written(task: tuple[int, PlannedFile]) -> ExportNotes:
                notes = self._written(task[1], stack, task[0], self.threads // at_once)
                flushed.append(disk.submit(sync, self.work.new / task[1].path.name))
                return notes

            notes = side_by_side(
                written,
                tasks,
                at_once,
                lambda place: report(f"writing {self.planned[place].path.name}", place, len(tasks)),
            )
        for one in flushed:  # the system reports a write that failed only once: to whoever flushes first
            one.result()
        return notes

    def _written(self, item: PlannedFile, stack: AFMImageStack, position: int, threads: int) -> ExportNotes:
        try:
            return item.export.write(stack, self.work.new / item.path.name, threads)
        except PlaynanoError as error:
            message = f"{item.export.format}: {error}"
            raise ExportError(message, position, settings=error.settings) from error
        except OSError as error:  # in words of their own, HDF5 and numpy say that the disk is full
            full = disk_usage(self.work.new).free < ALMOST_FULL
            number = error.errno or (errno.ENOSPC if full else 0)
            raise OSError(number, os.strerror(number) if number else str(error), error.filename) from error

    def _beside(self, path: Path, written: ExportNotes) -> Iterator[str]:
        for ending, text in written.sidecars.items():
            beside = path.with_name(path.name + ending)
            if beside.exists() and not may_replace(beside, self.overwrite):
                raise _exists(beside)
            (self.work.new / beside.name).write_text(text, encoding="utf-8", newline="\n")
            yield beside.name


def may_replace(path: Path, overwrite: Overwrite) -> bool:
    """Whether a file may be replaced."""
    return overwrite if isinstance(overwrite, bool) else path in overwrite


def check_existing(planned: Sequence[PlannedFile], *, overwrite: Overwrite) -> None:
    """Refuse to overwrite without permission, and any folder with files of other programs.

    Raises
    ------
    ExportError
        Where one of the files exists.
    """
    for position, item in enumerate(planned):
        for path in item.written():
            if os.path.lexists(path) and not may_replace(path, overwrite):
                raise _exists(path, position)
        for path in (path for path in item.written() if path != item.path and path.is_dir()):
            raise ExportError(f"{path} is a folder, and a file is to be written there", position)
        if item.path.exists() and not item.export.replaces(item.path):
            raise ExportError(_kept(item), position)


def _kept(item: PlannedFile) -> str:
    """Why what stands there is not replaced."""
    is_folder = item.path.is_dir() and not item.path.is_symlink()
    foreign = item.export.foreign(item.path) if is_folder else ()
    if foreign:
        return f"{item.path} holds files that playnano did not write ({listed(foreign)}); choose another name"
    what = "a folder" if item.path.is_dir() else "a file"
    return f"{item.path} is {what} that this export does not replace; choose another name"


def _exists(path: Path, position: int | None = None) -> ExportError:
    return ExportError(f"{path} exists; set `overwrite` to replace it", position, settings=("overwrite",))


def recipe_of(provenance: Provenance, exports: Sequence[Export]) -> Json | None:
    """The recipe that does the steps of a provenance again; None for a stack made from an array."""
    source = provenance.input
    if source is None or source.reader is None:
        return None
    steps = [{"step": r.step, "name": r.name, **r.parameters} for r in provenance.steps]
    for step, record in zip(steps, provenance.steps, strict=True):
        if record.name == f"step_{record.index}_{record.step}":
            del step["name"]
    origin = {"path": source.name, "channel": source.channel, "reader": source.reader, **source.overrides}
    written = [export.model_dump(mode="json", exclude_none=True) for export in exports]
    return {"version": 1, "input": origin, "steps": steps, "exports": written}


def _finished(
    stack: AFMImageStack, planned: Sequence[PlannedFile], scratch: Scratch, threads: int
) -> AFMImageStack:
    """The computed stack, with the complete provenance before the files are written."""
    stack = spool(stack, scratch, threads=threads)
    provenance = stack.provenance
    outputs = tuple(item.path.name for item in planned)
    begun = provenance.run or Run(started=now(), command=None if reproducible() else tuple(sys.argv[:1]))
    update: Json = {"run": begun.model_copy(update={"finished": now(), "outputs": outputs})}
    if provenance.recipe is None and provenance.steps:
        recipe = recipe_of(provenance, [item.export for item in planned])
        update |= {"recipe": recipe, "recipe_sha256": recipe and json_sha256(recipe)}
    if not provenance.software:
        update |= {"software": software(), "platform": machine()}
    return replace(stack, provenance=provenance.model_copy(update=update))
