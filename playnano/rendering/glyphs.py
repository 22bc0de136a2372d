"""Text as pixels of the annotations' colours: white, with a black rim that keeps it legible on any ground.

The outlines are those of DejaVu Sans, which comes with matplotlib. They are filled here, so that the pixels
do not depend on the version of a font renderer.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.rendering.palette import BLACK, GREYS

Indices = NDArray[np.uint8]
Coverage = NDArray[np.float64]
Points = NDArray[np.float64]

_UNITS = 2048  # font units in the height of the font
_MOVE, _CURVE, _CLOSE = 1, 3, 79  # codes of matplotlib's paths
_PIECES = 8  # straight pieces of one curve
_LINES = 8  # lines a pixel is cut into
_FIRMER = 3.0  # px; brings strokes that are thinner than a pixel near white
_one_at_a_time = Lock()  # a font holds the character loaded last


@dataclass(frozen=True)
class Sprite:
    """A shape to draw: palette indices and coverage of the background, both (height, width)."""

    indices: Indices
    covers: NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), px."""
        height, width = self.indices.shape
        return height, width

    def paste(self, picture: Indices, y: int, x: int) -> None:
        """Draw it into a picture, its top left corner at (y, x)."""
        height, width = self.indices.shape
        np.copyto(picture[y : y + height, x : x + width], self.indices, where=self.covers)


@dataclass(frozen=True)
class Glyph:
    """A character at one size, on a canvas of the height of all."""

    sprite: Sprite
    left: int
    """Where its left edge lies from the pen, px."""
    advance: float
    """How far the pen moves on, px."""


def rim(size: int) -> int:
    """Thickness of the black rim, px, for font size `size` px."""
    return max(1, round(size / 11))


def line_height(size: int) -> int:
    """Height of a line of text with its rim, px: the same for all letters, so that lines do not jump."""
    return _accents(size) + _capitals(size) + _below(size) + 2 * rim(size)


def text_width(text: str, size: int) -> int:
    """Width of a line of text with its rim, px."""
    return round(sum(glyph(letter, size).advance for letter in text)) + 2 * rim(size)


def text_sprite(text: str, size: int) -> Sprite:
    """A line of text, font size `size` px; the room for accents above it is left out where there are none.

    Raises
    ------
    PlaynanoError
        Where the font has no such letter.
    """
    shape = line_height(size), text_width(text, size)
    indices, covers = np.full(shape, BLACK, np.uint8), np.zeros(shape, bool)
    pen = float(rim(size))
    for letter in text:
        one = glyph(letter, size)
        _join(indices, covers, one.sprite, round(pen) + one.left)
        pen += one.advance
    top = 0 if covers[: _accents(size)].any() else _accents(size)
    return Sprite(indices[top:], covers[top:])


def _join(indices: Indices, covers: NDArray[np.bool_], sprite: Sprite, x: int) -> None:
    """Add a letter to a line; where rims and letters meet, the lighter wins."""
    first, last = max(x, 0), min(x + sprite.shape[1], indices.shape[1])
    target, source = np.s_[:, first:last], np.s_[:, first - x : last - x]
    np.maximum(indices[target], sprite.indices[source], out=indices[target])
    covers[target] |= sprite.covers[source]


@lru_cache(maxsize=1024)
def glyph(letter: str, size: int) -> Glyph:
    """A character of `size` px.

    Raises
    ------
    PlaynanoError
        Where the font has no such character.
    """
    contours, advance = _outline(letter)
    scale, edge = size / _UNITS, rim(size)
    if not contours:
        return Glyph(outlined(np.zeros((line_height(size), 0)), 0), 0, advance * scale)
    points = [contour * scale for contour in contours]
    left = int(np.floor(min(contour[:, 0].min() for contour in points)))
    right = int(np.ceil(max(contour[:, 0].max() for contour in points)))
    above = _accents(size) + _capitals(size)
    placed = [np.column_stack([contour[:, 0] - left, above - contour[:, 1]]) for contour in points]
    coverage = filled(placed, (above + _below(size), right - left))
    firm = np.minimum(coverage * (1 + _FIRMER / size), 1)
    return Glyph(outlined(np.pad(firm, edge), edge), left - edge, advance * scale)


def outlined(coverage: Coverage, edge: int) -> Sprite:
    """White where it is covered, fading into a black rim of `edge` px around it; hard towards the picture."""
    body = coverage >= 0.25
    covers = coverage > 0
    for dy in range(-edge, edge + 1):
        for dx in range(-edge, edge + 1):
            if dy * dy + dx * dx <= (edge + 0.5) ** 2:
                covers |= _shifted(body, dy, dx)
    return Sprite((BLACK + np.rint(coverage * (GREYS - 1))).astype(np.uint8), covers)


def _shifted(mask: NDArray[np.bool_], dy: int, dx: int) -> NDArray[np.bool_]:
    height, width = mask.shape
    moved = np.zeros_like(mask)
    moved[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = mask[
        max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)
    ]
    return moved


def filled(contours: list[Points], shape: tuple[int, int]) -> Coverage:
    """The share of each pixel that lies inside closed polygons, (height, width) from 0 to 1.

    Parameters
    ----------
    contours : list of (n, 2)
        x and y in px from the top left corner; what lies inside winds one way, holes the other.
    """
    height, width = shape
    starts = np.concatenate(contours)
    ends = np.concatenate([np.roll(contour, -1, axis=0) for contour in contours])
    lines = (np.arange(height * _LINES) + 0.5) / _LINES
    top, bottom = np.minimum(starts[:, 1], ends[:, 1]), np.maximum(starts[:, 1], ends[:, 1])
    line, edge = np.nonzero((top <= lines[:, None]) & (lines[:, None] < bottom))
    step = ends[edge] - starts[edge]
    crossing = starts[edge, 0] + (lines[line] - starts[edge, 1]) * step[:, 0] / step[:, 1]
    right_of = np.clip(np.arange(1, width + 1) - crossing[:, None], 0, 1) * np.sign(step[:, 1:])
    covered = np.zeros((height, width))
    np.add.at(covered, line // _LINES, right_of / _LINES)
    return np.clip(np.abs(covered), 0, 1)


def _accents(size: int) -> int:
    return round(size * 0.2)


def _capitals(size: int) -> int:
    return round(size * 0.76)


def _below(size: int) -> int:
    return round(size * 0.24)


@cache
def _font() -> Any:
    import matplotlib as mpl
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"))
    font.set_size(_UNITS, 72)
    return font


@cache
def _outline(letter: str) -> tuple[list[Points], float]:
    """Closed polygons around a character, (n, 2) x and y upwards, and its advance; in font units."""
    font = _font()
    if not font.get_char_index(ord(letter)):
        raise PlaynanoError(f"the font of the pictures has no character {letter!r}")
    with _one_at_a_time:
        advance = font.load_char(ord(letter)).linearHoriAdvance / 65536
        vertices, codes = font.get_path()
    contours: list[list[Points]] = []
    place = 0
    while place < len(codes):
        code = codes[place]
        if code == _MOVE:
            contours.append([vertices[place]])
        elif code == _CURVE:
            contours[-1].extend(_curve(contours[-1][-1], vertices[place], vertices[place + 1]))
        elif code != _CLOSE:
            contours[-1].append(vertices[place])
        place += 2 if code == _CURVE else 1
    return [np.array(contour) for contour in contours], advance


def _curve(start: Points, control: Points, end: Points) -> Points:
    """A quadratic Bezier curve as straight pieces, without its first point."""
    t = np.arange(1, _PIECES + 1)[:, None] / _PIECES
    return start * (1 - t) ** 2 + control * 2 * t * (1 - t) + end * t**2
