"""Base of table exports: they hold measurements, no images."""

from typing import ClassVar

from playnano.errors import ExportError
from playnano.exporters.base import Export
from playnano.stack.stack import AFMImageStack


class TableExport(Export):
    """An export of the tables that `analysis` measures."""

    writes_images: ClassVar[bool] = False
    takes_images: ClassVar[bool] = False
    """Whether it makes something of measured images, without any table."""

    def check_movie(self, stack: AFMImageStack) -> None:
        """Tables there must be, and they are those of the result.

        Raises
        ------
        ExportError
            Where there is none, or `raw` is set.
        """
        if self.raw:
            raise ExportError("tables are measured on the result; leave `raw` out")
        if stack.tables or (self.takes_images and stack.images):
            return
        if stack.images:
            raise ExportError("there are images and no table: `h5`, `npz` and `plots` write images")
        raise ExportError("there is no table to write: measure something in `analysis`")
