"""Gwyddion Simple Field: a folder with one file of heights a frame, for Gwyddion."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from playnano.errors import ExportError
from playnano.exporters.base import Export, ExportNotes
from playnano.exporters.data.base import computed, data_of
from playnano.exporters.naming import NumberedFiles
from playnano.layouts.gsf import (
    DURATION,
    FRAME,
    HEIGHT,
    HEIGHT_REAL,
    LENGTH_UNIT,
    MAGIC,
    OWN_FIELD,
    TIME,
    TITLE,
    VALUE_UNIT,
    WIDTH,
    WIDTH_REAL,
    data_offset,
)
from playnano.stack.hashing import as_stored
from playnano.stack.metadata import FrameMetadata
from playnano.stack.stack import AFMImageStack

ENDING = ".gsf"


class GsfExport(Export):
    """A folder of Gwyddion Simple Field files, one per frame: float32 heights, pixel size, time, unit."""

    extension: ClassVar[str] = ""
    preserves: ClassVar[tuple[str, ...]] = ("heights", "pixel size", "times", "channel", "unit")

    format: Literal["gsf"] = "gsf"

    def check_movie(self, stack: AFMImageStack) -> None:
        """A file needs its pixel size.

        Raises
        ------
        ExportError
            Where it is not known.
        """
        if stack.pixel_size_nm is None or stack.pixel_size_y_nm is None:
            raise ExportError(
                "GSF needs the pixel size, which is not known: set `pixel_size_nm` of the input",
                settings=("pixel_size_nm",),
            )

    def may_replace(self, path: Path) -> bool:
        """Whether it is a folder of nothing but such files, of whatever number."""
        return path.is_dir() and not path.is_symlink() and not self.foreign_in(path)

    def foreign_in(self, folder: Path) -> tuple[str, ...]:
        """Names of the files in a folder that hold no field of playnano's."""
        return NumberedFiles(folder.name, ENDING).foreign(folder, _is_ours)

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        stack = computed(stack, path.parent, self.keeps, threads)
        path.mkdir()
        files, holed = NumberedFiles(path.name, ENDING), 0
        images = data_of(stack)
        for index in range(len(stack)):
            stored = as_stored(images[index])
            holed += not np.isfinite(stored).all()
            (path / files.name(index, len(stack))).write_bytes(_header(stack, index) + stored.tobytes())
        remark = (
            f"{holed} frames hold values that are not numbers: GSF does not say what a program does with them"
        )
        return ExportNotes((remark,) if holed else ())


def _header(stack: AFMImageStack, index: int) -> bytes:
    """What stands before the values, filled up with NULs to a multiple of 4 bytes."""
    _, height, width = stack.shape
    metadata = stack.frame_metadata[index] if stack.frame_metadata else {}
    x, y = _pixel_size_nm(stack, metadata)
    fields: dict[str, Any] = {
        WIDTH: width,
        HEIGHT: height,
        WIDTH_REAL: x * width,
        HEIGHT_REAL: y * height,
        LENGTH_UNIT: "nm",
        VALUE_UNIT: stack.unit,
        TITLE: stack.channel,
        FRAME: index,
        TIME: metadata.get("timestamp"),
        DURATION: metadata.get("frame_duration_s"),
    }
    lines = [f"{name} = {_one_line(value)}\n" for name, value in fields.items() if _is_known(value)]
    text = "".join([f"{MAGIC}0\n", *lines]).encode("utf-8")
    return text.ljust(data_offset(len(text)), b"\0")


def _is_ours(head: bytes) -> bool:
    header = head.partition(b"\0")[0]
    return header.startswith(MAGIC.encode()) and f"\n{OWN_FIELD}".encode() in header


def _pixel_size_nm(stack: AFMImageStack, metadata: FrameMetadata) -> tuple[float, float]:
    """(x, y) of one frame: some movies change it on the way."""
    x, y = stack.pixel_size_nm or 0.0, stack.pixel_size_y_nm or 0.0
    own = metadata.get("frame_pixel_size_nm")
    if not isinstance(own, int | float) or own <= 0:
        return x, y
    return float(own), y * (own / x) if own != x else y


def _is_known(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, float) and not np.isfinite(value))


def _one_line(value: Any) -> str:
    return " ".join(str(value).replace("\0", "").split())
