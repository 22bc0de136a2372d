"""OME-TIFF as playnano and playNano 0.5 write it: frames one after another, not compressed."""

import math
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from playnano.errors import ReadError
from playnano.layouts.bundle import (
    CHANNEL,
    FRAME_METADATA,
    PIXEL_SIZE,
    PIXEL_SIZE_Y,
    PROVENANCE,
    RAW_FRAME_METADATA,
    metadata_json,
)
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.bundles import playnano_0_5
from playnano.readers.parsing.agreement import (
    of_masks,
    of_pixel_size,
    same_times,
    same_values,
    stated_otherwise,
)
from playnano.readers.parsing.bundle import (
    BROKEN,
    BundleParts,
    check_channel,
    read_metadata,
    read_pixel_size,
    read_provenance,
    read_raw_metadata,
)
from playnano.readers.parsing.messages import one_line, unreadable
from playnano.readers.parsing.tiff import check_tiff_end, checked_tiff, ome_root, points_further, quiet_tiff
from playnano.readers.parsing.tiff_header import facts_of_ome
from playnano.readers.unchanged import check_same
from playnano.stack.frames import LayerImage, checked_index
from playnano.stack.lazy import LazyImages
from playnano.stack.metadata import plain_metadata
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import regular_interval

MAGICS = (b"II*\0", b"II+\0")
NAMESPACE = "playnano/"
SUMMARY_KEY = "facts"
VALUE_UNIT = "value_unit"
PROVENANCE_TAG, LAYERS_TAG = 65000, 65001  # private tags of playNano 0.5
_OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"
_BROKEN_XML = (ET.ParseError, LookupError, AttributeError, ArithmeticError)
_BROKEN_TIFF = (*BROKEN, *_BROKEN_XML, struct.error, RuntimeError)


@dataclass(frozen=True, repr=False)
class PlainImages(LazyImages):
    """Frames in a file one after another, not compressed, read by any number of threads."""

    path: Path
    begin: int
    """Where the first frame begins, in bytes."""
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    changed: int
    """When the file was last changed, in ns, as it was opened."""

    @property
    def end(self) -> int:
        """The first byte behind the last frame."""
        return self.begin + math.prod(self.shape) * self.dtype.itemsize

    def __getitem__(self, index: int, /) -> LayerImage:
        n, height, width = self.shape
        check_same(self.path, self.changed)
        offset = self.begin + checked_index(index, n) * height * width * self.dtype.itemsize
        try:
            image = np.fromfile(self.path, self.dtype, height * width, offset=offset).reshape(height, width)
        except ValueError as error:  # it was cut short just now
            raise unreadable(self.path, index, error) from error
        return image.astype(self.dtype.newbyteorder("="), copy=False)


def recognise(path: Path) -> bool:
    """Whether playnano or playNano 0.5 wrote the file."""
    try:
        with path.open("rb") as file:
            if file.read(4) not in MAGICS:
                return False
        with quiet_tiff(path) as opened:
            page = opened.pages.first
            return _is_ours(page.description) or _is_of_0_5(page.tags)
    except (OSError, *_BROKEN_TIFF):
        return False


def open_bundle(path: Path, options: ReadOptions) -> AFMImageStack:
    """The stack in an OME-TIFF; a frame is read on demand.

    Raises
    ------
    ReadError
        Where the file is damaged, or was written again by another program.
    """
    with _intact(), checked_tiff(path) as file:
        root = _header(file)
        data = _images(file, path, root)
        warnings = check_tiff_end(path, file, data.end)
        if _is_ours(file.pages.first.description):
            ours = _stack(root, data, options)
            edited = (*of_pixel_size(ours), *_edited(root, ours), *of_masks(ours, "OME-TIFF"))
            warnings = (*ours.warnings, *warnings, *edited)
            return replace(ours, warnings=warnings)
        stack = _stack_of_0_5(root, data, file.pages.first.tags[PROVENANCE_TAG].value, options)
        return replace(stack, warnings=warnings)


def channels(path: Path) -> tuple[str, ...]:
    """The one channel of the file."""
    with _intact(), checked_tiff(path) as file:
        root = _header(file)
        channel = _facts(root).get(CHANNEL)
        return (_pixels(root).find(f"{_OME}Channel").attrib["Name"] if channel is None else channel,)  # type: ignore[union-attr]


@contextmanager
def _intact() -> Iterator[None]:
    try:
        yield
    except _BROKEN_TIFF as error:  # what tifffile raises of its own is a ValueError
        raise ReadError(f"it is not an intact OME-TIFF of playnano: {one_line(error)}") from error


def _is_ours(description: str) -> bool:
    return 'Creator="playnano ' in description[:1000]


def _is_of_0_5(tags: Any) -> bool:
    """By its private tags alone: the header is at the end, where a file that was cut short has none."""
    return LAYERS_TAG in tags and PROVENANCE_TAG in tags and playnano_0_5.wrote(tags[PROVENANCE_TAG].value)


def _header(file: Any) -> ET.Element:
    return ome_root(file.pages.first.description)


def _pixels(root: ET.Element) -> ET.Element:
    pixels = root.find(f"{_OME}Image/{_OME}Pixels")
    if pixels is None:
        raise ReadError("its header describes no image")
    return pixels


def _images(file: Any, path: Path, root: ET.Element) -> PlainImages:
    attributes = _pixels(root).attrib
    shape = int(attributes["SizeT"]), int(attributes["SizeY"]), int(attributes["SizeX"])
    series, page = file.series[0], file.pages.first
    if page.compression != 1 or series.dataoffset is None:
        if points_further(path, file):
            raise ReadError("the file is cut short: its list of frames breaks off")
        raise ReadError("its frames are not stored one after another, as playnano writes them")
    if page.dtype not in (np.float32, np.float64) or math.prod(series.shape) != math.prod(shape):
        raise ReadError(f"it holds {page.dtype} of shape {series.shape}, and its header says {shape}")
    dtype = page.dtype.newbyteorder(file.byteorder)
    if series.dataoffset + math.prod(shape) * dtype.itemsize > path.stat().st_size:
        raise ReadError("the file is cut short")
    return PlainImages(path, series.dataoffset, shape, dtype, path.stat().st_mtime_ns)


def _facts(root: ET.Element) -> dict[str, str]:
    facts = f"{_OME}MapAnnotation[@Namespace='{NAMESPACE}{SUMMARY_KEY}']"
    where = f"{_OME}StructuredAnnotations/{facts}/{_OME}Value/{_OME}M"
    return {element.attrib["K"]: element.text or "" for element in root.findall(where)}


def _documents(root: ET.Element) -> dict[str, str]:
    documents = {}
    for element in root.findall(f"{_OME}StructuredAnnotations/{_OME}CommentAnnotation"):
        name = element.get("Namespace", "").removeprefix(NAMESPACE)
        documents[name] = element.findtext(f"{_OME}Value") or ""
    return documents


def _stack(root: ET.Element, data: PlainImages, options: ReadOptions) -> AFMImageStack:
    facts, documents = _facts(root), _documents(root)
    check_channel(options.channel, facts[CHANNEL])
    return BundleParts(
        data=data,
        channel=facts[CHANNEL],
        unit=facts[VALUE_UNIT],
        pixel_size_nm=read_pixel_size(facts[PIXEL_SIZE]),
        pixel_size_y_nm=read_pixel_size(facts[PIXEL_SIZE_Y], PIXEL_SIZE_Y),
        frame_metadata=read_metadata(documents[FRAME_METADATA]),
        raw_frame_metadata=read_raw_metadata(documents.get(RAW_FRAME_METADATA)),
        provenance=read_provenance(documents[PROVENANCE]),
    ).stack()


def _edited(root: ET.Element, stack: AFMImageStack) -> tuple[str, ...]:
    """The warning that the header states for other programs what playnano's annotations do not."""
    header = facts_of_ome(root, {})
    times = [header.times_s.get((t, 0, 0), math.nan) for t in range(len(stack))]
    interval = regular_interval(stack.timestamps)
    x, y = header.pixel_size_nm
    agree = {
        "PhysicalSizeX": same_values(x, stack.pixel_size_nm),
        "PhysicalSizeY": same_values(y, stack.pixel_size_y_nm),
        "DeltaT": same_times(times, stack.timestamps),
        "TimeIncrement": header.interval_s is None or same_values(header.interval_s, interval),
        "Channel Name": " ".join(header.names).split() == stack.channel.split(),
    }
    return stated_otherwise("the OME header", "annotations", agree)


def _stack_of_0_5(
    root: ET.Element, data: PlainImages, provenance: bytes | str, options: ReadOptions
) -> AFMImageStack:
    pixels = _pixels(root)
    channel = pixels.find(f"{_OME}Channel").attrib["Name"]  # type: ignore[union-attr]
    check_channel(options.channel, channel)
    size = _nm(pixels.attrib)
    metadata = plain_metadata(len(data), timestamps=_times(pixels, len(data)), pixel_size_nm=size)
    return playnano_0_5.parts(
        data=data,
        channel=channel,
        unit=options.unit,
        pixel_size_nm=math.nan if size is None else size,
        metadata=metadata_json(metadata),
        backups=None,
        provenance=provenance.decode() if isinstance(provenance, bytes) else provenance,
        processed={},
        masks={},
    ).stack()


def _nm(pixels: Mapping[str, str]) -> float | None:
    """The pixel size of a file of playNano 0.5, which writes micrometres."""
    size = pixels.get("PhysicalSizeX")
    return None if size is None else float(Decimal(size) * 1000)


def _times(pixels: ET.Element, n_frames: int) -> list[float] | None:
    """Seconds, one per frame; None where one is missing. playNano 0.5 leaves the unit out: seconds in OME."""
    times = {int(plane.attrib["TheT"]): plane.get("DeltaT") for plane in pixels.findall(f"{_OME}Plane")}
    ordered = [times.get(index) for index in range(n_frames)]
    return [float(time) for time in ordered if time is not None] if None not in ordered else None


READER = Reader(
    name="ome-tiff",
    description="OME-TIFF written by playnano or playNano 0.5",
    suffixes=(".ome.tif", ".ome.tiff"),
    recognise=recognise,
    channels=channels,
    open=open_bundle,
    keeps="data, metadata of frames, provenance",
    loses="layers and masks, which the file does not hold",
)
