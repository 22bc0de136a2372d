"""A montage: chosen frames side by side, with one colour bar, as one figure for a paper."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, Strict

from playnano.errors import ExportError
from playnano.exporters.figure_style import figure_style
from playnano.exporters.pictures.base import PROVENANCE_ENDING, PictureExport
from playnano.exporters.pictures.montage_layout import Layout, best
from playnano.exporters.pictures.montage_sheet import STYLE, Sheet, lines, values_mm
from playnano.quality import bad_frames
from playnano.rendering.colour_bar import tick_heights
from playnano.rendering.layout import planned
from playnano.rendering.pictures import Pictures
from playnano.rendering.timestamps import Clock, TimeUnit
from playnano.stack.stack import AFMImageStack

WIDTHS_MM = {"single": 85.0, "double": 174.0}
"""Widths of one and of two columns of a journal."""
USUAL_VALUES_MM = 6.0
"""Width of the colour bar's values, before they are known."""
TICK_DISTANCE_MM = 6.0
MOST_TICKS = 8

FrameNumbers = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Strict(False), Field(min_length=1)]


class MontageExport(PictureExport):
    """A figure of chosen frames in a grid, with times, scale bar and colour bar, for a paper.

    It is as wide as one or two columns of a journal, at 300 dpi, with a font size of 6.5 pt and the
    correct pixel aspect. A PDF holds every pixel of the pictures, and editable text.
    """

    extension: ClassVar[str] = "_montage.png"

    format: Literal["montage"] = "montage"
    frames: FrameNumbers | None = None
    """Which frames, counted from 0; by default `count` of them, evenly spaced."""
    count: Annotated[int, Field(ge=1, le=100)] = 6
    """Number of frames if `frames` is not set; frames that are not good are skipped."""
    columns: Annotated[int, Field(ge=1, le=100)] | None = None
    """Number of columns; chosen by the shape of the frames by default."""
    width: Literal["single", "double"] = "single"
    """Width of the figure: one column (85 mm) or two (174 mm)."""
    file_type: Literal["png", "pdf"] = "png"
    """`png`, or `pdf` with editable text."""
    colour_bar: bool = True
    """Draw a colour bar at the right of the frames."""

    def file_ending(self) -> str:
        return f"{self.extension.removesuffix('png')}{self.file_type}"

    def check_movie(self, stack: AFMImageStack) -> None:
        super().check_movie(stack)
        missing = [index for index in self.frames or () if index >= len(stack)]
        if missing:
            raise ExportError(f"there is no frame {missing[0]}: the last one is {len(stack) - 1}")
        count = len(self.frames) if self.frames else min(self.count, len(stack))
        self._layout(count, planned(stack, self).enlargement.picture)

    def draw(self, shown: Pictures, path: Path, threads: int) -> tuple[str, ...]:
        """Draw the figure: the same bytes every time, whatever the user's own settings of matplotlib."""
        frames = self.chosen(shown)
        ticks, layout = self._with_values(shown, self._layout(len(frames), shown.plan.enlargement.picture))
        with figure_style(STYLE):
            sheet = Sheet(layout, vector=self.file_type == "pdf")
            sheet.add_headings(lines(self.text, layout.width))
            times = _times(shown.stack, frames, self.time_unit) if self.timestamp else ()
            sheet.add_panels(shown, frames, times)
            if shown.zrange and self.colour_bar:
                sheet.add_colour_bar(shown, shown.zrange, ticks)
            sheet.save(path, title=_title(shown.stack), subject=f"provenance: {path.name}{PROVENANCE_ENDING}")
        return ()

    def chosen(self, shown: Pictures) -> tuple[int, ...]:
        """The numbers of the frames to show."""
        if self.frames is not None:
            return self.frames
        bad = set(bad_frames(shown.stack.frame_metadata))
        bad |= set(shown.zrange.left_out if shown.zrange else ())
        candidates = [index for index in range(len(shown)) if index not in bad] or list(range(len(shown)))
        places = np.linspace(0, len(candidates) - 1, min(self.count, len(candidates)))
        return tuple(candidates[round(place)] for place in places.tolist())

    def _layout(self, count: int, shape: tuple[int, int]) -> Layout:
        layout = Layout(
            count=count,
            columns=min(self.columns or 1, count),
            shape=shape[0] / shape[1],
            width=WIDTHS_MM[self.width],
            values=USUAL_VALUES_MM if self.colour_bar else None,
            labelled=self.timestamp,
            headings=len(lines(self.text, WIDTHS_MM[self.width])),
        )
        every = range(1, count + 1)
        return best([layout] if self.columns else [replace(layout, columns=columns) for columns in every])

    def _with_values(self, shown: Pictures, layout: Layout) -> tuple[list[float], Layout]:
        """The colour bar's ticks, and the layout with room for their values."""
        if shown.zrange is None or not self.colour_bar:
            return [], layout
        most = min(MOST_TICKS, max(2, int(layout.colour_bar[3] / TICK_DISTANCE_MM)))
        ticks = tick_heights(shown.zrange.zmin, shown.zrange.zmax, most)
        return ticks, replace(layout, values=values_mm(ticks, shown.stack.unit))


def _times(stack: AFMImageStack, frames: tuple[int, ...], unit: TimeUnit) -> tuple[str, ...]:
    times = stack.timestamps[list(frames)]
    clock = Clock.of(times, unit)
    return tuple(clock.text(time) for time in times.tolist())


def _title(stack: AFMImageStack) -> str:
    source = stack.provenance.input
    return f"{source.name}, {stack.channel}" if source else stack.channel
