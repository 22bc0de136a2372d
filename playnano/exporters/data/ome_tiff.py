"""OME-TIFF: the movie alone, for Fiji, Bio-Formats and napari."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from playnano.exporters.base import FACTS, Export
from playnano.exporters.data.base import computed, data_of, one_pixel_size, stored_images
from playnano.exporters.data.ome_xml import ome_xml
from playnano.registry import package_version
from playnano.stack.stack import AFMImageStack

CLASSIC_LIMIT = 2**32 - 2**25
"""Bytes up to which a TIFF's places fit in 32 bits, with room for what is not image."""
PAGE_BYTES = 256
"""About what one page's own tags take."""
FINEST_NM = 0.01
"""The smallest pixel whose resolution fits in the numbers of a TIFF."""


class OmeTiffExport(Export):
    """The movie without layers as a float32 OME-TIFF with pixel size, times and provenance in its header."""

    extension: ClassVar[str] = ".ome.tif"
    preserves: ClassVar[tuple[str, ...]] = tuple(
        fact for fact in FACTS if fact not in ("layers", "masks", "tables", "measured images")
    )
    aliases: ClassVar[tuple[str, ...]] = ("ome-tiff", "ome.tif", "ome-tif")

    format: Literal["tif"] = "tif"

    def check_movie(self, stack: AFMImageStack) -> None:
        """One movie, one pixel size: the format has no place for more.

        Raises
        ------
        ExportError
            Where frames differ in it.
        """
        one_pixel_size(stack, "OME-TIFF")

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> None:
        import tifffile

        stack = computed(stack, path.parent, self.keeps, threads)
        header = ome_xml(stack, threads).encode()
        n, height, width = stack.shape
        size = n * (height * width * 4 + PAGE_BYTES) + len(header)
        with tifffile.TiffWriter(path, bigtiff=size > CLASSIC_LIMIT, byteorder="<") as file:
            file.write(
                stored_images(data_of(stack), threads),
                shape=stack.shape,
                dtype=np.float32,
                photometric="minisblack",
                description=header,
                metadata=None,
                **_resolution(stack),
                software=f"playnano {package_version('playnano')}",
            )


def _resolution(stack: AFMImageStack) -> dict[str, Any]:
    """Pixels per cm in x and y, for programs that do not read OME-XML; nothing where a TIFF cannot say it."""
    x, y = stack.pixel_size_nm, stack.pixel_size_y_nm
    if x is None or y is None or min(x, y) < FINEST_NM:
        return {}
    return {"resolution": (1e7 / x, 1e7 / y), "resolutionunit": "CENTIMETER"}
