"""Damages that move what lies behind a header: bytes lost or got, line ends changed, pieces swapped."""

import zlib

import numpy as np

TEXT = frozenset(b"\t\n\r\x1a" + bytes(range(0x20, 0x7F)))
LINE_ENDS = ((b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\r", b""))
NEAR = 512
LONGEST = 700
BINARY = 4
"""So many bytes that are not text, near one another, are not text."""


def moved(whole: bytes, name: str, number: int) -> bytes:
    """The file with one such damage."""
    rng = np.random.default_rng([number, zlib.crc32(name.encode()), 1])
    border = header_end(whole)
    kind = int(rng.integers(8))
    if kind == 0:
        before, after = LINE_ENDS[rng.integers(len(LINE_ENDS))]
        return whole.replace(before, after)
    if kind == 1:
        return swapped(whole, border, rng)
    at, size = place(rng, border, len(whole)), 1 + int(rng.integers(1, LONGEST) * rng.random() ** 4)
    if kind < 5:
        return whole[:at] + whole[at + size :]
    return whole[:at] + rng.bytes(size) + whole[at:]


def swapped(whole: bytes, border: int, rng: np.random.Generator) -> bytes:
    """The end of the header and the beginning of what follows it, each in the other's place."""
    before, after = (int(rng.integers(1, LONGEST)) for _ in range(2))
    begin = max(0, border - before)
    end = min(len(whole), border + after)
    return whole[:begin] + whole[border:end] + whole[begin:border] + whole[end:]


def place(rng: np.random.Generator, border: int, size: int) -> int:
    """Anywhere behind the header, as often next to it."""
    last = min(size, border + NEAR) if rng.random() < 0.5 else size
    return int(rng.integers(border, max(last, border + 1)))


def header_end(whole: bytes) -> int:
    """Where text at the beginning of a file ends, single letters beyond ASCII apart; at least 8 bytes."""
    head = whole[: 1 << 17]
    others = [at for at, byte in enumerate(head) if byte not in TEXT]
    far = (at for at, later in zip(others, others[BINARY:], strict=False) if later - at < 2 * BINARY)
    return max(next(far, others[0] if others else len(head)), 8)
