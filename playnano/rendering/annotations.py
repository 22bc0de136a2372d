"""What is drawn on a picture, and where: nothing covers anything else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playnano.errors import PlaynanoError
from playnano.rendering.glyphs import Indices, Sprite, text_sprite, text_width
from playnano.rendering.scale_bar import bar_sprite

_SHARE = 23  # letters are 1/23 of the picture's smaller side
_SMALLEST = 7  # px; smaller letters cannot be read
_SMALLEST_WISHED = 9


@dataclass(frozen=True)
class Annotations:
    """What is to be drawn on the pictures of a movie."""

    times: tuple[str, ...] = ()
    """One a frame; none where no time is drawn."""
    bars: tuple[tuple[int, str], ...] = ()
    """Length (px) and label of each frame's scale bar; none where no bar is drawn."""
    speed: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Box:
    """A rectangle of a picture, px."""

    y: int
    x: int
    height: int
    width: int

    def touches(self, other: "Box", gap: int) -> bool:
        """Whether less than `gap` lies between the two."""
        apart_x = max(self.x - other.x - other.width, other.x - self.x - self.width)
        apart_y = max(self.y - other.y - other.height, other.y - self.y - self.height)
        return max(apart_x, apart_y) < gap

    def lies_in(self, shape: tuple[int, int], margin: int) -> bool:
        """Whether it stays `margin` away from the edges of a picture (height, width)."""
        bottom, right = self.y + self.height, self.x + self.width
        return min(self.y, self.x) >= margin and bottom <= shape[0] - margin and right <= shape[1] - margin


@dataclass(frozen=True)
class Drawing:
    """Annotations with their places on pictures of one size."""

    annotations: Annotations
    size: int
    """Height of the font, px."""
    time: Box | None
    """Holds the widest time; times end at its right edge, so that they do not jump."""
    bar: Box | None
    """Holds the largest scale bar; bars stand in its lower left corner."""
    still: tuple[tuple[Sprite, Box], ...]
    """What is the same on all frames."""

    def boxes(self) -> list[Box]:
        """The places that are taken."""
        return [box for box in (self.time, self.bar) if box] + [box for _, box in self.still]

    def draw(self, picture: Indices, index: int) -> None:
        """Draw it on the picture of a frame."""
        for sprite, box in self.still:
            sprite.paste(picture, box.y, box.x)
        if self.time:
            sprite = text_sprite(self.annotations.times[index], self.size)
            sprite.paste(picture, self.time.y, self.time.x + self.time.width - sprite.shape[1])
        if self.bar:
            sprite = bar_sprite(*self.annotations.bars[index], self.size)
            sprite.paste(picture, self.bar.y + self.bar.height - sprite.shape[0], self.bar.x)


def font_size(shape: tuple[int, int]) -> int:
    """Height of the font that suits a picture (height, width), px."""
    return max(_SMALLEST_WISHED, round(min(shape) / _SHARE))


def arranged(annotations: Annotations, shape: tuple[int, int]) -> Drawing:
    """Annotations on pictures (height, width), in letters as large as fit.

    Raises
    ------
    PlaynanoError
        Where they do not fit without covering one another.
    """
    for size in _sizes(font_size(shape)):
        drawing = _placed(annotations, shape, size)
        if _fits(drawing, shape):
            return drawing
    raise PlaynanoError(
        f"the annotations do not fit in a picture of {shape[1]} x {shape[0]} px: "
        "shorten the text, leave something out, or set a larger min_height"
    )


def _sizes(wished: int) -> Iterator[int]:
    size = wished
    while size >= _SMALLEST:
        yield size
        size = min(size - 1, round(size * 0.9))


def _fits(drawing: Drawing, shape: tuple[int, int]) -> bool:
    boxes = drawing.boxes()
    apart = all(
        not one.touches(other, _gap(drawing.size)) for i, one in enumerate(boxes) for other in boxes[:i]
    )
    return apart and all(box.lies_in(shape, _margin(drawing.size)) for box in boxes)


def _margin(size: int) -> int:
    return max(2, round(size * 0.5))


def _gap(size: int) -> int:
    return max(1, round(size * 0.25))


def _placed(annotations: Annotations, shape: tuple[int, int], size: int) -> Drawing:
    """Time at the top right, bar at the bottom left, speed bottom right or below the time, text left."""
    margin, gap = _margin(size), _gap(size)
    time = _time_box(annotations.times, shape, size)
    bar = _bar_box(annotations.bars, shape, size)
    still = []
    if annotations.speed:
        sprite = text_sprite(annotations.speed, size)
        box = _box(sprite, shape[0] - margin - sprite.shape[0], shape[1] - margin - sprite.shape[1])
        if bar and box.touches(bar, gap):
            box = _box(sprite, time.y + time.height + gap if time else margin, box.x)
        still.append((sprite, box))
    if annotations.text:
        still.extend(_text_lines(annotations.text, shape[1], time, size))
    return Drawing(annotations, size, time, bar, tuple(still))


def _box(sprite: Sprite, y: int, x: int) -> Box:
    return Box(y, x, *sprite.shape)


def _time_box(times: tuple[str, ...], shape: tuple[int, int], size: int) -> Box | None:
    if not times:
        return None
    patterns = {re.sub(r"\d", "0", time) for time in times}  # digits are equally wide
    width = max(text_width(pattern, size) for pattern in patterns)
    return Box(_margin(size), shape[1] - _margin(size) - width, text_sprite("0", size).shape[0], width)


def _bar_box(bars: tuple[tuple[int, str], ...], shape: tuple[int, int], size: int) -> Box | None:
    if not bars:
        return None
    shapes = [bar_sprite(*bar, size).shape for bar in set(bars)]
    height, width = (max(extents) for extents in zip(*shapes, strict=True))
    return Box(shape[0] - _margin(size) - height, _margin(size), height, width)


def _text_lines(text: str, width: int, time: Box | None, size: int) -> Iterator[tuple[Sprite, Box]]:
    """The text beside the time where there is room, else below it."""
    y, room = _margin(size), width - 2 * _margin(size)
    if time:
        beside = time.x - _gap(size) - _margin(size)
        if beside >= room * 0.4 or text_width(text, size) <= beside:
            room = beside
        else:
            y = time.y + time.height + _gap(size)
    for line in wrapped(text, room, size):
        sprite = text_sprite(line, size)
        yield sprite, _box(sprite, y, _margin(size))
        y += sprite.shape[0] + _gap(size)


def wrapped(text: str, room: int, size: int) -> Iterator[str]:
    """Lines of text at most `room` px wide where its words allow."""
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and text_width(longer, size) > room:
                yield line
                longer = word
            line = longer
        if line:
            yield line
