"""Measure how well drift is found and images are levelled, and write docs/explanation/accuracy.md.

    python benchmarks/accuracy.py [--peer PATH/TO/python]

Each program finds the shifts of the same movies, and levels the same images: playnano; some lines of numpy,
as a laboratory writes them; and, where the Python of an environment that has it is given, playNano 0.5.0. The
error is the root of the mean square over the frames. Times are those of one core (processor time).
"""

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import levelling
import numpy as np
from scenes import FRAMES, Array, DriftScene, drift_scenes, drifting

from playnano.stack.parallel import one_thread_blas
from playnano.stack.stack import AFMImageStack

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "accuracy.md"
LARGE = 512
PEER = """
import json, sys, time
import numpy as np
from playnano.processing.video_processing import align_frames
frames = np.load(sys.argv[1])
started = time.process_time()
_, notes = align_frames(frames)
taken = time.process_time() - started
print(json.dumps([np.asarray(notes["shifts"], float).tolist(), taken]))
"""

TEXT = """# Accuracy

Written by `python benchmarks/accuracy.py` ({machine}). Every number is measured on a movie whose
truth is known; `benchmarks/scenes.py` makes them, and the tests in `tests/accuracy` hold the limits.

## Drift

A scene of standard deviation 1 nm, features of 3 px unless the row says otherwise, drifts by 0.3 and -0.17 px
per frame over {frames} frames of 128 x 128. The error of the shifts along y / x, in px, as the root of the
mean square over the frames with contact; every program with its defaults.

{table}

The numpy script levels rows by their medians, applies a Hann window, correlates each frame with the first one
and puts a parabola through the peak; playNano 0.5.0 gets frames with levelled rows. Both move images by whole
pixels. The time of playnano includes moving them by splines and storing them.

[Drift](drift.md) says how playnano finds and judges shifts.

## Levelling

Images of {size} x {size} with a tilt of 20 nm, a bow of 6 nm, offsets of rows of 0.5 nm and noise of 0.1 nm.
In nm, as the root of the mean square over four images: level of the background / error of the rows, over
their background / error of the height of features.

{levelling_table}

playnano: `auto_level`, without a parameter. The numpy script subtracts a plane by least squares, then the
median of each row. playNano 0.5.0: `remove_plane`, `row_median_align`, `mask_mean_offset`, then
`polynomial_flatten` and `row_median_align` outside of the mask.

[Level a movie](../how-to/level-a-movie.md) shows what each choice does.
"""

Finder = Callable[[Array], tuple[Array, float]]
"""Frames to the shift of each (frames, 2) and the seconds that took."""


def by_playnano(frames: Array) -> tuple[Array, float]:
    """`align_frames` with its defaults."""
    stack = AFMImageStack.from_array(frames)
    started = time.process_time()
    source = stack.apply("align_frames").frames
    measured = [source[index].measured for index in range(len(frames))]
    taken = time.process_time() - started
    return np.array([[m["shift_y"], m["shift_x"]] for m in measured]), taken


def by_numpy(frames: Array) -> tuple[Array, float]:
    """Row medians, a Hann window, the correlation with the first frame, a parabola through its peak."""
    started = time.process_time()
    levelled = frames - np.median(frames, axis=2, keepdims=True)
    window = np.outer(*(np.hanning(n) for n in frames.shape[1:]))
    spectra = np.fft.rfft2((levelled - levelled.mean(axis=(1, 2), keepdims=True)) * window)
    shifts = []
    for spectrum in spectra:
        correlation = np.fft.irfft2(spectra[0] * spectrum.conj(), frames.shape[1:])
        peak = np.unravel_index(int(np.argmax(correlation)), correlation.shape)
        shift = []
        for axis, at in enumerate(peak):
            line = np.take(correlation, peak[1 - axis], axis=1 - axis)
            before, top, after = line[at - 1], line[at], line[(at + 1) % len(line)]
            whole = (at + len(line) // 2) % len(line) - len(line) // 2
            shift.append(whole + (before - after) / (2 * (before - 2 * top + after) or -1.0))
        shifts.append(shift)
    found = np.array(shifts) - shifts[0]
    for frame, shift in zip(frames, found, strict=True):
        np.roll(frame, np.rint(shift).astype(int), (0, 1))
    return found, time.process_time() - started


def by_peer(python: Path) -> Finder:
    """`align_frames` of playNano 0.5.0 with its defaults, after its own row medians."""

    def find(frames: Array) -> tuple[Array, float]:
        with tempfile.TemporaryDirectory() as folder:
            movie = Path(folder) / "movie.npy"
            np.save(movie, frames - np.median(frames, axis=2, keepdims=True))
            output = subprocess.run(
                [python, "-I", "-c", PEER, movie], check=True, capture_output=True, text=True, cwd=folder
            ).stdout
        shifts, taken = json.loads(output.splitlines()[-1])
        return np.array(shifts), taken

    return find


def error(found: Array, scene: DriftScene) -> str:
    """Root of the mean square along y and x; the sign of the shifts may be either."""
    best = min((sign * found - scene.path for sign in (1, -1)), key=lambda off: float(np.sum(off**2)))
    y, x = np.sqrt(np.mean((best - best[0])[scene.judged] ** 2, axis=0))
    return f"{y:.2f} / {x:.2f}"


def rows(finders: dict[str, Finder]) -> list[str]:
    """Of the table: a scene each, and the time for large frames."""
    lines = []
    for scene in drift_scenes():
        errors = [error(find(scene.frames)[0], scene) for find in finders.values()]
        lines.append(f"| {scene.name} | {' | '.join(errors)} |")
    large = drifting(np.array([0.3, -0.17]) * np.arange(FRAMES)[:, None], pixel=0.3, line=0.5, size=LARGE)
    times = [f"{find(large)[1] / FRAMES * 1e3:.0f} ms" for find in finders.values()]
    lines.append(f"| *time per frame of {LARGE} x {LARGE}, one core* | {' | '.join(times)} |")
    return lines


def page(finders: dict[str, Finder], levellers: dict[str, levelling.Leveller]) -> str:
    """The page of the documentation."""
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return TEXT.format(
        machine=machine,
        frames=FRAMES,
        table=table(list(finders), rows(finders)),
        size=levelling.SIZE,
        levelling_table=table(list(levellers), levelling.rows(levellers)),
    )


def table(programs: list[str], lines: list[str]) -> str:
    """A table of Markdown, with a column for each program."""
    return "\n".join([f"| scene | {' | '.join(programs)} |", "|---" * (len(programs) + 1) + "|", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=Path, help="Python of an environment with playNano 0.5.0")
    options = parser.parse_args()
    finders: dict[str, Finder] = {"playnano": by_playnano, "numpy": by_numpy}
    levellers = {"playnano": levelling.by_playnano, "numpy": levelling.by_numpy}
    if options.peer:
        finders["playNano 0.5.0"] = by_peer(options.peer.absolute())
        levellers["playNano 0.5.0"] = levelling.by_peer(options.peer.absolute())
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of programs that are started: threads that wait take time too
    with one_thread_blas():
        PAGE.write_text(page(finders, levellers), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
