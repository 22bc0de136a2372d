"""Shifts that were found before, or by another program, read from a table."""

import csv
import hashlib
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


def read_drift(file: str | Path, frames: int) -> DriftFile:
    """Read the shift of every frame.

    Parameters
    ----------
    file : str or Path
        The table of frames that `format: frames-csv` writes, or any CSV with the columns `frame` (counted
        from 0), `shift_y` and `shift_x` (px, by which the frame is to be moved down and to the right) and,
        if there is one, `found` (0: the shift is interpolated). Other columns are not read. Lines that begin
        with `#` are comments.
    frames : int
        How many frames the movie has.

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
    path, success = _shifts(str(file), rows, frames)
    return DriftFile(interpolated(path, success), success, hashlib.sha256(text).hexdigest())


def _shifts(file: str, rows: list[str], frames: int) -> tuple[Points, Flags]:
    table = csv.DictReader(rows, skipinitialspace=True, strict=True)
    names = [name.strip() for name in table.fieldnames or ()]
    table.fieldnames = names = _plain_names(file, names)
    if missing := [name for name in COLUMNS if name not in names]:
        raise StepError(f"path: {file} has no column '{missing[0]}'; it needs {', '.join(COLUMNS)}")
    path, success = np.full((frames, 2), np.nan), np.zeros(frames, bool)
    for line, row in enumerate(table, 2):
        index, shift, good = _row(file, line, row, frames)
        if np.isfinite(path[index]).all():
            raise StepError(f"path: {file}, row {line}: frame {index} is there twice")
        path[index], success[index] = shift, good
    if (absent := np.flatnonzero(np.isnan(path[:, 0]))).size:
        raise StepError(f"path: {file} states no shift for frame {absent[0]}; the movie has {frames} frames")
    return path, success


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


def _row(file: str, line: int, row: dict[str, str], frames: int) -> tuple[int, tuple[float, float], bool]:
    try:
        index, y, x = (float(row[name]) for name in COLUMNS)
        good = float(row.get("found") or 1) != 0
    except (TypeError, ValueError):
        raise StepError(f"path: {file}, row {line}: frame, shift_y and shift_x have to be numbers") from None
    if not (0 <= index < frames and index == int(index)):
        span = f"the movie has {frames} (0 to {frames - 1})"
        raise StepError(f"path: {file}, row {line}: there is no frame {row['frame']}; {span}")
    if not max(abs(y), abs(x)) < _FURTHEST_PX:
        raise StepError(f"path: {file}, row {line}: no image can be shifted by ({y}, {x}) px")
    return int(index), (y, x), good
