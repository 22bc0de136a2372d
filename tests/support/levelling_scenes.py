"""Scenes whose truth is known: what lies on the sample, and what a microscope adds."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SIZE = 256


@dataclass(frozen=True)
class Scene:
    """An image, and the heights in it without tilt, offsets and noise; 0 = background."""

    image: Any
    truth: Any

    @property
    def background(self) -> Any:
        return self.truth == 0

    def line_errors(self, levelled: Any) -> Any:
        """How far each line is off, over the pixels whose height is known (height,)."""
        return np.array([np.mean(a - b) for a, b in zip(levelled, self.truth, strict=True)])

    def background_line_errors(self, levelled: Any) -> Any:
        """How far the background of each line is off; NaN where it has none."""
        return np.array(
            [a[m].mean() if m.any() else np.nan for a, m in zip(levelled, self.background, strict=True)]
        )

    def height_error(self, levelled: Any) -> float:
        high = self.truth > 0.9 * self.truth.max()
        return float((levelled - self.truth)[high].mean())


def recorded(
    truth: Any, seed: int, *, tilt: float = 20.0, bow: float = 6.0, rows: float = 0.5, noise: float = 0.1
) -> Scene:
    """The truth with tilt and bow (nm over the image), offsets of lines and noise (standard deviations)."""
    rng = np.random.default_rng(seed)
    height, width = truth.shape
    v, u = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    surface = tilt * (0.8 * u + 0.6 * v) + 4 * bow * (0.6 * u * u + 0.4 * v * v - 0.3 * u * v)
    image = truth + surface + rng.normal(0, rows, (height, 1)) + rng.normal(0, noise, truth.shape)
    return Scene(image.astype(np.float32), truth)


def discs(coverage: float, seed: int, *, height: float = 4.0, dome: bool = False, size: int = SIZE) -> Any:
    """Particles of about this height that cover this share of the image."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    truth = np.zeros((size, size))
    while np.mean(truth > height / 2) < coverage:
        cy, cx = rng.uniform(0, size, 2)
        radius = rng.uniform(5, 12)
        near = tuple(slice(max(0, int(at - radius)), int(at + radius) + 2) for at in (cy, cx))
        distance = np.hypot(y[near] - cy, x[near] - cx) / radius
        top = height * rng.uniform(0.8, 1.5)
        shape = np.sqrt(np.sqrt(np.maximum(1 - distance**2, 0))) if dome else distance < 1
        truth[near] = np.maximum(truth[near], top * shape)
    return truth


def block(height: float, share: float, rows: slice = slice(None), size: int = SIZE) -> Any:
    """A block of this height over a share of some rows."""
    truth = np.zeros((size, size))
    truth[rows, size // 8 : size // 8 + int(share * size)] = height
    return truth


def stairs(step: float, size: int = SIZE) -> Any:
    """Terraces with curved edges that go up by `step`."""
    y, x = np.mgrid[:size, :size]
    levels = np.floor(3.2 * (x + 0.6 * y + 10 * np.sin(y / 30)) / size)
    return step * (levels - levels.min())
