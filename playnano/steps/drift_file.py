"""Shifts that were found before, or by another program, read from a table."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from playnano.errors import StepError
from playnano.kernels.drift_path import Flags, Points, interpolated

_LARGEST_BYTES = 64 << 20
COLUMNS = ("frame", "shift_y", "shift_x")
_FURTHEST_PX = 1e6
_OF_FRAMES = ".shift_y_px"


@dataclass(frozen=True)
class DriftFile:
    """The shifts of a movie's frames, as a CSV file states them."""

    path: Points
    """(frames, 2): shift along y and x in px; interpolated where not found."""
    success: Flags
    sha256: str


def read_drift(file: str | Path, numbers: Sequence[int] | None) -> DriftFile:
    """Read the shift of every frame.

    Parameters
    ----------
    file : str or Path
        The table of frames that `format: frames-csv` writes, or any CSV with the columns `frame` (its number
        in the movie as it was read, from 0), `shift_y` and `shift_x` (px, by which the frame is to be moved
        down and to the right) and, if there is one, `found` (0: the shift is interpolated). Other columns are
        not read. Lines that begin with `#` are comments.
    numbers : sequence of int, optional
        Number of each frame in the movie as it was read. Of a movie that was cut, rows of other frames are
        passed over. Without numbers, the rows are checked alone.

    Raises
    ------
    StepError
        Where the file cannot be read, or does not state one shift for each frame.
    """
    try:
        if Path(file).stat().st_size > _LARGEST_BYTES:
            raise StepError(f"path: {file} is not a table of shifts: it is larger than 64 MB")
        text = Path(file).read_bytes()
        rows = [line for line in text.decode("utf-8-sig").splitlines() if line.strip() and line[0] != "#"]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise StepError(f"path: cannot read {file}: {reason}") from error
    path, success = _shifts(str(file), rows, numbers)
    return DriftFile(interpolated(path, success), success, hashlib.sha256(text).hexdigest())


def _shifts(file: str, rows: list[str], numbers: Sequence[int] | None) -> tuple[Points, Flags]:
    table = csv.DictReader(rows, skipinitialspace=True, strict=True)
    names = [name.strip() for name in table.fieldnames or ()]
    table.fieldnames = names = _plain_names(file, names)
    if missing := [name for name in COLUMNS if name not in names]:
        raise StepError(f"path: {file} has no column '{missing[0]}'; it needs {', '.join(COLUMNS)}")
    if twice := [name for name in COLUMNS if names.count(name) > 1]:
        raise StepError(f"path: {file} has the column '{twice[0]}' twice")
    if numbers is None:
        return _checked(file, table)
    places = {number: place for place, number in enumerate(numbers)}
    is_cut = list(places) != list(range(len(numbers)))
    path, success = np.full((len(numbers), 2), np.nan), np.zeros(len(numbers), bool)
    for line, row in enumerate(table, 2):
        number, shift, good = _row(file, line, row)
        if number not in places:
            if is_cut:
                continue
            raise StepError(f"path: {file}, row {line}: there is no frame {number}; {_span(len(numbers))}")
        if np.isfinite(path[places[number]]).all():
            raise StepError(f"path: {file}, row {line}: frame {number} is there twice")
        path[places[number]], success[places[number]] = shift, good
    if (absent := np.flatnonzero(np.isnan(path[:, 0]))).size:
        missing_frame = f"path: {file} states no shift for frame {numbers[absent[0]]}"
        raise StepError(f"{missing_frame}; the movie has {len(numbers)} frames")
    return path, success


def _checked(file: str, table: "csv.DictReader[str]") -> tuple[Points, Flags]:
    for line, row in enumerate(table, 2):
        _row(file, line, row)
    return np.zeros((0, 2)), np.zeros(0, bool)


def _span(frames: int) -> str:
    return f"the movie has {frames} (0 to {frames - 1})"


def _plain_names(file: str, names: list[str]) -> list[str]:
    """Names of columns; those of the table of frames without layer and unit: `aligned.shift_y_px`.

    Raises
    ------
    StepError
        Where several steps have shifts.
    """
    layers = [name.removesuffix(_OF_FRAMES) for name in names if name.endswith(_OF_FRAMES)]
    if not layers or "shift_y" in names:
        return names
    if len(layers) > 1:
        raise StepError(
            f"path: {file} has shifts of several steps ({', '.join(layers)}); leave one's columns"
        )
    of_layer = f"{layers[0]}."
    return [n.removeprefix(of_layer).removesuffix("_px") if n.startswith(of_layer) else n for n in names]


def _row(file: str, line: int, row: dict[str, str]) -> tuple[int, tuple[float, float], bool]:
    if None in row:
        raise StepError(f"path: {file}, row {line}: more cells than columns; the decimal sign is a point")
    try:
        number, y, x = (float(row[name]) for name in COLUMNS)
        good = float(row.get("found") or 1) != 0
    except (TypeError, ValueError):
        raise StepError(f"path: {file}, row {line}: frame, shift_y and shift_x have to be numbers") from None
    if not (number >= 0 and number == int(number)):
        raise StepError(
            f"path: {file}, row {line}: there is no frame {row['frame']}; they are counted from 0"
        )
    if not max(abs(y), abs(x)) < _FURTHEST_PX:
        raise StepError(f"path: {file}, row {line}: no image can be shifted by ({y}, {x}) px")
    return int(number), (y, x), good
