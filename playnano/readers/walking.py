"""The movies below a folder, by their names alone: no file is opened."""

import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from playnano.readers.base import Reader
from playnano.readers.folders import has_suffix, natural
from playnano.readers.formats import READERS


def _refuse(error: OSError) -> None:
    raise error


def _ignore(path: Path) -> None:
    pass


@dataclass(frozen=True)
class _Walk:
    pattern: str | None
    barred: frozenset[str]
    """Folders that are not looked into."""
    on_error: Callable[[OSError], None]
    on_other: Callable[[Path], None]


def movies_below(
    folder: Path,
    pattern: str | None = None,
    *,
    without: Collection[Path] = (),
    on_error: Callable[[OSError], None] = _refuse,
    on_other: Callable[[Path], None] = _ignore,
) -> Iterator[Path]:
    """The movies below a folder in natural order; a folder of single images is one movie.

    Images of several formats, or beside movies, are movies of one frame each.

    Each folder is listed once. Hidden files and folders are left out, and links to folders are not
    followed.

    Parameters
    ----------
    pattern : str, optional
        Only movies whose name matches it, such as `*.asd`.
    without : collection of Path
        Folders below that are not looked into.
    on_error : callable
        Called for a folder that cannot be listed; it raises [default], or the walk goes on without it.
    on_other : callable
        Called for a file whose name goes on behind the ending of a movie.
    """
    barred = frozenset(_key(path) for path in without)
    yield from _walked(folder, _Walk(pattern, barred, on_error, on_other))


def _walked(folder: Path, walk: _Walk) -> Iterator[Path]:
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not entry.name.startswith(".")]
    except OSError as error:
        walk.on_error(error)
        return
    entries.sort(key=lambda entry: natural(Path(entry.name)))
    readers = {entry.name: _reader(entry.name) for entry in entries}
    kinds = {reader.name for reader in readers.values() if reader is not None}
    images = {entry.name for entry in entries if _of_images(readers[entry.name]) and entry.is_file()}
    images = images if len(kinds) == 1 else set()  # else a reader of the folder would refuse it
    if images and _matches(folder.name, walk.pattern):
        yield folder
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            if readers[entry.name] is not None:
                yield from [path] * _matches(entry.name, walk.pattern)
            elif not walk.barred or _key(path) not in walk.barred:
                yield from _walked(path, walk)
        elif readers[entry.name] is None and had_an_ending(entry.name):
            walk.on_other(path)
        elif (
            readers[entry.name] is not None
            and entry.name not in images
            and _matches(entry.name, walk.pattern)
        ):
            yield path


def _key(path: Path) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - links to folders are not followed


def had_an_ending(name: str) -> bool:
    """Whether a name goes on behind the ending of a movie: `a.asd.txt`, `a.asd (1)`; sidecar files do too."""
    ends = (match.start() for match in re.finditer(r"[ ._(~-]", name))
    return not name.endswith(".json") and any(_reader(name[:end]) is not None for end in ends)


def is_single_image(name: str) -> bool:
    """Whether a name has the ending of a format of one image a file."""
    return _of_images(_reader(name))


def _of_images(reader: Reader | None) -> bool:
    return reader is not None and reader.folders


def _reader(name: str) -> Reader | None:
    """The reader whose ending a name has."""
    path = Path(name)
    return next((reader for reader in READERS if has_suffix(path, reader.suffixes)), None)


def _matches(name: str, pattern: str | None) -> bool:
    return pattern is None or fnmatch(name, pattern)
