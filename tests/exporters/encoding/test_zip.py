"""The ZIP writer against Python's own reader of archives."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from playnano.exporters.encoding.zip import LIMIT, ZipWriter
from playnano.layouts.deflate import raw_segment

PIECES = (b"first " * 40, b"", b"second" * 50)
CONTENT = b"".join(PIECES)


def archive(limit: int = LIMIT) -> bytes:
    file = io.BytesIO()
    writer = ZipWriter(file, limit)
    first = writer.add("a.npy", len(CONTENT), [(p, raw_segment(p, last=p is PIECES[2])) for p in PIECES])
    writer.add("höhe.npy", 0, [(b"", raw_segment(b"", last=True))])
    writer.add_again("b.npy", first)
    writer.close()
    return file.getvalue()


@pytest.mark.parametrize("limit", [0, 10, 100, 200, 300, 700, LIMIT])
def test_python_reads_it_whatever_takes_64_bits(limit: int) -> None:
    with zipfile.ZipFile(io.BytesIO(archive(limit))) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["a.npy", "höhe.npy", "b.npy"]
        assert [opened.read(name) for name in opened.namelist()] == [CONTENT, b"", CONTENT]
        assert {member.date_time for member in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_64_bits_only_where_they_are_needed() -> None:
    assert b"PK\6\6" not in archive()
    assert b"PK\6\6" in archive(limit=100)
    assert struct.pack("<I", 0xFFFFFFFF) not in archive()


def test_local_headers_tell_the_same_as_the_directory() -> None:
    """Programs that read front to back look at these alone."""
    for limit, wide in ((LIMIT, False), (100, True)):
        content = archive(limit)
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            member = opened.getinfo("b.npy")
        crc, compressed, size, name, extra = struct.unpack_from("<IIIHH", content, member.header_offset + 14)
        if wide:
            at = member.header_offset + 30 + name
            assert (compressed, size, extra) == (0xFFFFFFFF, 0xFFFFFFFF, 20)
            _, _, size, compressed = struct.unpack_from("<HHQQ", content, at)
        assert (crc, compressed, size) == (member.CRC, member.compress_size, member.file_size)


def test_a_member_of_more_than_4_gib(tmp_path: Path) -> None:
    plain = bytes(2**26)
    segment, n = raw_segment(plain, last=False), 65
    with (tmp_path / "large.npz").open("w+b") as file:
        writer = ZipWriter(file)
        end = [(b"", raw_segment(b"", last=True))]
        first = writer.add("large.npy", n * len(plain), [*[(plain, segment)] * n, *end])
        writer.add_again("again.npy", first)
        writer.close()
    with zipfile.ZipFile(tmp_path / "large.npz") as opened:
        assert opened.namelist() == ["large.npy", "again.npy"]
        for member in opened.infolist():
            assert member.file_size == n * 2**26 > 2**32
            assert member.compress_size == n * len(segment) + 2
            with opened.open(member) as file:
                assert file.read(2**20) == bytes(2**20)


def test_numpy_reads_members_with_64_bit_sizes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from playnano.exporters.data import npz
    from playnano.stack.stack import AFMImageStack

    monkeypatch.setattr(npz, "ZipWriter", lambda file: ZipWriter(file, limit=64))
    stack = AFMImageStack.from_array(np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    npz.NpzExport().write(stack, tmp_path / "file.npz")
    with np.load(tmp_path / "file.npz", allow_pickle=False) as loaded:
        assert np.array_equal(loaded["data"], stack.data)
