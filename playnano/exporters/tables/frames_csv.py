"""Frames as a table: one row per frame, with all that the steps measured on it."""

import csv
import io
import re
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from playnano.exporters.base import Export, ExportNotes
from playnano.filenames import json_text
from playnano.model import Json
from playnano.stack.frame_columns import QUALITY, FrameColumn, frame_columns
from playnano.stack.numbering import table_numbers
from playnano.stack.stack import AFMImageStack

COLUMNS_ENDING = ".columns.json"
_FIRST: tuple[tuple[str, str, str], ...] = (
    ("frame", "", "number in the movie, from 0; frames that were dropped keep theirs"),
    ("time_s", "s", "time from the first frame of the movie; empty where it is not known"),
)
_JUDGED = (QUALITY, "", "good, lost, partial, blank or interpolated")


class FramesCsvExport(Export):
    """A table with one row per frame: its number, time, quality, and all that the steps measured on it.

    Columns are called `<layer>.<column>`, with the unit at the end: `align.shift_y_px`. UTF-8, a dot in
    numbers, empty where nothing was measured; numbers are written so that they come back exactly. Units and
    meanings are in `.columns.json` beside it.
    """

    extension: ClassVar[str] = "_frames.csv"
    writes_images: ClassVar[bool] = False

    format: Literal["frames-csv"] = "frames-csv"

    def sidecars(self) -> tuple[str, ...]:
        return (COLUMNS_ENDING,)

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        columns = frame_columns(stack)
        path.write_text(_table(stack, columns), encoding="utf-8", newline="\n")
        return ExportNotes(sidecars={COLUMNS_ENDING: json_text(_described(stack, columns))})


def column_title(column: FrameColumn) -> str:
    """`<layer>.<column>`, and its unit in ASCII: `level.tilt_x_nm_per_px`."""
    unit = re.sub(r"[^A-Za-z0-9]+", "_", column.unit.replace("\N{MICRO SIGN}", "u")).strip("_")
    return column.label if not unit or column.label.endswith(f"_{unit}") else f"{column.label}_{unit}"


def _table(stack: AFMImageStack, columns: tuple[FrameColumn, ...]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    judged = _is_judged(stack)
    rows.writerow([*(name for name, *_ in _leading(stack)), *map(column_title, columns)])
    numbers = table_numbers(stack).tolist()
    for index, time in enumerate(stack.timestamps.tolist()):
        quality = [stack.frame_metadata[index].get(QUALITY) or ""] if judged else []
        cells = [_cell(float(column.values[index])) for column in columns]
        rows.writerow([numbers[index], _cell(time), *quality, *cells])
    return text.getvalue()


def _leading(stack: AFMImageStack) -> tuple[tuple[str, str, str], ...]:
    return (*_FIRST, *((_JUDGED,) if _is_judged(stack) else ()))


def _is_judged(stack: AFMImageStack) -> bool:
    return any(frame.get(QUALITY) for frame in stack.frame_metadata)


def _cell(value: float) -> str:
    return repr(value) if np.isfinite(value) else ""


def _described(stack: AFMImageStack, columns: tuple[FrameColumn, ...]) -> list[Json]:
    first: list[Json] = [{"name": n, "unit": u, "description": d} for n, u, d in _leading(stack)]
    return first + [
        {"name": column_title(c), "layer": c.layer, "column": c.name, "unit": c.unit,
         "description": c.description}
        for c in columns
    ]  # fmt: skip
