"""Stored numbers as heights."""

import numpy as np
from numpy.typing import DTypeLike

from playnano.stack.blocks import line_blocks
from playnano.stack.frames import Image, LayerImage


def scaled(
    stored: LayerImage, multiplier: float, offset: float | None = None, dtype: DTypeLike = np.float32
) -> Image:
    """`stored * multiplier + offset` of an image (height, width): computed in float64, kept as `dtype`.

    Damaged files hold numbers of any size; those beyond float32 become infinite.
    """
    image = np.empty(stored.shape, dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for lines in line_blocks(stored.shape):
            values = np.multiply(stored[lines], multiplier, dtype=np.float64)
            image[lines] = values if offset is None else np.add(values, offset, out=values)
    return image
