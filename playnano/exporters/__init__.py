"""Exports: what a stack can be written as. One file a format."""

from typing import Annotated

from playnano.exporters.base import BundleExport, Export, ExportNotes
from playnano.exporters.data.gsf import GsfExport
from playnano.exporters.data.h5 import H5Export
from playnano.exporters.data.imagej_tiff import ImagejTiffExport
from playnano.exporters.data.npz import NpzExport
from playnano.exporters.data.ome_tiff import OmeTiffExport
from playnano.exporters.data.ome_zarr import OmeZarrExport
from playnano.exporters.pictures.gif import GifExport
from playnano.exporters.pictures.image_sequence import JpgSequenceExport, PngSequenceExport
from playnano.exporters.pictures.montage import MontageExport
from playnano.exporters.pictures.video import AviExport, MkvExport, MovExport, Mp4Export
from playnano.exporters.report.export import ReportExport
from playnano.exporters.tables.base import TableExport
from playnano.exporters.tables.csv_table import CsvExport
from playnano.exporters.tables.frames_csv import FramesCsvExport
from playnano.exporters.tables.parquet_table import ParquetExport
from playnano.exporters.tables.plots import PlotsExport
from playnano.registry import Models

__all__ = ["EXPORTS", "AnyExport", "BundleExport", "Export", "ExportNotes", "TableExport"]

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
        ReportExport,
        CsvExport,
        FramesCsvExport,
        ParquetExport,
        PlotsExport,
    ),
)
AnyExport = Annotated[Export, EXPORTS]
