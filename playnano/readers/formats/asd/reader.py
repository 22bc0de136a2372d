"""Movies of high-speed AFMs of the Kanazawa kind: `.asd` files of FalconViewer and its relatives."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playnano.errors import Doubt, MissingFrames, ReadError, listed
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.formats.asd.header import AsdHeader, Fields, read_header
from playnano.readers.formats.asd.scales import calibration, header_doubts, pixel_size_nm
from playnano.readers.parsing.channels import channel_name
from playnano.readers.parsing.eight_bits import check_eight_bits
from playnano.readers.parsing.messages import shortfall, unreadable
from playnano.readers.parsing.parts import Part, changed_line_ends, check_parts
from playnano.readers.parsing.scaling import scaled
from playnano.readers.parsing.units import scale_and_unit
from playnano.stack.frames import Image
from playnano.stack.lazy import ReadFrames
from playnano.stack.metadata import FrameMetadata, plain_metadata
from playnano.stack.stack import AFMImageStack

_UNITS = {"TP": "nm", "ER": "nm", "PH": "deg"}
_LEVEL = np.dtype("<i2")
_NUMBER = struct.Struct("<i")


@dataclass(frozen=True)
class AsdFrames:
    """Reads the frames of one channel; value = multiplier * level + offset."""

    path: Path
    first: int
    """Where the channel's first frame begins, in bytes."""
    frame_bytes: int
    frame_header_bytes: int
    shape: tuple[int, int]
    multiplier: float
    offset: float

    def __call__(self, index: int) -> Image:
        """The image (height, width), float32."""
        try:
            with self.path.open("rb", buffering=0) as file:
                levels = self.levels(file, index, self.shape[0])
        except (OSError, ValueError) as error:
            raise unreadable(self.path, index, error) from error
        return scaled(levels, self.multiplier, self.offset)

    def levels(self, file: FileIO, index: int, lines: int) -> NDArray[np.int16]:
        """The first lines of a frame as they are stored."""
        file.seek(self.first + index * self.frame_bytes + self.frame_header_bytes)
        data = file.read(lines * self.shape[1] * _LEVEL.itemsize)
        return np.frombuffer(data, _LEVEL).reshape(lines, self.shape[1])

    def is_blank(self, file: FileIO, index: int) -> bool:
        """Whether all of a frame is at one level; the first line decides for most."""
        return _is_level(self.levels(file, index, 1)) and _is_level(self.levels(file, index, self.shape[0]))


def _is_level(levels: NDArray[np.int16]) -> bool:
    return bool((levels == levels[0, 0]).all())


def _recognise(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            known_version = file.read(4) in (b"\0\0\0\0", b"\1\0\0\0", b"\2\0\0\0")
            if not known_version or path.name.lower().endswith(".asd"):
                return known_version  # opening it will say what is wrong
            file.seek(0)
            return read_header(file).channels[0] in _UNITS
    except (OSError, ReadError):
        return False


def _channels(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        return tuple(sorted(read_header(file).channels, key=lambda name: name != "TP"))


def _open(path: Path, options: ReadOptions) -> AFMImageStack:
    with path.open("rb") as file:
        header = read_header(file)
    fields = header.fields
    channel = channel_name(options.channel, header.channels, lambda name: name == "TP")
    _, unit = scale_and_unit(_UNITS.get(channel), options)
    announced = fields["num_frames"]
    first = _first(header, channel)
    whole = min(max(0, path.stat().st_size - first) // header.frame_bytes, announced)
    good, warnings = _numbered(path, header, channel, whole, options.strict)
    if good == whole:
        warnings += _rest(path, header) + shortfall(whole, announced, options.strict)
    warnings += _cut_channels(path, header, channel)
    whole, read = good, _stored_frames(path, header, channel)
    check_eight_bits(path, read.first, whole * read.frame_bytes, _LEVEL.itemsize)
    warnings += header_doubts(fields, channel, options)
    if fields["ad_bits"] != 12:
        warnings += (f"the header says {fields['ad_bits']} bits a sample; the heights are those of 12",)
    return AFMImageStack(
        frames=ReadFrames(read, (whole, *read.shape)),
        channel=channel,
        unit=unit,
        pixel_size_nm=pixel_size_nm(fields, "x"),
        pixel_size_y_nm=pixel_size_nm(fields, "y"),
        frame_metadata=_metadata(read, fields, whole),
        warnings=warnings,
        header={**fields, "date": _date(fields)},
    )


def _first(header: AsdHeader, channel: str) -> int:
    """Where the first frame of a channel begins, in bytes."""
    return int(
        header.size + header.channels.index(channel) * header.fields["num_frames"] * header.frame_bytes
    )


def _stored_frames(path: Path, header: AsdHeader, channel: str) -> AsdFrames:
    fields = header.fields
    multiplier, offset = calibration(fields, channel)
    return AsdFrames(
        path,
        _first(header, channel),
        header.frame_bytes,
        fields["frame_header_length"],
        (fields["y_pixels"], fields["x_pixels"]),
        multiplier,
        offset,
    )


def _rest(path: Path, header: AsdHeader) -> tuple[str, ...]:
    """The warning that something follows the frames of all channels."""
    end = header.size + header.fields["num_frames"] * len(header.channels) * header.frame_bytes
    if path.stat().st_size <= end:
        return ()
    beyond = path.stat().st_size - end
    more, rest = divmod(beyond, header.frame_bytes * len(header.channels))
    if more and not rest:
        n_frames = header.fields["num_frames"]
        return (
            Doubt(f"the header says {n_frames} frames, and the file holds {more} more: they are not read"),
        )
    if images := beyond // header.frame_bytes:
        which = f"{images} frames" if len(header.channels) == 1 else f"{images} frames of one channel"
        return (Doubt(f"{beyond} bytes follow the last frame, as many as of {which}: they are not read"),)
    return check_parts(path, [Part("the last frame", 0, end)], may_hold_more=True)


def _cut_channels(path: Path, header: AsdHeader, channel: str) -> tuple[str, ...]:
    """Warnings that frames of the other channels are missing."""
    announced, size = header.fields["num_frames"], path.stat().st_size
    missing = {
        name: announced - min(max(0, size - _first(header, name)) // header.frame_bytes, announced)
        for name in header.channels
        if name != channel
    }
    return tuple(
        Doubt(f"{count} of {announced} frames of {name} are missing at the end of the file")
        for name, count in missing.items()
        if count
    )


def _numbered(
    path: Path, header: AsdHeader, channel: str, whole: int, strict: bool
) -> tuple[int, tuple[str, ...]]:
    """How many frames stand where they belong, by the numbers in their own headers, and a warning.

    Where a frame's header is not in its place, bytes were lost or inserted in the frame before it. What
    comes later is noise, of every channel.

    Raises
    ------
    ReadError
        Where no frame is in its place, or `strict` asks for all of them.
    """
    fields, place = header.fields, header.channels.index(channel)
    numbers = _numbers(path, header)
    if not any(numbers):
        return whole, ("the frames bear no numbers, so bytes that were lost would not be noticed",)
    first = numbers[0] if numbers[0] in (0, 1) else 1
    wrong = [i for i, number in enumerate(numbers) if number != first + i % fields["num_frames"]]
    if not wrong:
        return whole, ()
    if _are_zero(path, header, wrong):
        return whole, _zero_frames(header, wrong)
    at, before = divmod(max(wrong[0] - 1, 0), fields["num_frames"])
    remark = (
        f"bytes were lost or inserted in frame {before} of {header.channels[at]}: what follows it is not "
        f"where it belongs{changed_line_ends(path, header.size)}"
    )
    if at > place:
        return whole, (Doubt(remark),)
    good = before if at == place and wrong[0] else 0
    if strict or not good:
        raise ReadError(remark)
    before_it = f"the {good} frames before it are read" if good > 1 else "the one before it is read"
    return good, (MissingFrames(f"{remark}; {before_it}", whole - good),)


def _are_zero(path: Path, header: AsdHeader, places: Sequence[int]) -> bool:
    """Whether nothing but zeros is where frames belong, with headers that cannot be ones of zeros."""
    with path.open("rb", buffering=0) as file:
        for place in places:
            file.seek(header.size + place * header.frame_bytes)
            if any(file.read(header.frame_bytes)):
                return False
    return True


def _zero_frames(header: AsdHeader, places: list[int]) -> tuple[str, ...]:
    """The warning of frames that were overwritten, or never written; they are read, and blank."""
    named = [
        f"{place % n} of {header.channels[place // n]}"
        for n in [header.fields["num_frames"]]
        for place in places
    ]
    what = "frame {} holds" if len(named) == 1 else "frames {} hold"
    text = what.format(listed(named))
    return (Doubt(f"{text} nothing but zeros, in place of the header too: lost, or never written"),)


def _numbers(path: Path, header: AsdHeader) -> list[int]:
    """The numbers in the headers of all frames that begin within the file."""
    numbers: list[int] = []
    with path.open("rb", buffering=0) as file:
        for place in range(header.fields["num_frames"] * len(header.channels)):
            file.seek(header.size + place * header.frame_bytes)
            number = file.read(_NUMBER.size)
            if len(number) < _NUMBER.size:
                break
            numbers.append(_NUMBER.unpack(number)[0])
    return numbers


def _metadata(read: AsdFrames, fields: Fields, n_frames: int) -> tuple[FrameMetadata, ...]:
    milliseconds = fields["frame_time_ms"] or 0
    seconds = milliseconds / 1000 if milliseconds > 0 else None
    plain = plain_metadata(
        n_frames,
        timestamps=None if seconds is None else [index * seconds for index in range(n_frames)],
        pixel_size_nm=pixel_size_nm(fields, "x"),
        frame_duration_s=seconds,
        line_rate=None if seconds is None else fields["y_pixels"] / seconds,
    )
    with read.path.open("rb", buffering=0) as file:
        return tuple({**frame, "blank": read.is_blank(file, index)} for index, frame in enumerate(plain))


def _date(fields: Fields) -> str:
    """Local time of an unknown zone."""
    date = "-".join(f"{fields[name]:02d}" for name in ("year", "month", "day"))
    return date + " " + ":".join(f"{fields[name]:02d}" for name in ("hour", "minute", "second"))


READER = Reader(
    name="asd",
    description="high-speed AFM movies in Kanazawa format (FalconViewer), versions 0, 1 and 2",
    suffixes=(".asd",),
    recognise=_recognise,
    channels=_channels,
    open=_open,
    keeps=(
        "every frame of one channel: TP (topography, nm), ER (error, nm) or PH (phase, degrees); pixel size, "
        "frame time, line rate, and which frames are blank; the date as text, since it has no time zone"
    ),
    loses="the operator's name and comment, and other channels",
)
