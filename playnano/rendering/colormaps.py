"""The colormaps `afm_brown`, `playnano_gold` and `classic_afm`, and every one that matplotlib knows.

Ours are Bezier curves through CIELAB. A curve whose control points are evenly spaced in L* has an L* that
rises in a straight line, whatever a* and b* do: equal steps of height are equal steps of lightness, in colour
as in grey.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError, did_you_mean
from playnano.rendering.cielab import Colours, srgb_of_lab

Colours8 = NDArray[np.uint8]

DEFAULT_CMAP = "afm_brown"
ENTRIES = 256


@dataclass(frozen=True)
class Curve:
    """A Bezier curve through CIELAB, from dark to light."""

    lightness: tuple[float, ...]
    """L* of the control points; of two numbers, the ends of a straight line."""
    tints: tuple[tuple[float, float], ...]
    """a* and b* of the control points."""

    def lab(self, count: int) -> Colours:
        """`count` colours at even distances along the curve, (count, 3) L*, a*, b*."""
        places = np.linspace(0, 1, len(self.tints))
        lightness = np.interp(places, np.linspace(0, 1, len(self.lightness)), self.lightness)
        return _bezier(np.column_stack([lightness, self.tints]), np.linspace(0, 1, count))

    def colours(self, count: int) -> Colours8:
        """The same in sRGB, uint8 (count, 3)."""
        return np.rint(np.clip(srgb_of_lab(self.lab(count)), 0, 1) * 255).astype(np.uint8)


CURVES: Mapping[str, Curve] = {
    # near black, through the brown of the instruments' screens, to cream
    "afm_brown": Curve((2, 97), ((0, 0), (18, 8), (31, 48), (18, 54), (6, 48), (3, 26), (0.5, 7))),
    # near black, through bronze and gold, to ivory
    "playnano_gold": Curve((2, 97.5), ((0, 0), (22, 10), (30, 36), (16, 64), (1, 86), (-4, 66), (-1.5, 11))),
    # the look that AFM pictures have had for decades: black, dark red, orange, yellow, white
    "classic_afm": Curve(
        (1, 8, 26, 50, 80, 88, 98.5), ((0, 0), (34, 8), (54, 44), (52, 62), (18, 90), (-9, 62), (-1, 5))
    ),
}


def _bezier(points: Colours, t: NDArray[np.float64]) -> Colours:
    """The Bezier curve of control points (k, 3) at each of `t`, (len(t), 3)."""
    degree = len(points) - 1
    weights = [comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]
    return np.stack(weights, axis=1) @ points


@cache
def map_colours(name: str, count: int = ENTRIES) -> Colours8:
    """`count` colours of a colormap from its low to its high end, uint8 (count, 3), read-only.

    Raises
    ------
    PlaynanoError
        Where there is no such colormap.
    """
    curve = CURVES.get(name.removesuffix("_r"))
    colours = _matplotlib_colours(name, count) if curve is None else curve.colours(count)
    if curve is not None and name.endswith("_r"):
        colours = colours[::-1].copy()
    colours.flags.writeable = False
    return colours


def _matplotlib_colours(name: str, count: int) -> Colours8:
    from matplotlib import colormaps

    check_name(name)
    return np.ascontiguousarray(colormaps[name](np.linspace(0, 1, count), bytes=True)[:, :3])


def check_name(name: str) -> None:
    """Check that a colormap of this name exists; matplotlib provides those that are not built in.

    Raises
    ------
    PlaynanoError
        Where there is none.
    """
    if name.removesuffix("_r") in CURVES:
        return
    from matplotlib import colormaps

    if name not in colormaps:
        raise PlaynanoError(f"there is no colormap '{name}'{did_you_mean(name, [*names(), *colormaps])}")


def names() -> tuple[str, ...]:
    """Our colormaps, each followed by its reverse."""
    return tuple(name + ending for name in CURVES for ending in ("", "_r"))


def register(matplotlib: Any) -> None:
    """Make our colormaps known to matplotlib, so that `cmap="afm_brown"` works there too."""
    for name in names():
        if name not in matplotlib.colormaps:
            colours = map_colours(name) / 255
            matplotlib.colormaps.register(matplotlib.colors.ListedColormap(colours, name))
