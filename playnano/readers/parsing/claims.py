"""How large a movie may be by its header: no larger than its file can hold.

Compression makes small files of large images, but there is an end to it; a file that claims more is broken,
or made to fill the memory. So claims are compared with the file's size before anything of that size is made.
"""

import math
from collections.abc import Sequence

from playnano.errors import ReadError

RATIO = 1100
"""How many bytes at most one byte of a file becomes; deflate, the strongest that is usual, ends at 1032."""
FREE_FRAME = 2**26
"""Bytes that one frame may have whatever the file's size: 4,096 x 4,096 of float32, all of one height."""
FREE_MOVIE = 2**30
"""Bytes that all frames may have whatever the file's size: of some movies most is not there."""
FREE_FRAMES = 10_000
"""Number of frames that there may be whatever the file's size; beyond, each takes a byte at least."""
FREE_TEXT = 2**23
"""Bytes that a text may have whatever it takes in the file."""
TEXT_RATIO = 50
"""How many bytes of text at most one byte of a file becomes; a million times the same words do so."""


def check_text(name: str, size: int, stored: int) -> None:
    """Compare the size of a text with what it takes in the file; JSON takes many times its size in memory.

    Raises
    ------
    ReadError
        Where it is too large.
    """
    if size > max(FREE_TEXT, TEXT_RATIO * stored):
        raise ReadError(f"'{name}' claims {size:,} bytes of text, of {stored:,} bytes in the file")


def check_claim(shape: Sequence[int], itemsize: int, stored: int) -> None:
    """Compare what a header claims with what there is.

    Parameters
    ----------
    shape : sequence of int
        Lengths of the axes, height and width the last two.
    itemsize : int
        Bytes of a value.
    stored : int
        Bytes of the file, or of the part of it that holds the values.

    Raises
    ------
    ReadError
        Where it claims more than can be.
    """
    frames, frame = math.prod(shape[:-2]), math.prod(shape[-2:]) * itemsize
    largest = RATIO * stored
    too_many = frames > max(FREE_FRAMES, stored)
    if too_many or frame > max(FREE_FRAME, largest) or frames * frame > max(FREE_MOVIE, largest):
        lengths = " x ".join(f"{length:,}" for length in shape)
        raise ReadError(f"its header claims {lengths} values, more than its {stored:,} bytes can hold")
