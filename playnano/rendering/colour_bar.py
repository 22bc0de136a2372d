"""The colour bar: a dark band at the right of the picture with the colours and their heights."""

from math import ceil, floor, log10

import numpy as np

from playnano.errors import PlaynanoError
from playnano.rendering.glyphs import Indices, line_height, rim, text_sprite
from playnano.rendering.palette import BLACK, GREYS, MAP_COLOURS
from playnano.rendering.scale_bar import shortest_round

# without a frame the darkest colours would end nowhere
_FRAME_GREY = BLACK + GREYS // 3
_TICK_GREY = BLACK + round(GREYS * 0.8)


def colour_bar(
    height: int, size: int, zmin: float, zmax: float, unit: str, colours: int = MAP_COLOURS
) -> Indices:
    """The band, from `zmax` at the top to `zmin`, with font size `size` px; indices (height, width).

    Raises
    ------
    PlaynanoError
        Where the picture is too low for one.
    """
    if height < 5 * line_height(size):
        raise PlaynanoError(f"a picture {height} px high is too low for a colour bar; leave colour_bar out")
    ticks = tick_heights(zmin, zmax, most=max(2, height // (2 * line_height(size))))
    labels = [text_sprite(text, size) for text in tick_texts(ticks)]
    name = text_sprite(unit, size)
    gap, wide = round(size * 0.6), round(size * 0.9)
    right = gap + wide + max(2, gap // 2)
    width = max(right + max(label.shape[1] for label in labels), gap + name.shape[1]) + gap - rim(size)
    band = np.full((height, width), BLACK, np.uint8)
    name.paste(band, gap // 2, gap - rim(size))
    top, bottom = gap + name.shape[0], height - gap - name.shape[0] // 3
    band[top - 1 : bottom + 1, gap - 1 : gap + wide + 1] = _FRAME_GREY
    band[top:bottom, gap : gap + wide] = np.rint(np.linspace(colours - 1, 0, bottom - top))[:, None]
    for tick, label in zip(ticks, labels, strict=True):
        y = bottom - 1 - round((tick - zmin) / (zmax - zmin) * (bottom - top - 1))
        band[y : y + max(1, rim(size) // 2), gap + wide : right] = _TICK_GREY
        label.paste(band, min(max(0, y - label.shape[0] // 2), height - label.shape[0]), right)
    return band


def tick_heights(zmin: float, zmax: float, most: int) -> list[float]:
    """Round heights from `zmin` to `zmax`, about `most` of them; the two ends where none between is round."""
    step = shortest_round((zmax - zmin) / most)
    multiples = range(ceil(zmin / step - 1e-9), floor(zmax / step + 1e-9) + 1)
    return [multiple * step for multiple in multiples] or [zmin, zmax]


def tick_texts(ticks: list[float]) -> list[str]:
    """The ticks as text with as many decimals as their distance needs."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(ticks[0]) or 1.0
    decimals = max(0, -floor(log10(step) + 1e-9))
    return [f"{tick + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for tick in ticks]
