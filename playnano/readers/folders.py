"""Formats of one image a file: alone it is a movie of one frame, and a folder of them is a movie."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from playnano.errors import ChannelMissing, Doubt, MissingFrames, ReadError, UnitMissing, and_more
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.mixtures import mixtures
from playnano.readers.numbering import missing_numbers, repeated_numbers
from playnano.readers.parsing.messages import one_line, unreadable
from playnano.stack.frames import Image, Mask
from playnano.stack.lazy import ReadFrames
from playnano.stack.metadata import FrameMetadata, ScanDirection
from playnano.stack.stack import AFMImageStack

Read = TypeVar("Read")
CLOCKS_AGREE_S = 2.0
"""Clocks of whole seconds, rounded one up and the other down, differ by less."""


@dataclass(frozen=True)
class Still:
    """One image: what its header says, and how to read it."""

    channel: str
    unit: str
    shape: tuple[int, int]
    """(height, width), checked against the size of the file."""
    read: Callable[[], Image]
    """The image in `unit`, its top line first."""
    mask: Callable[[], Mask] | None = None
    """Pixels that the file marks as undefined or as features."""
    pixel_size_nm: float | None = None
    """Along the fast axis (x)."""
    pixel_size_y_nm: float | None = None
    clocks: tuple[float | None, ...] = ()
    """When it was begun, in s: on the surest clock first, then on finer ones, which all files share."""
    start_epoch_ms: int | None = None
    """UTC; None where the file does not say its time zone."""
    time_s: float | None = None
    """Its time in the movie it is of, where the file says that, and not by a clock."""
    duration_s: float | None = None
    scan_direction: ScanDirection | None = None
    line_direction: str | None = None
    """Which way lines were scanned, as `forward`, where the header says it and the channel does not."""
    line_rate: float | None = None
    number: float | None = None
    """Of the frame in its movie, where the file says that."""
    stored_unit: str | None = None
    """That of the values in the file, where images of one movie share it."""
    header: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class StillFormat:
    """One format of single images; `reader` makes it one that opens files and folders."""

    name: str
    description: str
    suffixes: tuple[str, ...]
    recognise: Callable[[Path], bool]
    channels: Callable[[Path], tuple[str, ...]]
    open: Callable[[Path, ReadOptions], Still]
    keeps: str
    loses: str

    def reader(self) -> Reader:
        """The format as a reader."""
        return Reader(
            name=self.name,
            description=self.description,
            suffixes=self.suffixes,
            recognise=self.recognise,
            channels=self._channels,
            open=lambda path, options: opened(self, self._files(path), options),
            keeps=self.keeps,
            loses=self.loses,
            folders=True,
        )

    def _channels(self, path: Path) -> tuple[str, ...]:
        """The channels of the first file that can be read."""
        files = self._files(path)
        for file in files[:-1]:
            with suppress(ReadError, OSError):
                return self.channels(file)
        return self.channels(files[-1])

    def _files(self, path: Path) -> list[Path]:
        """The files of a movie, those of a folder by the numbers in their names."""
        if not path.is_dir():
            return [path]
        files = [file for file in path.iterdir() if file.is_file() and self._is_mine(file)]
        return sorted(files, key=natural)

    def _is_mine(self, file: Path) -> bool:
        return not file.name.startswith(".") and (has_suffix(file, self.suffixes) or self.recognise(file))


@dataclass(frozen=True)
class StillImages(Generic[Read]):
    """Reads the images of a movie, or their masks, one from each file."""

    files: tuple[tuple[Path, Callable[[], Read]], ...]

    def __call__(self, index: int) -> Read:
        """The image (height, width)."""
        path, read = self.files[index]
        try:
            return read()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise unreadable(path, index, error) from error


def opened(format: StillFormat, files: Sequence[Path], options: ReadOptions) -> AFMImageStack:
    """The movie that files are the frames of, in the order in which they were taken.

    Raises
    ------
    ReadError
        Where a single file cannot be read, none of several can, or they are not of one movie.
    """
    if len(files) == 1:
        return stack_of([(files[0], format.open(files[0], options))], ())
    stills, broken = _readable(format, files, options)
    if not stills and all(isinstance(trouble, ChannelMissing) for _, trouble in broken):
        raise broken[0][1]
    left_out = tuple(
        MissingFrames(f"{path.name} is left out: {_why(trouble)}", 1) for path, trouble in broken
    )
    if left_out and (options.strict or not stills):
        raise ReadError(left_out[0])
    return stack_of(stills, (*left_out, *_gaps(files, stills, options)))


def _gaps(files: Sequence[Path], stills: Sequence[tuple[Path, Still]], options: ReadOptions) -> Iterator[str]:
    """Warnings of numbers that come twice or are left out; images with times of their own keep them."""
    yield from map(Doubt, repeated_numbers([path.name for path, _ in stills]))
    remark = next(missing_numbers([path.name for path in files]), None)
    if remark is None:
        return
    if options.says_interval:
        yield Doubt(f"{remark}: times may be wrong from there on")
    elif in_time(stills)[0][0] is None:
        yield Doubt(f"{remark}: a frame may be missing there")
    else:
        yield remark


def stack_of(stills: Sequence[tuple[Path, Still]], warnings: tuple[str, ...]) -> AFMImageStack:
    """The movie that images of one shape, channel and unit make."""
    _check_alike(stills)
    times, ordered = in_time(stills)
    own_times = [still.time_s for _, still in ordered]
    times = times if None in own_times else own_times
    first, named = ordered[0][1], [(path.name, still) for path, still in ordered]
    return AFMImageStack(
        frames=_frames(ordered),
        channel=first.channel,
        unit=first.unit,
        pixel_size_nm=first.pixel_size_nm,
        pixel_size_y_nm=first.pixel_size_y_nm,
        frame_metadata=tuple(
            _metadata(path, still, time) for (path, still), time in zip(ordered, times, strict=True)
        ),
        warnings=(
            *_their_warnings(ordered),
            *warnings,
            *mixtures(named, times),
        ),
        header=first.header,
    )


def _frames(stills: Sequence[tuple[Path, Still]]) -> ReadFrames:
    images = StillImages(tuple((path, still.read) for path, still in stills))
    masks = StillImages(tuple((path, still.mask or _no_mask) for path, still in stills))
    is_masked = any(still.mask for _, still in stills)
    shape = (len(stills), *stills[0][1].shape)
    return ReadFrames(images, shape, mask=masks if is_masked else None)


def _their_warnings(stills: Sequence[tuple[Path, Still]]) -> Iterator[str]:
    """The warnings of all images, each once, with the file it is about where there are several."""
    counts = Counter(warning for _, still in stills for warning in still.warnings)
    for warning, count in counts.items():
        name = next(path.name for path, still in stills if warning in still.warnings)
        text = warning if len(stills) == 1 else f"{name}{and_more(count - 1)}: {warning}"
        yield Doubt(text) if isinstance(warning, Doubt) else text


def _no_mask() -> None:
    return None


def in_time(
    stills: Sequence[tuple[Path, Still]],
) -> tuple[list[float | None], list[tuple[Path, Still]]]:
    """Images in the order they were taken, and their times in s from the first; None where not stated.

    Where some image has no time, all are in the order of the numbers in their names.
    """
    clocks = list(zip(*(still.clocks for _, still in stills), strict=False))
    complete = [list(clock) for clock in clocks if None not in clock]
    order = sorted(range(len(stills)), key=lambda i: [clock[i] for clock in complete])  # a stable sort
    ticks: list[float] | None = None
    for clock in complete:
        finer = [round(float(clock[i] - clock[order[0]]), 6) for i in order]  # as exact as an epoch in s
        if ticks is None or max(abs(a - b) for a, b in zip(ticks, finer, strict=True)) < CLOCKS_AGREE_S:
            ticks = finer
    return list(ticks) if ticks else [None] * len(stills), [stills[i] for i in order]


def natural(path: Path) -> list[tuple[int, str]]:
    """A key that sorts names by the numbers in them: `a2` before `a10`."""
    parts = re.findall(r"\d+|\D+", path.name.lower())
    return [(int(part), part) if part.isdecimal() else (-1, part) for part in parts]


def has_suffix(path: Path, suffixes: Sequence[str]) -> bool:
    """Whether a name ends in one of `suffixes`, in which `[0-9]` stands for a digit."""
    return _ending(tuple(suffixes)).search(path.name.lower()) is not None


@lru_cache(64)
def _ending(suffixes: tuple[str, ...]) -> re.Pattern[str]:
    endings = "|".join(re.escape(suffix).replace(r"\[0\-9\]", "[0-9]") for suffix in suffixes)
    return re.compile(rf"(?:{endings})\Z")


def _why(trouble: Exception) -> str:
    """Why an image cannot be read; the channel that others have is not misspelled where it is missing."""
    if isinstance(trouble, ChannelMissing):
        return f"it has no channel '{trouble.channel}', but {', '.join(trouble.channels)}"
    if isinstance(trouble, OSError):
        return f"it cannot be read: {trouble.strerror or trouble}"
    return one_line(trouble)


def _readable(
    format: StillFormat, files: Sequence[Path], options: ReadOptions
) -> tuple[list[tuple[Path, Still]], list[tuple[Path, Exception]]]:
    stills: list[tuple[Path, Still]] = []
    broken: list[tuple[Path, Exception]] = []
    for path in files:
        try:
            still = format.open(path, options)
            stills.append((path, replace(still, header={}) if stills else still))  # one header is enough
        except UnitMissing:
            raise
        except (ReadError, OSError) as error:
            broken.append((path, error))
    return stills, broken


def _check_alike(stills: Sequence[tuple[Path, Still]]) -> None:
    """Refuse images that cannot be of one movie, naming the odd ones."""
    kinds = Counter(_kind(still) for _, still in stills)
    if len(kinds) > 1:
        examples = [f"{count} of {kind}, {_example(stills, kind)}" for kind, count in kinds.most_common(3)]
        raise ReadError(
            f"the folder holds images of {len(kinds)} movies ({'; '.join(examples)}): move one away"
        )


def _kind(still: Still) -> str:
    return f"{still.shape[0]} x {still.shape[1]} pixels in {still.unit}"


def _example(stills: Sequence[tuple[Path, Still]], kind: str) -> str:
    return next(path.name for path, still in stills if _kind(still) == kind)


def _metadata(path: Path, still: Still, time: float | None) -> FrameMetadata:
    return {
        "timestamp": time,
        "frame_pixel_size_nm": still.pixel_size_nm,
        "frame_duration_s": still.duration_s,
        "start_epoch_ms": still.start_epoch_ms,
        "scan_direction": still.scan_direction,
        "line_rate": still.line_rate,
        "file": path.name,
    }
