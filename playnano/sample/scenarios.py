"""Synthetic movies of what is hard: terraces, lattices, crowds, scars, lost contact."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from playnano.errors import PlaynanoError
from playnano.sample.movie import Sample
from playnano.stack.frames import Image

_BORDERS = (0.5, 0.95)


@dataclass(frozen=True)
class Terraces(Sample):
    """Three terraces with oblique borders, under molecules; they drift with the sample."""

    step_height_nm: float = 3.0

    def surface(self, index: int) -> Image:
        """What lies under the tip."""
        return super().surface(index) + self.step_height_nm * self.terraces(index)

    def terraces(self, index: int) -> Image:
        """Number of the terrace of each pixel, from 0."""
        y, x = np.ogrid[: self.height, : self.width]
        dy, dx = self.drift()[index]
        across = (x - dx) / self.width + 0.3 * (y - dy) / self.height
        number: Image = (across > _BORDERS[0]).astype(float) + (across > _BORDERS[1])
        return number

    def truth(self) -> dict[str, Any]:
        """All that is known of the movie, as JSON can hold it."""
        return super().truth() | {
            "terrace_heights_nm": [0.0, self.step_height_nm, 2 * self.step_height_nm],
            "terrace_borders": list(_BORDERS),
            "terrace_border_axis": "x / width + 0.3 y / height, less the drift",
        }


@dataclass(frozen=True)
class Lattice(Sample):
    """A two-dimensional crystal: a square lattice of bumps that drifts with the sample."""

    molecules: int = 0
    period_nm: float = 48.0
    bump_height_nm: float = 2.0

    def surface(self, index: int) -> Image:
        """What lies under the tip."""
        shift = self.drift()[index]
        y, x = (
            np.cos(2 * np.pi * (np.arange(n) - moved) * self.pixel_size_nm / self.period_nm)
            for n, moved in zip((self.height, self.width), shift, strict=True)
        )
        bumps = np.multiply.outer((1 + y) / 2, (1 + x) / 2)
        return np.asarray(self._mica(shift) + self.bump_height_nm * bumps)

    def truth(self) -> dict[str, Any]:
        """All that is known of the movie, as JSON can hold it."""
        without = ("walker_px", "heads_px")  # there is no filament to walk on
        return {key: value for key, value in super().truth().items() if key not in without}


@dataclass(frozen=True)
class Scars(Sample):
    """Parts of lines in which the tip lost its hold for a moment, above or below the surface."""

    scars_per_frame: int = 6
    scar_height_nm: float = 4.0

    def image(self, index: int) -> Image:
        """One image with all that a real one suffers from; float32 nm."""
        image = super().image(index)
        for row, start, stop, height in self.scars(index):
            image[row, start:stop] += height
        return image

    def scars(self, index: int) -> list[tuple[int, int, int, float]]:
        """Row, first column, column after the last, and height in nm of each scar of a frame."""
        random = np.random.default_rng([self.seed, 8, index])
        rows = random.permutation(np.arange(1, self.height - 1, 3))[: self.scars_per_frame]
        lengths = random.integers(max(1, self.width // 8), max(2, self.width // 2), len(rows))
        starts = [int(random.integers(0, self.width - length + 1)) for length in lengths]
        heights = self.scar_height_nm * random.choice([-1.0, 1.0], len(rows))
        stops = [start + int(length) for start, length in zip(starts, lengths, strict=True)]
        return [*zip(rows.tolist(), starts, stops, heights.tolist(), strict=True)]

    def truth(self) -> dict[str, Any]:
        """All that is known of the movie, as JSON can hold it."""
        scars = [self.scars(index) for index in range(self.frames)]
        return super().truth() | {"scars": scars, "scar_axes": "row, first column, column after it, nm"}


@dataclass(frozen=True)
class BlankFrames(Sample):
    """A run of frames without contact, then one of a single level; the sample drifts on meanwhile."""

    def image(self, index: int) -> Image:
        """One image with all that a real one suffers from; float32 nm."""
        kind = self.kind_of(index)
        if kind == "good":
            return super().image(index)
        random = np.random.default_rng([self.seed, 9, index])
        noise = random.normal(scale=4.0 if kind == "lost" else 0.0, size=(self.height, self.width))
        return noise.astype(np.float32)

    def kind_of(self, index: int) -> str:
        """`good`, `lost` or `blank`."""
        part = index / self.frames
        return "lost" if 0.4 <= part < 0.55 else "blank" if 0.55 <= part < 0.6 else "good"

    def truth(self) -> dict[str, Any]:
        """All that is known of the movie, as JSON can hold it."""
        return super().truth() | {"quality": [self.kind_of(index) for index in range(self.frames)]}


SCENARIOS: Mapping[str, Callable[..., Sample]] = {
    "molecules": Sample,
    "terraces": partial(Terraces, molecules=4),
    "crowded": partial(Sample, molecules=48, diffusion_nm=1.0),
    "lattice": Lattice,
    "drift": partial(Sample, drift_nm=200.0),
    "scars": Scars,
    "blank-frames": BlankFrames,
}


def scenario(name: str, **settings: Any) -> Sample:
    """The movie of a scenario; `settings` are fields of `Sample`.

    Raises
    ------
    PlaynanoError
        For a name that is not one of them.
    """
    if name not in SCENARIOS:
        raise PlaynanoError(f"there is no scenario '{name}'; choose one of {', '.join(SCENARIOS)}")
    return SCENARIOS[name](**settings)
