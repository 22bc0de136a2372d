"""Members of ZIP archives by plain file reads, a piece at a time."""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from playnano.layouts.deflate import inflate_pieces

ZIP_MAGIC = b"PK\3\4"
PIECE_BYTES = 2**18


def member_bytes(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member, as stored or inflated.

    Raises
    ------
    ValueError
        Where the file was changed since it was opened, is cut short, or compressed in another way.
    """
    pieces = _stored_bytes(path, member)
    if member.compress_type == zipfile.ZIP_DEFLATED:
        return inflate_pieces(pieces, member.file_size)
    if member.compress_type == zipfile.ZIP_STORED and member.compress_size == member.file_size:
        return pieces
    raise ValueError("it is compressed in a way that NPZ files do not know")


def _stored_bytes(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        file.seek(member.header_offset)
        header = file.read(30)
        if len(header) < 30 or header[:4] != ZIP_MAGIC:
            raise ValueError("the file has changed since it was opened")
        name_length, extra_length = struct.unpack("<HH", header[26:])
        file.seek(name_length + extra_length, 1)
        left = member.compress_size
        while left:
            piece = file.read(min(PIECE_BYTES, left))
            if not piece:
                raise ValueError("the file is cut short")
            left -= len(piece)
            yield piece
