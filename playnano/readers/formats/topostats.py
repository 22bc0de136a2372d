"""Images that TopoStats made: HDF5 files `.topostats`, heights in nm."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import begins_with, image_shape
from playnano.readers.parsing.channels import channel_name
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.frames import Image

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_IMAGES = ("image", "image_original")
_MOST_DEFLATED = 1100  # deflate makes nothing smaller than by this


@dataclass(frozen=True)
class Dataset:
    """Reads an image out of an HDF5 file."""

    path: Path
    name: str

    def __call__(self) -> Image:
        """The image (height, width), float32."""
        with _file(self.path) as file, np.errstate(over="ignore"):
            return np.asarray(file[self.name][()], np.float32)


def _recognise(path: Path) -> bool:
    if not begins_with(path, lambda head: head.startswith(_SIGNATURE)):
        return False
    try:
        with _file(path) as file:
            return "topostats_file_version" in file or ("pixel_to_nm_scaling" in file and "image" in file)
    except ReadError:
        return path.name.lower().endswith(".topostats")  # opening it will say what is wrong


def _channels(path: Path) -> tuple[str, ...]:
    with _file(path) as file:
        return _names(file)


def _open(path: Path, asked: ReadOptions) -> Still:
    with _file(path) as file:
        channel = channel_name(asked.channel, _names(file), _IMAGES.__contains__)
        shape = _shape(file[channel])
        pixel_size_nm = _number(file, "pixel_to_nm_scaling")
        version = _number(file, "topostats_file_version")
    return Still(
        channel=channel,
        unit=scale_and_unit("nm", asked)[1],
        shape=shape,
        read=Dataset(path, channel),
        pixel_size_nm=pixel_size_nm,
        pixel_size_y_nm=pixel_size_nm,
        header={} if version is None else {"topostats_file_version": version},
    )


@contextmanager
def _file(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
        raise ReadError("it is broken or cut short, or no .topostats file") from error


def _names(file: Any) -> tuple[str, ...]:
    return tuple(name for name in _IMAGES if len(getattr(file.get(name), "shape", ())) == 2)


def _shape(dataset: Any) -> tuple[int, int]:
    if dataset.dtype.kind not in "iuf":
        raise ReadError("its image holds no numbers")
    height, width = image_shape(dataset.shape[1], dataset.shape[0])
    if height * width * dataset.dtype.itemsize > dataset.id.get_storage_size() * _MOST_DEFLATED:
        raise ReadError(f"the file says {height} x {width} pixels, but does not hold them")
    return height, width


def _number(file: Any, name: str) -> float | None:
    """A number above 0; None where the file says none."""
    dataset = file.get(name)
    if getattr(dataset, "shape", None) != () or dataset.dtype.kind not in "iuf":
        return None
    value = float(dataset[()])
    return value if 0 < value < math.inf else None


READER = StillFormat(
    name="topostats",
    description="images that TopoStats saved (HDF5)",
    suffixes=(".topostats",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps="the flattened image or the original one, in nm, which the format says; pixel size",
    loses="masks, traces and statistics of grains",
).reader()
