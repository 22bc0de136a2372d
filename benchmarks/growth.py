"""Whole runs: how their time grows with frames, pixels and threads, and how long each command takes to start.

python benchmarks/growth.py
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from limits import least_seconds
from memory import RECIPE, long_movie
from results import heading

MOVIES = ((100, 80), (1000, 80), (10_000, 80), (50, 512), (250, 512), (12, 1024), (60, 1024))
"""Frames, and their height and width; the third, the fifth and the last have about as many pixels."""
THREADS = (1, 2)
RUN = ("run", "recipe.yaml", "movie.h5-jpk", "--overwrite", "--quiet", "--threads")
COMMANDS = {
    "--help": ["--help"],
    "steps": ["steps"],
    "formats": ["formats"],
    "check": ["check", "recipe.yaml"],
    "info": ["info", "movie.h5-jpk"],
    "process": ["process", "movie.h5-jpk", "--processing", "remove_plane", "--export", "tif", "--overwrite"],
}
"""Of a movie of four frames."""


def playnano(folder: Path, *words: str) -> None:
    """Run a command quietly."""
    command = [sys.executable, "-m", "playnano", *words]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def growth(folder: Path) -> Iterator[str]:
    """A row for each movie: seconds by threads, and nanoseconds per pixel with the most of them."""
    yield from heading("movie", *(f"s, {n} thread{'s' * (n > 1)}" for n in THREADS), "ns per pixel")
    for frames, size in MOVIES:
        long_movie(folder / "movie.h5-jpk", frames, size)
        (folder / "recipe.yaml").write_text(RECIPE % {"layers": "all"})
        seconds = least_seconds(*(lambda n=n: playnano(folder, *RUN, str(n)) for n in THREADS))
        per_pixel = 1e9 * seconds[-1] / (frames * size * size)
        shown = " | ".join(f"{one:.2f}" for one in seconds)
        yield f"| {frames} x {size} x {size} | {shown} | {per_pixel:.0f} |"


def starts(folder: Path) -> Iterator[str]:
    """A row for each command: seconds from the shell to its end."""
    long_movie(folder / "movie.h5-jpk", 4, 64)
    (folder / "recipe.yaml").write_text(RECIPE % {"layers": "all"})
    yield from heading("command", "s")
    for name, words in COMMANDS.items():
        (seconds,) = least_seconds(lambda words=words: playnano(folder, *words))
        yield f"| {name} | {seconds:.2f} |"


def tables() -> dict[str, list[str]]:
    """Lines of both tables."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("PLAYNANO_BENCH_FOLDER")) as name:
        return {"growth": list(growth(Path(name))), "starts": list(starts(Path(name)))}


if __name__ == "__main__":
    print("\n\n".join("\n".join(lines) for lines in tables().values()))
