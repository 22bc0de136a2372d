"""Shifts refined with a mosaic of all frames, which is less noisy than any of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.drift_path import Points, interpolated
from playnano.kernels.mosaic import MedianMosaic, Mosaic, levelled_onto, most_parts
from playnano.kernels.refinement import Moved, shifted
from playnano.kernels.registration import Reference, Registration, Scale, registered_near
from playnano.kernels.registration_copies import Copy
from playnano.kernels.tracking import THREADS, Copies
from playnano.stack.parallel import ahead

_LEAST_FOR_MEDIAN = 5
_AGREED = 0.95
"""Confidence that no median can better."""
_LEAST_GAIN = 0.01
_MEDIAN_OF = 31
_COMPARED = 8
"""Frames by which it is decided between a mean and a median."""


@dataclass(frozen=True)
class PathRefiner:
    """Registers every frame with all of them, which are less noisy than any."""

    copies: Copies
    scale: Scale
    tracked: Sequence[Registration]
    usable: Sequence[int]
    mosaic: Mosaic | MedianMosaic

    @classmethod
    def of(
        cls,
        copies: Copies,
        scale: Scale,
        tracked: Sequence[Registration],
        usable: Sequence[int],
        mean: Mosaic | None,
    ) -> "PathRefiner":
        """With the mean of the frames found or with their median, whichever they agree with better."""
        successes = [index for index in usable if tracked[index].success]
        refiner = cls(copies, scale, tracked, usable, mean or Mosaic(_parts(copies, tracked, successes)))
        agreed = np.mean([tracked[index].confidence for index in successes]) if successes else 1.0
        if len(successes) < _LEAST_FOR_MEDIAN or agreed > _AGREED:
            return refiner
        other = replace(refiner, mosaic=_median_of(copies, tracked, successes))
        chosen = successes[:: max(1, len(successes) // _COMPARED)]
        gain = other.confidence(chosen) - refiner.confidence(chosen)
        return other if gain > _LEAST_GAIN else refiner

    def confidence(self, indices: Sequence[int]) -> float:
        """The mean confidence of some frames."""
        path = np.array([one.shift for one in self.tracked])
        return float(np.mean([self._one(index, path).confidence for index in indices]))

    @property
    def kind(self) -> str:
        return "median" if isinstance(self.mosaic, MedianMosaic) else "mean"

    def refined(self) -> list[Registration]:
        path = interpolated(
            np.array([one.shift for one in self.tracked]),
            np.array([one.success for one in self.tracked], bool),
        )
        results = [Registration(path[index]) for index in range(len(path))]
        for index, result in ahead(lambda index: (index, self._one(index, path)), self.usable, THREADS):
            results[index] = result
        return results

    def _one(self, index: int, path: Points) -> Registration:
        before, copy = self.tracked[index], self.copies(index)
        if copy is None or not before.success:
            return Registration(path[index])
        others = self._others(shifted(copy, before.shift))
        near = registered_near(others, copy, before.shift, self.scale)
        if not near.success:
            return before
        return replace(near, rival=before.rival, rival_shift=before.rival_shift)

    def _others(self, own: Moved) -> Reference:
        """The mosaic, without the frame itself where that weighs."""
        return self.mosaic if isinstance(self.mosaic, MedianMosaic) else _Without(self.mosaic, own)


@dataclass(frozen=True)
class _Without:
    """A mosaic of means without one of its parts."""

    mosaic: Mosaic
    part: Moved

    def view(self, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Copy:
        return self.mosaic.view_without(self.part, corner, shape)


def _parts(copies: Copies, registrations: Sequence[Registration], indices: Sequence[int]) -> Iterator[Moved]:
    def moved(index: int) -> Moved | None:
        copy = copies(index)
        return None if copy is None else shifted(copy, registrations[index].shift)

    yield from (part for part in ahead(moved, indices, THREADS) if part is not None)


def _median_of(
    copies: Copies, registrations: Sequence[Registration], successes: Sequence[int]
) -> MedianMosaic:
    """The median of frames from all over the movie, rows offset as on the mean of these."""
    path = np.array([registrations[index].shift for index in successes])
    copy = copies(successes[0])
    height, width = copy.image.shape if copy is not None else (1, 1)
    spread = np.ceil(np.ptp(path, axis=0)) + np.array([height, width])
    several = int(np.prod(spread / (height, width)) * _MEDIAN_OF)  # so that each place is seen by enough
    count = min(len(successes), several, most_parts(int(spread[0]), int(spread[1])))
    chosen = [successes[k] for k in np.unique(np.linspace(0, len(successes) - 1, count).round().astype(int))]
    parts = list(_parts(copies, registrations, chosen))
    mean = Mosaic(parts)
    levelled = [
        Moved(levelled_onto(mean.view(part.corner, part.copy.image.shape), part), part.corner)
        for part in parts
    ]
    return MedianMosaic(levelled)
