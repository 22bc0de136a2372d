"""Peak memory of a long run, summed over all its processes (proportional set size; Linux)."""

import os
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import h5py
import numpy as np
from results import heading

RECIPE = """\
version: 1
steps:
  - step: remove_plane
  - step: row_median_align
  - step: gaussian_filter
exports:
  - {format: tif}
  - {format: npz, layers: %(layers)s}
  - {format: h5, layers: %(layers)s}
"""


def long_movie(path: Path, frames: int, size: int) -> None:
    """A .h5-jpk movie whose frames repeat every ten: writing is quick, reading is not spared anything."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:size, :size]
    images = [
        np.round((0.02 * x + 0.01 * y + rng.normal(size=(size, size))) * 1e6).astype("<i4") for _ in range(10)
    ]
    with h5py.File(path, "w") as file:
        measurement = file.create_group("Measurement_000")
        measurement.attrs.update(
            {
                "position-pattern.grid.ilength": size,
                "position-pattern.grid.jlength": size,
                "position-pattern.grid.ulength": size * 1e-9,
                "position-pattern.grid.vlength": size * 1e-9,
                "timing-settings.scanRate": 1000.0,
            }
        )
        measurement["meta-data/start-times"] = 500 * np.arange(frames, dtype="int64")[:, None]
        measurement["meta-data/end-times"] = 500 * np.arange(frames, dtype="int64")[:, None] + 480
        channel = measurement.create_group("Channel_000")
        channel.attrs.update(
            {
                "channel.name": b"height",
                "retrace": b"false",
                "net-encoder.scaling.multiplier": 1e-15,
                "net-encoder.scaling.offset": 0.0,
                "net-encoder.scaling.unit.unit": b"m",
            }
        )
        pixels = size * size
        data = channel.create_dataset(
            "Height", (pixels, frames), "<i4", chunks=(pixels, 1), compression="gzip", compression_opts=1
        )
        chunks = [zlib.compress(image.tobytes(), 1) for image in images]
        for index in range(frames):
            data.id.write_direct_chunk((0, index), chunks[index % 10])


def tree(root: int) -> set[int]:
    """Process ids of `root` and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found: set[int] = {root}
    while more := {p for p, q in parents.items() if q in found} - found:
        found |= more
    return found


def pss_mb(root: int) -> float:
    """Proportional memory of a process and all below it, in MB."""
    total = 0
    for pid in tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def peak(command: list[str], cwd: Path) -> tuple[float, float]:
    """Peak MB over the process tree, and seconds."""
    start, most = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, pss_mb(process.pid))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return most, time.perf_counter() - start


def measure(frames: int, size: int, layers: str) -> str:
    """One row of the table."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("PLAYNANO_BENCH_FOLDER")) as name:
        folder = Path(name)
        long_movie(folder / "movie.h5-jpk", frames, size)
        (folder / "recipe.yaml").write_text(RECIPE % {"layers": layers})
        command = [sys.executable, "-m", "playnano", "run", "recipe.yaml", "movie.h5-jpk", "--quiet"]
        mb, seconds = peak(command, folder)
        written = sum(file.stat().st_size for file in (folder / "output").iterdir()) / 1e9
    return f"| {frames} x {size} x {size} | {layers} | {mb:.0f} | {seconds:.1f} | {written:.1f} |"


def table(*frames: int) -> list[str]:
    """Lines of a table."""
    names = ("movie", "layers", "peak MB, all processes", "s", "GB written")
    return [*heading(*names), *(measure(count, 512, "all") for count in frames)]
