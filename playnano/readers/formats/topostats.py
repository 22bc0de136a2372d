"""Images that TopoStats made: HDF5 files `.topostats`, heights in nm."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.readers.base import ReadOptions
from playnano.readers.folders import Still, StillFormat
from playnano.readers.parsing.binary import image_shape
from playnano.readers.parsing.channels import channel_name, damage_doubts
from playnano.readers.parsing.hdf5 import BROKEN_HDF5, check_within, is_hdf5, is_too_small, names, trouble
from playnano.readers.parsing.parts import check_hdf5_size
from playnano.readers.parsing.text import size_doubts
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.frames import Image, LayerImage, Mask

_MASKED = "the mask of grains is in force: what it marks is left out of fits"
_SCALING = "pixel_to_nm_scaling"
_GRAINS, _SIDES = "grain_masks", ("above", "below")
_MOST_CLASSES = 64
_IMAGES = ("image", "image_original")


@dataclass(frozen=True)
class Dataset:
    """Reads an image out of an HDF5 file."""

    path: Path
    name: str

    def __call__(self) -> Image:
        """The image (height, width), float32."""
        with _file(self.path) as file, np.errstate(over="ignore"):
            return np.asarray(file[self.name][()], np.float32)


@dataclass(frozen=True)
class GrainMask:
    """Reads what TopoStats marked as grains: masks (height, width), or with one layer for each class."""

    path: Path
    names: tuple[str, ...]

    def __call__(self) -> Mask:
        """The mask (height, width) of grains above and below the surface."""
        with _file(self.path) as file:
            masks = [self._grains(file[name][()]) for name in self.names]
        return np.asarray(sum(masks[1:], masks[0]), bool)

    def _grains(self, mask: LayerImage) -> Mask:
        classes = mask if mask.ndim == 2 else mask[..., 1:].any(axis=-1)  # the first class is the background
        return np.asarray(classes, bool)


def _recognise(path: Path) -> bool:
    if not is_hdf5(path):
        return False
    try:
        with _file(path) as file:
            return "topostats_file_version" in file or (_SCALING in file and "image" in file)
    except ReadError:
        return path.name.lower().endswith(".topostats")  # opening it will say what is wrong


def _channels(path: Path) -> tuple[str, ...]:
    with _file(path) as file:
        return _names(file)


def _open(path: Path, options: ReadOptions) -> Still:
    warnings = check_hdf5_size(path)
    with _file(path) as file:
        channels = _names(file)
        damage = ("'image' is missing",) if channels[:1] == _IMAGES[1:] else ()
        channel = channel_name(options.channel, channels, _IMAGES.__contains__, damage)
        warnings += damage_doubts(damage)
        shape = _shape(file[channel], path)
        masks, lost = _masks(file, shape)
        warnings += damage_doubts(lost)
        pixel_size_nm = _number(file, _SCALING)
        warnings += _about_size(file, pixel_size_nm, options)
        version = _number(file, "topostats_file_version")
    return Still(
        channel=channel,
        unit=scale_and_unit("nm", options)[1],
        shape=shape,
        read=Dataset(path, channel),
        mask=GrainMask(path, masks) if masks else None,
        pixel_size_nm=pixel_size_nm,
        pixel_size_y_nm=pixel_size_nm,
        header={} if version is None else {"topostats_file_version": version},
        warnings=(*warnings, _MASKED) if masks else warnings,
    )


@contextmanager
def _file(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except BROKEN_HDF5 as error:
        raise ReadError(trouble(error, "it is broken or cut short, or not a .topostats file")) from error


def _names(file: Any) -> tuple[str, ...]:
    return tuple(name for name in _IMAGES if len(getattr(file.get(name), "shape", ())) == 2)


def _shape(dataset: Any, path: Path) -> tuple[int, int]:
    check_within(dataset, path)
    if dataset.dtype.kind not in "iuf":
        raise ReadError("its image holds no numbers")
    height, width = image_shape(dataset.shape[1], dataset.shape[0])
    if is_too_small(dataset):
        raise ReadError(f"the file says {height} x {width} pixels, but does not hold them")
    return height, width


def _masks(file: Any, shape: tuple[int, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where the masks of grains are, those of images of this shape; and what is there and no such mask.

    A name of which one letter is another is that of a mask too, damaged.
    """
    masks: list[str] = []
    lost = [f"'{name}' is not known: perhaps `{_GRAINS}`" for name in _misspelled(names(file), [_GRAINS])]
    group = file.get(_GRAINS)
    if _GRAINS in file and not hasattr(group, "items"):
        return (), (f"`{_GRAINS}`, the masks, cannot be read",)
    sides = names(group) if group is not None else []
    lost += [
        f"'{_GRAINS}/{name}' is not known, so that mask is not read" for name in _misspelled(sides, _SIDES)
    ]
    if group is not None and not sides:
        lost.append(f"`{_GRAINS}` holds no mask")
    for name in [f"{_GRAINS}/{side}" for side in _SIDES if side in sides]:
        if _is_mask(file.get(name), shape):
            check_within(file[name], Path(file.filename))
            masks.append(name)
        elif not _is_nothing(file.get(name)):
            lost.append(f"`{name}` cannot be read as a mask of {shape[0]} x {shape[1]} pixels")
    return tuple(masks), tuple(lost)


def _misspelled(present: Sequence[str], expected: Sequence[str]) -> list[str]:
    """Names that are an expected one but for a letter, which may stand in place of the zero at its end."""
    return [name for name in present if any(_is_nearly(name, other) for other in expected)]


def _is_nearly(name: str, other: str) -> bool:
    if len(name) != len(other):
        return name[:-1] == other
    return sum(a != b for a, b in zip(name, other, strict=True)) == 1


def _is_nothing(member: Any) -> bool:
    """Whether a word stands in place of a mask, where there are no grains."""
    return getattr(member, "shape", None) == () and member.dtype.kind not in "iuf"


def _is_mask(mask: Any, shape: tuple[int, int]) -> bool:
    extent = getattr(mask, "shape", ())
    return bool(
        extent[:2] == shape
        and len(extent) in (2, 3)
        and extent[2:] <= (_MOST_CLASSES,)
        and mask.dtype.kind in "iufb"
        and (mask.external or not is_too_small(mask))
    )


def _about_size(file: Any, pixel_size_nm: float | None, options: ReadOptions) -> tuple[str, ...]:
    written = "not a number above 0" if _SCALING in file else None
    return size_doubts(options, (_SCALING, written, pixel_size_nm))


def _number(file: Any, name: str) -> float | None:
    """A number above 0; None where the file says none."""
    dataset = file.get(name)
    if getattr(dataset, "shape", None) != () or dataset.dtype.kind not in "iuf":
        return None
    check_within(dataset, Path(file.filename))
    value = float(dataset[()])
    return value if 0 < value < math.inf else None


READER = StillFormat(
    name="topostats",
    description="images saved by TopoStats (HDF5)",
    suffixes=(".topostats",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "the flattened or the original image, in nm by definition of the format, with the mask of grains; "
        "pixel size"
    ),
    loses="traces and statistics of grains",
).reader()
