"""Frames laid on a canvas where their shifts put them."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from playnano.errors import PlaynanoError
from playnano.kernels.rectangles import Region, largest_square
from playnano.kernels.translation import WHOLE, Shift

CanvasMode = Literal["pad", "crop", "crop_square"]


def canvas(shifts: Sequence[Shift], height: int, width: int, mode: CanvasMode) -> Region:
    """The part of the plane that the aligned frames show, in pixels of the unshifted frame.

    Raises
    ------
    PlaynanoError
        Where no pixel is shown by all frames, and the canvas is to be cropped to these.
    """
    moves = np.array(shifts)
    least, most = moves.min(0), moves.max(0)
    if mode == "pad":
        top, left = (int(v) for v in np.floor(least + WHOLE))
        bottom, right = height + int(np.ceil(most[0] - WHOLE)), width + int(np.ceil(most[1] - WHOLE))
        return Region(top, left, bottom - top, right - left)
    top, left = (int(v) for v in np.ceil(most - WHOLE))
    bottom, right = height + int(np.floor(least[0] + WHOLE)), width + int(np.floor(least[1] + WHOLE))
    if bottom <= top or right <= left:
        raise PlaynanoError("the frames have drifted so far that they share no pixel; use `mode: pad`")
    region = Region(top, left, bottom - top, right - left)
    return largest_square(region) if mode == "crop_square" else region
