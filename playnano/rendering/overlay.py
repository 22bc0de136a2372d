"""What was measured, drawn on the pictures: outlines, numbers, and the ways that tracks came."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError, did_you_mean
from playnano.kernels.rectangles import Region
from playnano.rendering.glyphs import Indices, text_sprite
from playnano.rendering.overlay_marks import ColourScale, Marks
from playnano.rendering.overlay_strokes import draw_outlines, draw_ring, draw_way
from playnano.rendering.palette import OVERLAY_COLOURS
from playnano.stack.stack import AFMImageStack

Floats = NDArray[np.float64]
NEEDED = ("frame", "y_nm", "x_nm")
MOST_LABELS = 60
"""Frames with more marks have no numbers on them: they would hide the image."""


@dataclass(frozen=True)
class Overlay:
    """All that is drawn of tables on the pictures of a movie."""

    marks: tuple[Marks, ...]
    part: Region
    """Of the frames, what is drawn."""
    tail: int
    labels: bool
    font: int
    notes: tuple[str, ...] = ()
    """Notes for the user."""

    def draw(self, picture: Indices, index: int) -> None:
        """Draw it on the picture of a frame."""
        for marks in self.marks:
            rows = marks.of_frame(index)
            self._draw_features(picture, marks, rows, index)
            for colour, way in marks.ways(index, self.tail) if marks.has_tracks and self.tail else ():
                draw_way(picture, way, colour)
            for row in self._labelled(marks, rows, picture.shape):
                self._label(picture, marks.places[row], float(marks.radii[row]), str(marks.numbers[row]))

    def _draw_features(self, picture: Indices, marks: Marks, rows: range, index: int) -> None:
        """Their outlines; circles of their size where only that is known."""
        if marks.regions is not None and len(rows):
            regions = marks.regions(index)
            top, left = self.part.top, self.part.left
            own = regions[top : top + self.part.height, left : left + self.part.width]
            draw_outlines(picture, own, marks.feature_colours(index, int(regions.max())))
            return
        for row in rows:
            draw_ring(picture, marks.places[row], float(marks.radii[row]), int(marks.colours[row]))

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


def check_overlay(stack: AFMImageStack, names: Sequence[str], colour_by: str | None = None) -> None:
    """See that the tables are there, hold positions, and can be placed and coloured.

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
        columns = stack.tables[name].names
        missing = [column for column in NEEDED if column not in columns]
        if missing:
            raise PlaynanoError(f"overlay: the table '{name}' has no column '{missing[0]}'")
        if colour_by is not None and colour_by not in columns:
            near = did_you_mean(colour_by, columns)
            raise PlaynanoError(f"overlay_colour: the table '{name}' has no column '{colour_by}'{near}")
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
    colour_by: str | None = None,
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
    colour_by : str, optional
        Column that colours stand for; by default the number of the track or feature.
    """
    check_overlay(stack, names, colour_by)
    if not names:
        return None
    aspect = (stack.pixel_size_y_nm or stack.pixel_size_nm or 1.0) / (stack.pixel_size_nm or 1.0)
    enlarged = np.array([picture[0] / part.height, picture[1] / part.width])
    scale = enlarged / np.stack([sizes_nm * aspect, sizes_nm], axis=1)
    centre = enlarged * (0.5 - np.array([part.top, part.left])) - 0.5
    marks = tuple(Marks.of(stack, name, scale, centre, picture, colour_by) for name in names)
    notes = () if colour_by is None else tuple(_scale_note(stack, name, colour_by) for name in names)
    return Overlay(marks, part, tail, labels, max(9, round(min(picture) / 36)), notes)


def _scale_note(stack: AFMImageStack, name: str, column: str) -> str:
    table = stack.tables[name]
    scale, unit = ColourScale.of(table, column), table.unit(column)
    ends = f"{scale.low:.4g} to {scale.high:.4g}{f' {unit}' if unit else ''}"
    return f"colours of '{name}' stand for {column} from {ends}, in {OVERLAY_COLOURS} steps"
