"""The scale bar: which length, and its picture."""

from dataclasses import dataclass
from functools import cache
from math import floor, log10
from typing import Literal

import numpy as np

from playnano.errors import PlaynanoError
from playnano.rendering.glyphs import Sprite, outlined, rim, text_sprite

DEFAULT_NM = 100.0
_LONGEST = 0.85  # of the width: beyond it, bar and margins do not fit
_SHORTEST = 0.02  # of the width: a default bar is lengthened where it would be a dot
_SHARE = 0.2  # of the width that `auto` comes near


@dataclass(frozen=True)
class BarLength:
    """A length in nm, and a note about it."""

    nm: float
    note: str | None = None

    @property
    def label(self) -> str:
        """The length with its unit."""
        return length_text(self.nm)


def length_text(nm: float) -> str:
    """A length in nm, or in um where that is shorter to read."""
    return f"{nm / 1000:.5g} \N{MICRO SIGN}m" if nm >= 1000 else f"{nm:.5g} nm"


def bar_length(length: float | Literal["auto"] | None, width_nm: float) -> BarLength:
    """The length of the bar for pictures `width_nm` wide.

    Raises
    ------
    PlaynanoError
        Where the requested length does not fit; names one that does.
    """
    if length == "auto":
        return BarLength(round_length(width_nm * _SHARE))
    if length is None and not _SHORTEST * width_nm <= DEFAULT_NM <= width_nm / 2:
        fits = BarLength(
            longest_round(width_nm / 2) if width_nm / 2 < DEFAULT_NM else round_length(width_nm * _SHARE)
        )
        return BarLength(
            fits.nm, f"the scale bar is {fits.label} long: the picture is {length_text(width_nm)} wide"
        )
    if length is not None and length > _LONGEST * width_nm:
        fits = BarLength(longest_round(width_nm / 2))
        raise PlaynanoError(
            f"a scale bar of {length_text(length)} does not fit in a picture {length_text(width_nm)} wide; "
            f"`scale_bar_nm: {fits.nm:g}` does",
            settings=("scale_bar_nm",),
        )
    return BarLength(DEFAULT_NM if length is None else length)


def longest_round(limit: float) -> float:
    """The largest of 1, 2, 5, 10, 20, ... (and 0.5, 0.2, ...) that is not above `limit`."""
    return max(length for length in _round_lengths(limit) if length <= limit * (1 + 1e-12))


def shortest_round(limit: float) -> float:
    """The smallest of them that is not below `limit`."""
    return min(length for length in _round_lengths(limit) if length >= limit * (1 - 1e-12))


def round_length(near: float) -> float:
    """The one of them that is nearest by ratio."""
    below, above = longest_round(near), shortest_round(near)
    return above if above / near < near / below else below


def _round_lengths(near: float) -> list[float]:
    power = floor(log10(near))
    return [float(f"{digit}e{exponent}") for exponent in (power - 1, power, power + 1) for digit in (1, 2, 5)]


@cache
def bar_sprite(length_px: int, label: str, size: int) -> Sprite:
    """A bar of exactly so many white pixels with its label above it, font size `size` px."""
    edge = rim(size)
    bar = outlined(np.pad(np.ones((max(2, round(size / 4.5)), length_px)), edge), edge)
    return above(text_sprite(label, size), bar)


def above(top: Sprite, bottom: Sprite) -> Sprite:
    """Two sprites as one, the upper centred over the lower where it is the narrower, else at its left."""
    height = top.shape[0] + bottom.shape[0]
    width = max(top.shape[1], bottom.shape[1])
    both = Sprite(np.zeros((height, width), np.uint8), np.zeros((height, width), bool))
    middle = max(0, (bottom.shape[1] - top.shape[1]) // 2)
    for sprite, y, x in ((top, 0, middle), (bottom, top.shape[0], 0)):
        sprite.paste(both.indices, y, x)
        both.covers[y : y + sprite.shape[0], x : x + sprite.shape[1]] |= sprite.covers
    return both
