"""TIFF movies of other programs: ImageJ hyperstacks, OME-TIFF, plain multi-page files."""

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from playnano.errors import Doubt, ReadError
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.tiff.pages import Pages, PageStride, PlainPages, pages_of
from playnano.readers.parsing.channels import channel_name, numbered
from playnano.readers.parsing.messages import one_line, shortfall
from playnano.readers.parsing.tiff import check_tiff_end, check_tiff_overlaps, checked_tiff, points_further
from playnano.readers.parsing.tiff_header import Facts, imagej_facts, ome_facts
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.frames import float_type
from playnano.stack.lazy import ReadFrames
from playnano.stack.metadata import FrameMetadata, plain_metadata
from playnano.stack.stack import AFMImageStack

_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BROKEN = (
    ET.ParseError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    struct.error,
)
_OME_NAMES = (".ome.tif", ".ome.tiff")
_FRAMES = "TIQR"
"""Axes of tifffile along which images are frames: time, and those of unknown meaning."""
_MOST_CHANNELS = 10_000
_PALETTE = 3


@dataclass(frozen=True)
class Movie:
    """A file's images and their metadata."""

    pages: Pages
    facts: Facts
    dtype: Any
    broken_off: bool = False
    """Whether the list of pages ends in nothing."""
    rest: tuple[str, ...] = ()
    """Warnings of what follows the images."""

    def channels(self) -> dict[str, tuple[int, int]]:
        """Channel and slice (c, z) by name; `NAME_z1`, `NAME_z2` where slices are not frames."""
        n_c, n_z = self.facts.sizes["C"], self.facts.sizes["Z"]
        if n_c * n_z > _MOST_CHANNELS:
            raise ReadError(f"the header says {n_c} channels of {n_z} slices: playnano does not believe it")
        named = numbered(self.facts.names) if len(self.facts.names) == n_c else []
        names = named or [f"channel_{c + 1}" for c in range(n_c)]
        if n_z == 1:
            return {name: (c, 0) for c, name in enumerate(names)}
        return {f"{name}_z{z + 1}": (c, z) for c, name in enumerate(names) for z in range(n_z)}

    def stride(self, axis: str) -> int:
        """How many images further the next along an axis is."""
        axes = list(self.facts.sizes)
        return math.prod(self.facts.sizes[faster] for faster in axes[axes.index(axis) + 1 :])


def _recognise(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in _MAGICS
    except OSError:
        return path.name.lower().endswith((".tif", ".tiff"))  # opening it will say what is wrong


def _channels(path: Path) -> tuple[str, ...]:
    return tuple(_movie(path).channels())


def _open(path: Path, options: ReadOptions) -> AFMImageStack:
    movie = _movie(path)
    facts, names = movie.facts, movie.channels()
    channel = channel_name(options.channel, tuple(names), lambda _: True)
    own = facts.own_unit if movie.dtype.kind == "f" else None  # grey values are no heights
    factor, unit = scale_and_unit(facts.value_unit, replace(options, unit=options.unit or own))
    (c, z), stride = names[channel], movie.stride("T")
    first = c * movie.stride("C") + z * movie.stride("Z")
    whole = max(0, min(-(-(movie.pages.n - first) // stride), facts.sizes["T"]))
    warnings = shortfall(whole, facts.sizes["T"], options.strict)
    warnings = (warnings or _breaks_off(movie, options.strict)) + movie.rest + facts.warnings
    warnings += _untimed(facts, whole)
    warnings += _about_choice(options.channel, channel, movie)
    multiplier, offset = facts.scale
    read = PageStride(movie.pages, first, stride, multiplier * factor, offset * factor)
    return AFMImageStack(
        frames=ReadFrames(read, (whole, *_shape(movie.pages)), float_type(movie.dtype)),
        channel=channel,
        unit=unit,
        pixel_size_nm=facts.pixel_size_nm[0],
        pixel_size_y_nm=facts.pixel_size_nm[1],
        frame_metadata=_metadata(facts, whole, c, z),
        warnings=warnings,
        header=facts.header,
    )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A TIFF file; what tifffile says of a damaged one becomes one line."""
    try:
        with checked_tiff(path) as file:
            yield file
    except _BROKEN as error:
        raise ReadError(f"it is not an intact TIFF: {one_line(error)}") from error


def _movie(path: Path) -> Movie:
    with _opened(path) as file:
        if not file.series:
            raise ReadError("there is no image in it")
        series = file.series[0]
        keyframe = series.keyframe
        if series.is_multifile:
            raise ReadError("its images are in several files: playnano reads a movie from one")
        if keyframe.photometric == _PALETTE and not file.is_imagej:
            raise ReadError("it is a picture in indexed colours: it holds no heights")
        if series.kind != "ome" and path.name.lower().endswith(_OME_NAMES):
            raise ReadError("its OME header is damaged or missing; a plain TIFF is called .tif")
        facts = _frames_along_z(_facts(file, series))
        pages = pages_of(path, keyframe, list(series.pages), math.prod(facts.sizes.values()))
        check_tiff_overlaps(series.pages)
        rest = check_tiff_end(path, file, pages.end) + _unlisted(path, pages)
        rest += _more_pages(file, _described(series, facts))
        return Movie(pages, facts, keyframe.dtype, points_further(path, file), rest)


def _described(series: Any, facts: Facts) -> int:
    """How many images the header describes, of which some may be stored once."""
    listed = math.prod(facts.sizes.values())
    return listed if series.kind == "imagej" else max(len(series.pages), listed)


def _unlisted(path: Path, pages: Pages) -> tuple[str, ...]:
    """The warning that images may lie behind the last one that is listed."""
    if not isinstance(pages, PlainPages) or pages.n != 1:
        return ()
    count = (path.stat().st_size - pages.end) // (pages.end - pages.begin)
    if not count:
        return ()
    return (Doubt(f"the bytes behind its only image would hold {count} more: frames may be missing"),)


def _facts(file: Any, series: Any) -> Facts:
    if file.is_imagej and file.imagej_metadata:
        return imagej_facts(file.pages.first, file.imagej_metadata, len(series.pages))
    sizes = _sizes(series)
    return ome_facts(file.pages.first.description, sizes) if series.kind == "ome" else Facts(sizes)


def _sizes(series: Any) -> dict[str, int]:
    """Numbers of images along T, Z and C, the slowest axis first."""
    sizes: dict[str, int] = {}
    axes = zip(series.get_axes(squeeze=False), series.get_shape(squeeze=False), strict=True)
    for axis, size in axes:
        name = "T" if axis in _FRAMES else axis
        if name in sizes and size > 1:
            raise ReadError(f"it has several axes of frames ({series.axes}): playnano reads one")
        if name == "S" and size > 1:
            raise ReadError(f"it is a colour picture ({size} samples a pixel): it holds no heights")
        if name in "TZC":
            sizes[name] = size
        elif name not in "YXS" and size > 1:
            raise ReadError(f"it has an axis '{axis}' of {size} images: playnano reads frames of one channel")
    return {**{axis: 1 for axis in "TZC" if axis not in sizes}, **sizes}


def _frames_along_z(facts: Facts) -> Facts:
    """Slices are frames where the file has no others, and one channel: many programs store movies so."""
    if facts.sizes["T"] > 1 or facts.sizes["C"] > 1:
        return facts
    swapped = {"T": "Z", "Z": "T"}
    return replace(facts, sizes={swapped.get(axis, axis): size for axis, size in facts.sizes.items()})


def _breaks_off(movie: Movie, strict: bool) -> tuple[str, ...]:
    remark = "frames are missing at the end of the file: its list of pages breaks off"
    if movie.broken_off and strict:
        raise ReadError(remark)
    return (remark,) if movie.broken_off else ()


def _untimed(facts: Facts, n_frames: int) -> tuple[str, ...]:
    """The warning of times that are stated for some images only, and are not used."""
    timed = len({t for t, _, _ in facts.times_s if t < n_frames})
    if timed in (0, n_frames):
        return ()
    return (Doubt(f"the header states the times of {timed} of {n_frames} frames: they are not used"),)


def _about_choice(choice: str | None, channel: str, movie: Movie) -> tuple[str, ...]:
    """The warning that other slices or channels, which may be frames, are not read: nobody chose this one."""
    sizes = movie.facts.sizes
    if choice is not None or sizes["Z"] * sizes["C"] == 1:
        return ()
    if sizes["Z"] > 1:
        others = f"of {sizes['Z']} slices at each time"
    elif sizes["T"] == 1 and not movie.facts.names:
        others = f"of {sizes['C']} channels of one frame, which may be frames of a movie"
    else:
        return ()
    return (Doubt(f"{others}, '{channel}' alone is read: `channel` chooses another"),)


def _more_pages(file: Any, listed: int) -> tuple[str, ...]:
    """The warning that there are images that the header does not describe."""
    more = len(file.pages) - listed
    if more < 1:
        return ()
    text = f"the file holds {len(file.pages)} images, and its header describes {listed}"
    return (Doubt(f"{text}: the last {'one is' if more == 1 else f'{more} are'} not read"),)


def _shape(pages: Pages) -> tuple[int, int]:
    return pages.shape if isinstance(pages, PlainPages) else (pages.page.imagelength, pages.page.imagewidth)


def _metadata(facts: Facts, n_frames: int, c: int, z: int) -> tuple[FrameMetadata, ...]:
    times = [facts.times_s.get((t, c, z)) for t in range(n_frames)]
    starts = [time for time in times if time is not None]
    if len(starts) == n_frames:
        seconds: list[float] | None = [time - (0 if facts.labelled else starts[0]) for time in starts]
    elif facts.interval_s is not None:
        seconds = [t * facts.interval_s for t in range(n_frames)]
    else:
        seconds = None
    return plain_metadata(n_frames, timestamps=seconds, pixel_size_nm=facts.pixel_size_nm[0])


READER = Reader(
    name="tiff",
    description="TIFF movies of other programs: ImageJ and Fiji, OME-TIFF, plain multi-page files",
    suffixes=(".tif", ".tiff"),
    recognise=_recognise,
    yields_to=("ome-tiff", "jpk"),
    channels=_channels,
    open=_open,
    keeps=(
        "every frame of one channel (`channel_1`, or its name in the file; `channel_1_z2` for a slice), "
        "in the unit stored by ImageJ, else in that of `unit`; pixel size and times of "
        "ImageJ and OME"
    ),
    loses="regions, overlays, colour tables, and other channels and slices than the one chosen",
)
