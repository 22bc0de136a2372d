"""Save a stack as data: OME-TIFF, NPZ, HDF5."""

from collections.abc import Sequence
from pathlib import Path

from playnano.exporters import EXPORTS, Export
from playnano.exporters.data.h5 import H5Export
from playnano.exporters.data.npz import NpzExport
from playnano.exporters.data.ome_tiff import OmeTiffExport
from playnano.exporters.naming import stack_stem
from playnano.registry import model_name
from playnano.runner.writing import PlannedFile, write_exports
from playnano.stack.stack import AFMImageStack

DATA_FORMATS = ("tif", "npz", "h5")


def save_ome_tiff_stack(
    path: str | Path, stack: AFMImageStack, *, raw: bool = False, overwrite: bool = False
) -> Path:
    """Save the movie alone as an OME-TIFF.

    Parameters
    ----------
    path : str or Path
        The file; missing folders are made.
    stack : AFMImageStack
    raw : bool
        Write the movie as it was read: all frames, no steps.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    PlaynanoError
        Where the file exists, cannot be written, or cannot hold the stack: frames must share one pixel size.
    """
    return _saved(OmeTiffExport, raw, path, stack, overwrite)


def save_npz_bundle(
    path: str | Path, stack: AFMImageStack, *, raw: bool = False, overwrite: bool = False
) -> Path:
    """Save data, layers, masks, metadata and provenance as an NPZ file.

    Parameters
    ----------
    path : str or Path
        The file; missing folders are made.
    stack : AFMImageStack
    raw : bool
        Write the movie as it was read: all frames, no steps, no layers.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    PlaynanoError
        Where the file exists or cannot be written.
    """
    return _saved(NpzExport, raw, path, stack, overwrite)


def save_h5_bundle(
    path: str | Path, stack: AFMImageStack, *, raw: bool = False, overwrite: bool = False
) -> Path:
    """Save data, layers, masks, metadata and provenance as an HDF5 file.

    Parameters
    ----------
    path : str or Path
        The file; missing folders are made.
    stack : AFMImageStack
    raw : bool
        Write the movie as it was read: all frames, no steps, no layers.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    PlaynanoError
        Where the file exists or cannot be written.
    """
    return _saved(H5Export, raw, path, stack, overwrite)


def export_bundles(
    afm_stack: AFMImageStack,
    output_folder: str | Path = "output",
    base_name: str | None = None,
    formats: str | Sequence[str] = DATA_FORMATS,
    raw: bool = False,
    overwrite: bool = False,
) -> list[Path]:
    """Save a stack in several formats: all of them, or none.

    Parameters
    ----------
    afm_stack : AFMImageStack
    output_folder : str or Path
        Folder for the files, made where it is missing.
    base_name : str, optional
        Name of the files, to which `_filtered` or `_raw` and the extension are added; by default the input's.
    formats : str or sequence of str
        `tif`, `npz`, `h5`, and whatever else `playnano formats` lists.
    raw : bool
        Write the movie as it was read: all frames, no steps.
    overwrite : bool
        Replace files that exist.

    Returns
    -------
    list of Path
        The files written, in the order of `formats`.

    Raises
    ------
    PlaynanoError
        For an unknown format, or where a file exists or cannot be written.
    """
    stem = stack_stem(afm_stack) if base_name is None else base_name
    has_steps = bool(afm_stack.provenance.all_steps())
    names = dict.fromkeys(map(EXPORTS.canonical, [formats] if isinstance(formats, str) else formats))
    exports = [EXPORTS.make(name, {"raw": raw}) for name in names]
    planned = [PlannedFile(e, Path(output_folder) / e.file_name(stem, has_steps)) for e in exports]
    return list(write_exports(afm_stack, planned, overwrite=overwrite).outputs)


def _saved(kind: type[Export], raw: bool, path: str | Path, stack: AFMImageStack, overwrite: bool) -> Path:
    export = EXPORTS.make(model_name(kind, EXPORTS.key), {"raw": raw})
    return write_exports(stack, [PlannedFile(export, Path(path))], overwrite=overwrite).outputs[0]
