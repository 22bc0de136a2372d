"""Images whose heights are known, levelled by playnano, by playNano 0.5.0 and by a numpy script.

The background's level, the rows and the heights of features are compared with the truth.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playnano.stack.stack import AFMImageStack

Array = NDArray[np.floating]
Leveller = Callable[[Array], tuple[Array, float]]
"""Frames to levelled frames, and the seconds that took."""
SIZE, FRAMES, LARGE = 256, 4, 512
PEER = """
import sys, time, json
import numpy as np
from playnano.processing import filters, mask_generators, masked_filters
frames = np.load(sys.argv[1]).astype(float)
started, levelled = time.process_time(), []
for image in frames:
    image = filters.row_median_align(filters.remove_plane(image))
    mask = mask_generators.mask_mean_offset(image)
    image = masked_filters.polynomial_flatten_masked(image, mask)
    levelled.append(masked_filters.row_median_align_masked(image, mask))
taken = time.process_time() - started
np.save(sys.argv[2], np.array(levelled))
print(json.dumps(taken))
"""


@dataclass(frozen=True)
class LevellingScene:
    """Images, and the heights in them above the background; 0 = background."""

    name: str
    truth: Array
    """(frames, height, width)."""
    image: Array


def levelling_scenes() -> Iterator[LevellingScene]:
    """Particles at several coverages, a patch, two heights in one picture, a tip that jumps."""
    for coverage in (0.05, 0.3, 0.6):
        yield _scene(
            f"particles over {100 * coverage:.0f} %", lambda seed, share=coverage: _discs(share, seed)
        )
    yield _scene("holes over 15 %", lambda seed: -0.5 * _discs(0.15, seed))
    yield _scene("a patch of 5 nm over 62 % of every row", lambda seed: _block(5, 0.62))
    yield _scene(
        "3 nm over 30 % and 12 nm over 60 % of some rows",
        lambda seed: _block(3, 0.3, slice(30, 110)) + _block(12, 0.6, slice(140, 230)),
    )
    jumping = _scene("particles over 5 %, the tip jumps by 3 nm in a line", lambda seed: _discs(0.05, seed))
    jumping.image[:, 120, 80:] += 3
    jumping.image[:, 121:] += 3
    yield jumping


def large_frames() -> Array:
    """Frames to be timed."""
    return np.array([_recorded(_discs(0.3, seed, LARGE), seed) for seed in range(FRAMES)])


def by_playnano(frames: Array) -> tuple[Array, float]:
    """`auto_level` with its defaults."""
    started = time.process_time()
    levelled = AFMImageStack.from_array(frames).apply("auto_level").data
    return levelled, time.process_time() - started


def by_numpy(frames: Array) -> tuple[Array, float]:
    """A plane by least squares, then the median of each row."""
    started = time.process_time()
    y, x = np.mgrid[: frames.shape[1], : frames.shape[2]]
    terms = np.stack([np.ones(x.size), x.ravel(), y.ravel()], axis=1)
    levelled = []
    for image in frames.astype(np.float64):
        plane = terms @ np.linalg.lstsq(terms, image.ravel(), rcond=None)[0]
        flat = image - plane.reshape(image.shape)
        levelled.append(flat - np.median(flat, axis=1, keepdims=True))
    return np.array(levelled), time.process_time() - started


def by_peer(python: Path) -> Leveller:
    """Plane, row medians, mean-offset mask, then polynomial and row medians outside of the mask."""

    def level(frames: Array) -> tuple[Array, float]:
        with tempfile.TemporaryDirectory() as folder:
            before, after = Path(folder) / "before.npy", Path(folder) / "after.npy"
            np.save(before, frames)
            command = [python, "-I", "-c", PEER, before, after]
            said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
            return np.load(after), json.loads(said.splitlines()[-1])

    return level


def errors(levelled: Array, scene: LevellingScene) -> str:
    """Level of the background / offsets of rows / height of features: root of the mean square, nm."""
    apart = levelled - scene.truth
    flat, high = scene.truth == 0, np.abs(scene.truth) > 0.9 * np.abs(scene.truth).max()
    levels = [np.median(one[mask]) for one, mask in zip(apart, flat, strict=True)]
    offsets = [_row_error(one, mask) for one, mask in zip(apart, flat, strict=True)]
    heights = [np.median(one[mask]) - level for one, mask, level in zip(apart, high, levels, strict=True)]
    return " / ".join(f"{np.sqrt(np.mean(np.square(values))):.2f}" for values in (levels, offsets, heights))


def rows(levellers: dict[str, Leveller]) -> list[str]:
    """Of the table: a scene each, and the time for large frames."""
    lines = []
    for scene in levelling_scenes():
        cells = [errors(level(scene.image)[0], scene) for level in levellers.values()]
        lines.append(f"| {scene.name} | {' | '.join(cells)} |")
    large = large_frames()
    times = [f"{level(large)[1] / FRAMES * 1e3:.0f} ms" for level in levellers.values()]
    return [*lines, f"| *time per frame of {LARGE} x {LARGE}, one core* | {' | '.join(times)} |"]


def _scene(name: str, truth_of: Callable[[int], Array]) -> LevellingScene:
    truth = np.array([truth_of(seed) for seed in range(FRAMES)])
    return LevellingScene(name, truth, np.array([_recorded(one, n) for n, one in enumerate(truth)]))


def _recorded(truth: Array, seed: int) -> Array:
    """With a tilt of 20 nm, a bow of 6 nm, offsets of rows of 0.5 nm and noise of 0.1 nm."""
    rng = np.random.default_rng(seed)
    v, u = np.mgrid[-0.5 : 0.5 : len(truth) * 1j, -0.5 : 0.5 : truth.shape[1] * 1j]
    surface = 16 * u + 12 * v + 24 * (0.6 * u * u + 0.4 * v * v - 0.3 * u * v)
    noise = rng.normal(0, 0.5, (len(truth), 1)) + rng.normal(0, 0.1, truth.shape)
    return (truth + surface + noise).astype(np.float32)


def _discs(coverage: float, seed: int, size: int = SIZE) -> Array:
    """Discs of 3.2 to 6 nm that cover this share of the image."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    truth = np.zeros((size, size))
    while np.mean(truth > 0) < coverage:
        at, radius = rng.uniform(0, size, 2), rng.uniform(5, 12)
        height = rng.uniform(3.2, 6)
        truth = np.maximum(truth, height * (np.hypot(y - at[0], x - at[1]) < radius))
    return truth


def _block(height: float, share: float, lines: slice = slice(None)) -> Array:
    truth = np.zeros((SIZE, SIZE))
    truth[lines, SIZE // 8 : SIZE // 8 + int(share * SIZE)] = height
    return truth


def _row_error(apart: Array, flat: NDArray[np.bool_]) -> float:
    """Standard deviation over the rows of how far the background of each is off."""
    return float(np.std([row[mask].mean() for row, mask in zip(apart, flat, strict=True) if mask.any()]))
