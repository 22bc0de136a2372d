"""Images of a folder that may not be of one movie: what they differ in."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np

from playnano.errors import Doubt, listed
from playnano.readers.numbering import misplaced, series_of

_NAMED = 3
_LONG_PAUSE = 50
"""A pause that is so many times longer than the usual interval parts two movies."""
_FEWEST = 4
"""Images from which on there is something usual."""


class Image(Protocol):
    """What is compared of an image."""

    @property
    def channel(self) -> str:
        """The channel that was read."""

    @property
    def line_direction(self) -> str | None:
        """Which way lines were scanned, where that is not in the channel."""

    @property
    def pixel_size_nm(self) -> float | None:
        """Along the fast axis."""

    @property
    def pixel_size_y_nm(self) -> float | None:
        """Along the slow axis."""

    @property
    def clocks(self) -> tuple[float | None, ...]:
        """When it was begun, on each clock that the format has."""

    @property
    def number(self) -> float | None:
        """Of the frame in its movie, where the file says that."""

    @property
    def stored_unit(self) -> str | None:
        """That of the values in the file, where images of one movie share it."""


def mixtures(images: Sequence[tuple[str, Image]], times: Sequence[float | None]) -> Iterator[str]:
    """Warnings of what differs among the images of a folder.

    Parameters
    ----------
    images : sequence of (str, Image)
        File names and images in the order of the movie.
    times : sequence of float or None
        Of the images, in s from the first.
    """
    if None not in times and len(set(times)) < len(times):
        yield Doubt("some images have identical timestamps: those are in the order of their names")
    channels = _grouped(images, _channels([image for _, image in images]))
    if len(channels) > 1:
        yield Doubt(f"the images are of several channels: {_listed(channels)}")
    series = _grouped(images, series_of([name for name, _ in images]))
    if len(images) >= _FEWEST and max(map(len, series.values())) > 1 < len(series):
        named = {names[0]: names for names in series.values()}
        yield Doubt(f"the names are of several series, perhaps of several movies: {_listed(named)}")
    units = _grouped(images, [image.stored_unit or "" for _, image in images])
    if len(units) > 1:
        yield Doubt(f"the files state heights in several units, of which one may be wrong: {_listed(units)}")
    yield from map(Doubt, misplaced([name for name, _ in images]))
    yield from _numbers([image.number for _, image in images])
    yield from _sizes([image for _, image in images])
    yield from _pauses(times)
    yield from _untimed(images, times)
    yield from _clocks(images)


def _channels(images: Sequence[Image]) -> list[str]:
    """The channel of each, with the direction of its lines where they differ in it."""
    stated = {image.line_direction for image in images} - {None}
    ways = [image.line_direction if len(stated) > 1 else None for image in images]
    return [f"{image.channel} {way or ''}".rstrip() for image, way in zip(images, ways, strict=True)]


def _grouped(images: Sequence[tuple[str, Image]], kinds: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """File names by kind."""
    groups: dict[str, list[str]] = {}
    for (name, _), kind in zip(images, kinds, strict=True):
        groups.setdefault(kind, []).append(name)
    return groups


def _listed(groups: Mapping[str, Sequence[str]]) -> str:
    """`height_trace (5), height_retrace (1: b.jpk)`, the most frequent first."""
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    counts = [f"{kind} ({len(names)}{_example(kind, names)})" for kind, names in ordered[:_NAMED]]
    return ", ".join(counts) + (", ..." if len(ordered) > _NAMED else "")


def _example(kind: str, names: Sequence[str]) -> str:
    return "" if kind == names[0] or len(names) > 1 else f": {names[0]}"


def _numbers(numbers: Sequence[float | None]) -> Iterator[str]:
    """The warning of frames whose numbers do not rise: their times were edited, or they are of two movies."""
    stated = [number for number in numbers if number is not None]
    odd = next((index for index, (one, other) in enumerate(pairwise(stated)) if other <= one), None)
    if odd is not None and len(stated) == len(numbers):
        yield Doubt(f"by the frame numbers in the files, frame {odd + 1} is not where it belongs")


def _sizes(images: Sequence[Image]) -> Iterator[str]:
    sizes = [(image.pixel_size_y_nm, image.pixel_size_nm) for image in images]
    odd = next((index for index, size in enumerate(sizes) if not _close(size, sizes[0])), None)
    if odd is not None:
        yield Doubt(f"the pixel size changes at frame {odd}: scale bars are right for those before")


def _close(one: Sequence[float | None], other: Sequence[float | None]) -> bool:
    return all(
        a == b or (a is not None and b is not None and abs(a - b) < 1e-6 * abs(b))
        for a, b in zip(one, other, strict=True)
    )


def _pauses(times: Sequence[float | None]) -> Iterator[str]:
    seconds = np.array([np.nan if time is None else time for time in times])
    intervals = np.diff(seconds)
    if len(times) < _FEWEST or not np.isfinite(intervals).all():
        return
    usual, longest = float(np.median(intervals)), int(np.argmax(intervals))
    if usual > 0 and intervals[longest] > _LONG_PAUSE * usual:
        pause = f"{intervals[longest]:.6g} s pass between frames {longest} and {longest + 1}"
        yield Doubt(f"{pause}, {usual:.6g} s between others: the folder may hold two movies")


def _untimed(images: Sequence[tuple[str, Image]], times: Sequence[float | None]) -> Iterator[str]:
    """The warning that some images have no time, so that those of the others are of no use."""
    timeless = [name for name, image in images if not any(time is not None for time in image.clocks)]
    if None in times and 0 < len(timeless) < len(images):
        yield Doubt(
            f"{listed(timeless, 1)}: no time is stated, as in the other files: frames are in the order of "
            "their names, and without times"
        )


def _clocks(images: Sequence[tuple[str, Image]]) -> Iterator[str]:
    """Warnings of a clock that is not that of all, or of which the order of images is another one."""
    for clock in list(zip(*(image.clocks for _, image in images), strict=False))[1:]:
        stated = [time for time in clock if time is not None]
        if stated and len(stated) < len(images):
            name = images[clock.index(None)][0]
            yield f"{name}: its finer time is not stated, so that all times are those of a coarser clock"
        if len(stated) < len(images):
            continue
        odd = next((index for index, (one, other) in enumerate(pairwise(stated)) if other < one), None)
        if odd is not None:
            yield Doubt(
                f"two clocks in the files disagree: by the second, frame {odd + 1} is not where it belongs"
            )
