"""What was measured, drawn on the pictures: outlines, numbers, and the ways that tracks came."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError, did_you_mean
from playnano.kernels.rectangles import Region
from playnano.rendering.glyphs import Indices, text_sprite
from playnano.rendering.palette import BLACK, OVERLAY, OVERLAY_COLOURS
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table

Floats = NDArray[np.float64]
NEEDED = ("frame", "y_nm", "x_nm")
MOST_LABELS = 60
"""Frames with more marks have no numbers on them: they would hide the image."""
_RADIUS = 0.012  # of the picture's larger side, where the table has no radius
_NUMBERS = ("track", "feature", "peak", "blob", "match")


@dataclass(frozen=True)
class Marks:
    """One table as it is drawn: a mark for each row, sorted by frame."""

    frames: NDArray[np.int64]
    places: Floats
    """(y, x) in pixels of the picture."""
    radii: Floats
    """In pixels of the picture."""
    numbers: NDArray[np.int64]
    """What is written beside each mark, and gives its colour."""
    has_tracks: bool

    @classmethod
    def of(cls, table: Table, scale: Floats, centre: Floats, picture: tuple[int, int]) -> "Marks":
        """The marks of a table.

        Parameters
        ----------
        scale : array (frames, 2)
            Pixels of the picture per nm, along y and x.
        centre : array (2,)
            Where the centre of the image's first pixel lies in the picture.
        """
        table = table.select(np.argsort(table.column("frame"), kind="stable"))
        frames = table.column("frame")
        own = scale[np.clip(frames, 0, len(scale) - 1)]
        places = np.stack([table.column("y_nm"), table.column("x_nm")], axis=1) * own + centre
        radii = np.full(len(table), max(4.0, _RADIUS * max(picture)))
        if "radius_nm" in table.names:
            radii = table.column("radius_nm") * own.mean(axis=1)
        name = next((name for name in _NUMBERS if name in table.names), None)
        numbers = np.arange(1, len(table) + 1) if name is None else table.column(name)
        return cls(frames, places, radii, numbers, name == "track")

    def of_frame(self, index: int) -> range:
        """Rows of one frame."""
        first, last = np.searchsorted(self.frames, [index, index + 1]).tolist()
        return range(first, last)

    def ways(self, index: int, length: int) -> Iterator[tuple[int, Floats]]:
        """Of each track seen in a frame its number and its last positions."""
        first, here = int(np.searchsorted(self.frames, index - length)), self.of_frame(index)
        rows = np.arange(first, here.stop)
        for number in self.numbers[here.start : here.stop].tolist():
            yield number, self.places[rows[self.numbers[rows] == number]]


@dataclass(frozen=True)
class Overlay:
    """All that is drawn of tables on the pictures of a movie."""

    marks: tuple[Marks, ...]
    tail: int
    labels: bool
    font: int

    def draw(self, picture: Indices, index: int) -> None:
        """Draw it on the picture of a frame."""
        for marks in self.marks:
            for number, way in marks.ways(index, self.tail) if marks.has_tracks and self.tail else ():
                _line(picture, way, _colour(number))
            rows = marks.of_frame(index)
            for row in rows:
                _ring(picture, marks.places[row], float(marks.radii[row]), _colour(int(marks.numbers[row])))
            for row in self._labelled(marks, rows, picture.shape):
                self._label(picture, marks.places[row], float(marks.radii[row]), str(marks.numbers[row]))

    def _labelled(self, marks: Marks, rows: range, size: tuple[int, ...]) -> Iterator[int]:
        """Rows whose number is drawn: those in the picture, where there are not too many."""
        inside = [row for row in rows if ((marks.places[row] > -1) & (marks.places[row] < size)).all()]
        return iter(inside if self.labels and len(inside) <= MOST_LABELS else [])

    def _label(self, picture: Indices, place: Floats, radius: float, text: str) -> None:
        sprite, away = text_sprite(text, self.font), radius * 0.75
        y, x = round(float(place[0]) - away - sprite.shape[0]), round(float(place[1]) + away)
        y = min(max(y, 0), picture.shape[0] - sprite.shape[0])
        x = min(max(x, 0), picture.shape[1] - sprite.shape[1])
        if min(y, x) >= 0:
            sprite.paste(picture, y, x)


def check_overlay(stack: AFMImageStack, names: Sequence[str]) -> None:
    """See that the tables are there, hold positions, and can be placed.

    Raises
    ------
    PlaynanoError
        In one line.
    """
    for name in names:
        if name not in stack.tables:
            available = f" (tables: {', '.join(stack.tables)})" if stack.tables else ": nothing is measured"
            near = did_you_mean(name, tuple(stack.tables))
            raise PlaynanoError(f"overlay: there is no table '{name}'{near}{available}")
        missing = [column for column in NEEDED if column not in stack.tables[name].names]
        if missing:
            raise PlaynanoError(f"overlay: the table '{name}' has no column '{missing[0]}'")
    if names and not stack.pixel_size_nm:
        raise PlaynanoError("overlay: the pixel size is not known; set `pixel_size_nm`")


def overlay(
    stack: AFMImageStack,
    names: Sequence[str],
    part: Region,
    picture: tuple[int, int],
    sizes_nm: Floats,
    *,
    tail: int,
    labels: bool,
) -> Overlay | None:
    """What is drawn of these tables; None for no tables.

    Parameters
    ----------
    part : Region
        Of the frames, what is drawn.
    picture : (height, width)
        Size of the pictures, px.
    sizes_nm : array (frames,)
        Pixel size along x of each frame.
    """
    check_overlay(stack, names)
    if not names:
        return None
    aspect = (stack.pixel_size_y_nm or stack.pixel_size_nm or 1.0) / (stack.pixel_size_nm or 1.0)
    enlarged = np.array([picture[0] / part.height, picture[1] / part.width])
    scale = enlarged / np.stack([sizes_nm * aspect, sizes_nm], axis=1)
    centre = enlarged * (0.5 - np.array([part.top, part.left])) - 0.5
    marks = tuple(Marks.of(stack.tables[name], scale, centre, picture) for name in names)
    return Overlay(marks, tail, labels, max(9, round(min(picture) / 36)))


def _colour(number: int) -> int:
    return OVERLAY + (number - 1) % OVERLAY_COLOURS


def _ring(picture: Indices, place: Floats, radius: float, colour: int) -> None:
    """A circle, with a dark one outside it that keeps it legible on any ground."""
    if not np.isfinite(place).all():
        return
    reach = int(np.ceil(radius)) + 3
    y0, x0 = (int(np.floor(part)) - reach for part in place)
    top, left = max(0, y0), max(0, x0)
    part = picture[top : max(0, y0 + 2 * reach + 1), left : max(0, x0 + 2 * reach + 1)]
    y, x = np.ogrid[: part.shape[0], : part.shape[1]]
    away = np.hypot(y + top - place[0], x + left - place[1]) - radius
    part[(away >= 1.0) & (away < 2.0)] = BLACK
    part[(away >= -1.0) & (away < 1.0)] = colour


def _line(picture: Indices, way: Floats, colour: int) -> None:
    """Straight lines from point to point, two pixels wide."""
    for start, end in pairwise(way[np.isfinite(way).all(axis=1)]):
        count = int(np.ceil(np.abs(end - start).max())) + 1
        points = np.rint(start + np.linspace(0, 1, count)[:, None] * (end - start)).astype(np.int64)
        for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
            y, x = (points + np.array([dy, dx])).T
            inside = (y >= 0) & (x >= 0) & (y < picture.shape[0]) & (x < picture.shape[1])
            picture[y[inside], x[inside]] = colour
