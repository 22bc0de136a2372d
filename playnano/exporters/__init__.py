"""Exports: what a stack can be written as. One file a format."""

from typing import Annotated

from playnano.exporters.base import BundleExport, Export
from playnano.exporters.gif import GifExport
from playnano.exporters.gsf import GsfExport
from playnano.exporters.h5 import H5Export
from playnano.exporters.image_sequence import JpgSequenceExport, PngSequenceExport
from playnano.exporters.imagej_tiff import ImagejTiffExport
from playnano.exporters.montage import MontageExport
from playnano.exporters.npz import NpzExport
from playnano.exporters.ome_tiff import OmeTiffExport
from playnano.exporters.ome_zarr import OmeZarrExport
from playnano.exporters.video import AviExport, MkvExport, MovExport, Mp4Export
from playnano.registry import Models

__all__ = ["EXPORTS", "AnyExport", "BundleExport", "Export"]

EXPORTS: Models[Export] = Models(
    "playnano.exports",
    "export format",
    "format",
    Export,
    (
        OmeTiffExport,
        ImagejTiffExport,
        OmeZarrExport,
        NpzExport,
        H5Export,
        GifExport,
        Mp4Export,
        AviExport,
        MovExport,
        MkvExport,
        PngSequenceExport,
        JpgSequenceExport,
        GsfExport,
        MontageExport,
    ),
)
AnyExport = Annotated[Export, EXPORTS]
