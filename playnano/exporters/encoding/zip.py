"""ZIP archives of members that threads compressed; without the time of the day."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import BinaryIO

from playnano.layouts.deflate import Buffer, crc32

LIMIT = 2**31 - 1
"""Sizes and places beyond this are written with 64 bits, as `zipfile` does."""
DEFLATED = 8
FIRST_DAY = (1 << 5) | 1  # 1980-01-01, the first day that the format knows
ELSEWHERE = 0xFFFFFFFF  # the number is in the 64-bit field
UTF8_NAME = 0x800
COPY_BYTES = 2**22


@dataclass(frozen=True)
class Member:
    """A member of an archive, written."""

    name: bytes
    offset: int
    """Of its header."""
    size: int
    compressed: int
    crc: int
    wide: bool
    """Whether its sizes take 64 bits."""

    @property
    def extra(self) -> bytes:
        """The 64-bit sizes, where they are needed."""
        return struct.pack("<HHQQ", 1, 16, self.size, self.compressed) if self.wide else b""

    @property
    def shared(self) -> bytes:
        """What the header before the member and its entry in the directory have in common."""
        sizes = (ELSEWHERE, ELSEWHERE) if self.wide else (self.compressed, self.size)
        return struct.pack(
            "<HHHHHIIIHH",
            45 if self.wide else 20,
            0 if self.name.isascii() else UTF8_NAME,
            DEFLATED,
            0,
            FIRST_DAY,
            self.crc,
            *sizes,
            len(self.name),
            len(self.extra),
        )

    @property
    def header(self) -> bytes:
        """What stands before its compressed bytes."""
        return b"PK\3\4" + self.shared + self.name + self.extra

    @property
    def begin(self) -> int:
        """Where its compressed bytes begin."""
        return self.offset + len(self.header)


class ZipWriter:
    """An archive in a file opened with "w+b", finished by `close`.

    Parameters
    ----------
    limit : int
        The largest number that is written with 32 bits.
    """

    def __init__(self, file: BinaryIO, limit: int = LIMIT) -> None:
        self._file = file
        self._limit = limit
        self._members: list[Member] = []

    def add(self, name: str, size: int, pieces: Iterable[tuple[Buffer, bytes]]) -> Member:
        """A member of `size` bytes: pairs of bytes, and these bytes as pieces of one raw deflate stream."""
        begun = Member(name.encode(), self._file.tell(), size, 0, 0, wide=size > self._limit // 2)
        self._file.write(begun.header)
        crc = compressed = 0
        for plain, deflated in pieces:
            crc = crc32(plain, crc)
            compressed += self._file.write(deflated)
        return self._finished(replace(begun, compressed=compressed, crc=crc))

    def add_again(self, name: str, member: Member) -> Member:
        """A member with the content of another one."""
        again = replace(member, name=name.encode(), offset=self._file.tell())
        self._file.write(again.header)
        for done in range(0, member.compressed, COPY_BYTES):
            self._file.seek(member.begin + done)
            piece = self._file.read(min(COPY_BYTES, member.compressed - done))
            self._file.seek(again.begin + done)
            self._file.write(piece)
        self._members.append(again)
        return again

    def _finished(self, member: Member) -> Member:
        end = self._file.tell()
        self._file.seek(member.offset)
        self._file.write(member.header)
        self._file.seek(end)
        self._members.append(member)
        return member

    def close(self) -> None:
        """Write the directory. The file stays open."""
        begin = self._file.tell()
        for member in self._members:
            self._file.write(self._entry(member))
        size, count = self._file.tell() - begin, len(self._members)
        if max(begin, size) > self._limit or count >= 0xFFFF:
            self._file.write(_wide_end(begin, size, count))
            begin, size, count = ELSEWHERE, ELSEWHERE, 0xFFFF
        self._file.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, begin, 0))

    def _entry(self, member: Member) -> bytes:
        far = member.offset > self._limit
        wide = struct.pack("<QQ", member.size, member.compressed) if member.wide else b""
        wide += struct.pack("<Q", member.offset) if far else b""
        extra = struct.pack("<HH", 1, len(wide)) + wide if wide else b""
        version = 45 if wide else 20
        shared = struct.pack("<H", version) + member.shared[2:-2] + struct.pack("<H", len(extra))
        place = struct.pack("<HHHII", 0, 0, 0, 0, ELSEWHERE if far else member.offset)
        return b"PK\1\2" + struct.pack("<H", version) + shared + place + member.name + extra


def _wide_end(begin: int, size: int, count: int) -> bytes:
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, begin)
    return record + b"PK\6\7" + struct.pack("<IQI", 0, begin + size, 1)
