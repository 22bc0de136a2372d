"""Counting and tracking beside playNano 0.5.0: the `analyze` of both on one movie without tilt, in turn.

python benchmarks/counting_peer.py
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer import CACHE, peer
from results import heading

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

FRAMES, SIZE, REPEATS = 200, 256, 2
SCENE = Sample(
    frames=FRAMES,
    height=SIZE,
    width=SIZE,
    molecules=50,
    drift_nm=0,
    tilt_nm=(0, 0),
    bow_nm=0,
    line_noise_nm=0,
)
THEIRS = (
    "feature_detection:mask_fn=mask_threshold,threshold=1.5,min_size=10,remove_edge=false;"
    "particle_tracking:max_distance=30"
)
OURS = "features:min_area_nm2=160; tracks:of=features,max_distance_nm=30"


def movie() -> Path:
    """The movie that both read."""
    path = CACHE / f"flat_{FRAMES}x{SIZE}.h5-jpk"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sample(path, SCENE)
    return path


def seconds(command: list[str | Path]) -> tuple[float, float]:
    """Wall and CPU seconds of a command that ends well."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu


def table() -> list[str]:
    """Lines of a table: the least of two runs each."""
    ours, read = Path(sys.executable).parent / "playnano", movie()
    commands = (
        [peer(), "analyze", read, "--analysis-steps", THEIRS],
        [
            ours,
            "process",
            read,
            "--processing",
            "mask_threshold:threshold=1.5",
            "--analysis",
            OURS,
            "--export",
            "csv",
        ],
    )
    runs = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            outputs = (["--output-folder", f"{folder}/{n}", "--output-name", "m"] for n in "ab")
            runs.append(
                [seconds([*command, *output]) for command, output in zip(commands, outputs, strict=True)]
            )
    (their_wall, their_cpu), (wall, cpu) = (
        tuple(min(run[side][kind] for run in runs) for kind in (0, 1)) for side in (0, 1)
    )
    row = f"| {FRAMES} x {SIZE} x {SIZE} | {their_wall:.1f} | {wall:.1f} | {their_wall / wall:.1f} "
    row += f"| {their_cpu:.1f} | {cpu:.1f} | {their_cpu / cpu:.1f} |"
    names = ("movie", "peer s", "ours s", "times faster", "peer CPU s", "our CPU s", "times less")
    return [*heading(*names), row]


if __name__ == "__main__":
    print("\n".join(table()))
