"""A report: one page that shows whether to trust the result."""

from pathlib import Path
from typing import ClassVar, Literal

from playnano.errors import ExportError
from playnano.exporters.base import Export, ExportNotes
from playnano.exporters.report.page import page
from playnano.exporters.report.summary import Summary
from playnano.rendering.colormaps import DEFAULT_CMAP
from playnano.rendering.look import ColormapName
from playnano.rendering.palette import palette
from playnano.stack.stack import RAW, AFMImageStack


class ReportExport(Export):
    """A page of HTML that shows whether to trust the result: opens in any browser, loads nothing.

    Frames before and after, histograms of heights, the path of the drift, all that the steps measured over
    time, the tables and images of `analysis` in short, what to be wary of, the recipe and the provenance.
    Under 3 MB however long the movie.
    """

    extension: ClassVar[str] = "_report.html"
    writes_images: ClassVar[bool] = False

    format: Literal["report"] = "report"
    cmap: ColormapName = DEFAULT_CMAP
    """Colormap of the frames: afm_brown, playnano_gold, classic_afm or any of matplotlib's."""

    def keeps(self, layer: str) -> bool:
        return layer == RAW

    def check_movie(self, stack: AFMImageStack) -> None:
        """There must be something to report on.

        Raises
        ------
        ExportError
            Where there are no frames.
        """
        if len(stack) == 0:
            raise ExportError("there are no frames to report on")

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        text = page(Summary(stack, threads), palette(self.cmap))
        path.write_text(text, encoding="utf-8", newline="\n")
        return ExportNotes()
