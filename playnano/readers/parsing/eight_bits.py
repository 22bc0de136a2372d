"""Files that went through a transfer of 7 bits, or a text mode: their bytes show it."""

from pathlib import Path

import numpy as np

from playnano.errors import ReadError

_LOOKED_AT = 1 << 13
"""Bytes at either end of the numbers: enough to tell, and few beside the image."""
_FEWEST = 1 << 12
"""Bytes from which on numbers of several bytes have some with the 8th bit."""
_USUAL = 64
"""Different bytes that there are in numbers that are not few and round."""


def check_eight_bits(path: Path, start: int, size: int, itemsize: int) -> None:
    """Refuse numbers of several bytes none of which has its 8th bit.

    Raises
    ------
    ReadError
        Where a transfer took it away.
    """
    if itemsize < 2 or size < _FEWEST:
        return
    with path.open("rb") as file:
        for place in {start, start + max(0, size - _LOOKED_AT)}:
            file.seek(place)
            _check(file.read(min(size, _LOOKED_AT)))


def _check(data: bytes) -> None:
    counts = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    if not counts[128:].any() and np.count_nonzero(counts[:128]) > _USUAL:
        raise ReadError("the 8th bit of its bytes is lost: transfer the file again, in binary mode")
