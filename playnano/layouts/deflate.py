"""Deflate, inflate and CRC-32: by ISA-L where that is installed (several times faster), else by zlib."""

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


def deflate(data: Buffer, level: int = 1) -> bytes:
    """`data` as a zlib stream; levels above the library's highest mean the highest."""
    # not `compress`: in ISA-L that makes other bytes, now and then, of the same data
    stream = _fast.compressobj(min(level, _HIGHEST_LEVEL))
    return bytes(stream.compress(data) + stream.flush())


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

    Pieces made apart, by several threads, follow one another to one stream; the `last` one ends it.
    """
    stream = _fast.compressobj(min(level, _HIGHEST_LEVEL), zlib.DEFLATED, _RAW)
    return bytes(stream.compress(data) + stream.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH))


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
