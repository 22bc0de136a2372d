"""Frames registered one after the other, each with those that are found already."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.drift_path import outward
from playnano.kernels.mosaic import Mosaic
from playnano.kernels.refinement import Moved, shifted
from playnano.kernels.registration import Registration, Scale, register
from playnano.kernels.registration_copies import Copy
from playnano.kernels.translation import Shift
from playnano.stack.parallel import ahead

THREADS = 2
_CANDIDATES = 8
_FOLLOWING = 2

Copies = Callable[[int], Copy | None]
"""A copy of each frame, by its number; None where it shows nothing."""


class KeptCopies:
    """Copies that are made once, as far as memory for them goes: each is needed several times."""

    def __init__(self, make: Copies, most_bytes: int = 1 << 26) -> None:
        self._make, self._left = make, most_bytes
        self._kept: dict[int, Copy | None] = {}

    def __call__(self, index: int) -> Copy | None:
        """The copy of a frame, by its number."""
        if index in self._kept:
            return self._kept[index]
        copy = self._make(index)
        size = 0 if copy is None else copy.image.nbytes + copy.valid.nbytes
        if size <= self._left:
            self._left -= size
            self._kept[index] = copy
        return copy


@dataclass(frozen=True)
class Limits:
    """How far a frame may lie from the reference and from the one before, in px of the copies."""

    shift: float | None = None
    jump: float | None = None


class RollingMosaic:
    """The mean of the copies added last."""

    def __init__(self, window: int) -> None:
        self._recent = deque[Moved](maxlen=window)
        self._mean = Mosaic()

    def add(self, part: Moved) -> None:
        """Add a copy; the oldest one is forgotten."""
        self._recent.append(part)
        self._mean = Mosaic(self._recent)

    def view(self, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Copy:
        """The mean in a rectangle (height, width) at `corner`."""
        return self._mean.view(corner, shape)


@dataclass
class Tracker:
    """Registers frames one after the other with those that are found already."""

    copies: Copies
    scale: Scale
    limits: Limits
    mosaic: Mosaic | RollingMosaic

    def track(self, start: int, usable: Sequence[int], length: int) -> tuple[list[Registration], list[int]]:
        """The registration of each frame, outward from `start`, and the frames that jumped too far."""
        results = [Registration(np.zeros(2)) for _ in range(length)]
        jumped: list[int] = []
        last = start
        for index, copy in self._copies(start, usable):
            if index < start <= last:
                last = start
            if copy is None:
                continue
            if index == start:
                results[start] = Registration(np.zeros(2), 1.0, (True, True))
                self.mosaic.add(shifted(copy, np.zeros(2)))
                continue
            result = self._registered(copy, results[last].shift, abs(index - last))
            if result is None:
                jumped.append(index)
            elif result.success:
                results[index], last = result, index
                self.mosaic.add(shifted(copy, result.shift))
        return results, jumped

    def _copies(self, start: int, usable: Sequence[int]) -> Iterator[tuple[int, Copy | None]]:
        order = [start, *outward(start, usable)]
        yield from ahead(lambda index: (index, self.copies(index)), order, THREADS)

    def _registered(self, copy: Copy, before: Shift, gap: int) -> Registration | None:
        """The registration of a frame so many after the last one that was found; None where it is too far."""
        reach = None if self.limits.jump is None else self.limits.jump * gap
        result = register(self.mosaic, copy, before, self.scale, reach=reach, wide=gap > 1)
        if reach is not None and not result.success:
            result = register(self.mosaic, copy, before, self.scale, wide=True)
        return None if result.success and self._too_far(result.shift, before, reach) else result

    def _too_far(self, shift: Shift, before: Shift, reach: float | None) -> bool:
        jumped = reach is not None and np.hypot(*(shift - before)) > reach
        away = self.limits.shift is not None and np.hypot(*shift) > self.limits.shift
        return bool(jumped or away)


def first_good(copies: Copies, usable: Sequence[int], scale: Scale) -> int | None:
    """The first frame that one of those after it can be registered with; else the first that shows anything.

    Only some frames are tried: those of the beginning, and others from all over the movie.
    """
    beginning = range(min(_CANDIDATES, len(usable)))
    spread = range(0, len(usable), max(1, len(usable) // _CANDIDATES))
    best: tuple[int, int] | None = None
    for place in sorted({*beginning, *spread}):
        index, copy = usable[place], copies(usable[place])
        if copy is None or (best and best[0] and place > _CANDIDATES):
            continue
        fixed = sum(_fixed_by_those_after(copies, copy, usable[place + 1 : place + 1 + _FOLLOWING], scale))
        if best is None or fixed > best[0]:
            best = fixed, index
        if fixed == len(copy.image.shape):
            break
    return None if best is None else best[1]


def _fixed_by_those_after(
    copies: Copies, copy: Copy, others: Sequence[int], scale: Scale
) -> tuple[bool, bool]:
    """Along which axes one of the next frames that show anything fixes the shift."""
    mosaic, fixed = Mosaic([shifted(copy, np.zeros(2))]), (False, False)
    for other in (copies(index) for index in others):
        if other is None:
            continue
        result = register(mosaic, other, np.zeros(2), scale)
        if sum(result.fixed) > sum(fixed):
            fixed = result.fixed
        if all(fixed):
            break
    return fixed
