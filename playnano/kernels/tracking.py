"""The drift of a whole movie: every frame registered with a mosaic of the others, and judged."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.correlation import LEAST_OVERLAP
from playnano.kernels.drift_path import Flags, Points, interpolated, outlying, outward
from playnano.kernels.mosaic import MedianMosaic, Mosaic, levelled_onto, most_parts
from playnano.kernels.refinement import Movable, Moved
from playnano.kernels.registration import Reference, Registration, Scale, register, registered_near
from playnano.kernels.registration_copies import Copy
from playnano.kernels.translation import Shift, overlap
from playnano.stack.parallel import ahead

_MOVES = 0.02
"""Share of the image that differs from the mosaic, from which on a median serves better than a mean."""
_LEAST_FOR_MEDIAN = 5
_MEDIAN_OF = 31
_CANDIDATES = 8
_FOLLOWING = 2
_HELD_BELOW = 0.5
"""Share of the found frames that have to fix an axis."""
_THREADS = 2
_PAIRS = 40

Copies = Callable[[int], Copy | None]


@dataclass(frozen=True)
class Limits:
    """How far a frame may lie from the reference and from the one before, in px of the copies."""

    shift: float | None = None
    jump: float | None = None


@dataclass(frozen=True)
class Alignment:
    """A movie's registrations, shifts in px of the copies, and how they were found."""

    registrations: tuple[Registration, ...]
    reference: int | None
    """The frame that stays; None where no frame shows anything."""
    mosaic: str
    """`mean` or `median`."""
    jumped: tuple[int, ...] = ()
    """Frames found further away than the limit allows."""
    held: tuple[bool, bool] = (False, False)
    """Axes along which the scene fixes nothing."""

    @property
    def found(self) -> Flags:
        """Which frames are found."""
        return np.array([one.found for one in self.registrations], bool)

    @property
    def path(self) -> Points:
        """The shift of each frame relative to the reference; interpolated where not found."""
        path = np.array([one.shift for one in self.registrations], np.float64).reshape(-1, 2)
        path = interpolated(path, self.found)
        path[:, np.array(self.held)] = 0
        return path if self.reference is None else path - path[self.reference]


def aligned(
    copies: Copies, usable: Sequence[int], length: int, scale: Scale, limits: Limits, reference: int | None
) -> Alignment:
    """Register every frame with the mosaic of those before, judge the path, and refine with all of them."""
    start = _first_good(copies, usable, scale) if reference is None else reference
    if start is None:
        return Alignment(tuple(Registration(np.zeros(2)) for _ in range(length)), None, "mean")
    tracked, jumped = Tracker(copies, scale, limits, Mosaic()).track(start, usable, length)
    lost = [index for index in usable if not tracked[index].found]
    if reference is None and len(lost) > len(usable) / 2:
        start, tracked, jumped = _larger_group(copies, lost, usable, scale, limits, (start, tracked, jumped))
    tracked = _without_outlying(tracked, start)
    refiner = _Refiner.of(copies, scale, tracked, usable)
    refined = _without_outlying(refiner.refined(), start)
    return _settled(Alignment(tuple(refined), start, refiner.kind, tuple(jumped)))


def rolling(
    copies: Copies, usable: Sequence[int], length: int, scale: Scale, limits: Limits, window: int
) -> Alignment:
    """Register every frame with the mean of the found frames before it."""
    start = _first_good(copies, usable, scale)
    if start is None:
        return Alignment(tuple(Registration(np.zeros(2)) for _ in range(length)), None, "mean")
    tracker = Tracker(copies, scale, limits, RollingMosaic(window))
    tracked, jumped = tracker.track(start, [index for index in usable if index >= start], length)
    return _settled(Alignment(tuple(_without_outlying(tracked, start)), start, "mean", tuple(jumped)))


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
                self.mosaic.add(Movable(copy).at(np.zeros(2)))
                continue
            result = self._registered(copy, results[last].shift, abs(index - last))
            if result is None:
                jumped.append(index)
            elif result.found:
                results[index], last = result, index
                self.mosaic.add(Movable(copy).at(result.shift))
        return results, jumped

    def _copies(self, start: int, usable: Sequence[int]) -> Iterator[tuple[int, Copy | None]]:
        order = [start, *outward(start, usable)]
        yield from ahead(lambda index: (index, self.copies(index)), order, _THREADS)

    def _registered(self, copy: Copy, before: Shift, gap: int) -> Registration | None:
        """The registration of a frame so many after the last one that was found; None where it is too far."""
        reach = None if self.limits.jump is None else self.limits.jump * gap
        result = register(self.mosaic, copy, before, self.scale, reach=reach, wide=gap > 1)
        if reach is not None and not result.found:
            result = register(self.mosaic, copy, before, self.scale, wide=True)
        return None if result.found and self._too_far(result.shift, before, reach) else result

    def _too_far(self, shift: Shift, before: Shift, reach: float | None) -> bool:
        jumped = reach is not None and np.hypot(*(shift - before)) > reach
        away = self.limits.shift is not None and np.hypot(*shift) > self.limits.shift
        return bool(jumped or away)


@dataclass(frozen=True)
class _Refiner:
    """Registers every frame with all of them, which are less noisy than any."""

    copies: Copies
    scale: Scale
    tracked: Sequence[Registration]
    usable: Sequence[int]
    mosaic: Mosaic | MedianMosaic

    @classmethod
    def of(
        cls, copies: Copies, scale: Scale, tracked: Sequence[Registration], usable: Sequence[int]
    ) -> "_Refiner":
        found = [index for index in usable if tracked[index].found]
        moving = float(np.median([tracked[index].standing_out for index in found[1:]] or [0.0]))
        mean = Mosaic()
        parts = _parts(copies, tracked, found)
        if moving < _MOVES or len(found) < _LEAST_FOR_MEDIAN:
            for part in parts:
                mean.add(part)
            return cls(copies, scale, tracked, usable, mean)
        return cls(copies, scale, tracked, usable, _median_of(copies, tracked, found))

    @property
    def kind(self) -> str:
        return "median" if isinstance(self.mosaic, MedianMosaic) else "mean"

    def refined(self) -> list[Registration]:
        path = interpolated(
            np.array([one.shift for one in self.tracked]), np.array([one.found for one in self.tracked], bool)
        )
        results = [Registration(path[index]) for index in range(len(path))]
        for index, result in ahead(lambda index: (index, self._one(index, path)), self.usable, _THREADS):
            results[index] = result
        return results

    def _one(self, index: int, path: Points) -> Registration:
        before, copy = self.tracked[index], self.copies(index)
        if copy is None or not before.found:
            return Registration(path[index])
        moving = Movable(copy)
        near = registered_near(self._others(moving.at(before.shift)), moving, before.shift, self.scale)
        if not near.found:
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


_Tracked = tuple[int, list[Registration], list[int]]


def _larger_group(
    copies: Copies, lost: Sequence[int], usable: Sequence[int], scale: Scale, limits: Limits, first: _Tracked
) -> _Tracked:
    """The tracks from a frame among those that are lost, where more frames are found from there."""
    start = _first_good(copies, lost, scale)
    if start is None:
        return first
    second = start, *Tracker(copies, scale, limits, Mosaic()).track(start, usable, len(first[1]))
    return max(first, second, key=lambda track: sum(one.found for one in track[1]))


def _parts(copies: Copies, registrations: Sequence[Registration], indices: Sequence[int]) -> Iterator[Moved]:
    def moved(index: int) -> Moved | None:
        copy = copies(index)
        return None if copy is None else Movable(copy).at(registrations[index].shift)

    yield from (part for part in ahead(moved, indices, _THREADS) if part is not None)


def _median_of(copies: Copies, registrations: Sequence[Registration], found: Sequence[int]) -> MedianMosaic:
    """The median of frames from all over the movie, rows offset as on the mean of these."""
    path = np.array([registrations[index].shift for index in found])
    copy = copies(found[0])
    height, width = copy.image.shape if copy is not None else (1, 1)
    spread = np.ceil(np.ptp(path, axis=0)) + np.array([height, width])
    several = int(np.prod(spread / (height, width)) * _MEDIAN_OF)  # so that each place is seen by enough
    count = min(len(found), several, most_parts(int(spread[0]), int(spread[1])))
    chosen = [found[k] for k in np.unique(np.linspace(0, len(found) - 1, count).round().astype(int))]
    parts = list(_parts(copies, registrations, chosen))
    mean = Mosaic(parts)
    levelled = [
        Moved(levelled_onto(mean.view(part.corner, part.copy.image.shape), part), part.corner)
        for part in parts
    ]
    return MedianMosaic(levelled)


def _first_good(copies: Copies, usable: Sequence[int], scale: Scale) -> int | None:
    """The first frame that one of those after it can be registered with; else the first that shows anything.

    Only some frames are tried: those of the beginning, and others from all over the movie.
    """
    beginning = range(min(_CANDIDATES, len(usable)))
    spread = range(0, len(usable), max(1, len(usable) // _CANDIDATES))
    partly: int | None = None
    shown: int | None = None
    for place in sorted({*beginning, *spread}):
        copy = copies(usable[place])
        if copy is None:
            continue
        shown = usable[place] if shown is None else shown
        fixed = _fixed_by_those_after(copies, copy, usable[place + 1 : place + 1 + _FOLLOWING], scale)
        if all(fixed):
            return usable[place]
        if any(fixed) and partly is None:
            partly = usable[place]
        if partly is not None and place > _CANDIDATES:
            break
    return shown if partly is None else partly


def _fixed_by_those_after(
    copies: Copies, copy: Copy, others: Sequence[int], scale: Scale
) -> tuple[bool, bool]:
    """Along which axes one of the next frames that show anything fixes the shift."""
    mosaic, fixed = Mosaic([Movable(copy).at(np.zeros(2))]), (False, False)
    for other in (copies(index) for index in others):
        if other is None:
            continue
        result = register(mosaic, other, np.zeros(2), scale)
        if sum(result.fixed) > sum(fixed):
            fixed = result.fixed
        if all(fixed):
            break
    return fixed


def _without_outlying(registrations: Sequence[Registration], reference: int) -> list[Registration]:
    """Frames that agree with neither neighbour are not found."""
    path = np.array([one.shift for one in registrations])
    found = np.array([one.found for one in registrations], bool)
    confidence = np.array([one.confidence for one in registrations])
    marked = outlying(path, found, confidence)
    marked[reference] = False
    return [Registration(one.shift) if bad else one for one, bad in zip(registrations, marked, strict=True)]


def _settled(alignment: Alignment) -> Alignment:
    """Axes that few of the frames fix are held for all."""
    others = [one for i, one in enumerate(alignment.registrations) if one.found and i != alignment.reference]
    if not others:
        return alignment
    fixed = np.array([one.fixed for one in others]).mean(axis=0)
    held = (bool(fixed[0] < _HELD_BELOW), bool(fixed[1] < _HELD_BELOW))
    registrations = tuple(
        replace(one, fixed=(one.fixed[0] and not held[0], one.fixed[1] and not held[1]))
        for one in alignment.registrations
    )
    return replace(alignment, registrations=registrations, held=held)


def likeness(copies: Copies, alignment: Alignment, scale: Scale) -> tuple[float, float] | None:
    """Mean correlation of frames some way apart, before and after they are shifted; None: none overlap."""
    found = np.flatnonzero(alignment.found)
    apart = max(1, len(found) // 8)
    pairs = list(zip(found[:-apart], found[apart:], strict=True))
    pairs = (
        [pairs[k] for k in np.unique(np.linspace(0, len(pairs) - 1, _PAIRS).round().astype(int))]
        if pairs
        else []
    )
    path = alignment.path
    measured = []
    for one, other in pairs:
        first, second = copies(int(one)), copies(int(other))
        if first is not None and second is not None:
            shift = path[other] - path[one]
            measured.append([_alike(first, second, scale, way) for way in (np.zeros(2), shift)])
    both = np.array([pair for pair in measured if None not in pair], np.float64)
    return None if not len(both) else (float(both[:, 0].mean()), float(both[:, 1].mean()))


def _alike(first: Copy, second: Copy, scale: Scale, shift: Shift) -> float | None:
    """The correlation of two copies where the second one lies on the first."""
    still, moving = (copy.reduced(scale.search).levelled() for copy in (first, second))
    moved = Movable(moving).at(shift / scale.search)
    there, here = overlap(moved.corner, moving.image.shape, still.image.shape)
    valid = still.valid[there] & moved.copy.valid[here]
    if np.count_nonzero(valid) < LEAST_OVERLAP * valid.size or valid.size < LEAST_OVERLAP * still.image.size:
        return None
    a, b = still.image[there][valid], moved.copy.image[here][valid]
    a, b = a - a.mean(), b - b.mean()
    power = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / power if power else None
