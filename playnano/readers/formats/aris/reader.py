"""Movies of Asylum Research video-rate instruments: HDF5 files `.aris`."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.aris.header import (
    SCAN,
    TOPOGRAPHY,
    announced,
    group,
    pixel_size_nm,
    plain,
    settings,
    times_s,
    unit_of,
)
from playnano.readers.parsing.binary import image_shape
from playnano.readers.parsing.channels import channel_name
from playnano.readers.parsing.hdf5 import (
    BROKEN_HDF5,
    is_elsewhere,
    is_hdf5,
    is_too_small,
    names,
    number,
    trouble,
)
from playnano.readers.parsing.messages import shortfall, unreadable
from playnano.readers.parsing.parts import check_hdf5_size
from playnano.readers.parsing.scaling import scaled
from playnano.readers.parsing.text import decoded, size_doubts
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.frames import Image
from playnano.stack.lazy import ReadFrames
from playnano.stack.metadata import plain_metadata
from playnano.stack.stack import AFMImageStack

_FRAMES = "DataSet/Resolution 0"
_INFO = "DataSetInfo"


@dataclass(frozen=True)
class ArisImages:
    """Reads images, and gives them their scale and orientation."""

    path: Path
    datasets: tuple[str, ...]
    shape: tuple[int, int]
    scale: float

    def __call__(self, index: int) -> Image:
        """The image (height, width), float32."""
        try:
            with _file(self.path) as file:
                # the picture's lowest line is stored first
                return scaled(file[self.datasets[index]][()][::-1], self.scale)
        except ReadError as error:
            raise unreadable(self.path, index, error) from error


def _recognise(path: Path) -> bool:
    if not is_hdf5(path):
        return False
    try:
        with _file(path) as file:
            return all(group(file, name) is not None for name in (_FRAMES, _INFO))
    except ReadError:
        return path.name.lower().endswith(".aris")  # opening it will say what is wrong


def _channels(path: Path) -> tuple[str, ...]:
    with _file(path) as file:
        return _channel_names(file)


def _open(path: Path, options: ReadOptions) -> AFMImageStack:
    whole = check_hdf5_size(path)
    with _file(path) as file:
        channel = channel_name(options.channel, _channel_names(file), lambda name: plain(name) in TOPOGRAPHY)
        info = group(file, _INFO)
        frames = _frame_names(file)
        present = _written(file, frames, channel)
        warnings = whole + shortfall(len(present), max(len(frames), announced(info)), options.strict)
        shape = _image_shape(file, present, channel)
        scale, unit = scale_and_unit(unit_of(info, channel), options)
        scan = settings(group(info, f"Global/{SCAN}"))
        sizes = [pixel_size_nm(scan, settings(group(info, f"Frames/{f}/{SCAN}")), shape) for f in present]
        times = times_s(info, len(present))
        header = {**settings(file), **settings(info), **scan}
    warnings += size_doubts(
        options,
        ("FastScanSize", scan.get("FastScanSize"), sizes[0][1]),
        ("SlowScanSize", scan.get("SlowScanSize"), sizes[0][0]),
    )
    rate = number(scan, "ScanRate")
    shared = plain_metadata(1, line_rate=rate if rate and rate > 0 else None)[0]
    return AFMImageStack(
        frames=ReadFrames(
            ArisImages(path, tuple(_place(frame, channel) for frame in present), shape, scale),
            (len(present), *shape),
        ),
        channel=channel,
        unit=unit,
        pixel_size_nm=sizes[0][1],
        pixel_size_y_nm=sizes[0][0],
        frame_metadata=tuple(
            {**shared, "timestamp": time, "frame_pixel_size_nm": x}
            for time, (_, x) in zip(times, sizes, strict=True)
        ),
        warnings=(*warnings, *_changes(sizes)),
        header={name: value for name, value in header.items() if value not in (None, "")},
    )


@contextmanager
def _file(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except BROKEN_HDF5 as error:
        raise ReadError(trouble(error, "it is broken or cut short, or not a .aris file")) from error


def _channel_names(file: Any) -> tuple[str, ...]:
    """Names of the channels, topography first; those that the file lists, else those of its first frame."""
    info = group(file, _INFO)
    listed = np.atleast_1d(info.attrs["ChannelNames"]).ravel() if "ChannelNames" in info.attrs else ()
    channels = [decoded(name) if isinstance(name, bytes) else str(name) for name in listed]
    if not channels:
        first = _frame_names(file)[:1]
        channels = names(file[f"{_FRAMES}/{first[0]}"]) if first else []
    ranks = {name: rank for rank, name in enumerate(TOPOGRAPHY)}
    return tuple(sorted(dict.fromkeys(channels), key=lambda name: ranks.get(plain(name), len(ranks))))


def _frame_names(file: Any) -> list[str]:
    """`Frame 0`, `Frame 1`, ... by their numbers.

    Raises
    ------
    ReadError
        Where one between them is missing.
    """
    frames = [name for name in names(file[_FRAMES]) if re.fullmatch(r"Frame (0|[1-9]\d{0,8})", name)]
    numbers = sorted(int(name.split()[1]) for name in frames)
    for before, after in pairwise(numbers):
        if after != before + 1:
            raise ReadError(f"'Frame {before + 1}' is missing, but 'Frame {after}' is there")
    return [f"Frame {number}" for number in numbers]


def _place(frame: str, channel: str) -> str:
    return f"{_FRAMES}/{frame}/{channel}/Image"


def _written(file: Any, frames: Sequence[str], channel: str) -> list[str]:
    """The frames up to the last that holds an image of the channel.

    Raises
    ------
    ReadError
        Where one before it holds none.
    """
    images = [file.get(_place(frame, channel)) for frame in frames]
    holding = [hasattr(image, "dtype") and image.id.get_storage_size() > 0 for image in images]
    count = sum(holding)
    if not all(holding[:count]):
        raise ReadError(
            f"'{frames[holding.index(False)]}' holds no image of '{channel}', but a later one does"
        )
    return list(frames[:count])


def _image_shape(file: Any, frames: Sequence[str], channel: str) -> tuple[int, int]:
    """(height, width), the same for all frames, which are as large as they say."""
    shapes: dict[tuple[int, int], str] = {}
    for frame in frames:
        image = file[_place(frame, channel)]
        _check_image(image, frame, file)
        shapes.setdefault(image.shape, frame)
    if len(shapes) > 1:
        sizes = ", ".join(
            f"'{frame}' {height} x {width}" for (height, width), frame in list(shapes.items())[:3]
        )
        raise ReadError(f"its frames differ in size ({sizes} pixels): they are not one movie")
    height, width = next(iter(shapes))
    return image_shape(width, height)


def _check_image(image: Any, frame: str, file: Any) -> None:
    if len(image.shape) != 2 or image.dtype.kind not in "iuf":
        raise ReadError(f"'{frame}' holds no image: its data are {image.dtype} of shape {image.shape}")
    if is_elsewhere(image, Path(file.filename)):
        raise ReadError("its frames lie in another file")
    if is_too_small(image):
        raise ReadError(f"'{frame}' says {image.shape[0]} x {image.shape[1]} pixels, but does not hold them")


def _changes(sizes: Sequence[tuple[float | None, float | None]]) -> Iterator[str]:
    odd = next((index for index, size in enumerate(sizes) if size != sizes[0]), None)
    if odd is not None:
        yield f"the pixel size changes at frame {odd}: scale bars are right for those before"


READER = Reader(
    name="aris",
    description="Asylum Research video-rate movies (HDF5)",
    suffixes=(".aris",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "every frame of one channel, heights in nm; pixel size and time of each frame, from the first; "
        "line rate"
    ),
    loses="other channels, reduced images, and settings other than those of the scan",
)
