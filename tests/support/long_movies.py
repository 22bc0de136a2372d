"""Movies, or images, so large that a reader which reads more than it needs is seen to do so."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from aris_file import write_aris
from gsf_file import field
from gwy_file import gwyddion
from ibw_file import wave
from nid_file import nanosurf
from still_files import write_jpk, write_spm
from sxm_file import nanonis
from topostats_file import topostats
from wsxm_file import wsxm

from playnano.exporters import EXPORTS
from playnano.sample.files import write_asd, write_jpk_h5
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack

FRAMES, SIDE = 12, 256


def images() -> np.ndarray:
    """Noise, which no compression makes small."""
    rng = np.random.default_rng(0)
    return rng.normal(scale=3, size=(FRAMES, SIDE, SIDE)).astype(np.float32)


def movie() -> AFMImageStack:
    times = [0.5 * index for index in range(FRAMES)]
    return AFMImageStack.from_array(images(), pixel_size_nm=2.0, timestamps=times)


def bundle(format: str) -> Callable[[Path], Path]:
    """Writes the movie with layers and a mask."""

    def write(folder: Path) -> Path:
        stack = spool(movie().apply("remove_plane").apply("mask_threshold", threshold=1.0))
        export = EXPORTS[format]()
        path = folder / export.file_name("movie", False)
        export.write(stack, path)
        return path

    return write


def folder_of(write: Callable[[Path, np.ndarray], object], ending: str) -> Callable[[Path], Path]:
    """Writes a folder with a file per frame."""

    def write_all(folder: Path) -> Path:
        (folder / "images").mkdir()
        for number, image in enumerate(images()[:6]):
            write(folder / "images" / ending.format(number), image)
        return folder / "images"

    return write_all


def aris(folder: Path) -> Path:
    def edit(file: h5py.File) -> None:
        for index, image in enumerate(images()[:4]):
            for channel in ("HeightTrace", "PhaseTrace"):
                group = file[f"DataSet/Resolution 0/Frame {index}/{channel}"]
                del group["Image"]
                group.create_dataset("Image", data=image * 1e-9)
        file["DataSetInfo/Global/Parameters/Scan"].attrs.update(ScanPoints=SIDE, ScanLines=SIDE)

    return write_aris(folder / "movie.aris", edit)


def _counts(image: np.ndarray) -> np.ndarray:
    return (100 * image).astype(np.int32)


LONG: dict[str, Callable[[Path], Path]] = {
    "h5-jpk": lambda folder: _written(write_jpk_h5, folder / "movie.h5-jpk"),
    "asd": lambda folder: _written(write_asd, folder / "movie.asd"),
    "aris": aris,
    "npz": bundle("npz"),
    "h5": bundle("h5"),
    "ome-tiff": bundle("tif"),
    "tiff": bundle("imagej-tiff"),
    "ome-zarr": bundle("ome-zarr"),
    "gsf": folder_of(lambda path, image: path.write_bytes(field(image)), "{}.gsf"),
    "gwy": folder_of(lambda path, image: path.write_bytes(gwyddion(image=image)), "{}.gwy"),
    "ibw": folder_of(lambda path, image: path.write_bytes(wave(image=image)), "{}.ibw"),
    "nid": folder_of(lambda path, image: path.write_bytes(nanosurf(image=_counts(image))), "{}.nid"),
    "sxm": folder_of(lambda path, image: path.write_bytes(nanonis(forward=image)), "{}.sxm"),
    "jpk": folder_of(lambda path, image: write_jpk(path, samples=_counts(image)), "{}.jpk"),
    "spm": folder_of(lambda path, image: write_spm(path, samples=_counts(image)), "a.{:03}"),
    "wsxm": folder_of(lambda path, image: path.write_bytes(wsxm(image, kind="double")), "{}.stp"),
    "topostats": folder_of(topostats, "{}.topostats"),
}
"""By the name of the reader."""


def _written(write: Callable[..., object], path: Path) -> Path:
    write(movie(), path)
    return path
