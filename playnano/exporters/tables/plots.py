"""Figures of tables: a folder with one for each table that has a figure of its own."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from playnano.exporters.base import ExportNotes
from playnano.exporters.figure_style import figure_style
from playnano.exporters.naming import MADE_BY_FILE_MANAGERS
from playnano.exporters.tables.base import TableExport
from playnano.exporters.tables.drawings import drawing_of
from playnano.exporters.tables.figures import STYLE, figure, save
from playnano.model import Unit
from playnano.stack.stack import AFMImageStack

Mm = Annotated[float, Unit("mm")]
ENDINGS = ("png", "svg", "pdf")


class PlotsExport(TableExport):
    """A folder of figures: tracks over the mean image, MSD with its fit, histograms, kymographs and others.

    One figure for each table, `<table>.png`, at the width of a journal's column, in colours that the
    colour-blind tell apart, with letters that stay letters in SVG and PDF.
    """

    extension: ClassVar[str] = "_plots"

    format: Literal["plots"] = "plots"
    image: Literal["png", "svg", "pdf"] = "png"
    """What the figures are written as."""
    width_mm: Annotated[Mm, Field(ge=40, le=400)] = 85.0
    """Width of each figure; 85 mm is a column, 180 mm a page of most journals."""
    dpi: Annotated[int, Field(ge=72, le=1200)] = 300
    """Dots an inch of PNG."""

    def may_replace(self, path: Path) -> bool:
        """Whether it is a folder of nothing but figures."""
        if not path.is_dir() or path.is_symlink():
            return False
        names = [file for file in path.iterdir() if file.name not in MADE_BY_FILE_MANAGERS]
        return bool(names) and all(file.suffix[1:] in ENDINGS for file in names)

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        path.mkdir()
        without = []
        with figure_style(STYLE):
            for name, table in stack.tables.items():
                record = stack.provenance.all_tables().get(name)
                draw = drawing_of(record.measure if record else "", table)
                if draw is None:
                    without.append(name)
                    continue
                sheet = figure(self.width_mm)
                draw(sheet, table, stack)
                save(sheet, path / f"{name}.{self.image}", title=name, dpi=self.dpi)
        if len(without) == len(stack.tables):
            return ExportNotes((f"there is no figure for these tables: {', '.join(without)}",))
        return ExportNotes()
