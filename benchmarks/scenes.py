"""Movies whose drift is known: scenes of standard deviation 1 nm, 128 x 128, some frames long."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SIZE, FRAMES = 128, 30
DRIFT = np.array([0.3, -0.17]) * np.arange(FRAMES)[:, None]
"""(frames, 2): what brings each frame back, in px along y and x."""

Array = NDArray[np.floating]


def scene(sigma: float, seed: int, size: int = SIZE) -> Array:
    """A still scene, larger than a frame: features of `sigma` px."""
    side = size + 2 * (60 + 4 * int(sigma))
    rough = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), sigma)
    return rough / rough.std()


def drifting(
    path: Array, *, sigma: float = 3, pixel: float = 0, line: float = 0, seed: int = 0, size: int = SIZE
) -> Array:
    """Frames of a still scene that lies so far from where it began, with noise of pixels and of lines."""
    rng, still = np.random.default_rng(seed + 100), scene(sigma, seed, size)
    pad = (len(still) - size) // 2
    reach = min(pad, int(np.abs(path).max()) + 4)
    part = np.s_[pad - reach : pad + size + reach]
    splines = ndimage.spline_filter(still, 5, mode="nearest")[part, part]
    frames = np.array(
        [ndimage.shift(splines, -shift, order=5, mode="nearest", prefilter=False) for shift in path]
    )[:, reach:-reach, reach:-reach]
    noise = rng.normal(size=frames.shape) * pixel + rng.normal(size=(len(path), size, 1)) * line
    return (frames + noise).astype(np.float32)


def with_movers(frames: Array, share: float, seed: int = 0) -> Array:
    """The frames with discs of 3 nm that diffuse over them and cover this share of the area."""
    rng, radius = np.random.default_rng(seed + 200), 5
    places = rng.uniform(0, SIZE, (int(share * SIZE**2 / (np.pi * radius**2)), 2))
    y, x = np.mgrid[:SIZE, :SIZE]
    covered = frames.copy()
    for frame in covered:
        places = (places + rng.normal(scale=4, size=places.shape)) % SIZE
        for at in places:
            near = tuple(slice(max(0, int(middle) - radius), int(middle) + radius + 2) for middle in at)
            disc = np.hypot(y[near] - at[0], x[near] - at[1]) < radius
            frame[near][disc] = 3 + 0.2 * frame[near][disc]
    return covered


def without_contact(frames: Array, lost: slice, kind: str) -> Array:
    """The frames with some replaced by those of a tip that has lost the surface: `ramps` or `garbage`."""
    rng, damaged = np.random.default_rng(8), frames.copy()
    for frame in damaged[lost]:
        if kind == "garbage":
            frame[:] = 10 * ndimage.gaussian_filter(rng.normal(size=frame.shape), rng.uniform(1, 8))
        else:
            frame[:] = rng.normal(scale=0.05, size=frame.shape)
            frame[rng.integers(0, SIZE, 6)] += np.linspace(0, 1, SIZE) * rng.uniform(-20, 20, (6, 1))
    return damaged


def jittering(seed: int) -> Array:
    """The drift with a jitter of 1 px from frame to frame."""
    path = DRIFT + np.random.default_rng(seed).normal(size=DRIFT.shape)
    return path - path[0]


@dataclass(frozen=True)
class DriftScene:
    """A movie and the truth of it."""

    name: str
    frames: Array
    path: Array
    judged: NDArray[np.bool_]
    """The frames whose shift is known and to be found."""


def drift_scenes() -> list[DriftScene]:
    """The scenes of the table in the documentation."""
    jitter = jittering(5)
    lost = np.ones(FRAMES, bool)
    lost[12:20] = False
    every = np.ones(FRAMES, bool)
    noisy = drifting(DRIFT, pixel=0.3, line=0.5)
    contactless = without_contact(noisy, np.s_[12:20], "ramps")
    return [
        DriftScene("clean", drifting(DRIFT), DRIFT, every),
        DriftScene("noise 0.3 nm, lines 0.5 nm", noisy, DRIFT, every),
        DriftScene("the same, jitter 1 px", drifting(jitter, pixel=0.3, line=0.5), jitter, every),
        DriftScene("20 % of the area moves", with_movers(drifting(DRIFT, pixel=0.1), 0.2), DRIFT, every),
        DriftScene("smooth, features of 14 px", drifting(DRIFT, sigma=14), DRIFT, every),
        DriftScene("8 of 30 frames without contact", contactless, DRIFT, lost),
    ]
