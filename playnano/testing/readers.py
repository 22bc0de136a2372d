"""What every reader keeps to."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from playnano.errors import PlaynanoError, ReadError
from playnano.readers import Reader, ReadOptions
from playnano.readers.opening import open_with
from playnano.stack.lazy import ArrayFrames
from playnano.stack.metadata import METADATA_KEYS
from playnano.stack.stack import AFMImageStack

FOREIGN = {
    "empty": b"",
    "text": b"playnano reads movies\n" * 50,
    "zeros": bytes(4096),
    "noise": np.random.default_rng(0).bytes(4096),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "zip": b"PK\3\4" + bytes(100),
    "tiff": b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 100,
    "bigtiff": b"II+\0\x08\0\0\0" + b"\xff" * 100,
}
"""Files of other kinds, some of which begin as files of a known kind do."""
CUTS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
"""Shares of a file that are left of it."""


class ReaderTests:
    """Contract of a reader. Override the fixtures `reader` and `movie`."""

    lazy: ClassVar[bool] = True
    """Whether frames are read one by one, as those of a format of movies must be."""
    unit: ClassVar[str | None] = None
    """The user's word for the unit, for files that do not state one."""

    @pytest.fixture
    def reader(self) -> Reader:
        """The reader to be tested."""
        raise NotImplementedError("override the fixture `reader`")

    @pytest.fixture
    def movie(self, tmp_path: Path) -> Path:
        """A file or folder that the reader opens; the tests leave it as it is."""
        raise NotImplementedError("override the fixture `movie`")

    @pytest.fixture
    def long_movie(self) -> Path | None:
        """A movie of four large frames or more (some 100 kB each), or None, so that no reading is counted."""
        return None

    def reads_frames_alone(self, reader: Reader) -> bool:
        """Whether a frame is read without the others; not so in archives that are unpacked as a whole."""
        return self.lazy

    def opens_by_headers(self, reader: Reader) -> bool:
        """Whether opening reads no whole frame; not so where values set the scale of all."""
        return self.lazy

    @pytest.fixture
    def stack(self, reader: Reader, movie: Path) -> AFMImageStack:
        """The movie, opened."""
        return open_with(reader, movie, ReadOptions(unit=self.unit))

    def test_it_recognises_its_own(self, reader: Reader, movie: Path) -> None:
        assert reader.recognise(movie)
        assert reader.name
        assert reader.description
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in reader.suffixes)

    @pytest.mark.parametrize("kind", FOREIGN)
    def test_it_never_fails_at_a_foreign_file(self, reader: Reader, kind: str, tmp_path: Path) -> None:
        for suffix in (*reader.suffixes, ".other"):
            path = tmp_path / f"foreign{suffix.replace('[0-9]', '0')}"
            path.write_bytes(FOREIGN[kind])
            if reader.recognise(path):
                assert "\n" not in _refusal(reader, path)

    def test_every_channel_can_be_opened(self, reader: Reader, movie: Path, stack: AFMImageStack) -> None:
        channels = reader.channels(movie)
        assert channels
        assert len(set(channels)) == len(channels)
        assert stack.channel in channels
        for channel in channels:
            assert open_with(reader, movie, ReadOptions(channel, unit=self.unit)).channel == channel

    def test_an_unknown_channel_is_refused(self, reader: Reader, movie: Path) -> None:
        with pytest.raises(ReadError, match="no_such_channel") as caught:
            open_with(reader, movie, ReadOptions("no_such_channel", unit=self.unit))
        assert "\n" not in str(caught.value)

    def test_shape_type_and_unit(self, stack: AFMImageStack) -> None:
        assert all(isinstance(size, int) and size > 0 for size in stack.shape)
        assert stack.dtype in (np.float32, np.float64)
        assert all(image.shape == stack.shape[1:] and image.dtype == stack.dtype for image in stack)
        assert stack.unit
        for size in (stack.pixel_size_nm, stack.pixel_size_y_nm):
            assert size is None or (np.isfinite(size) and size > 0)

    def test_times_and_metadata(self, stack: AFMImageStack) -> None:
        assert stack.timestamps.shape == (len(stack),)
        assert stack.timestamps.dtype == np.float64
        assert len(stack.frame_metadata) == len(stack)
        for frame in stack.frame_metadata:
            assert set(METADATA_KEYS) <= set(frame)
            assert frame["scan_direction"] in (None, "up", "down")
            json.dumps(dict(frame))

    def test_opening_reads_no_frame_and_a_frame_is_read_without_the_others(
        self, reader: Reader, movie: Path, long_movie: Path | None, stack: AFMImageStack
    ) -> None:
        assert isinstance(stack.frames, ArrayFrames) is not self.lazy
        if not self.lazy:
            return
        if long_movie is None:
            pytest.skip("override the fixture `long_movie`, so that the bytes read are counted")
        _read_all(reader, movie, self.unit)  # imports read files too
        size, before = _size(long_movie), _bytes_read()
        long = open_with(reader, long_movie, ReadOptions(unit=self.unit))
        if self.opens_by_headers(reader):
            assert _bytes_read() - before < size / len(long)
        if self.reads_frames_alone(reader):
            for index in (len(long) - 1, 0, len(long) // 2):
                before = _bytes_read()
                assert long[index].shape == long.shape[1:]
                assert 0 < _bytes_read() - before - PROC_BYTES < 1.5 * size / len(long)

    def test_frames_are_the_same_in_any_order_and_in_any_thread(self, stack: AFMImageStack) -> None:
        backwards = [stack.frames[index].image for index in reversed(range(len(stack)))]
        with ThreadPoolExecutor(3) as pool:
            at_once = list(pool.map(lambda index: stack.frames[index].image, range(len(stack))))
        np.testing.assert_array_equal(stack.data, backwards[::-1])
        np.testing.assert_array_equal(stack.data, at_once)

    def test_a_truncated_file_is_read_or_refused_in_one_line(
        self, reader: Reader, movie: Path, tmp_path: Path
    ) -> None:
        refused = 0
        for path in _truncated(movie, tmp_path / "truncated"):
            text = _refusal(reader, path, self.unit)
            assert "\n" not in text
            refused += bool(text)
        assert refused


PROC_BYTES = 256
"""More than `_bytes_read` itself reads."""


def _bytes_read() -> int:
    """How many bytes this process has read so far from files of any kind, by C libraries too."""
    counts = Path("/proc/self/io")
    if not counts.exists():
        pytest.skip("this system does not count the bytes that a process reads")
    return int(counts.read_text(encoding="ascii").split()[1])


def _size(movie: Path) -> int:
    files = [movie] if movie.is_file() else [path for path in movie.rglob("*") if path.is_file()]
    return sum(file.stat().st_size for file in files)


def _read_all(reader: Reader, path: Path, unit: str | None) -> None:
    for _ in open_with(reader, path, ReadOptions(unit=unit)):
        pass


def _refusal(reader: Reader, path: Path, unit: str | None = None) -> str:
    """The one line with which a movie is refused, now or at one of its frames; '' if it is read."""
    try:
        stack = open_with(reader, path, ReadOptions(unit=unit))
        for image in stack:
            assert image.shape == stack.shape[1:]
    except PlaynanoError as error:
        return str(error)
    return ""


def _truncated(movie: Path, folder: Path) -> Iterator[Path]:
    """Copies of a movie that are cut short; of a folder, each with one of its files cut."""
    whole = [movie] if movie.is_file() else sorted(path for path in movie.rglob("*") if path.is_file())
    for number, share in enumerate(CUTS):
        copy = folder / str(number) / movie.name
        copy.parent.mkdir(parents=True)
        (shutil.copy if movie.is_file() else shutil.copytree)(movie, copy)
        file = whole[number % len(whole)]
        with (copy if file == movie else copy / file.relative_to(movie)).open("r+b") as content:
            content.truncate(int(share * file.stat().st_size))
        yield copy
