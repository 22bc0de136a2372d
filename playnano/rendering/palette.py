"""The 256 colours of a movie: those of the colormap, one for NaN, and the greys of the annotations.

Pictures are indices into them, so a GIF or an indexed PNG holds the very colours: nothing is quantised.
"""

from functools import cache

import numpy as np

from playnano.rendering.cielab import Colours, lab_of_srgb
from playnano.rendering.colormaps import Colours8, map_colours

MAP_COLOURS = 240
OVERLAY_COLOURS = 7
OVERLAY = MAP_COLOURS - OVERLAY_COLOURS
"""Where measurements are drawn on a movie, the last colours of the map make room for theirs."""
NAN = MAP_COLOURS
BLACK = NAN + 1
GREYS = 15
WHITE = BLACK + GREYS - 1

_OKABE_ITO = (
    (86, 180, 233), (240, 228, 66), (0, 158, 115), (204, 121, 167),
    (0, 114, 178), (230, 159, 0), (213, 94, 0),
)  # fmt: skip
"""Colours distinguishable for the colour-blind (Okabe and Ito 2008)."""
_ORDERED = "viridis"
_NAN_CANDIDATES = ((96, 108, 122), (0, 128, 128), (150, 60, 140), (40, 130, 60), (128, 128, 128))
_CLEARLY_ANOTHER = 18.0  # CIE76 difference at which two areas are seen as two colours at a glance


@cache
def palette(cmap: str, *, overlay: bool = False, stepped: bool = False) -> Colours8:
    """The palette of a colormap, uint8 (256, 3), read-only.

    Parameters
    ----------
    overlay : bool
        With the colours of an overlay: the map has `OVERLAY` colours in place of `MAP_COLOURS`.
    stepped : bool
        The overlay's colours are in an order, from dark to light.

    Raises
    ------
    PlaynanoError
        Where there is no such colormap.
    """
    colours = map_colours(cmap, OVERLAY if overlay else MAP_COLOURS)
    nan = nan_colour(colours)
    own = map_colours(_ORDERED, OVERLAY_COLOURS) if stepped else np.array(_OKABE_ITO, np.uint8)
    colours = np.concatenate([colours, own]) if overlay else colours
    greys = np.rint(np.linspace(0, 255, GREYS)).astype(np.uint8)
    whole = np.concatenate([colours, nan[None], np.repeat(greys[:, None], 3, axis=1)])
    whole.flags.writeable = False
    return whole


def nan_colour(colours: Colours8) -> Colours8:
    """The first candidate that no colour of the map is near, else the farthest from them all; uint8 (3,)."""
    candidates = np.array(_NAN_CANDIDATES, np.uint8)
    distances = np.linalg.norm(_lab(candidates)[:, None] - _lab(colours)[None], axis=-1).min(axis=1)
    far = distances >= _CLEARLY_ANOTHER
    chosen: Colours8 = candidates[int(np.argmax(far if far.any() else distances))]
    return chosen


def _lab(colours: Colours8) -> Colours:
    return lab_of_srgb(colours / 255)
