"""Open a movie: find it, choose its reader, read it, note where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from playnano.errors import Flaw, ReadError, UnitMissing, doubts, missing_frames
from playnano.filenames import readable, shown
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.finding import find_movie, named
from playnano.readers.foreign import passed_over
from playnano.readers.formats import ome_zarr
from playnano.readers.input import checked_options
from playnano.readers.overrides import first_frames, in_unit, overridden, span
from playnano.readers.parsing.claims import check_claim
from playnano.readers.parsing.messages import one_line
from playnano.readers.plausible import plausible
from playnano.readers.trace_retrace import Combination, combined, wanted_channels
from playnano.stack.contents import DATA, MASK
from playnano.stack.edited import compared
from playnano.stack.hashing import files_sha256
from playnano.stack.provenance import Contents, Provenance, Source
from playnano.stack.stack import AFMImageStack
from playnano.stack.workfolder import half_placed


def load(path: str | Path, channel: str | Sequence[str] | None = None, **options: Any) -> AFMImageStack:
    """Open a movie; its frames are read on demand.

    Parameters
    ----------
    path : str or Path
        A file, or a folder that holds exactly one movie: one file, or images of one kind.
    channel : str, or two of them, optional
        By default the file's topography. `combine` makes one movie of trace and retrace.
    **options
        `combine` (`mean`, `difference` or `interleave` of two channels), `reader`, `unit`,
        `pixel_size_nm` (a number or (y, x)), `frame_interval_s`, `frames`, `strict`; as in a recipe's
        `input`.

    Raises
    ------
    ReadError
        For a file that is missing, foreign, corrupt or empty, a channel it does not hold, an unknown
        option or a wrong value.
    """
    hashed = options.pop("hashed", True)
    return open_movie(Path(path), hashed=hashed, **checked_options({"channel": channel, **options}))


def open_movie(
    path: Path,
    *,
    channel: str | Sequence[str] | None = None,
    combine: str | None = None,
    reader: str | None = None,
    unit: str | None = None,
    pixel_size_nm: float | tuple[float, float] | None = None,
    frame_interval_s: float | None = None,
    strict: bool = False,
    frames: tuple[int | None, int | None] | None = None,
    hashed: bool = True,
) -> AFMImageStack:
    """Open a movie, with the user's overrides; each is recorded in the provenance.

    `hashed=False` leaves out the file's SHA-256, which takes reading all of it.
    """
    names, combination = wanted_channels(channel, combine)
    place = named(path)
    path, chosen = find_movie(path, reader)
    values = {
        "channel": combination and list(names),
        "combine": combination,
        "unit": unit,
        "pixel_size_nm": pixel_size_nm,
        "frame_interval_s": frame_interval_s,
        "frames": frames and span(frames),
    }
    overrides = {key: value for key, value in values.items() if value is not None}
    stated = pixel_size_nm is not None, frame_interval_s is not None
    options = [ReadOptions(name, strict, unit, *stated) for name in names]
    channels = [open_with(chosen, path, one) for one in options]
    channels = [overridden(stack, pixel_size_nm, frame_interval_s) for stack in channels]
    stack = channels[0] if combination is None else _combined(path, channels, combination)
    as_read = stack
    stack = compared(stack, stack.provenance) if hashed else stack
    unchanged = hashed and frames is None and stack is as_read
    check_doubts(stack, path, strict)
    stack = _with_notes_on_folder(stack, place, path, chosen)
    source = _source(stack, path, chosen.name, overrides, hashed)
    stack = stack if frames is None else first_frames(stack, frames)
    return replace(stack, provenance=_provenance(stack, source, unchanged))


def open_with(reader: Reader, path: Path, options: ReadOptions) -> AFMImageStack:
    """Open a movie by one reader, its errors in one line that begins with the path.

    Raises
    ------
    ReadError
        Where the reader refuses it, it cannot be read, or it has no frame.
    """
    try:
        stack = _opened(reader, path, options)
    except UnitMissing as error:
        missing = _also_missing(reader, path, options)
        raise UnitMissing(
            f"{shown(path)}: {one_line(error)}{_in_words(missing)}", settings=(*error.settings, *missing)
        ) from error.__cause__
    except ReadError as error:
        raise ReadError(f"{shown(path)}: {one_line(error)}", settings=error.settings) from error.__cause__
    except OSError as error:
        raise ReadError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error
    if len(stack) == 0:
        raise ReadError(f"{shown(path)}: there is no frame in it")
    _check_size(stack, path)
    stack = plausible(stack, options)
    check_doubts(stack, path, options.strict)
    return stack


def check_doubts(stack: AFMImageStack, path: Path, strict: bool) -> None:
    """With `strict`, a warning that a movie is incomplete, damaged or mixed is an error.

    Raises
    ------
    ReadError
        For the first such warning.
    """
    for doubt in doubts(stack.warnings) if strict else ():
        if isinstance(doubt, Flaw):
            continue
        raise ReadError(f"{shown(path)}: {doubt}")


def _opened(reader: Reader, path: Path, options: ReadOptions) -> AFMImageStack:
    """The movie in the user's unit; what the file states goes before, and is converted."""
    if options.unit is None:
        return reader.open(path, options)
    try:
        stack = reader.open(path, replace(options, unit=None))
    except UnitMissing:
        return reader.open(path, options)
    return in_unit(stack, options.unit)


def _also_missing(reader: Reader, path: Path, options: ReadOptions) -> tuple[str, ...]:
    """The settings, besides the unit, that pictures of the movie will need."""
    stack = reader.open(path, replace(options, unit="?"))
    missing: tuple[str, ...] = ()
    if not options.says_pixel_size and None in (stack.pixel_size_nm, stack.pixel_size_y_nm):
        missing += ("pixel_size_nm",)
    if not options.says_interval and len(stack) > 1 and stack.frame_metadata[0].get("timestamp") is None:
        missing += ("frame_interval_s",)
    return missing


def _in_words(missing: Sequence[str]) -> str:
    """The end of a message on a unit that is missing."""
    words = {"pixel_size_nm": "the pixel size", "frame_interval_s": "the times of its frames"}
    named = [f"{words[setting]} (`{setting}`)" for setting in missing]
    return f"; nor does it state {' and '.join(named)}" if named else ""


def _with_notes_on_folder(stack: AFMImageStack, place: Path, path: Path, reader: Reader) -> AFMImageStack:
    """The stack with warnings of files in its folder that are not read, and of a set half in place."""
    notes = half_placed(path)
    if place.is_dir() and not ome_zarr.recognise(place):
        notes += passed_over(place, movie_files(stack, path), reader)
    return replace(stack, warnings=(*stack.warnings, *notes))


def _check_size(stack: AFMImageStack, path: Path) -> None:
    """Whatever the reader believes, a movie is no larger than its files can hold."""
    files = movie_files(stack, path)
    try:
        check_claim(stack.shape, stack.dtype.itemsize, sum(file.stat().st_size for file in files))
    except ReadError as error:
        raise ReadError(f"{shown(path)}: {error}") from None


def _combined(path: Path, channels: Sequence[AFMImageStack], combination: Combination) -> AFMImageStack:
    trace, retrace = channels
    try:
        return combined(trace, retrace, combination)
    except ReadError as error:
        message = f"{shown(path)}: {str(error).removeprefix(f'{shown(path)}: ')}"
        raise ReadError(message, settings=error.settings) from error


def movie_files(stack: AFMImageStack, path: Path) -> list[Path]:
    """The files that a movie was read from: one, or those of its frames in a folder."""
    names = (frame.get("file") for frame in stack.frame_metadata) if path.is_dir() else ()
    if ome_zarr.recognise(path):
        return sorted(file for file in path.rglob("*") if file.is_file())
    return [path / str(name) for name in dict.fromkeys(names)] or [path]


def _source(
    stack: AFMImageStack, path: Path, reader: str, overrides: Mapping[str, Any], hashed: bool
) -> Source:
    files = movie_files(stack, path)
    return Source(
        name=readable(path.name),
        files=len(files) if path.is_dir() else None,
        size=sum(file.stat().st_size for file in files),
        sha256=files_sha256(files) if hashed else None,
        reader=reader,
        channel=stack.channel,
        overrides=dict(overrides),
        warnings=tuple(map(str, stack.warnings)),
        missing_frames=missing_frames(stack.warnings),
    )


def _provenance(stack: AFMImageStack, source: Source, unchanged: bool) -> Provenance:
    if stack.provenance.input is None:  # playnano did not write it
        return Provenance(input=source)
    past = stack.provenance.contents.images
    images = {name: past[name] for name in (DATA, MASK) if unchanged and name in past}
    return stack.provenance.reread(source).model_copy(update={"contents": Contents(images=images)})
