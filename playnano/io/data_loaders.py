"""Load what `playnano.io.export_data` saved, and the bundles of playNano 0.5."""

from pathlib import Path

from playnano.readers.formats.bundles.h5 import READER as H5
from playnano.readers.formats.bundles.npz import READER as NPZ
from playnano.readers.formats.bundles.ome_tiff import READER as OME_TIFF
from playnano.readers.opening import open_movie
from playnano.stack.stack import AFMImageStack


def load_npz_bundle(path: str | Path) -> AFMImageStack:
    """The stack in an NPZ bundle; a layer is unpacked on first access.

    Raises
    ------
    ReadError
        Where the file is missing, damaged or something else.
    """
    return open_movie(Path(path), reader=NPZ.name)


def load_h5_bundle(path: str | Path) -> AFMImageStack:
    """The stack in an HDF5 bundle; a frame is read on demand.

    Raises
    ------
    ReadError
        Where the file is missing, damaged or something else.
    """
    return open_movie(Path(path), reader=H5.name)


def load_ome_tiff_stack(path: str | Path) -> AFMImageStack:
    """The stack in an OME-TIFF that playnano or playNano 0.5 wrote; a frame is read on demand.

    Raises
    ------
    ReadError
        Where the file is missing, damaged or something else.
    """
    return open_movie(Path(path), reader=OME_TIFF.name)
