"""Figures of tables: a folder with one for each table that has a figure of its own."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from playnano.exporters.base import ExportNotes
from playnano.exporters.figure_style import figure_style
from playnano.exporters.naming import MADE_BY_FILE_MANAGERS
from playnano.exporters.tables.base import TableExport
from playnano.exporters.tables.drawings import Draw, drawing_of
from playnano.exporters.tables.figures import STYLE, figure, is_ours, save
from playnano.exporters.tables.image_drawings import draw_images
from playnano.model import Unit
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table

Mm = Annotated[float, Unit("mm")]


class PlotsExport(TableExport):
    """A folder of figures: tracks over the mean image, MSD with its fit, histograms, kymographs and others.

    One figure for each table and each measured image, `<name>.png`, at the width of a journal's column, in
    colours that the colour-blind tell apart, with letters that stay letters in SVG and PDF.
    """

    extension: ClassVar[str] = "_plots"
    takes_images: ClassVar[bool] = True

    format: Literal["plots"] = "plots"
    image: Literal["png", "svg", "pdf"] = "png"
    """What the figures are written as."""
    width_mm: Annotated[Mm, Field(ge=40, le=400)] = 85.0
    """Width of each figure; 85 mm is a column, 180 mm a page of most journals."""
    dpi: Annotated[int, Field(ge=72, le=1200)] = 300
    """Dots an inch of PNG."""

    def may_replace(self, path: Path) -> bool:
        """Whether it is a folder of nothing but figures that playnano wrote."""
        return path.is_dir() and not path.is_symlink() and not self.foreign_in(path)

    def foreign_in(self, folder: Path) -> tuple[str, ...]:
        """Names of the files in a folder that are not such figures."""
        files = [file for file in folder.iterdir() if file.name not in MADE_BY_FILE_MANAGERS]
        return tuple(sorted(file.name for file in files if not is_ours(file)))

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        path.mkdir()
        drawings = {**dict(_table_drawings(stack)), **dict(_image_drawings(stack))}
        with figure_style(STYLE):
            for name, draw in drawings.items():
                sheet = figure(self.width_mm)
                draw(sheet)
                save(sheet, path / f"{name}.{self.image}", title=name, dpi=self.dpi)
        if not drawings:
            return ExportNotes((f"there is no figure for these tables: {', '.join(stack.tables)}",))
        return ExportNotes()


def _table_drawings(stack: AFMImageStack) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """What draws the figure of each table that has one."""
    for name, table in stack.tables.items():
        record = stack.provenance.all_tables().get(name)
        draw = drawing_of(record.measure if record else "", table)
        if draw is not None:
            yield name, partial(_drawn, draw, table, stack)


def _drawn(draw: Draw, table: Table, stack: AFMImageStack, sheet: Any) -> None:
    draw(sheet, table, stack)


def _image_drawings(stack: AFMImageStack) -> Iterator[tuple[str, Callable[[Any], None]]]:
    return ((name, partial(draw_images, images=images)) for name, images in stack.images.items())
