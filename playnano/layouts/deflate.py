"""Deflate, inflate and CRC-32: by ISA-L where that is installed (several times faster), else by zlib."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

try:
    from isal import isal_zlib as _fast
except ImportError:  # no wheel for this machine: the same functions, slower
    _fast = zlib  # type: ignore[misc]

_HIGHEST_LEVEL = 9 if _fast is zlib else 3
_RAW = -15
_STEP = 2**22
_BROKEN: tuple[type[Exception], ...] = (zlib.error, getattr(_fast, "error"))  # noqa: B009 - untyped in the stub

Buffer = bytes | bytearray | memoryview
_ZLIB_HEADER = b"\x78\x01"  # a window of 32 kB, the fastest level
_LONGEST_STORED = 2**16 - 1
_SAMPLE, _SAMPLE_EVERY = 2**10, 15013  # a prime: samples of an image fall on all of its columns
_WORTH = 7 / 8
_LAST = b"\x01\0\0\xff\xff"  # a stored block of nothing that ends the stream


def deflate(data: Buffer, level: int = 1) -> bytes:
    """`data` as a zlib stream; levels above the library's highest mean the highest."""
    # not `compress`: in ISA-L that makes other bytes, now and then, of the same data
    stream = _fast.compressobj(min(level, _HIGHEST_LEVEL))
    return bytes(stream.compress(data) + stream.flush())


def deflate_planes(planes: Iterable[Buffer], level: int = 1) -> bytes:
    """The planes, one after another, as one zlib stream; noise is stored as it is."""
    pieces, adler = [_ZLIB_HEADER], 1
    for plane in planes:
        pieces.append(raw_segment(plane, last=False, level=level))
        adler = _fast.adler32(plane, adler)
    return b"".join([*pieces, _LAST, adler.to_bytes(4, "big")])


def inflate(data: Buffer, size: int) -> bytes:
    """What a zlib stream holds; never more than `size` + 1 bytes are made.

    Raises
    ------
    ValueError
        Where the stream is broken or does not hold exactly `size` bytes.
    """
    stream = _fast.decompressobj()
    try:
        inflated = stream.decompress(data, size + 1)
    except _BROKEN as error:
        raise ValueError(f"the compressed data are broken: {error}") from error
    if len(inflated) != size or not stream.eof:
        raise ValueError(f"the compressed data do not hold {size} bytes")
    return bytes(inflated)


def raw_segment(data: Buffer, last: bool, level: int = 1) -> bytes:
    """A piece of a raw deflate stream.

    Pieces made apart, by several threads, follow one another to one stream; the `last` one ends it. A piece
    that deflate would not make smaller by an eighth, as the noise in floating-point heights, is stored as it
    is: written and read many times as fast.
    """
    if not last and not _is_worth(data, level):
        return b"".join(_stored_blocks(data))
    return _deflated(data, zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH, level)


def _is_worth(data: Buffer, level: int) -> bool:
    view = memoryview(data)
    if len(view) <= _SAMPLE_EVERY:
        return True
    sample = b"".join(view[start : start + _SAMPLE] for start in range(0, len(view), _SAMPLE_EVERY))
    return len(_deflated(sample, zlib.Z_FINISH, level)) <= _WORTH * len(sample)


def _stored_blocks(data: Buffer) -> Iterator[Buffer]:
    """A block a length that 16 bits hold: its type, that length and its complement, and the bytes."""
    view = memoryview(data)
    for start in range(0, len(view), _LONGEST_STORED):
        block = view[start : start + _LONGEST_STORED]
        yield struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF)
        yield block


def _deflated(data: Buffer, flush: int, level: int) -> bytes:
    stream = _fast.compressobj(min(level, _HIGHEST_LEVEL), zlib.DEFLATED, _RAW)
    return bytes(stream.compress(data) + stream.flush(flush))


def crc32(data: Buffer, value: int = 0) -> int:
    """CRC-32 of `data`, going on from `value`."""
    return int(_fast.crc32(data, value))


def inflate_pieces(pieces: Iterable[Buffer], size: int) -> Iterator[bytes]:
    """What a raw deflate stream that comes in pieces holds, a few megabytes at a time.

    Raises
    ------
    ValueError
        Where the stream is broken or does not hold exactly `size` bytes.
    """
    stream, made = _fast.decompressobj(_RAW), 0
    try:
        for piece in pieces:
            for inflated in _inflated_steps(stream, piece):
                made += len(inflated)
                yield inflated
                if made > size:
                    break
    except _BROKEN as error:
        raise ValueError(f"the compressed data are broken: {error}") from error
    if made != size or not stream.eof:
        raise ValueError(f"the compressed data do not hold {size} bytes")


def _inflated_steps(stream: Any, piece: Buffer) -> Iterator[bytes]:
    inflated = stream.decompress(piece, _STEP)
    while inflated or stream.unconsumed_tail:
        yield inflated
        inflated = stream.decompress(stream.unconsumed_tail, _STEP)
