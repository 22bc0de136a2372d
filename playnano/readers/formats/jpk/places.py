"""What an `.h5-jpk` file states of its grid and times in two places: where they disagree, one is wrong."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playnano.errors import Doubt
from playnano.readers.base import ReadOptions
from playnano.readers.parsing.fields import contradiction
from playnano.readers.parsing.hdf5 import check_within

_ROUNDING = 0.01
_LONGEST_MS = 86_400_000


def of_grid(
    measurement: Any,
    shape: tuple[int, int],
    sizes: tuple[float | None, float | None],
    options: ReadOptions,
) -> Iterator[Doubt]:
    """Warnings of a grid that is not the one of the places of its pixels, which most files hold.

    Parameters
    ----------
    shape : tuple of int
        (height, width).
    sizes : tuple of float or None
        Of a pixel, (x, y) in nm.
    """
    height, width = shape
    indices, places = (
        _pairs(measurement, f"Position_{name}", height * width) for name in ("Indices", "Values")
    )
    if indices is not None:
        across, along = (int(value) + 1 for value in indices[-1])
        if (across, along) != (width, height):
            yield contradiction(
                "the grid", f"{width} x {height}", f"{across} x {along}", "`Position_Indices`"
            )
    if places is None or options.says_pixel_size:
        return
    for name, size, place in (
        ("ulength", sizes[0], 1 % len(places)),
        ("vlength", sizes[1], width % len(places)),
    ):
        step = 1e9 * math.dist(places[0].tolist(), places[place].tolist())
        if size and step and not math.isclose(size, step, rel_tol=_ROUNDING):
            yield contradiction(
                f"a pixel by `grid.{name}`", f"{size:.6g} nm", f"{step:.6g} nm", "`Position_Values`"
            )


def _pairs(measurement: Any, name: str, count: int) -> Any:
    """Two numbers for each pixel; None where there are none."""
    values = measurement.get(name)
    if getattr(values, "shape", None) != (count, 2) or values.dtype.kind not in "iuf":
        return None
    check_within(values, Path(measurement.file.filename))
    return values


def of_times(
    starts: Sequence[int | None], ends: Sequence[int | None], options: ReadOptions
) -> Iterator[Doubt]:
    """The warning of a frame that ends before it begins, or a day later: one of its times is wrong."""
    for frame, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start is None or end is None or options.says_interval or 0 <= end - start <= _LONGEST_MS:
            continue
        took = f"{(end - start) / 1000:.6g} s"
        yield Doubt(
            f"the header contradicts itself: by `start-times` and `end-times`, frame {frame} took {took}"
        )
        return
