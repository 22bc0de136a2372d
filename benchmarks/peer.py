"""Time and memory of playnano beside playNano 0.5.0 on the same movie, in turn.

    python benchmarks/peer.py [--only full,npz] [--frames 200 --size 512] [--repeat 3]

The peer is installed once into an environment of its own. After one warm-up each, runs alternate and the
least wall time of each counts. Memory is the peak of the proportional set size summed over the process tree.
A ratio stands only where both ended well and wrote the same kinds of files. Linux.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from memory import pss_mb
from results import heading

PEER = "playnano==0.5.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "playnano-bench"
STEPS = "remove_plane;row_median_align;gaussian_filter:sigma=1.0"
LEVEL = "remove_plane;row_median_align;polynomial_flatten:order=2"
PICTURES = ["--make-gif", "--make-video", "--make-sequence"]
WORK = {
    "levelling": ["--processing", LEVEL, "--export", "tif"],
    "ome-tiff": ["--export", "tif"],
    "npz": ["--processing", STEPS, "--export", "npz"],
    "h5": ["--processing", STEPS, "--export", "h5"],
    "gif": ["--make-gif"],
    "mp4": ["--make-video"],
    "png": ["--make-sequence"],
    "full": ["--processing", STEPS, "--export", "tif,npz,h5", *PICTURES],
}
NAMES = ("help", *WORK)
HEADING = (
    "work",
    "peer s",
    "ours s",
    "times faster",
    "peer MB",
    "ours MB",
    "times leaner",
    "MB",
    "MB of ours",
)


@dataclass(frozen=True)
class Measured:
    """One run."""

    seconds: float
    peak_mb: float
    written_mb: float
    kinds: Counter[str]
    """How many files of each ending it wrote; none where it failed."""


def peer() -> Path:
    """The peer's program, installed where it is missing."""
    environment = CACHE / "peer"
    program = environment / "bin" / "playnano"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin" / "pip", "install", "-q", PEER], check=True)
    return program


def movie(frames: int, size: int) -> Path:
    """The movie that both read."""
    path = CACHE / f"sample_{frames}x{size}.h5-jpk"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        settings = ["--frames", str(frames), "--size", str(size)]
        subprocess.run([sys.executable, "-m", "playnano", "sample", path, *settings], check=True)
    return path


def measure(command: list[str | Path], folder: Path) -> Measured:
    """Run a command that writes into a folder, which is emptied afterwards."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    os.sync()  # the run before has its files written at its own cost
    start, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=folder
    )
    while process.poll() is None:
        peak = max(peak, pss_mb(process.pid))
        time.sleep(0.05 if time.perf_counter() - start > 1 else 0.01)
    seconds = time.perf_counter() - start
    files = [file for file in folder.rglob("*") if file.is_file()]
    kinds = Counter(file.suffix for file in files if file.suffix not in (".json", ".csv"))
    written = sum(file.stat().st_size for file in files) / 1e6
    shutil.rmtree(folder)
    folder.mkdir()
    return Measured(seconds, peak, written, Counter() if process.returncode else kinds)


def table(names: Sequence[str] = NAMES, frames: int = 200, size: int = 512, repeats: int = 3) -> list[str]:
    """Lines of a table."""
    return [*heading(*HEADING), *compared(names, frames, size, repeats)]


def compared(names: Sequence[str], frames: int, size: int, repeats: int) -> list[str]:
    """A row of the table for each work."""
    programs, read = (peer(), Path(sys.executable).parent / "playnano"), movie(frames, size)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        for program in programs:
            measure([program, "--help"], folder)
        return [_row(work, programs, read, folder, repeats) for work in names]


def _row(work: str, programs: tuple[Path, ...], read: Path, folder: Path, repeats: int) -> str:
    words: list[str | Path] = ["--help"]
    if work != "help":
        output = ["--output-folder", str(folder), "--output-name", "m"]
        words = ["process", read, *WORK[work], *output]
    runs = [[measure([program, *words], folder) for program in programs] for _ in range(repeats)]
    theirs, ours = (list(of_one) for of_one in zip(*runs, strict=True))
    same = all(a.kinds == b.kinds and (work == "help" or a.kinds) for a, b in runs)
    seconds = [min(run.seconds for run in own) for own in (theirs, ours)]
    memory = [max(run.peak_mb for run in own) for own in (theirs, ours)]
    faster, leaner = (
        f"{of_peer / of_ours:.1f}" if same else "not the same files" for of_peer, of_ours in (seconds, memory)
    )
    row = [work, *(f"{s:.2f}" for s in seconds), faster, *(f"{mb:.0f}" for mb in memory), leaner]
    row += [f"{own[0].written_mb:.0f}" for own in (theirs, ours)]
    print(f"| {' | '.join(row)} |", flush=True)
    return f"| {' | '.join(row)} |"


def arguments() -> argparse.ArgumentParser:
    """What can be set on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(NAMES))
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeat", type=int, default=3)
    return parser


if __name__ == "__main__":
    options = arguments().parse_args()
    compared(options.only.split(","), options.frames, options.size, options.repeat)
