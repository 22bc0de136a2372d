"""The drift of a whole movie: every frame registered with a mosaic of the others, and judged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from playnano.kernels.drift_path import Flags, Points, interpolated, outlying
from playnano.kernels.mosaic import Mosaic
from playnano.kernels.path_refinement import PathRefiner
from playnano.kernels.registration import Registration, Scale
from playnano.kernels.tracking import Copies, Limits, RollingMosaic, Tracker, first_good

_HELD_BELOW = 0.5
"""Share of the found frames that have to fix an axis."""
_ROUNDS = 3
_STILL_PX = 0.05
"""A median of frames that have moved by less would not be another one."""


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
    change: float = 0.0
    """By how much shifts by all frames differ from those by frames before: root of the mean square, px."""

    @property
    def success(self) -> Flags:
        """Which frames are found."""
        return np.array([one.success for one in self.registrations], bool)

    @property
    def path(self) -> Points:
        """The shift of each frame from the reference; interpolated along the axes that it does not fix."""
        shifts = np.array([one.shift for one in self.registrations], np.float64).reshape(-1, 2)
        fixed = np.array([one.fixed for one in self.registrations], bool).reshape(-1, 2)
        path = np.stack([interpolated(shifts, fixed[:, axis])[:, axis] for axis in (0, 1)], axis=1)
        return path if self.reference is None else path - path[self.reference]


def aligned(
    copies: Copies, usable: Sequence[int], length: int, scale: Scale, limits: Limits, reference: int | None
) -> Alignment:
    """Register every frame with the mosaic of those before, judge the path, and refine with all of them."""
    start = first_good(copies, usable, scale) if reference is None else reference
    if start is None:
        return Alignment(tuple(Registration(np.zeros(2)) for _ in range(length)), None, "mean")
    mosaic = Mosaic()
    tracked, jumped = Tracker(copies, scale, limits, mosaic).track(start, usable, length)
    lost = [index for index in usable if not tracked[index].success and index not in jumped]
    if reference is None and len(lost) > len(usable) / 2:
        first = start, mosaic, tracked, jumped
        start, mosaic, tracked, jumped = _larger_group(copies, lost, usable, scale, limits, first)
    refined, kind = _refined(copies, scale, usable, start, tracked, mosaic)
    return _settled(
        Alignment(tuple(refined), start, kind, tuple(jumped), change=_change(tracked, refined, together=True))
    )


def _refined(
    copies: Copies,
    scale: Scale,
    usable: Sequence[int],
    start: int,
    tracked: Sequence[Registration],
    mosaic: Mosaic,
) -> tuple[list[Registration], str]:
    """The registrations with all frames found, and the kind of mosaic: until a median would not change."""
    mean: Mosaic | None = mosaic
    kind = "mean"
    for _ in range(_ROUNDS):
        fitting = _without_outlying(tracked, start)
        same = all(before is after for before, after in zip(fitting, tracked, strict=True))
        refiner = PathRefiner.of(copies, scale, fitting, usable, mean if same else None)
        tracked, mean, kind = refiner.refined(), None, refiner.kind
        if kind == "mean" or _change(fitting, tracked) < _STILL_PX:
            break
    return _without_outlying(tracked, start), kind


def _change(
    before: Sequence[Registration], after: Sequence[Registration], *, together: bool = False
) -> float:
    """By how much frames have moved: the root of the mean square, in px; but for what all move `together`."""
    moves = [
        old.shift - new.shift for old, new in zip(before, after, strict=True) if old.success and new.success
    ]
    if not moves:
        return 0.0
    return float(np.sqrt(np.mean(np.square(moves - np.median(moves, axis=0) if together else moves))))


def rolling(
    copies: Copies, usable: Sequence[int], length: int, scale: Scale, limits: Limits, window: int
) -> Alignment:
    """Register every frame with the mean of the found frames before it."""
    start = first_good(copies, usable, scale)
    if start is None:
        return Alignment(tuple(Registration(np.zeros(2)) for _ in range(length)), None, "mean")
    tracker = Tracker(copies, scale, limits, RollingMosaic(window))
    tracked, jumped = tracker.track(start, [index for index in usable if index >= start], length)
    return _settled(Alignment(tuple(_without_outlying(tracked, start)), start, "mean", tuple(jumped)))


_Tracked = tuple[int, Mosaic, list[Registration], list[int]]


def _larger_group(
    copies: Copies, lost: Sequence[int], usable: Sequence[int], scale: Scale, limits: Limits, first: _Tracked
) -> _Tracked:
    """The tracks from a frame among those that are lost, where more frames are found from there."""
    start = first_good(copies, lost, scale)
    if start is None:
        return first
    mosaic = Mosaic()
    second = start, mosaic, *Tracker(copies, scale, limits, mosaic).track(start, usable, len(first[2]))
    return max(first, second, key=lambda track: sum(one.success for one in track[2]))


def _without_outlying(registrations: Sequence[Registration], reference: int) -> list[Registration]:
    """Frames that agree with neither neighbour are not found."""
    path = np.array([one.shift for one in registrations])
    success = np.array([one.success for one in registrations], bool)
    confidence = np.array([one.confidence for one in registrations])
    marked = outlying(path, success, confidence)
    marked[reference] = False
    if not marked.any():
        return list(registrations)
    return [Registration(one.shift) if bad else one for one, bad in zip(registrations, marked, strict=True)]


def _settled(alignment: Alignment) -> Alignment:
    """Axes that few of the frames fix are held for all."""
    others = [
        one for i, one in enumerate(alignment.registrations) if one.success and i != alignment.reference
    ]
    if not others:
        return alignment
    fixed = np.array([one.fixed for one in others]).mean(axis=0)
    held = (bool(fixed[0] < _HELD_BELOW), bool(fixed[1] < _HELD_BELOW))
    registrations = tuple(
        replace(one, fixed=(one.fixed[0] and not held[0], one.fixed[1] and not held[1]))
        for one in alignment.registrations
    )
    return replace(alignment, registrations=registrations, held=held)
