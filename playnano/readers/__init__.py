"""Readers: one file a format, and the door through which every movie comes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from playnano.errors import ReadError
from playnano.provenance import Provenance, Source, file_sha256
from playnano.readers import asd, bundle_h5, bundle_npz, bundle_ome_tiff, jpk_h5
from playnano.readers.base import Asked, Reader
from playnano.registry import Registry
from playnano.stack import AFMImageStack

__all__ = ["READERS", "load", "movie_path", "open_movie", "reader_for"]


def _checked(name: str, thing: Any) -> Reader:
    if not isinstance(thing, Reader) or thing.name != name:
        raise TypeError(f"it is no Reader called '{name}'")
    return thing


_BUILTINS = (jpk_h5.READER, asd.READER, bundle_npz.READER, bundle_h5.READER, bundle_ome_tiff.READER)
READERS: Registry[Reader] = Registry("playnano.readers", "reader", {r.name: r for r in _BUILTINS}, _checked)


def load(path: str | Path, channel: str | None = None, **options: Any) -> AFMImageStack:
    """Open a movie; its frames are read when asked for.

    Parameters
    ----------
    path : str or Path
        A file, or a folder that holds exactly one movie.
    channel : str, optional
        The file's topography unless given.
    **options
        `reader`, `unit`, `pixel_size_nm` (a number or (y, x)), `frame_interval_s`, `strict`,
        as in a recipe's `input`.

    Raises
    ------
    ReadError
        For a file that is missing, foreign, corrupt or empty, or a channel it does not hold.
    """
    return open_movie(Path(path), channel=channel, **options)


def open_movie(
    path: Path,
    *,
    channel: str | None = None,
    reader: str | None = None,
    unit: str | None = None,
    pixel_size_nm: float | tuple[float, float] | None = None,
    frame_interval_s: float | None = None,
    strict: bool = False,
    frames: tuple[int | None, int | None] | None = None,
    hashed: bool = True,
) -> AFMImageStack:
    """Open a movie, with what the user says in place of the file; every such word is in the provenance.

    `hashed=False` leaves out the file's SHA-256, which takes reading all of it.
    """
    path = movie_path(path)
    chosen = READERS[reader] if reader else reader_for(path)
    stack = _opened(chosen, path, Asked(channel, strict, unit))
    span = frames and _span(frames)
    said = {
        "unit": unit,
        "pixel_size_nm": pixel_size_nm,
        "frame_interval_s": frame_interval_s,
        "frames": span,
    }
    overrides = {key: value for key, value in said.items() if value is not None}
    stack = _overridden(stack, unit, pixel_size_nm, frame_interval_s)
    stack = stack if frames is None else _first_frames(stack, frames)
    return replace(stack, provenance=_provenance(stack, path, chosen.name, overrides, hashed))


def movie_path(path: Path) -> Path:
    """The movie that `path` means: itself, or the only one in a folder.

    Raises
    ------
    ReadError
        Where there is none, or more than one.
    """
    if not path.is_dir():
        if not path.exists():
            raise ReadError(f"{path}: there is no such file")
        return path
    movies = [file for file in sorted(path.iterdir()) if file.is_file() and _recognised(file)]
    if len(movies) != 1:
        found = (
            f"holds {len(movies)} movies ({', '.join(f.name for f in movies[:3])}...)"
            if movies
            else "holds no movie"
        )
        raise ReadError(f"{path}: the folder {found}; name one file")
    return movies[0]


def reader_for(path: Path) -> Reader:
    """The reader that recognises the file.

    Raises
    ------
    ReadError
        Where none does.
    """
    readers = _recognised(path)
    if readers:
        return readers[0]
    if path.stat().st_size == 0:
        raise ReadError(f"{path}: the file is empty")
    raise ReadError(f"{path}: no reader knows this file; 'playnano formats' lists what can be read")


def _recognised(path: Path) -> list[Reader]:
    likely = sorted(READERS, key=lambda reader: not path.name.lower().endswith(reader.suffixes))
    return [reader for reader in likely if reader.recognise(path)]


def _opened(reader: Reader, path: Path, asked: Asked) -> AFMImageStack:
    try:
        stack = reader.open(path, asked)
    except ReadError as error:
        raise ReadError(f"{path}: {error}") from error.__cause__
    except OSError as error:
        raise ReadError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(stack) == 0:
        raise ReadError(f"{path}: there is no frame in it")
    return stack


def _overridden(
    stack: AFMImageStack,
    unit: str | None,
    pixel_size_nm: float | tuple[float, float] | None,
    frame_interval_s: float | None,
) -> AFMImageStack:
    metadata = [dict(frame) for frame in stack.frame_metadata]
    if pixel_size_nm is not None:
        y, x = pixel_size_nm if isinstance(pixel_size_nm, tuple) else (pixel_size_nm, pixel_size_nm)
        stack = replace(stack, pixel_size_nm=x, pixel_size_y_nm=y)
        metadata = [{**frame, "frame_pixel_size_nm": x} for frame in metadata]
    if frame_interval_s is not None:
        metadata = [{**frame, "timestamp": index * frame_interval_s} for index, frame in enumerate(metadata)]
    return replace(stack, unit=unit or stack.unit, frame_metadata=tuple(metadata))


def _first_frames(stack: AFMImageStack, frames: tuple[int | None, int | None]) -> AFMImageStack:
    chosen = range(len(stack))[slice(*frames)]
    if not chosen:
        raise ReadError(f"the movie has {len(stack)} frames: none of them is in {_span(frames)}")
    return stack.select(chosen)


def _span(frames: tuple[int | None, int | None]) -> str:
    return ":".join("" if end is None else str(end) for end in frames)


def _provenance(
    stack: AFMImageStack, path: Path, reader: str, overrides: Mapping[str, Any], hashed: bool
) -> Provenance:
    source = Source(
        name=path.name,
        size=path.stat().st_size if path.is_file() else None,
        sha256=file_sha256(path) if hashed else None,
        reader=reader,
        channel=stack.channel,
        overrides=dict(overrides),
        warnings=stack.warnings,
    )
    made_by_playnano = stack.provenance.input is not None
    return stack.provenance.reread(source) if made_by_playnano else Provenance(input=source)
