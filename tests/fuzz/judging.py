"""What becomes of a file when it is damaged: refused in one line, read as promised, or a fault."""

import shutil
import tempfile
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from damages import DAMAGES, Promise, damaged, name_of
from forks import limit_memory

from playnano import load
from playnano.errors import PlaynanoError
from playnano.readers import find_movie
from playnano.stack.stack import AFMImageStack

MOST_MEMORY = 3 << 30
LARGEST_RATIO = 1100
"""What deflate makes of zeros: an answer larger than this is not in the file."""
SAME_PIXELS = (".gsf", ".gwy", ".ibw", ".nid", ".stp", ".sxm", ".top", ".topostats")
"""Formats whose files hold an image of as many pixels as the header states, and nothing packed."""


def judge(connection: Connection, movie: Path, first: int, count: int) -> None:
    """Send (number, verdict) for each damaged copy of a movie; runs in a child."""
    limit_memory(MOST_MEMORY)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / movie.name
        (shutil.copytree if movie.is_dir() else shutil.copy)(movie, copy)
        whole = Contents.of(copy)
        for number in range(first, first + count):
            connection.send((number, verdict(copy, whole, number)))
    connection.send(None)


@dataclass(frozen=True)
class Contents:
    """All that a movie says: frames, layers, facts, warnings."""

    heights: Any
    times: Any
    facts: tuple[Any, ...]
    layers: dict[str, Any]
    warnings: frozenset[str]
    channels: tuple[str, ...] = ()

    @classmethod
    def of(cls, movie: Path) -> "Contents":
        stack = load(movie, unit=_unit(movie), hashed=False)
        _check_shape(stack, _size(movie))
        facts = (stack.pixel_size_nm, stack.pixel_size_y_nm, stack.unit, stack.channel)
        layers = {name: np.asarray(images) for name, images in (stack.processed | stack.masks).items()}
        place, reader = find_movie(movie)
        warnings, channels = frozenset(stack.warnings), reader.channels(place)
        return cls(stack.data, stack.timestamps, facts, layers, warnings, channels)

    def keeps(self, promise: Promise, whole: "Contents", movie: Path) -> bool:
        """Whether a damaged file gives what is promised of it; no other channel is given without a word."""
        channel = self.facts[-1]
        if channel != whole.facts[-1] and channel in whole.channels and not self.warnings - whole.warnings:
            return False
        if promise is Promise.BEGINNING:
            return _equal(self.heights, whole.heights[: len(self.heights)])
        if promise is Promise.NOTICED:
            return bool(self.warnings - whole.warnings) or self.agrees(whole)
        sizes = {contents.heights[0].size for contents in (self, whole)}
        return movie.suffix not in SAME_PIXELS or len(sizes) == 1

    def agrees(self, whole: "Contents") -> bool:
        """Whether all is as in the whole file, or unknown by now: a time, a size."""
        times = self.times.shape == whole.times.shape and np.all(
            np.isnan(self.times) | (self.times == whole.times)
        )
        facts = all(a is None or a == b for a, b in zip(self.facts, whole.facts, strict=True))
        layers = list(self.layers) == list(whole.layers) and all(
            _equal(self.layers[name], whole.layers[name]) for name in self.layers
        )
        return bool(times) and facts and layers and _equal(self.heights, whole.heights)


class Implausible(Exception):
    """A shape that the file cannot hold."""


def verdict(movie: Path, whole: Contents, number: int) -> str:
    promise = DAMAGES[name_of(number)].promise
    file = _file_of(movie, promise)
    content = file.read_bytes()
    file.write_bytes(damaged(content, movie.name, number))
    try:
        contents = Contents.of(movie)
    except PlaynanoError as error:
        return "FAULT: more than one line" if "\n" in str(error) else "refused"
    except Exception:
        return "FAULT: " + traceback.format_exc().replace("\n", " | ")
    finally:
        file.write_bytes(content)
    if contents.keeps(promise, whole, movie):
        return "warned" if contents.warnings - whole.warnings else "read"
    return f"FAULT: silently wrong: {contents.heights.shape} for {whole.heights.shape}"


def _file_of(movie: Path, promise: Promise) -> Path:
    """The file to damage; of a folder its largest for what moves bytes, else its list."""
    if not movie.is_dir():
        return movie
    if promise is not Promise.NOTICED:
        return movie / "zarr.json"
    files = sorted(path for path in movie.rglob("*") if path.is_file() and path.name != "zarr.json")
    return max(files, key=lambda path: path.stat().st_size)


def _check_shape(stack: AFMImageStack, size: int) -> None:
    if np.prod(stack.shape, dtype=float) > LARGEST_RATIO * size:
        raise Implausible(f"shape {stack.shape} from {size} bytes")


def _size(movie: Path) -> int:
    files = movie.rglob("*") if movie.is_dir() else [movie]
    return sum(file.stat().st_size for file in files if file.is_file())


def _unit(path: Path) -> str | None:
    return "nm" if path.suffix in (".tif", ".tiff") and not path.name.endswith(".ome.tif") else None


def _equal(one: Any, other: Any) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype != bool)
