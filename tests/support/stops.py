"""Runs that are stopped at each change of a name, pairs of runs, runs that are killed: in forked processes.

A fork costs a millisecond where a new interpreter costs a second. What forks is a process without threads,
not the one of the tests: see `seen`.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from forks import answer, forked

from playnano.errors import PlaynanoError
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.stack.placing import place
from playnano.stack.scratch import Scratch
from playnano.stack.workfolder import PREFIX, WorkFolder, recover

CHANGES = ("link", "replace", "rename", "mkdir", "unlink", "rmdir")
NOT_REACHED = 99
RECIPE = """\
version: 1
steps: [{step: remove_plane}]
exports:
  - {format: npz}
  - {format: h5, layers: none}
  - {format: gsf}
  - {format: imagej-tiff}
output: {folder: out, name: movie}
"""


def in_child(work: Callable[[], None]) -> int:
    """Exit code of a forked process that does it; negative for a signal."""
    child = os.fork()
    if not child:
        code = 0
        try:
            work()
        except PlaynanoError as error:
            print(error, file=sys.stderr)
            code = 1
        except SystemExit as error:
            code = int(error.code or 0)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            code = 3
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stop_at(number: int, by: signal.Signals, after: bool) -> Callable[[], None]:
    """Send this process a signal before or after its change of a name with this number, counted from 0.

    Returns
    -------
    callable
        Ends the process with `NOT_REACHED` where there were fewer changes.
    """
    seen = iter(range(1_000_000))

    def stopping(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **more: Any) -> Any:
            now = next(seen) == number
            if now and not after:
                os.kill(os.getpid(), by)
            result = change(*args, **more)
            if now and after:
                os.kill(os.getpid(), by)
            return result

        return changed

    for name in CHANGES:
        setattr(os, name, stopping(getattr(os, name)))
    if by != signal.SIGKILL:
        signal.signal(by, lambda caught, frame: sys.exit(128 + caught))
    return lambda: sys.exit(NOT_REACHED) if next(seen) <= number else None


def content(folder: Path) -> dict[str, bytes]:
    """Every file that is not hidden, with its bytes."""
    files = sorted(file for file in folder.rglob("*") if file.is_file()) if folder.exists() else []
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in files
        if not file.relative_to(folder).parts[0].startswith(".")
    }


def hidden(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.name.startswith(PREFIX)] if folder.exists() else []


def placed(folder: Path, text: str, names: tuple[str, ...]) -> None:
    """A set of two files and a folder, and of one more name that the set before had not."""
    with WorkFolder(folder) as work:
        for name in names:
            if name.endswith(".d"):
                (work.new / name).mkdir()
                (work.new / name / text).write_text(text)
            else:
                (work.new / name).write_text(text)
        place(work, names, overwrite=True)


def set_of_files(folder: Path) -> tuple[Callable[[], None], Callable[[], None]]:
    first, second = ("a", "b.d", "c"), ("a", "b.d", "new.d", "c", "new")
    return lambda: placed(folder, "old", first), lambda: placed(folder, "new", second)


def whole_run(folder: Path) -> tuple[Callable[[], None], Callable[[], None]]:
    movies = [folder.parent / f"{seed}.asd" for seed in (1, 2)]
    for seed, movie in enumerate(movies):
        if not movie.exists():
            write_sample(movie, Sample(frames=3, height=16, width=16, molecules=2, seed=seed))
    recipe = read_recipe(RECIPE.replace("folder: out", f"folder: {folder}"))
    return (
        lambda: run_movie(recipe, movies[0], overwrite=True, threads=1),  # type: ignore[return-value]
        lambda: run_movie(recipe, movies[1], overwrite=True, threads=1),  # type: ignore[return-value]
    )


def stops(folder: Path, of: str, stride: int, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Stop the second of two runs at each change of a name; what is there then, and after the next start."""
    runs = {"files": set_of_files, "run": whole_run}[of]
    old_run, new_run = runs(folder)
    folder.mkdir(exist_ok=True)
    _warm(runs, folder.with_name("warm"))
    in_child(old_run)
    old = content(folder)
    kept = shutil.copytree(folder, folder.with_name("old"))
    in_child(new_run)
    new = content(folder)
    for name in names:
        for after in (False, True):
            for number in range(0, 10_000, stride):
                shutil.rmtree(folder)
                shutil.copytree(kept, folder)

                def stopped(number: int = number, by: str = name, after: bool = after) -> None:
                    reached = stop_at(number, signal.Signals[by], after)
                    new_run()
                    reached()

                code = in_child(stopped)
                now = content(folder)
                in_child(lambda: recover(folder))
                then, left = content(folder), hidden(folder)
                if code == NOT_REACHED:
                    break
                yield {
                    "signal": name,
                    "torn_at_once": not (_same(now, old) or _same(now, new)),
                    "torn": not (_same(then, old) or _same(then, new)),
                    "left": left,
                }


def _warm(runs: Callable[[Path], tuple[Callable[[], None], Callable[[], None]]], folder: Path) -> None:
    """Do here once, in another folder, what no child has to do again: import, build models, find plugins."""
    folder.mkdir()
    runs(folder)[0]()


def _same(these: dict[str, bytes], those: dict[str, bytes]) -> bool:
    """Whether two sets hold the same movie; provenance has the time of the run in it."""
    if set(these) != set(those):
        return False
    pairs = [(these[name], those[name]) for name in these if not name.endswith((".npz", ".h5"))]
    return all(a == b for a, b in pairs)


def pairs(folder: Path, count: int) -> Iterator[dict[str, Any]]:
    """Two runs under the same names at once."""
    recipe = read_recipe(RECIPE.replace("folder: out", f"folder: {folder}"))
    movies = [folder.parent / f"{seed}.asd" for seed in (1, 2)]
    for seed, movie in enumerate(movies):
        write_sample(movie, Sample(frames=3, height=16, width=16, molecules=2, seed=seed), overwrite=True)
    _warm(whole_run, folder.with_name("warm"))
    for _ in range(count):
        shutil.rmtree(folder, ignore_errors=True)
        start = time.monotonic() + 0.02
        children = []
        for movie in movies:
            child = os.fork()
            if not child:
                while time.monotonic() < start:
                    pass
                code = 0
                try:
                    run_movie(recipe, movie, threads=1)
                except PlaynanoError as error:
                    code = 1 if "exists" in str(error) else 2
                except BaseException:
                    code = 3
                os._exit(code)
            children.append(child)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sources = {source.name for source in _inputs(folder)}
        yield {"codes": sorted(codes), "sources": len(sources), "left": hidden(folder)}


def _inputs(folder: Path) -> list[Any]:
    from playnano.readers.opening import open_movie

    files = [folder / f"movie_filtered{end}" for end in (".npz", ".h5")]
    return [open_movie(file).provenance.history[-1].input for file in files]


def killed(folder: Path, count: int) -> Iterator[dict[str, Any]]:
    """Processes that are killed while they fill scratch, beside one that lives."""
    folder.mkdir(exist_ok=True)
    ready, going = os.pipe(), os.pipe()
    living = os.fork()
    if not living:
        scratch = Scratch(folder)
        np.zeros(100_000).tofile(scratch.path())
        os.write(ready[1], b"x")
        os.read(going[0], 1)
        os._exit(0 if scratch.folder.exists() and (scratch.folder / "1").exists() else 4)
    os.read(ready[0], 1)

    def dies() -> None:
        scratch = Scratch(folder)
        np.zeros(100_000).tofile(scratch.path())
        os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(count):
        code = in_child(dies)
        before = len(hidden(folder))
        in_child(lambda: recover(folder))
        yield {"code": code, "before": before, "after": len(hidden(folder))}
    os.write(going[1], b"x")
    yield {"living": os.waitstatus_to_exitcode(os.waitpid(living, 0)[1])}


def seen(what: str, place: Path, *rest: Any) -> list[dict[str, Any]]:
    """What one of the functions of this module yields, called in a process of its own."""
    with forked(_send, what, place, rest) as child:
        return answer(child, 200)


def _send(connection: Connection, what: str, place: Path, rest: tuple[Any, ...]) -> None:
    os.fsync = lambda number: None  # a killed process leaves what it wrote; only a power cut would not
    work = {"pairs": pairs, "killed": killed}.get(what)
    folder = place / "out"
    connection.send(list(work(folder, *rest) if work else stops(folder, what, *rest)))
