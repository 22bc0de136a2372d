"""Pixels of a TIFF file: where they lie, and how one image of them is read."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.readers.formats.tiff.compressed import (
    LARGEST_LZW,
    NO_PREDICTOR,
    OF_DIFFERENCES,
    OF_FLOATS,
    inflated,
    lzw_decoded,
    without_predictor,
)
from playnano.readers.parsing.messages import unreadable
from playnano.readers.parsing.scaling import scaled
from playnano.stack.frames import LayerImage, float_type

PLAIN, LZW, DEFLATE_BY_ADOBE, PACKBITS, DEFLATE = 1, 5, 8, 32773, 32946  # numbers in the TIFF specification
_TIMES_ITS_SIZE = 4
"""Compressed pixels that take more than this of their own size are not pixels."""


@dataclass(frozen=True)
class PlainPages:
    """Images one after another, not compressed."""

    path: Path
    begin: int
    """Where the first lies, in bytes."""
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    n: int
    """How many whole ones there are."""

    @property
    def end(self) -> int:
        """The first byte behind the last one."""
        return self.begin + self.n * self.shape[0] * self.shape[1] * self.dtype.itemsize

    def __call__(self, page: int) -> LayerImage:
        """One image (height, width), of the file's type."""
        height, width = self.shape
        offset = self.begin + page * height * width * self.dtype.itemsize
        image = np.fromfile(self.path, self.dtype, height * width, offset=offset).reshape(height, width)
        return image.astype(self.dtype.newbyteorder("="), copy=False)


@dataclass(frozen=True)
class TiledPages:
    """Images in pieces (strips or tiles) anywhere in the file, compressed or not."""

    path: Path
    places: tuple[tuple[tuple[int, int], ...], ...]
    """Of each image, offset and size of its pieces, in bytes."""
    page: Any
    """A tifffile page, which says how a piece is decoded; it needs no open file for that."""

    @property
    def n(self) -> int:
        """How many whole images there are."""
        return len(self.places)

    @property
    def end(self) -> int:
        """The first byte behind the last piece."""
        return max((at + size for pieces in self.places for at, size in pieces), default=0)

    def __call__(self, page: int) -> LayerImage:
        """One image (height, width), of the file's type."""
        image = np.zeros(self.page.shaped, self.page.dtype)
        with self.path.open("rb", buffering=0) as file:
            for index, (offset, size) in enumerate(self.places[page]):
                file.seek(offset)
                self._put(image, index, file.read(size))
        return image.reshape(self.page.imagelength, self.page.imagewidth)

    def _put(self, image: LayerImage, index: int, data: bytes) -> None:
        if not data:
            return
        if self.page.compression in (DEFLATE, DEFLATE_BY_ADOBE):
            _check_inflated(data, piece_bytes(self.page))
        if _is_ours(self.page):
            y, x, height, width = _piece(self.page, index)
            part = image[0, 0, y : y + height, x : x + width, 0]
            part[...] = self._decoded(data, (height, width))[: part.shape[0], : part.shape[1]]
            return
        piece, (s, d, y, x, _), (depth, height, width, _) = self.page.decode(data, index)
        if piece is not None:
            part = image[s, d : d + depth, y : y + height, x : x + width]
            part[...] = piece[: part.shape[0], : part.shape[1], : part.shape[2]]

    def _decoded(self, data: bytes, shape: tuple[int, int]) -> LayerImage:
        """The values of a piece that tifffile does not decode alone."""
        dtype = self.page.dtype.newbyteorder(self.page.parent.byteorder)
        row_bytes = shape[1] * dtype.itemsize
        is_lzw = self.page.compression == LZW
        stored = lzw_decoded(data, shape[0], row_bytes) if is_lzw else inflated(data, shape[0] * row_bytes)
        return without_predictor(stored, shape, dtype, int(self.page.predictor))


Pages = PlainPages | TiledPages


@dataclass(frozen=True)
class PageStride:
    """Some pages of a file as frames: `first`, then every `stride`-th."""

    pages: Pages
    first: int
    stride: int
    multiplier: float = 1.0
    offset: float = 0.0

    def __call__(self, index: int) -> LayerImage:
        """The image (height, width), in the type of the file where there is nothing to scale."""
        try:
            image = self.pages(self.first + index * self.stride)
        except (OSError, ValueError, KeyError, RuntimeError, zlib.error) as error:
            raise unreadable(self.pages.path, index, error) from error
        if (self.multiplier, self.offset) == (1.0, 0.0):
            return image
        return scaled(image, self.multiplier, self.offset, float_type(image.dtype))


def pages_of(path: Path, keyframe: Any, pages: Sequence[Any], announced: int) -> Pages:
    """The images of a file, as many as are whole.

    `announced` is their number by the header: ImageJ lists one page only of a movie beyond 4 GB.

    Raises
    ------
    ReadError
        Where their kind is none that playnano reads.
    """
    _check_kind(keyframe)
    size = path.stat().st_size
    height, width = keyframe.imagelength, keyframe.imagewidth
    frame_bytes = height * width * keyframe.dtype.itemsize
    if keyframe.is_contiguous and _one_after_another(pages, frame_bytes):
        begin = keyframe.dataoffsets[0]
        listed = announced if len(pages) == 1 else len(pages)
        dtype = keyframe.dtype.newbyteorder(keyframe.parent.byteorder)
        whole = min(listed, max(0, size - begin) // frame_bytes)
        return PlainPages(path, begin, (height, width), dtype, whole)
    places = tuple(
        () if page is None else tuple(zip(page.dataoffsets, page.databytecounts, strict=True))
        for page in pages
    )
    return TiledPages(path, _whole(places, size, keyframe), keyframe)


def piece_bytes(page: Any) -> int:
    """Size of one piece of an image, in bytes, once it is decoded."""
    if page.is_tiled:
        pixels = page.tilelength * page.tilewidth
    else:
        pixels = min(page.rowsperstrip or page.imagelength, page.imagelength) * page.imagewidth
    return int(pixels * page.dtype.itemsize)


def _check_kind(page: Any) -> None:
    if page.samplesperpixel != 1:
        raise ReadError(
            f"it is a colour picture ({page.samplesperpixel} samples a pixel): it holds no heights"
        )
    if page.dtype is None or page.dtype.kind not in "iuf" or min(page.imagelength, page.imagewidth) < 1:
        raise ReadError(f"its pixels are {page.dtype}: it holds no heights")
    if page.imagedepth != 1:
        raise ReadError("its images have a depth of their own: playnano reads flat ones")
    if page.compression not in (PLAIN, LZW, DEFLATE, DEFLATE_BY_ADOBE, PACKBITS):
        name = getattr(page.compression, "name", page.compression)
        raise ReadError(f"its pixels are compressed by {name}: save it without compression")
    if _is_ours(page):
        _check_ours(page)


def _is_ours(page: Any) -> bool:
    """Whether tifffile needs another package for the pixels, and playnano does not."""
    return bool(page.compression == LZW or page.predictor == OF_FLOATS)


def _piece(page: Any, index: int) -> tuple[int, int, int, int]:
    """Place (y, x) and size (height, width) of a piece; tiles may go beyond the image, strips do not."""
    if page.is_tiled:
        row, column = divmod(index, -(-page.imagewidth // page.tilewidth))
        return row * page.tilelength, column * page.tilewidth, page.tilelength, page.tilewidth
    rows = min(page.rowsperstrip or page.imagelength, page.imagelength)
    return index * rows, 0, min(rows, page.imagelength - index * rows), page.imagewidth


def _check_ours(page: Any) -> None:
    is_supported = page.compression in (LZW, DEFLATE, DEFLATE_BY_ADOBE)
    is_supported &= page.predictor in (NO_PREDICTOR, OF_DIFFERENCES, OF_FLOATS)
    is_supported &= page.predictor != OF_FLOATS or page.dtype.kind == "f"
    if not is_supported or page.bitspersample != 8 * page.dtype.itemsize or page.fillorder != 1:
        raise ReadError("its pixels are packed in an unusual way: save it without compression")
    if page.compression == LZW and piece_bytes(page) > LARGEST_LZW:
        raise ReadError("its strips are too large for LZW: save it without compression")


def _one_after_another(pages: Sequence[Any], frame_bytes: int) -> bool:
    if any(page is None or not page.dataoffsets for page in pages):
        return False
    first = pages[0].dataoffsets[0]
    return all(
        page.dataoffsets[0] == first + index * frame_bytes
        and page.dataoffsets[-1] + page.databytecounts[-1] == first + (index + 1) * frame_bytes
        for index, page in enumerate(pages)
    )


def _whole(
    places: tuple[tuple[tuple[int, int], ...], ...], size: int, page: Any
) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The images before the first of which a piece is missing, is beyond the file, or is far too large."""
    needed, most = int(np.prod(page.chunked)), _TIMES_ITS_SIZE * piece_bytes(page) + 1024
    for number, pieces in enumerate(places):
        fits = all(at + length <= size and length <= most for at, length in pieces)
        if len(pieces) != needed or not fits:
            return places[:number]
    _check_allocation(places, page)
    return places


def _check_allocation(places: tuple[tuple[tuple[int, int], ...], ...], page: Any) -> None:
    """Nothing that is small in the file becomes an image that fills the memory."""
    smallest = min((sum(length for _, length in pieces) for pieces in places), default=0)
    needed = page.imagelength * page.imagewidth * page.dtype.itemsize
    if needed > 2**26 and needed > 2000 * smallest:  # no compression packs the noise of an image so
        raise ReadError(f"the header says {page.imagelength} x {page.imagewidth} pixels: they are not in it")


def _check_inflated(data: bytes, most: int) -> None:
    if len(zlib.decompressobj().decompress(data, most + 1)) > most:
        raise ValueError("there is more in it than the header says")
