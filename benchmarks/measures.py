"""Time and memory of counting and tracking: features of 50 particles in frames of 256 x 256, then tracks.

python benchmarks/measures.py
"""

import resource
import subprocess
import sys
import time

import numpy as np
from results import heading

from playnano.kernels.segmentation import connected_regions
from playnano.measurements import MEASURES
from playnano.measurements.measuring import measured
from playnano.stack.frames import Frame
from playnano.stack.lazy import LazyFrames
from playnano.stack.metadata import plain_metadata
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack

SIZE, PARTICLES, REPEATED = 256, 50, 100


class Particles(LazyFrames):
    """Frames of caps that diffuse about a grid, with their mask; they repeat, to be made quickly."""

    def __init__(self, frames: int) -> None:
        self.shape = (frames, SIZE, SIZE)
        self.dtype = np.dtype(np.float32)
        random = np.random.default_rng(1)
        grid = np.stack(np.meshgrid(np.arange(16, 250, 32), np.arange(16, 250, 32), indexing="ij"), -1)
        ways = np.cumsum(random.normal(scale=0.5, size=(REPEATED // 2, PARTICLES, 2)), axis=0).clip(-8, 8)
        places = grid.reshape(-1, 2)[:PARTICLES] + np.concatenate([ways, ways[::-1]])
        self.images = [self._image(own, random) for own in places]

    def _image(self, places: np.ndarray, random: np.random.Generator) -> np.ndarray:
        y, x = np.mgrid[:SIZE, :SIZE]
        image = random.normal(scale=0.1, size=(SIZE, SIZE))
        for cy, cx in places:
            image += 4 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 12.5)
        return image.astype(np.float32)

    def __getitem__(self, index: int, /) -> Frame:
        image = self.images[index % REPEATED]
        return Frame(image, image > 1.5)


def measure(frames: int) -> None:
    """Print seconds of features and of tracks, rows, and the memory that measuring added."""
    times = [0.1 * index for index in range(frames)]
    metadata = plain_metadata(frames, timestamps=times, pixel_size_nm=1.0)
    stack = AFMImageStack(Particles(frames), "height", "nm", 1.0, 1.0, metadata)
    stack = spool(stack, Scratch(), threads=2)
    connected_regions(stack.frames[0].image > 1.5)  # scipy is imported
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    stack = measured(stack, [MEASURES.make("features", {"min_area_nm2": 10})], threads=2)
    features = time.perf_counter() - began
    settings = {"of": "features", "max_distance_nm": 6, "max_gap_s": 0.5}
    stack = measured(stack, [MEASURES.make("tracks", settings)], threads=2)
    tracks = time.perf_counter() - began - features
    cpu = time.process_time() - cpu
    added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rows, numbers = len(stack.tables["features"]), stack.tables["tracks"].column("track").max()
    print(
        f"| {frames} | {rows} | {numbers} | {features:.1f} | {tracks:.1f} | {cpu:.1f} | {added:.0f} |",
        flush=True,
    )


def table(*frames: int) -> list[str]:
    """Lines of a table; each row is measured in a process of its own, whose memory is its alone."""
    command = [sys.executable, __file__]
    runs = [subprocess.run([*command, str(n)], check=True, capture_output=True, text=True) for n in frames]
    names = ("frames", "features", "tracks", "features s", "tracks s", "CPU s, both", "added MB")
    return [*heading(*names), *(run.stdout.strip() for run in runs)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        print("\n".join(table(100, 1000, 4000)))
