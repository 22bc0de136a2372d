"""Opens one file again and again, each time with another damage; a line a time: number and verdict.

    python child.py MOVIE FIRST COUNT

Runs in a process of its own, which can be stopped: a reader may hang, or end the interpreter.
"""

import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from damage import damaged

from playnano import load
from playnano.errors import PlaynanoError

MOST_MEMORY = 3 << 30
LARGEST_RATIO = 1100
"""What deflate makes of zeros: an answer larger than this is not in the file."""


def main(movie: Path, first: int, count: int) -> None:
    _limit_memory()
    file = movie / "zarr.json" if movie.is_dir() else movie
    whole = file.read_bytes()
    right = _answer(movie)
    for number in range(first, first + count):
        with damaged(file, whole, number) as is_cut:
            print(number, _verdict(movie, right, is_cut, len(whole)), flush=True)
    assert file.read_bytes() == whole


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _answer(path: Path) -> tuple[Any, tuple[int, int, int]]:
    """The first image and the shape; the last image is read too."""
    stack = load(path, unit=_unit(path))
    return [stack[0], stack[len(stack) - 1]][0], stack.shape


def _unit(path: Path) -> str | None:
    return "nm" if path.suffix in (".tif", ".tiff") and not path.name.endswith(".ome.tif") else None


def _verdict(path: Path, right: tuple[Any, tuple[int, int, int]], is_cut: bool, size: int) -> str:
    try:
        first, shape = _answer(path)
    except PlaynanoError as error:
        return "FAULT: more than one line" if "\n" in str(error) else "refused"
    except Exception:
        return "FAULT: " + traceback.format_exc().replace("\n", " | ")
    if np.prod(shape, dtype=float) > LARGEST_RATIO * size:
        return f"FAULT: shape {shape} from {size} bytes"
    if is_cut and (shape[1:] != right[1][1:] or not np.array_equal(first, right[0], equal_nan=True)):
        return f"FAULT: cut short, it reads as {shape} and not as {right[1]}, or with other heights"
    return "read"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
