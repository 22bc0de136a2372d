"""Scratch files: frames of any number in bounded memory."""

import errno
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from playnano.errors import PlaynanoError
from playnano.stack.frames import Frame, Images, LayerImage, checked_index
from playnano.stack.lazy import LazyFrames, LazyImages
from playnano.stack.workfolder import WorkFolder


class Scratch:
    """A folder for frames on their way; it lives as long as any stack that reads it.

    Parameters
    ----------
    beside : Path, optional
        An existing folder on the disk to use; without it, the system's temporary folder.
    """

    def __init__(self, beside: Path | None = None) -> None:
        self._work = WorkFolder(beside)
        self.folder = self._work.path
        self._count = 0

    def path(self) -> Path:
        """A new file's path."""
        self._count += 1
        return self.folder / f"{self._count}"

    def remove(self) -> None:
        """Delete it now; the stacks that read it are of no use afterwards."""
        self._work.remove()

    def full(self, error: OSError) -> PlaynanoError:
        """The error for a file in it that cannot be written."""
        folder = self.folder.parent
        way_out = (
            " or set TMPDIR to a folder on another disk" if folder == Path(tempfile.gettempdir()) else ""
        )
        trouble = f"cannot write scratch files in {folder}: {error.strerror or error}"
        return PlaynanoError(f"{trouble}; make room there{way_out}")


@dataclass(frozen=True, repr=False)
class StoredImages(LazyImages):
    """A layer in a scratch file: images in C order, one after another."""

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    scratch: Scratch
    offset: int = 0
    """Bytes of the file before the first image."""

    def __getitem__(self, index: int, /) -> LayerImage:
        _, height, width = self.shape
        image = np.empty((height, width), self.dtype)
        with self.path.open("rb", buffering=0) as file:  # other threads go on, unlike beside `np.fromfile`
            file.seek(self.offset + checked_index(index, len(self)) * image.nbytes)
            _fill(image.data.cast("B"), file)
        return image


def _fill(memory: memoryview, file: FileIO) -> None:
    """Read until the memory is full: systems read 2 GB at most at a time."""
    while memory:
        count = file.readinto(memory)
        if not count:
            raise OSError(errno.EIO, "a scratch file is cut short", file.name)
        memory = memory[count:]


class UnpackedImages(LazyImages):
    """A layer that its file does not give frame by frame: unpacked into a scratch file when first asked for.

    Parameters
    ----------
    unpack : callable
        Writes all images to a file, in C order, one after another.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]

    def __init__(
        self, shape: tuple[int, int, int], dtype: np.dtype[Any], unpack: Callable[[BinaryIO], None]
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self._unpack = unpack
        self._lock = threading.Lock()
        self._stored: StoredImages | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without what is unpacked: whoever reads it unpacks again."""
        return UnpackedImages, (self.shape, self.dtype, self._unpack)

    def __getitem__(self, index: int, /) -> LayerImage:
        index = checked_index(index, len(self))
        with self._lock:
            if self._stored is None:
                self._stored = self._unpacked()
            stored = self._stored
        return stored[index]

    def _unpacked(self) -> StoredImages:
        scratch = Scratch()
        path = scratch.path()
        try:
            with path.open("wb") as file:
                self._unpack(file)
        except OSError as error:
            raise scratch.full(error) from error
        return StoredImages(path, self.shape, self.dtype, scratch)


@dataclass(frozen=True, eq=False)
class StoredFrames(LazyFrames):
    """Frames in scratch files."""

    images: Images
    masks: Images | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.images.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.images.dtype

    def __getitem__(self, index: int, /) -> Frame:
        return Frame(self.images[index], None if self.masks is None else self.masks[index])


@dataclass
class ScratchWriter:
    """Images appended to a scratch file."""

    scratch: Scratch
    path: Path
    file: BinaryIO
    count: int = 0
    shape: tuple[int, int] = (0, 0)
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))

    @classmethod
    def open(cls, scratch: Scratch) -> "ScratchWriter":
        path = scratch.path()
        try:
            return cls(scratch, path, path.open("wb"))
        except OSError as error:
            raise scratch.full(error) from error

    def append(self, image: LayerImage) -> None:
        self.shape, self.dtype = image.shape, image.dtype
        try:
            self.file.write(np.ascontiguousarray(image).data)
        except OSError as error:
            raise self.scratch.full(error) from error
        self.count += 1

    def close(self) -> None:
        """Write what waits in memory, and close the file."""
        try:
            self.file.close()
        except OSError as error:
            raise self.scratch.full(error) from error

    def finish(self) -> StoredImages:
        self.close()
        return StoredImages(self.path, (self.count, *self.shape), self.dtype, self.scratch)
