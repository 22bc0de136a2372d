"""A montage: chosen frames side by side, with one colour bar, as one figure for a paper."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, log
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, Strict

from playnano.errors import ExportError
from playnano.exporters.picture import PROVENANCE_ENDING, PictureExport
from playnano.rendering.annotations import Annotations, arranged
from playnano.rendering.colour_bar import tick_heights, tick_texts
from playnano.rendering.palette import MAP_COLOURS
from playnano.rendering.pictures import Pictures
from playnano.rendering.plan import Bars, known_times
from playnano.rendering.timestamps import Clock
from playnano.stack import AFMImageStack

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 300
WIDTHS_MM = {"single": 85.0, "double": 174.0}
"""Widths of one and of two columns of a journal."""
HIGHEST_MM = 235.0
NARROWEST_PANEL_MM = 9.0
USUAL_BAR_STRIP_MM = 11.0
"""Width of colour bar and values, before the values are known."""
WISHED_SHAPE = 0.62
"""Height of the grid in its widths: near the golden section."""

GAP_MM = 1.2
TIME_ROW_MM = 3.0
HEADING_ROW_MM = 4.2
FONT_PT = 6.5
FONT = "DejaVu Sans"
BAR_MM = 2.2
TICK_MM = 0.7
SCALE_BAR_MM = 0.6
LINE_PT = 0.5
OUTLINE_PT = 1.1
MM_PER_INCH = 25.4
PT_PER_MM = 72 / MM_PER_INCH
PDF_SETTINGS = {"pdf.fonttype": 42, "pdf.compression": 6}
"""Type 42: letters stay letters, that a journal can edit."""

FrameNumbers = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Strict(False), Field(min_length=1)]


class MontageExport(PictureExport):
    """A figure of chosen frames in a grid, with their times, a scale bar and a colour bar, for a paper.

    It is as wide as one or two columns of a journal, 300 dots an inch, with letters of 6.5 pt outside the
    pictures and true proportions. A PDF keeps every pixel of the pictures, and text as text.
    """

    extension: ClassVar[str] = "_montage.png"

    format: Literal["montage"] = "montage"
    frames: FrameNumbers | None = None
    """Which frames, counted from 0; unless given, `count` of them at even distances."""
    count: Annotated[int, Field(ge=1, le=100)] = 6
    """How many frames, where `frames` does not say which; blank ones are passed over."""
    columns: Annotated[int, Field(ge=1, le=100)] | None = None
    """Frames side by side; unless given, as many as fill the figure well."""
    width: Literal["single", "double"] = "single"
    """Width of the figure: one column (85 mm) or two (174 mm)."""
    file_type: Literal["png", "pdf"] = "png"
    """Pixels, or a page whose text can still be edited."""
    colour_bar: bool = True
    """Draw the colours with their heights at the right of the grid."""

    def file_name(self, stem: str, has_steps: bool) -> str:
        name = super().file_name(stem, has_steps)
        return f"{name.removesuffix('.png')}.{self.file_type}"

    def check(self, stack: AFMImageStack) -> None:
        super().check(stack)
        stack = stack.raw() if self.raw else stack
        missing = [index for index in self.frames or () if index >= len(stack)]
        if missing:
            raise ExportError(f"there is no frame {missing[0]}: the last one is {len(stack) - 1}")
        height, width = stack.shape[1:]
        aspect = height * (stack.pixel_size_y_nm or 1) / (width * (stack.pixel_size_nm or 1))
        n = len(self.frames) if self.frames else min(self.count, len(stack))
        self._grid(n, aspect, USUAL_BAR_STRIP_MM)

    def draw(self, shown: Pictures, path: Path, threads: int) -> tuple[str, ...]:
        """Draw the figure; the same bytes every time."""
        from matplotlib import style

        indices = self.chosen(shown)
        with style.context(["default", PDF_SETTINGS]):
            sheet = self._sheet(shown, len(indices))
            sheet.draw(indices)
            sheet.save(path, self.file_type)
        return ()

    def chosen(self, shown: Pictures) -> tuple[int, ...]:
        """The numbers of the frames to show."""
        if self.frames is not None:
            return self.frames
        n = len(shown)
        blank = set(shown.zrange.blank) if shown.zrange else set()
        candidates = [index for index in range(n) if index not in blank] or list(range(n))
        places = np.linspace(0, len(candidates) - 1, min(self.count, len(candidates)))
        return tuple(candidates[round(place)] for place in places.tolist())
