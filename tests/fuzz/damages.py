"""The ways in which a file can be damaged, in one table; one number is one damage of one file."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

Random = np.random.Generator
HEADER_BYTES = 8192
STRANGE = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\0\0\xc0\x7f")
"""As numbers: 0, -1, the largest, the smallest, 1, NaN."""
STRANGE_NUMBERS = (b"0", b"-1", b"1", b"99999999", b"1e308", b"nan", b"", b"7", b"0.5")
LINE_ENDS = ((b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\r", b""))
TEXT = frozenset(b"\t\n\r\x1a" + bytes(range(0x20, 0x7F)))
NEAR = 512
LONGEST = 700
BINARY = 4
"""So many bytes that are not text, near one another, are not text."""


class Promise(Enum):
    """What is promised of a damaged file that is not refused."""

    PLAUSIBLE = auto()
    """Its shape is one that the file can hold: the damage may have made another movie of it."""
    BEGINNING = auto()
    """The frames that are left are those of the whole file."""
    NOTICED = auto()
    """All is as in the whole file, or unknown, or a warning says what is wrong."""


@dataclass(frozen=True)
class Damage:
    """One way of damaging a file."""

    make: Callable[[bytes, Random], bytes]
    promise: Promise = Promise.PLAUSIBLE


def cut(whole: bytes, rng: Random) -> bytes:
    """The beginning of the file."""
    return whole[: _place(whole, rng)]


def strange_bytes(whole: bytes, rng: Random) -> bytes:
    """Up to three times four bytes that are a strange number, or some random ones."""
    for _ in range(rng.integers(1, 4)):
        new = STRANGE[rng.integers(len(STRANGE))] if rng.random() < 0.5 else rng.bytes(rng.integers(1, 4))
        whole = _replaced(whole, min(_place(whole, rng), len(whole) - 4), new)
    return whole


def strange_numbers(whole: bytes, rng: Random) -> bytes:
    """Up to three numbers that are written as text, with others in their place; bytes where there is none."""
    numbers = list(re.finditer(rb"\d+(?:\.\d+)?", whole[: 4 * HEADER_BYTES]))
    if not numbers:
        return strange_bytes(whole, rng)
    for _ in range(rng.integers(1, 4)):
        number = numbers[rng.integers(len(numbers))]
        size = number.end() - number.start()
        new = STRANGE_NUMBERS[rng.integers(len(STRANGE_NUMBERS))].ljust(size)[:size]
        whole = _replaced(whole, number.start(), new)
    return whole


def one_bit(whole: bytes, rng: Random) -> bytes:
    """Another bit anywhere in the file."""
    place = int(rng.integers(len(whole)))
    return _replaced(whole, place, bytes([whole[place] ^ 1 << int(rng.integers(8))]))


def zeros(whole: bytes, rng: Random) -> bytes:
    """The end of the file, or a piece of it, as zeros: as where a disk was full."""
    at = _behind_header(whole, rng)
    end = len(whole) if rng.random() < 0.5 else min(len(whole), at + len(whole) // 20 + 1)
    return whole[:at] + bytes(end - at) + whole[end:]


def seven_bits(whole: bytes, rng: Random) -> bytes:
    """Without the 8th bit of every byte behind a place, as after a transfer of 7 bits."""
    at = 0 if rng.random() < 0.5 else _behind_header(whole, rng)
    return whole[:at] + bytes(byte & 0x7F for byte in whole[at:])


def line_ends(whole: bytes, rng: Random) -> bytes:
    """Line ends as another system writes them, as by a transfer in text mode."""
    before, after = LINE_ENDS[rng.integers(len(LINE_ENDS))]
    return whole.replace(before, after)


def swapped(whole: bytes, rng: Random) -> bytes:
    """The end of the header and the beginning of what follows it, each in the other's place."""
    border = header_end(whole)
    before, after = (int(rng.integers(1, LONGEST)) for _ in range(2))
    begin, end = max(0, border - before), min(len(whole), border + after)
    return whole[:begin] + whole[border:end] + whole[begin:border] + whole[end:]


def lost(whole: bytes, rng: Random) -> bytes:
    """Without some bytes behind the header."""
    at = _behind_header(whole, rng)
    return whole[:at] + whole[at + _few(rng) :]


def inserted(whole: bytes, rng: Random) -> bytes:
    """With some bytes more behind the header."""
    at = _behind_header(whole, rng)
    return whole[:at] + rng.bytes(_few(rng)) + whole[at:]


DAMAGES = {
    "cut": Damage(cut, Promise.BEGINNING),
    "strange bytes": Damage(strange_bytes),
    "strange numbers": Damage(strange_numbers),
    "one bit": Damage(one_bit),
    "zeros": Damage(zeros),
    "seven bits": Damage(seven_bits),
    "line ends": Damage(line_ends, Promise.NOTICED),
    "swapped": Damage(swapped, Promise.NOTICED),
    "lost": Damage(lost, Promise.NOTICED),
    "inserted": Damage(inserted, Promise.NOTICED),
}


def name_of(number: int) -> str:
    """The damage that a number stands for: each in its turn."""
    return list(DAMAGES)[number % len(DAMAGES)]


def damaged(whole: bytes, file_name: str, number: int) -> bytes:
    """The content of a file with the damage of a number."""
    rng = np.random.default_rng([number, zlib.crc32(file_name.encode())])
    return DAMAGES[name_of(number)].make(whole, rng)


def header_end(whole: bytes) -> int:
    """Where text at the beginning of a file ends, single letters beyond ASCII apart; at least 8 bytes."""
    head = whole[: 1 << 17]
    others = [at for at, byte in enumerate(head) if byte not in TEXT]
    far = (at for at, later in zip(others, others[BINARY:], strict=False) if later - at < 2 * BINARY)
    return max(next(far, others[0] if others else len(head)), 8)


def _place(whole: bytes, rng: Random) -> int:
    """Anywhere, in the header as often as behind it."""
    return int(rng.integers(0, min(len(whole), HEADER_BYTES) if rng.random() < 0.5 else len(whole)))


def _behind_header(whole: bytes, rng: Random) -> int:
    """Anywhere behind the header, as often next to it."""
    border = header_end(whole)
    last = min(len(whole), border + NEAR) if rng.random() < 0.5 else len(whole)
    return int(rng.integers(border, max(last, border + 1)))


def _few(rng: Random) -> int:
    return 1 + int(rng.integers(1, LONGEST) * rng.random() ** 4)


def _replaced(whole: bytes, place: int, new: bytes) -> bytes:
    return whole[:place] + new + whole[place + len(new) :]
