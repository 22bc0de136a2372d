"""Animated GIF: one palette for the whole movie, so that no colour is changed, and exact times."""

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.errors import ExportError
from playnano.exporters.pictures.base import PROVENANCE_ENDING, PlayedExport, encoded_pictures, file_bytes
from playnano.model import FILE_SIZE
from playnano.rendering.palette import MAP_COLOURS
from playnano.rendering.pictures import Pictures, pictures

TICK_S = 0.01
LEAST_TICKS = 2
"""Browsers show frames of one tick for ten."""
MOST_PIXELS = 65_535
MOST_TICKS = 65_535
LEAST_HEIGHT = 16
COLOURS = (MAP_COLOURS, 120, 60, 30)
"""How many of the colormap's colours a GIF keeps, from the best on."""


class GifExport(PlayedExport):
    """An animated GIF that plays in every browser and slide.

    The palette holds the colormap, the colour of NaN and the greys of annotations, so colours are exact.
    Durations are multiples of 0.01 s; rounding errors are carried over to the next frame, so that the total
    is exact. Identical frames are kept.
    """

    extension: ClassVar[str] = ".gif"

    format: Literal["gif"] = "gif"
    loop: Annotated[int, Field(ge=0, le=65_535)] = 0
    """Number of times the movie plays; 0: forever."""

    max_size: Annotated[str, Field(pattern=FILE_SIZE)] | None = None
    """Largest size of the file, such as `10MB`: fewer colours, then smaller pictures, until it fits."""

    def drawn(self, shown: Pictures, path: Path, threads: int) -> tuple[Pictures, tuple[str, ...]]:
        """Write the pictures; with `max_size`, with the most colours and the largest that fit."""
        if self.max_size is None:
            return shown, self.draw(shown, path, threads)
        for smaller in _smaller(shown, self.rate(shown.stack), threads):
            for colours in COLOURS:
                notes = self.draw(smaller, path, threads, colours)
                if path.stat().st_size <= file_bytes(self.max_size):
                    return smaller, (*notes, *_lowered(shown, smaller, colours, self.max_size))
        size = f"{path.stat().st_size / 1e6:.3g} MB"
        raise ExportError(
            f"{size} is as small as it gets, not {self.max_size}: raise max_size, or take fewer frames"
        )

    def draw(self, shown: Pictures, path: Path, threads: int, colours: int = MAP_COLOURS) -> tuple[str, ...]:
        """Write the pictures, a few ahead by threads."""
        _, height, width = shown.shape
        if max(height, width) > MOST_PIXELS:
            raise ExportError(f"a GIF is at most {MOST_PIXELS} pixels wide and high, not {width} x {height}")
        durations = self.durations(shown.stack)
        shown_for = ticks(durations)
        fewer = _fewer_colours(colours)
        encode = _encoded if colours == MAP_COLOURS else lambda picture: _encoded(fewer[picture])
        with path.open("wb") as file:
            file.write(_header(shown, self.loop, f"provenance: {path.name}{PROVENANCE_ENDING}"))
            for count, image in zip(
                shown_for.tolist(), encoded_pictures(shown, encode, threads), strict=True
            ):
                file.write(_control(count) + image)
            file.write(b";")
        return _notes(durations, shown_for)


def _smaller(shown: Pictures, fps: float | None, threads: int) -> Iterator[Pictures]:
    """The pictures, and those enlarged less, down to the movie's own pixels."""
    yield shown
    for factor in range(shown.plan.enlargement.factor - 1, 0, -1):
        height = max(LEAST_HEIGHT, factor * shown.plan.enlargement.image[0])
        look = shown.look.model_copy(update={"min_height": height})
        smaller = pictures(shown.stack, look, fps, threads)
        if smaller.shape < shown.shape:
            yield smaller


def _lowered(shown: Pictures, smaller: Pictures, colours: int, limit: str) -> tuple[str, ...]:
    reductions = [f"{colours} colours, not {MAP_COLOURS}"] if colours != MAP_COLOURS else []
    if smaller is not shown:
        (_, height, width), (_, wished_height, wished_width) = smaller.shape, shown.shape
        reductions += [f"pictures of {width} x {height} px, not {wished_width} x {wished_height}"]
    return (f"made to fit into {limit}: {', '.join(reductions)}",) if reductions else ()


def _fewer_colours(colours: int) -> NDArray[np.uint8]:
    """Palette index for each index: those of the colormap in groups, the others as they are; (256,)."""
    table = np.arange(256, dtype=np.uint8)
    size = MAP_COLOURS // colours
    table[:MAP_COLOURS] = table[:MAP_COLOURS] // size * size + size // 2
    return table


def ticks(durations: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many hundredths of a second each frame is shown: at least two, the total as near as can be."""
    lengths: list[int] = []
    for end in (np.cumsum(durations) / TICK_S).tolist():
        lengths.append(min(MOST_TICKS, max(LEAST_TICKS, round(end) - sum(lengths))))
    return np.array(lengths, np.int64)


def _notes(durations: NDArray[np.float64], shown_for: NDArray[np.int64]) -> tuple[str, ...]:
    duration, total = float(durations.sum()), float(shown_for.sum()) * TICK_S
    if abs(duration - total) <= TICK_S:
        return ()
    return (f"a GIF's frames last 0.02 s to 655.35 s: the movie takes {total:.2f} s, not {duration:.2f} s",)


def _header(shown: Pictures, loop: int, comment: str) -> bytes:
    _, height, width = shown.shape
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0b1111_0111, 0, 0) + shown.palette.tobytes()
    text = comment.encode("ascii", "replace")
    blocks = b"".join(bytes([len(part)]) + part for part in _parts(text))
    plays = [] if loop == 1 else [b"!\xff\x0bNETSCAPE2.0\x03\x01", struct.pack("<H", max(0, loop - 1)), b"\0"]
    return b"".join([screen, *plays, b"!\xfe", blocks, b"\0"])


def _parts(text: bytes) -> Iterator[bytes]:
    edges = [*range(0, len(text), 255), len(text)]
    return (text[start:end] for start, end in pairwise(edges))


def _control(count: int) -> bytes:
    return b"!\xf9\x04\x00" + struct.pack("<H", count) + b"\0\0"


def _encoded(picture: NDArray[np.uint8]) -> bytes:
    """One picture's descriptor and its LZW codes, by Pillow's encoder."""
    from PIL import GifImagePlugin, Image

    height, width = picture.shape
    image = Image.frombuffer("P", (width, height), picture.tobytes(), "raw", "P", 0, 1)
    return b"".join(GifImagePlugin.getdata(image))
