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
from moved import moved

from playnano import load
from playnano.errors import PlaynanoError

MOST_MEMORY = 3 << 30
LARGEST_RATIO = 1100
"""What deflate makes of zeros: an answer larger than this is not in the file."""


def main(movie: Path, first: int, count: int) -> None:
    _limit_memory()
    file = movie / "zarr.json" if movie.is_dir() else movie
    whole = file.read_bytes()
    right, contents = _answer(movie), _contents(movie)
    for number in range(first, first + count):
        if number % 2:
            verdict = _verdict_of_moved(movie, contents, number)
        else:
            with damaged(file, whole, number) as is_cut:
                verdict = _verdict(movie, right, is_cut, len(whole))
        print(number, verdict, flush=True)
    assert file.read_bytes() == whole


def _verdict_of_moved(movie: Path, contents: list[Any], number: int) -> str:
    """What becomes of a file in which bytes were moved, by the values of the whole one."""
    largest = [p for p in movie.rglob("*") if p.is_file() and p.name != "zarr.json"]
    file = max(largest, key=lambda p: p.stat().st_size) if movie.is_dir() else movie
    whole = file.read_bytes()
    file.write_bytes(moved(whole, movie.name, number))
    try:
        found = _contents(movie)
    except PlaynanoError as error:
        return "FAULT: more than one line" if "\n" in str(error) else "refused"
    except Exception:
        return "FAULT: " + traceback.format_exc().replace("\n", " | ")
    finally:
        file.write_bytes(whole)
    if all(_agree(a, b) for a, b in zip(found[:-1], contents[:-1], strict=True)):
        return "same"
    return "warned" if set(found[-1]) - set(contents[-1]) else "FAULT: silently wrong"


def _contents(path: Path) -> list[Any]:
    """All that a movie says: frames, times, sizes, unit, channel, and at last its warnings."""
    stack = load(path, unit=_unit(path), hashed=False)
    facts = [stack.pixel_size_nm, stack.pixel_size_y_nm, stack.unit, stack.channel]
    return [stack.data, stack.timestamps, *facts, stack.warnings]


def _agree(found: Any, right: Any) -> bool:
    """Whether they are equal, or it is not known any more what it was: a time, a size."""
    if isinstance(right, np.ndarray) and right.ndim == 1:
        return found.shape == right.shape and bool(np.all(np.isnan(found) | (found == right)))
    return found is None or _are_equal(found, right)


def _are_equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    return bool(one == other)


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
