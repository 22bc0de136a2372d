"""Formats: one file or folder each; a listing of this folder is the list of what can be read."""

from typing import Any

from playnano.readers.base import Reader
from playnano.readers.formats import gsf, gwy, ibw, nid, ome_zarr, sxm, topostats, wsxm
from playnano.readers.formats.aris import reader as aris_reader
from playnano.readers.formats.asd import reader as asd_reader
from playnano.readers.formats.bundles import h5 as bundle_h5
from playnano.readers.formats.bundles import npz as bundle_npz
from playnano.readers.formats.bundles import ome_tiff as bundle_ome_tiff
from playnano.readers.formats.jpk import image as jpk_image
from playnano.readers.formats.jpk import movie as jpk_movie
from playnano.readers.formats.nanoscope import reader as nanoscope_reader
from playnano.readers.formats.tiff import reader as tiff_reader
from playnano.registry import Registry


def _checked(name: str, thing: Any) -> Reader:
    if not isinstance(thing, Reader) or thing.name != name:
        raise TypeError(f"it is not a Reader called '{name}'")
    return thing


_BUILTINS = (
    jpk_movie.READER,
    aris_reader.READER,
    jpk_image.READER,
    nanoscope_reader.READER,
    asd_reader.READER,
    gwy.READER,
    gsf.READER,
    ibw.READER,
    wsxm.READER,
    sxm.READER,
    nid.READER,
    topostats.READER,
    bundle_npz.READER,
    bundle_h5.READER,
    bundle_ome_tiff.READER,
    tiff_reader.READER,
    ome_zarr.READER,
)
READERS: Registry[Reader] = Registry("playnano.readers", "reader", {r.name: r for r in _BUILTINS}, _checked)
