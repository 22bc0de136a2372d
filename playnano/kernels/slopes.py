"""How steep an image is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def squared_slopes(heights: Floats) -> Floats:
    """Squares of the slopes (height, width) by the Sobel filter, without its factor; borders are repeated."""
    wide = np.pad(heights, 1, mode="symmetric")
    along_x = _smoothed(wide[:-2], wide[1:-1], wide[2:])
    along_y = _smoothed(wide[:, :-2], wide[:, 1:-1], wide[:, 2:])
    along_x = along_x[:, 2:] - along_x[:, :-2]
    along_y = along_y[2:] - along_y[:-2]
    np.multiply(along_x, along_x, out=along_x)
    along_x += np.multiply(along_y, along_y, out=along_y)
    return np.asarray(along_x)


def _smoothed(before: Any, middle: Any, after: Any) -> Floats:
    smooth = before + after
    smooth += middle
    smooth += middle
    return np.asarray(smooth)
