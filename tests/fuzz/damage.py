"""Ways in which a file can be damaged: cut short, or with other bytes in it. One number, one damage."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

HEADER_BYTES = 8192
STRANGE = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\0\0\xc0\x7f")
"""As numbers: 0, -1, the largest, the smallest, 1, NaN."""
STRANGE_NUMBERS = (b"0", b"-1", b"1", b"99999999", b"1e308", b"nan", b"", b"7", b"0.5")


@contextmanager
def damaged(path: Path, whole: bytes, number: int) -> Iterator[bool]:
    """Damage the file for a while; whether it was only cut short."""
    rng = np.random.default_rng([number, zlib.crc32(path.name.encode())])
    kind = int(rng.integers(4))
    if kind == 0:
        length = _length(rng, len(whole))
        with path.open("r+b") as file:
            file.truncate(length)
        changed = {length: whole[length:]}
    else:
        changes = dict([_text(rng, whole), _bytes(rng, whole)][kind == 1] for _ in range(rng.integers(1, 4)))
        _write(path, changes)
        changed = {place: whole[place : place + len(new)] for place, new in changes.items()}
    try:
        yield kind == 0
    finally:
        _write(path, changed)


def _length(rng: np.random.Generator, length: int) -> int:
    """Anywhere, in the header as often as behind it."""
    return int(rng.integers(0, min(length, HEADER_BYTES) if rng.random() < 0.5 else length))


def _bytes(rng: np.random.Generator, whole: bytes) -> tuple[int, bytes]:
    place = min(_length(rng, len(whole)), len(whole) - 4)
    if rng.random() < 0.5:
        return place, STRANGE[rng.integers(len(STRANGE))]
    return place, rng.bytes(int(rng.integers(1, 4)))


def _text(rng: np.random.Generator, whole: bytes) -> tuple[int, bytes]:
    """A number written as text, with another in its place; some bytes where there is none."""
    numbers = list(re.finditer(rb"\d+(?:\.\d+)?", whole[: 4 * HEADER_BYTES]))
    if not numbers:
        return _bytes(rng, whole)
    found = numbers[rng.integers(len(numbers))]
    return found.start(), STRANGE_NUMBERS[rng.integers(len(STRANGE_NUMBERS))].ljust(len(found[0]))[
        : len(found[0])
    ]


def _write(path: Path, changes: dict[int, bytes]) -> None:
    with path.open("r+b") as file:
        for place, new in sorted(changes.items()):
            file.seek(place)
            file.write(new)
