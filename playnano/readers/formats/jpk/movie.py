"""Movies of JPK and Bruker NanoRacer and NanoWizard instruments: HDF5 files `.h5-jpk`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from playnano.errors import Doubt, ReadError, listed
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.jpk.places import of_grid, of_times
from playnano.readers.parsing.binary import pixel_count
from playnano.readers.parsing.channels import channel_name, damage_doubts, numbered, way_doubts
from playnano.readers.parsing.hdf5 import (
    BROKEN_HDF5,
    SIGNATURE,
    Attributes,
    attributes,
    check_within,
    names,
    number,
    text,
    trouble,
)
from playnano.readers.parsing.hdf5_chunks import FrameColumns, columns
from playnano.readers.parsing.messages import shortfall, unreadable
from playnano.readers.parsing.parts import check_hdf5_size
from playnano.readers.parsing.scaling import scaled
from playnano.readers.parsing.text import direction_notes, scan_direction, size_doubts
from playnano.readers.parsing.units import nm_per, scale_and_unit
from playnano.stack.frames import Image
from playnano.stack.lazy import ReadFrames
from playnano.stack.metadata import FrameMetadata, plain_metadata
from playnano.stack.stack import AFMImageStack

_MEASUREMENT = "Measurement_000"
_GRID = "position-pattern.grid."
_X, _Y = _GRID + "ulength", _GRID + "vlength"
_SCALING = "net-encoder.scaling."
_STARTS = "start-times"
_LATEST_MS = 1 << 53
_MOST_FRAMES = 1 << 20
_INTERLACE = "environment.fast-imaging.feed-forward-parameters.yaxis.interlace"
_SHOWN = (
    "start-time",
    "end-time",
    "motion",
    "description.",
    "feedback-mode.name",
    "feedback-settings.setpoint-feedback-settings.",
    "environment.cantilever-calibration-info.",
    "timing-settings.",
    _GRID,
)
_TOPOGRAPHY = ("height_trace", "height_retrace", "measuredheight_trace", "measuredheight_retrace")


@dataclass(frozen=True)
class JpkImages:
    """Reads images, and gives them their scale and orientation."""

    path: Path
    column: Callable[[int], NDArray[Any]]
    shape: tuple[int, int]
    multiplier: float
    offset: float

    def __call__(self, index: int) -> Image:
        """The image (height, width), float32."""
        try:
            stored = self.column(index).reshape(self.shape)[::-1]  # the picture's lowest line is stored first
        except BROKEN_HDF5 as error:
            raise unreadable(self.path, index, error) from error
        return scaled(stored, self.multiplier, self.offset)


def _recognise(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                return False
        with _measurement(path) as measurement:
            return any(name.startswith(_GRID) for name in names(measurement.attrs))
    except (OSError, ReadError):
        return path.name.lower().endswith(".h5-jpk")  # opening it will say what is wrong


def _channels(path: Path) -> tuple[str, ...]:
    with _measurement(path) as measurement:
        return tuple(_datasets(measurement)[0])


def _open(path: Path, options: ReadOptions) -> AFMImageStack:
    whole = check_hdf5_size(path)
    with _measurement(path) as measurement:
        settings = attributes(measurement, (*_SHOWN, _INTERLACE))
        datasets, damage = _datasets(measurement)
        channel = channel_name(options.channel, tuple(datasets), _TOPOGRAPHY.__contains__, damage)
        present = columns(datasets[channel], path)
        warnings = whole + damage_doubts(damage) + way_doubts(options.channel, channel, tuple(datasets))
        warnings += _other_measurements(measurement)
        warnings += _warnings(present, _announced(measurement, datasets), options.strict)
        height, width = _image_shape(settings, datasets[channel].shape[0])
        read, unit = _scaled(datasets[channel], present, (height, width), path, options)
        pixel_size_nm, y_nm = _pixel_size_nm(settings, _X, width), _pixel_size_nm(settings, _Y, height)
        sizes = ((_X, settings.get(_X, ""), pixel_size_nm), (_Y, settings.get(_Y, ""), y_nm))
        warnings += size_doubts(options, *sizes)
        warnings += tuple(of_grid(measurement, (height, width), (pixel_size_nm, y_nm), options))
        starts, ends = (_epochs_ms(measurement, name, present.n_frames) for name in (_STARTS, "end-times"))
        warnings += tuple(of_times(starts, ends, options))
        metadata = _metadata(starts, ends, settings, pixel_size_nm)
        warnings += direction_notes("motion", text(settings, "motion"))
    return AFMImageStack(
        frames=ReadFrames(read, (present.n_frames, height, width)),
        channel=channel,
        unit=unit,
        pixel_size_nm=pixel_size_nm,
        pixel_size_y_nm=y_nm,
        frame_metadata=metadata,
        warnings=warnings,
        header={name: value for name, value in settings.items() if value not in (None, "")},
    )


@contextmanager
def _measurement(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file[_MEASUREMENT]
    except BROKEN_HDF5 as error:
        raise ReadError(trouble(error, "it is broken, or not a .h5-jpk file")) from error


def _datasets(measurement: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The frames of each channel by the channel's name, datasets (pixels, frames); and damaged channels."""
    damage: list[str] = []
    called: list[str] = []
    datasets: list[Any] = []
    for key in names(measurement):
        if not key.startswith("Channel_"):
            continue
        frames, name = _frames_in(measurement.get(key)), _channel(measurement.get(key))
        if name and frames is not None:
            called.append(name)
            datasets.append(frames)
        elif not name or name in _TOPOGRAPHY:
            damage.append(f"'{key}' holds no frames" if name else f"'{key}' does not state its channel")
    by_name = dict(zip(numbered(called), datasets, strict=True))
    ranks = {name: rank for rank, name in enumerate(_TOPOGRAPHY)}
    ordered = sorted(by_name.items(), key=lambda item: ranks.get(item[0], len(ranks)))
    return dict(ordered), tuple(damage)


def _channel(group: Any) -> str | None:
    """`height_trace`; None for what does not state its name."""
    settings = attributes(group, ("channel.name", "retrace")) if hasattr(group, "attrs") else {}
    way = "retrace" if str(settings.get("retrace")).lower() in ("true", "1") else "trace"
    name = text(settings, "channel.name")
    return name and f"{name}_{way}".lower()


def _frames_in(channel: Any) -> Any:
    for name, dataset in channel.items() if hasattr(channel, "items") else ():
        if name != "thumbnail" and len(getattr(dataset, "shape", ())) == 2 and dataset.dtype.kind in "iuf":
            return dataset
    return None


def _image_shape(settings: Attributes, stored: int) -> tuple[int, int]:
    grid = (_GRID + "ilength", _GRID + "jlength")
    width, height = (pixel_count(number(settings, name), name) for name in grid)
    if str(settings.get(_INTERLACE)).lower() == "true":
        raise ReadError("its lines are interlaced: playnano does not know their order")
    if width * height != stored:
        raise ReadError(f"the header says {width} x {height} pixels, but a frame holds {stored}")
    return height, width


def _scaled(
    dataset: Any, present: FrameColumns, shape: tuple[int, int], path: Path, options: ReadOptions
) -> tuple[JpkImages, str]:
    scaling = attributes(dataset.parent, (_SCALING,))
    factor, unit = scale_and_unit(text(scaling, _SCALING + "unit.unit"), options)
    multiplier, offset = (number(scaling, _SCALING + name) for name in ("multiplier", "offset"))
    if multiplier is None or offset is None:
        raise ReadError("the channel does not state a multiplier and an offset: its scale is not known")
    return JpkImages(path, present.read, shape, multiplier * factor, offset * factor), unit


def _pixel_size_nm(settings: Attributes, name: str, pixels: int) -> float | None:
    length = number(settings, name)
    scale = nm_per(text(settings, _GRID + "unit.unit") or "m")
    return length * scale / pixels if length and length > 0 and scale else None


def _other_measurements(measurement: Any) -> tuple[str, ...]:
    others = [name for name in names(measurement.parent) if name != _MEASUREMENT]
    others = [name for name in others if name.startswith("Measurement_")]
    return (Doubt(f"it holds {listed(others, 1)} too: only {_MEASUREMENT} is read"),) if others else ()


def _announced(measurement: Any, datasets: Mapping[str, Any]) -> int:
    """How many frames there should be: any channel, and the list of start times, may hold more than one."""
    length = _length(measurement.get(f"meta-data/{_STARTS}"))
    starts = _epochs_ms(measurement, _STARTS, min(length, _MOST_FRAMES))
    started = max((place + 1 for place, start in enumerate(starts) if start is not None), default=0)
    return max(started, *(int(dataset.shape[1]) for dataset in datasets.values()))


def _warnings(present: FrameColumns, announced: int, strict: bool) -> tuple[str, ...]:
    warnings = shortfall(present.n_frames, announced, strict)
    if not present.never_written:
        return warnings
    some = ", ".join(map(str, present.never_written[:5])) + (
        ", ..." if len(present.never_written) > 5 else ""
    )
    remark = f"{len(present.never_written)} of {present.n_frames} frames were never written: {some}"
    if strict:
        raise ReadError(remark)
    return (*warnings, Doubt(remark))


def _metadata(
    starts: Sequence[int | None],
    ends: Sequence[int | None],
    settings: Attributes,
    pixel_size_nm: float | None,
) -> tuple[FrameMetadata, ...]:
    rate = number(settings, "timing-settings.scanRate")
    shared = plain_metadata(
        1,
        pixel_size_nm=pixel_size_nm,
        scan_direction=scan_direction(text(settings, "motion")),
        line_rate=rate if rate and rate > 0 else None,
    )[0]
    return tuple({**shared, **_times(starts[0], start, end)} for start, end in zip(starts, ends, strict=True))


def _times(first: int | None, start: int | None, end: int | None) -> FrameMetadata:
    return {
        "timestamp": None if first is None or start is None else (start - first) / 1000,
        "start_epoch_ms": start,
        "frame_duration_s": None if start is None or end is None or end <= start else (end - start) / 1000,
    }


def _epochs_ms(measurement: Any, name: str, n_frames: int) -> list[int | None]:
    """UTC milliseconds of each frame; None where the file says none."""
    times = measurement.get(f"meta-data/{name}")
    if not _length(times):
        return [None] * n_frames
    check_within(times, Path(measurement.file.filename))
    values = times[:n_frames] if len(times.shape) == 1 else times[:n_frames, 0]
    epochs = [int(value) if 0 < value < _LATEST_MS else None for value in values.tolist()]
    return epochs + [None] * (n_frames - len(epochs))


def _length(times: Any) -> int:
    """How many times a dataset holds; 0 for what is no list of numbers."""
    shape: tuple[int, ...] = getattr(times, "shape", ())
    usable = len(shape) in (1, 2) and 0 not in shape and times.dtype.kind in "iuf"
    return shape[0] if usable else 0


READER = Reader(
    name="h5-jpk",
    description="JPK and Bruker NanoRacer and NanoWizard movies (HDF5)",
    suffixes=(".h5-jpk",),
    yields_to=("h5",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "every frame of one channel, in nm, V or deg as stated in the file; pixel size, start and duration "
        "of each frame (UTC), line rate and the direction of the slow scan"
    ),
    loses=("thumbnails, instrument settings not shown by `playnano info`, and other channels"),
)
