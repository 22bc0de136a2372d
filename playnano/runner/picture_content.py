"""What a picture's file holds, however its pixels are compressed."""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from playnano.exporters.encoding.png import PNG_SIGNATURE

_STEP = 1 << 22


def picture_sha256(file: Path) -> str:
    """SHA-256 of a picture; of a PNG, its pixels count as they are inflated.

    Deflate makes other bytes of the same pixels in another version or library. Other formats, and damaged PNG
    files, count byte by byte.
    """
    content = file.read_bytes()
    try:
        digest = hashlib.sha256()
        for piece in _png_content(content):
            digest.update(piece)
        return digest.hexdigest()
    except (ValueError, struct.error, zlib.error):
        return hashlib.sha256(content).hexdigest()


def _png_content(content: bytes) -> Iterator[bytes]:
    if not content.startswith(PNG_SIGNATURE):
        raise ValueError("not a PNG file")
    stream, place = zlib.decompressobj(), len(PNG_SIGNATURE)
    while place < len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + size]
        place += 12 + size
        if struct.unpack_from(">I", content, place - 4)[0] != zlib.crc32(kind + data):
            raise ValueError("a checksum is wrong")
        yield from _inflated(stream, data) if kind == b"IDAT" else (kind, struct.pack(">I", size), data)
    if not stream.eof or stream.unused_data:
        raise ValueError("the pixels are not one stream")


def _inflated(stream: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    while data:
        yield stream.decompress(data, _STEP)
        data = stream.unconsumed_tail
