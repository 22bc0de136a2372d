"""Deflate by ISA-L and by zlib alone: each reads what the other writes."""

import importlib
import sys
import zlib
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

DATA = np.arange(300_000, dtype="<i4").tobytes()
STREAM = zlib.compress(DATA)


@pytest.fixture(params=["as installed", "without isal"])
def deflate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    import playnano.layouts.deflate as module

    if request.param == "without isal":
        monkeypatch.setitem(sys.modules, "isal", None)
        importlib.reload(module)
    yield module
    monkeypatch.undo()
    importlib.reload(module)


@pytest.mark.parametrize("level", [1, 9])
def test_streams_are_zlib_streams(deflate: ModuleType, level: int) -> None:
    assert zlib.decompress(deflate.deflate(memoryview(DATA), level)) == DATA
    assert deflate.inflate(STREAM, len(DATA)) == DATA
    assert deflate.inflate(deflate.deflate(b""), 0) == b""


@pytest.mark.parametrize(
    ("stream", "size"),
    [
        (STREAM, len(DATA) - 1),
        (STREAM, len(DATA) + 1),
        (STREAM[:-2], len(DATA)),
        (STREAM[:5000], len(DATA)),
        (b"", 0),
        (b"no stream at all", 16),
    ],
)
def test_other_sizes_and_broken_streams_are_refused(deflate: ModuleType, stream: bytes, size: int) -> None:
    with pytest.raises(ValueError, match="the compressed data"):
        deflate.inflate(stream, size)


def test_segments_made_apart_are_one_stream(deflate: ModuleType) -> None:
    pieces = [DATA[:400_000], b"", DATA[400_000:]]
    segments = [deflate.raw_segment(piece, index == 2) for index, piece in enumerate(pieces)]
    assert zlib.decompress(b"".join(segments), -15) == DATA
    assert b"".join(deflate.inflate_pieces(segments, len(DATA))) == DATA


NOISE = np.random.default_rng(5).bytes(200_000)


def test_noise_is_stored_and_blanks_beside_it_are_not(deflate: ModuleType) -> None:
    half_blank = NOISE[:100_000] + bytes(100_000)
    stored, packed = (deflate.raw_segment(data, last=False) for data in (NOISE, half_blank))
    assert NOISE[:60_000] in stored
    assert len(packed) < 110_000
    end = deflate.raw_segment(b"", last=True)
    assert zlib.decompress(stored + packed + end, -15) == NOISE + half_blank


@pytest.mark.parametrize("sizes", [(0,), (1,), (65_535, 65_536), (15_013, 15_014), (200_000, 100)])
def test_planes_are_one_zlib_stream(deflate: ModuleType, sizes: tuple[int, ...]) -> None:
    planes = [NOISE[:size] for size in sizes] + [bytes(sizes[-1])]
    stream = deflate.deflate_planes(map(memoryview, planes))
    assert zlib.decompress(stream) == b"".join(planes)
    assert deflate.inflate(stream, sum(map(len, planes))) == b"".join(planes)


def test_crc(deflate: ModuleType) -> None:
    assert deflate.crc32(DATA) == zlib.crc32(DATA)
    assert deflate.crc32(DATA[1000:], deflate.crc32(DATA[:1000])) == zlib.crc32(DATA)
