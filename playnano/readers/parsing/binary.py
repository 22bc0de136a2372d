"""A raw image block at an offset: checked against the file's size, read lazily."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from playnano.errors import ReadError
from playnano.readers.parsing.parts import Part, check_parts
from playnano.readers.parsing.scaling import scaled
from playnano.readers.parsing.text import finite
from playnano.stack.blocks import line_blocks
from playnano.stack.frames import Image, LayerImage

MOST_PIXELS = 1 << 15
"""Lines, or pixels in one, that an image may have: more is a broken header."""
_AT_ONCE = 1 << 12
"""Bytes of a header that are read at once: images behind it are not read with it."""


@dataclass(frozen=True)
class StoredImage:
    """Reads an image of `dtype` at an offset, row by row, and gives it its scale and orientation."""

    path: Path
    offset: int
    dtype: str
    shape: tuple[int, int]
    scale: float = 1.0
    shift: float = 0.0
    """Values are stored * scale + shift."""
    upside_down: bool = False
    right_to_left: bool = False

    def __call__(self) -> Image:
        """The image (height, width), float32, its top line first."""
        image = np.empty(self.shape, np.float32)
        upright = image[:: -1 if self.upside_down else 1, :: -1 if self.right_to_left else 1]
        for lines in line_blocks(self.shape):
            upright[lines] = scaled(self._lines(lines), self.scale, self.shift)
        return image

    def _lines(self, lines: slice) -> LayerImage:
        """Some lines as they are stored."""
        width = self.shape[1]
        begin = self.offset + lines.start * width * np.dtype(self.dtype).itemsize
        count = (lines.stop - lines.start) * width
        return np.fromfile(self.path, self.dtype, count, offset=begin).reshape(-1, width)


def image_shape(width: object, height: object) -> tuple[int, int]:
    """(height, width) of an image, of numbers or what a header says.

    Raises
    ------
    ReadError
        Where they are not numbers of pixels.
    """
    return pixel_count(height, "height"), pixel_count(width, "width")


def check_size(path: Path, offset: int, needed: int) -> tuple[str, ...]:
    """Refuse a file that does not hold just the `needed` bytes from `offset` to its end; give warnings."""
    return check_parts(path, [Part("the last image", offset, needed)], offset)


def begins_with(path: Path, is_mine: Callable[[bytes], bool]) -> bool:
    """Whether the first 256 bytes of a file are those of a format."""
    try:
        with path.open("rb") as file:
            return is_mine(file.read(256))
    except OSError:
        return False


def head_until(path: Path, end: bytes, most: int = 1 << 20) -> bytes:
    """The file's text up to `end`, which is looked for in its first `most` bytes.

    Raises
    ------
    ReadError
        Where the text does not end.
    """
    head = bytearray()
    with path.open("rb", buffering=0) as file:
        while len(head) < most and (piece := file.read(_AT_ONCE)):
            begin = max(0, len(head) - len(end) + 1)
            head += piece
            if (place := head.find(end, begin)) >= 0:
                return bytes(head[:place])
    raise ReadError("the file is cut short: its header does not end")


def pixel_count(written: object, what: str) -> int:
    """A number of pixels, as a number or as a header writes it.

    Raises
    ------
    ReadError
        Where it is not; `what` names the quantity in the message.
    """
    return count(written, f"{what} in pixels", MOST_PIXELS)


def count(written: object, what: str, most: int) -> int:
    """A whole number from 1 to `most`, as a number or as a header writes it.

    Raises
    ------
    ReadError
        Where it is not; `what` names the quantity in the message.
    """
    number = finite(str(written))
    if number is None or not 1 <= number <= most or not number.is_integer():
        raise ReadError(f"the header does not state a usable {what}: {str(written)[:40]!r}")
    return int(number)
