"""OME-Zarr folders: playnano's own, and movies of one image level as other programs write them."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import MissingFrames, ReadError
from playnano.layouts.bundle import CHANNEL, PIXEL_SIZE, PIXEL_SIZE_Y, UNIT
from playnano.layouts.ome_zarr import LABELS, LEVEL, OURS, TIMES
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.parsing.agreement import of_masks, same_times, same_values, stated_otherwise
from playnano.readers.parsing.bundle import (
    BundleParts,
    check_channel,
    read_metadata,
    read_pixel_size,
    read_provenance,
)
from playnano.readers.parsing.channels import channel_name, numbered
from playnano.readers.parsing.messages import one_line, unreadable
from playnano.readers.parsing.units import nm_per, scale_and_unit, seconds_per
from playnano.readers.parsing.zarr_chunks import check_chunks
from playnano.readers.parsing.zarr_metadata import ZarrHeader, read_header, read_json
from playnano.stack.frames import Images, LayerImage, checked_index, float_type
from playnano.stack.lazy import LazyImages, ReadFrames
from playnano.stack.metadata import plain_metadata
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import mean_interval_s

_HEADERS = ("zarr.json", ".zattrs")
_BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError, OSError)
Attributes = Mapping[str, Any]


@dataclass(frozen=True, repr=False)
class ZarrImages(LazyImages):
    """Images of an array, read chunk by chunk; `before` are the places on axes between frame and line."""

    path: Path
    array: Any
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    before: tuple[int, ...] = ()
    has_time: bool = True

    def __getitem__(self, index: int, /) -> LayerImage:
        index = checked_index(index, len(self))
        place = (index, *self.before) if self.has_time else self.before
        try:
            image = np.asarray(self.array[place])
        except _BROKEN as error:
            raise unreadable(self.path, index, error) from error
        return image.astype(self.dtype, copy=False)


def recognise(path: Path) -> bool:
    """Whether it is a folder that is an OME-Zarr image itself."""
    return path.is_dir() and any("multiscales" in _ome(path / name) for name in _HEADERS)


def _channels(path: Path) -> tuple[str, ...]:
    with _intact():
        attributes = _attributes(path)
        if OURS in attributes:
            return (str(attributes[OURS][CHANNEL]),)
        return _names(attributes, _header(path, attributes).shape)


def _open(path: Path, options: ReadOptions) -> AFMImageStack:
    with _intact():
        attributes = _attributes(path)
        header = _header(path, attributes)
        array = _array(path, header)
        check_chunks(path, array)
        warnings = _missing_chunks(header, array.fill_value, options.strict)
        stack = _own if OURS in attributes else _foreign
        movie = stack(path, attributes, array, options)
    return replace(movie, warnings=(*movie.warnings, *warnings))


@contextmanager
def _intact() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise ReadError(f"it is not an intact OME-Zarr: {one_line(error)}") from error


def _attributes(folder: Path) -> Attributes:
    """Attributes of a group: Zarr v3 has them in its metadata, v2 in a file of their own."""
    newer = (folder / "zarr.json").is_file()
    attributes = (
        read_json(folder / "zarr.json").get("attributes", {}) if newer else read_json(folder / ".zattrs")
    )
    if not isinstance(attributes, dict):
        raise ReadError(f"the attributes of {folder.name} are none")
    return attributes


def _array(root: Path, header: ZarrHeader) -> Any:
    """The array itself, of a header that was checked."""
    try:
        import zarr
    except ImportError as error:
        raise ReadError("OME-Zarr needs the zarr package: pip install 'playnano[zarr]'") from error
    name = header.folder.relative_to(root).as_posix()
    return zarr.open_array(str(root), path=name, mode="r", zarr_format=header.zarr_format)


def _ome(header: Path) -> Attributes:
    """What a header says by the OME's rules; nothing where it is no such header."""
    try:
        attributes = json.loads(header.read_text(encoding="utf-8"))
        attributes = attributes.get("attributes", {}) if header.name == "zarr.json" else attributes
        ome = attributes.get("ome", attributes)
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
    return ome if isinstance(ome, dict) else {}


def _multiscale(attributes: Attributes) -> Attributes:
    multiscale: Attributes = attributes.get("ome", attributes)["multiscales"][0]
    return multiscale


def _header(path: Path, attributes: Attributes) -> ZarrHeader:
    """Metadata of the array of the finest level, where it can be a movie."""
    header = read_header(path, _multiscale(attributes)["datasets"][0]["path"])
    axes, shape = _axes(attributes), header.shape
    if len(axes) != len(shape) or axes[-2:] != ["y", "x"] or set(axes) - set("tczyx"):
        raise ReadError(f"its axes are {''.join(axes)}: playnano reads movies whose last axes are y and x")
    if 0 in shape:
        raise ReadError(f"it holds an array of shape {shape}: that is not a movie")
    header.check_size()
    return header


def _axes(attributes: Attributes) -> list[str]:
    return [axis if isinstance(axis, str) else str(axis["name"]) for axis in _multiscale(attributes)["axes"]]


def _missing_chunks(header: ZarrHeader, fill_value: Any, strict: bool) -> tuple[str, ...]:
    missing, of = header.missing(), math.prod(header.grid())
    if not missing:
        return ()
    remark = f"{missing} of {of} chunks are missing: they read as {fill_value}"
    if strict or missing == of:
        raise ReadError(remark)
    return (MissingFrames(remark, missing),)


def _own(path: Path, attributes: Attributes, array: Any, options: ReadOptions) -> AFMImageStack:
    own = attributes[OURS]
    check_channel(options.channel, own[CHANNEL])
    raw = own.get("raw_frame_metadata")
    stack = BundleParts(
        data=ZarrImages(path, array, array.shape, np.dtype(np.float32)),
        channel=own[CHANNEL],
        unit=own[UNIT],
        pixel_size_nm=_size(own[PIXEL_SIZE]),
        pixel_size_y_nm=_size(own[PIXEL_SIZE_Y]),
        frame_metadata=read_metadata(json.dumps(own["frame_metadata"])),
        raw_frame_metadata=None if raw is None else read_metadata(json.dumps(raw)),
        provenance=read_provenance(json.dumps(own["provenance"])),
        masks=_masks(path),
    ).stack()
    return replace(
        stack, warnings=(*stack.warnings, *_edited(path, attributes, stack), *of_masks(stack, "OME-Zarr"))
    )


def _edited(path: Path, attributes: Attributes, stack: AFMImageStack) -> tuple[str, ...]:
    """The warning that the folder states for other programs what playnano's attributes in it do not."""
    steps = _steps(attributes)
    agree = {
        "scale along x": same_values(steps.get("x"), stack.pixel_size_nm),
        "scale along y": same_values(steps.get("y"), stack.pixel_size_y_nm),
        "scale along t": same_values(steps.get("t"), mean_interval_s(stack)),
        f"`{TIMES}`": same_times(_times(path, stack), stack.timestamps),
        "name": _multiscale(attributes).get("name") == stack.channel,
    }
    return stated_otherwise("the OME-Zarr", "attributes", agree)


def _times(path: Path, stack: AFMImageStack) -> NDArray[Any]:
    """The array of times, which is only compared; NaN where it is missing, broken or of another length."""
    try:
        header = read_header(path, TIMES) if (path / TIMES).is_dir() else None
        if header is not None and header.shape == (len(stack),):
            header.check_size()
            return np.asarray(_array(path, header)[:])
    except (*_BROKEN, ReadError):
        pass
    return np.full(len(stack), np.nan)


def _size(value: Any) -> float | None:
    return None if value is None else read_pixel_size(value)


def _masks(path: Path) -> dict[str, Images]:
    labels = path / LABELS
    if not labels.is_dir():
        return {}
    headers = {name: read_header(labels, f"{name}/{LEVEL}") for name in _attributes(labels)["ome"][LABELS]}
    for header in headers.values():
        if len(header.shape) != 3:
            raise ReadError(f"its mask {header.folder} has the shape {header.shape}")
        header.check_size()
    arrays = {name: _array(path, header) for name, header in headers.items()}
    return {name: ZarrImages(path, array, array.shape, np.dtype(bool)) for name, array in arrays.items()}


def _foreign(path: Path, attributes: Attributes, array: Any, options: ReadOptions) -> AFMImageStack:
    names = _names(attributes, array.shape)
    channel = channel_name(options.channel, names, lambda _: True)
    _, unit = scale_and_unit(None, options)
    sizes = dict(zip(_axes(attributes), array.shape, strict=True))
    if sizes.get("z", 1) != 1:
        raise ReadError(f"it has {sizes['z']} slices along z: playnano reads flat movies")
    before = tuple(names.index(channel) if axis == "c" else 0 for axis in sizes if axis in "cz")
    dtype = float_type(array.dtype)
    shape = sizes.get("t", 1), sizes["y"], sizes["x"]
    images = ZarrImages(path, array, shape, dtype, before, has_time="t" in sizes)
    steps = _steps(attributes)
    times = None if steps.get("t") is None else [index * steps["t"] for index in range(shape[0])]
    return AFMImageStack(
        frames=ReadFrames(images.__getitem__, shape, dtype),
        channel=channel,
        unit=unit,
        pixel_size_nm=steps.get("x"),
        pixel_size_y_nm=steps.get("y"),
        frame_metadata=plain_metadata(shape[0], timestamps=times, pixel_size_nm=steps.get("x")),
    )


def _names(attributes: Attributes, shape: Sequence[int]) -> tuple[str, ...]:
    axes = _axes(attributes)
    n = shape[axes.index("c")] if "c" in axes else 1
    channels: Sequence[Any] = attributes.get("ome", attributes).get("omero", {}).get("channels", ())
    labels = [channel.get("label") for channel in channels]
    if len(labels) == n and all(isinstance(label, str) and label for label in labels):
        return tuple(numbered(labels))
    return tuple(f"channel_{c + 1}" for c in range(n))


def _scale(multiscale: Attributes) -> list[float]:
    """Steps along the axes of the finest level: its own scale, and then the one that all levels share."""
    places = (multiscale["datasets"][0], multiscale)
    transforms = [one for place in places for one in place.get("coordinateTransformations", ())]
    scales = [[float(step) for step in one["scale"]] for one in transforms if one.get("type") == "scale"]
    return [math.prod(steps) for steps in zip(*scales, strict=True)]


def _steps(attributes: Attributes) -> dict[str, float]:
    """Steps in s along t and nm along y and x, of the axes that say their unit."""
    multiscale = _multiscale(attributes)
    steps: dict[str, float] = {}
    for axis, step in zip(multiscale["axes"], _scale(multiscale), strict=False):
        unit = axis.get("unit", "") if isinstance(axis, dict) else ""
        factor = seconds_per(unit) if axis["name"] == "t" else nm_per(unit)
        if factor and 0 < step < math.inf:
            steps[axis["name"]] = step * factor
    return steps


READER = Reader(
    name="ome-zarr",
    description="OME-Zarr folders (NGFF 0.4 and 0.5) of playnano and other programs",
    suffixes=(".zarr",),
    recognise=recognise,
    channels=_channels,
    open=_open,
    keeps="every frame of one channel, pixel size and times; masks and provenance if written by playnano",
    loses="coarser levels, labels of other programs, and other channels",
)
