"""The figure of a montage, drawn by matplotlib."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.exporters.pictures.montage_layout import COLOUR_BAR_MM, LABEL_ROW_MM, Box, Layout
from playnano.rendering.annotations import Annotations, arranged, wrapped
from playnano.rendering.colour_bar import tick_texts
from playnano.rendering.glyphs import text_width
from playnano.rendering.pictures import Pictures
from playnano.rendering.zrange import ZRange

DPI = 300
MM_PER_INCH = 25.4
PT_PER_MM = 72 / MM_PER_INCH
FONT_PT = 6.5
FONT_PX = round(FONT_PT / 72 * DPI)
LINE_PT = 0.5
OUTLINE_PT = 1.3
LABEL_LIFT_MM = 0.85
"""Distance of labels above their pictures."""
TICK_MM = 0.6
"""Length of a tick, and of the gap between it and its value."""
SCALE_BAR_MM = 0.6
MARGIN_MM = 1.5
STYLE: dict[str, Any] = {"font.family": "DejaVu Sans", "font.size": FONT_PT, "pdf.fonttype": 42}
"""Type 42: letters stay letters, which a journal can edit."""


def text_mm(text: str) -> float:
    """Width of a text on the figure."""
    return text_width(text, FONT_PX) / DPI * MM_PER_INCH


def values_mm(ticks: Sequence[float], unit: str) -> float:
    """Width of the colour bar's ticks with their values, at least what its unit takes."""
    values = max(text_mm(text) for text in tick_texts(list(ticks)))
    return max(2 * TICK_MM + values, text_mm(unit) - COLOUR_BAR_MM)


def lines(text: str | None, width_mm: float) -> list[str]:
    """A text in lines that fit in the figure's width."""
    return list(wrapped(text or "", _px(width_mm), FONT_PX))


class Sheet:
    """A figure that is being drawn.

    Parameters
    ----------
    layout : Layout
    vector : bool
        Whether it becomes a PDF, that holds the pictures with their own pixels, or an image of 300 dpi.
    """

    def __init__(self, layout: Layout, *, vector: bool) -> None:
        from matplotlib.figure import Figure

        self.layout, self.vector = layout, vector
        self.width_px, self.height_px = _px(layout.width), _px(layout.height)
        self.figure = Figure(figsize=(self.width_px / DPI, self.height_px / DPI), dpi=DPI)

    def add_headings(self, headings: Sequence[str]) -> None:
        """Lines of text above all."""
        for number, heading in enumerate(headings, 1):
            self._write(heading, 0, number * LABEL_ROW_MM - LABEL_LIFT_MM)

    def add_panels(self, shown: Pictures, frames: Sequence[int], times: Sequence[str]) -> None:
        """Frames, their times above them, and a scale bar on the first; on all where these differ."""
        bare = without_annotations(shown)
        for place, index in enumerate(frames):
            left, top, width, height = self.layout.panel(place)
            axes = self._axes((left, top, width, height))
            axes.set_axis_off()
            self._show(axes, shown.palette[bare[index]])
            if times:
                self._write(times[place], left, top - LABEL_LIFT_MM)
            if shown.plan.bars and (place == 0 or shown.plan.bars.differ):
                nm = shown.plan.bars.length.nm
                share = nm / float(shown.plan.bars.nm_per_px[index]) / bare.shape[2]
                self._add_scale_bar(left, top + height, share * width, shown.plan.bars.length.label)

    def add_colour_bar(self, shown: Pictures, zrange: ZRange, ticks: Sequence[float]) -> None:
        """The colours beside the panels, their heights at the right, the unit above."""
        left, top, *_ = box = self.layout.colour_bar
        axes = self._axes(box)
        axes.imshow(
            shown.palette[: shown.map_colours][::-1, None],
            extent=(0, 1, zrange.zmin, zrange.zmax),
            aspect="auto",
            interpolation="none" if self.vector else "nearest",
        )
        axes.set_xticks([])
        axes.yaxis.tick_right()
        axes.set_yticks(list(ticks), tick_texts(list(ticks)))
        axes.tick_params(length=TICK_MM * PT_PER_MM, pad=TICK_MM * PT_PER_MM, width=LINE_PT)
        for spine in axes.spines.values():
            spine.set_linewidth(LINE_PT)
        self._write(shown.stack.unit, left, top - LABEL_LIFT_MM)

    def save(self, path: Path, *, title: str, subject: str) -> None:
        """Write the file; it holds no timestamp."""
        if self.vector:
            self._save_pdf(path, title, subject)
        else:
            self._save_png(path, title, subject)

    def _save_pdf(self, path: Path, title: str, subject: str) -> None:
        from matplotlib.backends.backend_pdf import FigureCanvasPdf

        info = {"Title": title, "Subject": subject, "Creator": "playnano"}
        canvas: Any = FigureCanvasPdf(self.figure)
        canvas.print_pdf(path, metadata={**info, "CreationDate": None})

    def _save_png(self, path: Path, title: str, subject: str) -> None:
        """Without transparency, which journals' pages do not like."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image, PngImagePlugin

        canvas: Any = FigureCanvasAgg(self.figure)
        canvas.draw()
        pixels: NDArray[np.uint8] = np.asarray(canvas.buffer_rgba())[..., :3]
        info = PngImagePlugin.PngInfo()
        for key, text in (("Title", title), ("Comment", subject), ("Software", "playnano")):
            info.add_text(key, text)
        Image.fromarray(np.ascontiguousarray(pixels)).save(path, "PNG", dpi=(DPI, DPI), pnginfo=info)

    def _show(self, axes: Any, picture: NDArray[np.uint8]) -> None:
        """Fill the axes with colours; pictures larger than the panel are averaged, not thinned out."""
        axes.imshow(picture, aspect="auto", interpolation="none" if self.vector else "antialiased")

    def _add_scale_bar(self, left: float, bottom: float, length: float, label: str) -> None:
        """At the lower left of a panel; white with a dark rim, legible on any ground."""
        from matplotlib.patches import Rectangle

        margin = min(MARGIN_MM, (self.layout.panel_size[0] - length) / 2)
        left, top = left + margin, bottom - MARGIN_MM - SCALE_BAR_MM
        x, y, width, height = self._fractions((left, top, length, SCALE_BAR_MM))
        bar = Rectangle(
            (x, y), width, height, transform=self.figure.transFigure, facecolor="white", linewidth=0
        )
        bar.set_path_effects(_rim())
        self.figure.add_artist(bar)
        inside = max(0.0, (length - text_mm(label)) / 2)
        for effects in (_rim(), []):  # the rim makes a drawing of the text; without it, it is text in a PDF
            self._write(label, left + inside, top - LABEL_LIFT_MM, color="white", path_effects=effects)

    def _write(self, text: str, left: float, baseline: float, **style: Any) -> Any:
        x, y, *_ = self._fractions((left, baseline, 0, 0))
        return self.figure.text(x, y, text, va="baseline", parse_math=False, **style)

    def _axes(self, box: Box) -> Any:
        """Axes on whole pixels, so that gaps are equally wide and edges sharp."""
        left, top, width, height = box
        edges = (_px(left), _px(top), _px(left + width), _px(top + height))
        x, y, right, bottom = (edge / DPI * MM_PER_INCH for edge in edges)
        return self.figure.add_axes(self._fractions((x, y, right - x, bottom - y)))

    def _fractions(self, box: Box) -> Box:
        """A place as matplotlib wants it: from below, in parts of the figure."""
        left, top, width, height = box
        across, down = (px / DPI * MM_PER_INCH for px in (self.width_px, self.height_px))
        return left / across, 1 - (top + height) / down, width / across, height / down


def without_annotations(shown: Pictures) -> Pictures:
    """The same pictures with nothing drawn on them; their clipped pixels are counted for both."""
    drawing = arranged(Annotations(), shown.plan.enlargement.picture)
    return replace(shown, band=None, plan=replace(shown.plan, drawing=drawing))


def _rim() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=OUTLINE_PT, foreground="black")]


def _px(mm: float) -> int:
    return round(mm / MM_PER_INCH * DPI)
