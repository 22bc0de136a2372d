"""Pages of the TIFF files of JPK instruments: private tags, and samples."""

import math
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.readers.parsing.scaling import scaled
from playnano.readers.parsing.tiff import points_further, quiet_tiff
from playnano.stack.frames import Image

Tags = Mapping[str, Any]
"""Values of a page's private tags by their numbers, as text."""

_FIRST_PRIVATE = 32768
_LONGEST = 1 << 20
_BROKEN_TIFF = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error, RuntimeError, ArithmeticError,
    MemoryError,
)  # fmt: skip


@dataclass(frozen=True)
class StoredPage:
    """Reads one page that is not compressed; value = multiplier * sample + offset."""

    path: Path
    strips: tuple[tuple[int, int], ...]
    """Where the parts of the page begin, and their lengths, in bytes."""
    dtype: np.dtype[Any]
    shape: tuple[int, int]
    multiplier: float
    offset: float

    def __call__(self) -> Image:
        """The image (height, width), float32."""
        stored = np.frombuffer(b"".join(self._parts()), self.dtype)
        upright = stored.reshape(self.shape)[::-1]  # the picture's lowest line is stored first
        return scaled(upright, self.multiplier, self.offset)

    def _parts(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            for begin, size in self.strips:
                file.seek(begin)
                yield file.read(size)


@contextmanager
def opened_tiff(path: Path) -> Iterator[Any]:
    """A TIFF file; what tifffile raises or has to say of a damaged one, a ReadError says in one line."""
    try:
        with quiet_tiff(path) as file:
            if points_further(path, file):  # another channel would be taken for the topography
                raise ReadError("the file is cut short: pages are missing at its end")
            yield file
    except _BROKEN_TIFF as error:
        raise ReadError("it is broken or cut short, or no .jpk file") from error


def tags_of(page: Any) -> Tags:
    """Private tags of a page that are one finite number, or text, which is given in one line."""
    private = [tag for tag in page.tags if tag.code >= _FIRST_PRIVATE and tag.count < _LONGEST]
    values = {str(tag.code): _plain(tag.value) for tag in private}
    return {code: value for code, value in values.items() if value is not None}


def _plain(value: Any) -> str | int | float | None:
    if isinstance(value, str):
        return " ".join(value.split())
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def strips_of(page: Any, shape: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Where the samples of a page are, which are not compressed."""
    plain = page.dtype is not None and page.dtype.kind in "iuf"
    if not plain or page.is_tiled or (page.compression, page.predictor) != (1, 1):
        raise ReadError("its samples are compressed or no plain numbers: playnano cannot read them")
    strips = tuple(zip(page.dataoffsets, page.databytecounts, strict=True))
    stored = sum(size for _, size in strips)
    if stored != shape[0] * shape[1] * page.dtype.itemsize:
        raise ReadError(f"the header says {sizes(shape)} pixels in {stored} bytes, which do not fit")
    return strips


def sizes(shape: tuple[int, ...]) -> str:
    """`width x height`."""
    return " x ".join(str(size) for size in reversed(shape))
