"""What of an image cannot have been recorded: undefined pixels, impossible values, stretches of one value."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

LARGEST_NM = 1e6
"""Heights beyond 1 mm are in no range of a scanner."""
TIMES_THE_MEDIAN = 1e9
"""Values of other units that are so many times larger than the median are not of the image."""
LONG, SHORT = 48, 16
"""Pixels that a stretch of one value has at least, and in the first and last line; noise makes 12."""
_PIXELS_AT_ONCE = 1 << 20
_NONE = (np.empty(0, np.intp),)
ELSEWHERE = 0.25
"""Share of a stretch that other stretches of its value have: more, and it is a background or a limit."""


class Oddities(NamedTuple):
    """What is odd about one image."""

    undefined: int
    """Number of pixels that are NaN."""
    absurd: int
    """Number of pixels whose value cannot be."""
    first_line: int
    """First line of the longest stretch of one value, -1 where there is none."""
    last_line: int
    """Its last line."""
    value: float
    """Its value; NaN where there is none."""


def oddities(image: Image, unit: str) -> Oddities:
    """What is odd about an image (height, width) in `unit`; looks at some lines at a time."""
    width = image.shape[1]
    step = max(1, _PIXELS_AT_ONCE // max(1, width))
    pieces = [image[at : at + step] for at in range(0, len(image), step)]
    undefined = image.size - sum(int(np.count_nonzero(np.isfinite(piece))) for piece in pieces)
    largest = LARGEST_NM if unit == "nm" else _largest(image)
    absurd = sum(_beyond(piece, largest) for piece in pieces)
    stretch = _stretch(image)
    if stretch is None:
        return Oddities(undefined, absurd, -1, -1, np.nan)
    first, last = stretch
    return Oddities(undefined, absurd, first // width, last // width, float(image.reshape(-1)[first]))


def _largest(image: Image) -> float:
    """The largest value that can be, of a unit whose range is not known, by some of the lines."""
    some = np.abs(image[:: max(1, image.size // _PIXELS_AT_ONCE)])
    some = some[np.isfinite(some)]
    middle = float(np.median(some)) if some.size else 0.0
    return TIMES_THE_MEDIAN * middle if middle else np.inf


def _beyond(piece: Image, largest: float) -> int:
    if -largest <= piece.min() and piece.max() <= largest:  # so is none NaN
        return 0
    return int(np.count_nonzero(np.isfinite(piece) & (np.abs(piece) > largest)))


def _stretch(image: Image) -> tuple[int, int] | None:
    """First and last pixel, as the lines are read, of the longest stretch of a value rare elsewhere."""
    pixels = image.reshape(-1)
    begins, ends = _runs(pixels)
    lengths = ends - begins + 1
    width = image.shape[1]
    in_outer_lines = (begins < width) | (ends >= pixels.size - width)  # which lie last in the file
    is_stretch = lengths >= np.where(in_outer_lines, SHORT, LONG)
    if not is_stretch.any() or lengths.max() == pixels.size:
        return None
    longest = int(np.argmax(np.where(is_stretch, lengths, 0)))
    alike = (lengths >= SHORT) & (pixels[begins] == pixels[begins[longest]])
    from_line, to_line = begins[longest] // width - 1, ends[longest] // width + 1
    near = alike & (ends // width >= from_line) & (begins // width <= to_line)  # of an image turned over
    far = (lengths >= SHORT) & ~near
    if lengths[far & alike].sum() > ELSEWHERE * lengths[longest] or lengths[far].sum() > lengths[near].sum():
        return None  # a background or a limit of its value, or an image without noise
    return int(begins[near].min()), int(ends[near].max())


def _runs(pixels: Image) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last pixel of each run of equal ones."""
    begins: list[NDArray[np.intp]] = []
    ends: list[NDArray[np.intp]] = []
    inside = False
    for start in range(0, pixels.size - 1, _PIXELS_AT_ONCE):
        stop = min(start + _PIXELS_AT_ONCE, pixels.size - 1)
        same = pixels[start + 1 : stop + 1] == pixels[start:stop]
        changes = np.flatnonzero(np.diff(same, prepend=inside))
        begins.append(changes[same[changes]] + start)
        ends.append(changes[~same[changes]] + start)
        inside = bool(same[-1])
    last = [np.array([pixels.size - 1])] if inside else []
    return np.concatenate([*begins, *_NONE]), np.concatenate([*ends, *last, *_NONE])
