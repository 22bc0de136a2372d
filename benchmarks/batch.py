"""Batches: how soon they start, how two processes share them, what they cost beside the bare loop.

The bare loop and the batch take turns, fifty movies each, so that other work on the machine meets both alike.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playnano.batch.attempt import RunSettings
from playnano.batch.conflicts import without_conflicts
from playnano.batch.engines import Sharing
from playnano.batch.ledger import Ledger
from playnano.batch.movies import movie_tasks
from playnano.batch.running import run_many
from playnano.batch.summary import Summary
from playnano.recipe.reading import read_recipe
from playnano.recipe.recipe import Recipe
from playnano.runner.running import run_movie
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

TURN = 50
LEVELLED = "version: 1\nsteps: [{step: remove_plane}, {step: row_median_align}]\nexports: [{format: npz}]\n"


def table() -> list[str]:
    """The rows, in Markdown."""
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory(prefix="playnano-batch-") as name:
        folder = Path(name)
        rows.append(("10,000 paths planned", f"{planned(folder, 10_000):.2f} s"))
        for job, recipe in (("recipes/quicklook.yaml", quicklook), ("levelled as NPZ", recipe_into)):
            one, two = (shared(folder, job, recipe, workers) for workers in (1, 2))
            what = f"8 movies of 100 x 256 x 256, {job}: one process, two, times as fast"
            rows.append((what, f"{one:.1f} s, {two:.1f} s, {one / two:.2f}"))
        wall, cpu, each = overhead(folder, 1000)
        rows.append(("1,000 movies of 8 x 64 x 64, one of the bare loop", f"{each * 1000:.0f} ms"))
        rows.append(("beside the bare loop, by the clock and in processor time", f"{wall:+.1%}, {cpu:+.1%}"))
        rows.append(("the same 1,000 again, all skipped", f"{skipped(folder):.2f} s"))
        rows.append(("5,000 movies of 2 x 16 x 16, two processes", f"{tiny(folder, 5000):.1f} s"))
    return ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)]


def recipe_into(folder: Path) -> Recipe:
    """Levelled movies as NPZ."""
    return _into(read_recipe(LEVELLED), folder)


def quicklook(folder: Path) -> Recipe:
    """What most movies are looked at with first."""
    return _into(read_recipe(Path(__file__).parents[1] / "recipes" / "quicklook.yaml"), folder)


def _into(recipe: Recipe, folder: Path) -> Recipe:
    return recipe.model_copy(update={"output": recipe.output.model_copy(update={"folder": str(folder)})})


def copies(folder: Path, count: int, frames: int, side: int) -> list[Path]:
    """A sample movie under many names."""
    folder.mkdir()
    movie, truth = write_sample(folder / "0.asd", Sample(frames=frames, height=side, width=side, molecules=1))
    truth.unlink()
    return [movie, *(Path(shutil.copy(movie, folder / f"{number}.asd")) for number in range(1, count))]


def planned(folder: Path, count: int) -> float:
    """Seconds until the first of many movies could be begun."""
    tree = folder / "many"
    for number in range(count):
        if number % 100 == 0:
            (tree / f"{number // 100}").mkdir(parents=True)
        (tree / f"{number // 100}/{number}.asd").touch()
    began = time.perf_counter()
    without_conflicts(recipe_into(folder / "out"), list(movie_tasks([tree], folder / "out")), "")
    return time.perf_counter() - began


def shared(folder: Path, job: str, recipe: Callable[[Path], Recipe], workers: int) -> float:
    """Seconds that eight movies take, the start of the processes with them."""
    movies = folder / "eight"
    if not movies.exists():
        copies(movies, 8, 100, 256)
    output = folder / f"{Path(job).stem}-{workers}"
    return batch(recipe(output), sorted(movies.iterdir()), workers)


def batch(recipe: Recipe, movies: Sequence[Path], workers: int) -> float:
    """Seconds of a batch with processes of one thread each."""
    began = time.perf_counter()
    summary, sharing = Summary(Path(recipe.output.folder), recipe=recipe), Sharing(workers, 1, apart=True)
    with Ledger(recipe) as ledger, summary, sharing.engine(recipe, ledger=ledger) as engine:
        settings = RunSettings(threads=1)
        outcomes = run_many(recipe, movies, summary.add, settings=settings, ledger=ledger, engine=engine)
    assert all(outcome.code == 0 for outcome in outcomes)
    return time.perf_counter() - began


def overhead(folder: Path, count: int) -> tuple[float, float, float]:
    """What a batch takes more than the bare loop, by clock and in processor time; seconds a bare movie."""
    movies = copies(folder / "small", count, 8, 64)
    bare, whole = recipe_into(folder / "bare"), recipe_into(folder / "whole")
    run_movie(recipe_into(folder / "warm"), movies[0], threads=1)
    spent = [0.0, 0.0, 0.0, 0.0]

    def loop(part: Sequence[Path]) -> None:
        for movie in part:
            run_movie(bare, movie, threads=1)

    with Ledger(whole) as ledger, Summary(folder / "whole", recipe=whole) as summary:

        def many(part: Sequence[Path]) -> None:
            run_many(whole, part, summary.add, settings=RunSettings(threads=1), ledger=ledger)

        for first in range(0, count, TURN):
            for place, work in ((0, loop), (2, many)):
                clock, processor = measured(work, movies[first : first + TURN])
                spent[place] += clock
                spent[place + 1] += processor
    return spent[2] / spent[0] - 1, spent[3] / spent[1] - 1, spent[0] / count


def measured(work: Callable[[Sequence[Path]], None], part: Sequence[Path]) -> tuple[float, float]:
    """Seconds by the clock and in processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    work(part)
    return time.perf_counter() - clock, time.process_time() - processor


def skipped(folder: Path) -> float:
    """Seconds to see that a thousand movies are done."""
    return batch(recipe_into(folder / "whole"), sorted((folder / "small").iterdir()), 1)


def tiny(folder: Path, count: int) -> float:
    """Seconds of a batch of movies that are hardly more than names."""
    return batch(recipe_into(folder / "tiny-out"), copies(folder / "tiny", count, 2, 16), 2)
