"""What steps measured on every frame, as columns: one value for each frame there is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.registry import models
from playnano.stack.metadata import QUALITY_KEYS, FrameMetadata, frame_numbers
from playnano.stack.provenance import Record
from playnano.stack.stack import AFMImageStack

QUALITY = QUALITY_KEYS[0]
IMAGE_UNIT = "unit of the images"
LOW_CONFIDENCE = 0.3
"""An alignment with less is to be looked at."""
_OF_QUALITY = {
    "flat_lines": "share of the lines that hold one level only, as the movie was read",
    "line_correlation": "correlation of neighbouring lines, as the movie was read",
    "line_step": "step from line to line over the spread within lines, as the movie was read",
}


@dataclass(frozen=True, eq=False)
class FrameColumn:
    """One measured number per frame."""

    layer: str
    """Name of the layer of the step that measured it; empty for what is judged before all steps."""
    name: str
    unit: str
    """Empty for a plain number, or where the step does not declare its columns."""
    description: str
    values: NDArray[np.float64]
    """(frames,); NaN where nothing was measured."""

    @property
    def label(self) -> str:
        """`<layer>.<name>`, which no other column of the movie has."""
        return f"{self.layer}.{self.name}" if self.layer else self.name


def frame_columns(stack: AFMImageStack) -> tuple[FrameColumn, ...]:
    """The measured columns of all steps, in their order; frames that were dropped since are left out."""
    numbers = frame_numbers(stack.frame_metadata) or tuple(range(len(stack)))
    return (*_quality(stack.frame_metadata), *(
        FrameColumn(record.name, name, *_declared(record, name, stack.unit), _placed(record, values, numbers))
        for record in stack.provenance.all_steps()
        for name, values in record.measured.items()
        if isinstance(values, list)
    ))  # fmt: skip


def measured_last(columns: Sequence[FrameColumn], name: str) -> FrameColumn | None:
    """The column of this name that was measured last; None where there is none."""
    return next((column for column in reversed(columns) if column.name == name), None)


def _quality(metadata: Sequence[FrameMetadata]) -> list[FrameColumn]:
    present = [name for name in _OF_QUALITY if any(frame.get(name) is not None for frame in metadata)]
    return [
        FrameColumn("", name, "", _OF_QUALITY[name], _numbers([frame.get(name) for frame in metadata]))
        for name in present
    ]


def _declared(record: Record, name: str, image_unit: str) -> tuple[str, str]:
    """Unit and meaning, as the step's class declares them."""
    steps = models("playnano.steps")
    kind = steps[record.step] if record.step in steps.names else None
    for column in getattr(kind, "measures", ()):
        if column.name == name:
            unit = column.unit.replace(IMAGE_UNIT, image_unit)
            return "" if unit == "1" else unit, column.description
    return "", ""


def _placed(record: Record, values: Sequence[Any], numbers: Sequence[int]) -> NDArray[np.float64]:
    """The values of the frames of these numbers; NaN for frames that the step did not see."""
    row_of: Mapping[int, int] = {
        number: row for row, number in enumerate(record.frames or range(len(values)))
    }
    rows = [row_of.get(number) for number in numbers]
    return _numbers([None if row is None or row >= len(values) else values[row] for row in rows])


def _numbers(values: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([v if isinstance(v, int | float) else np.nan for v in values], np.float64)
