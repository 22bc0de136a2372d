"""The movies below a folder, by their names alone: no file is opened."""

import os
from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatch
from pathlib import Path

from playnano.readers.base import Reader
from playnano.readers.folders import has_suffix, natural
from playnano.readers.formats import READERS


def _refuse(error: OSError) -> None:
    raise error


def movies_below(
    folder: Path,
    pattern: str | None = None,
    *,
    without: Collection[Path] = (),
    on_error: Callable[[OSError], None] = _refuse,
) -> Iterator[Path]:
    """The movies below a folder in natural order; a folder of single images is one movie.

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
    """
    barred = frozenset(_key(path) for path in without)
    yield from _walked(folder, pattern, barred, on_error)


def _walked(
    folder: Path, pattern: str | None, barred: frozenset[str], on_error: Callable[[OSError], None]
) -> Iterator[Path]:
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not entry.name.startswith(".")]
    except OSError as error:
        on_error(error)
        return
    entries.sort(key=lambda entry: natural(Path(entry.name)))
    readers = {entry.name: _reader(entry.name) for entry in entries}
    images = {entry.name for entry in entries if _of_images(readers[entry.name]) and entry.is_file()}
    if images and _matches(folder.name, pattern):
        yield folder
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            if readers[entry.name] is not None:
                yield from [path] * _matches(entry.name, pattern)
            elif not barred or _key(path) not in barred:
                yield from _walked(path, pattern, barred, on_error)
        elif entry.name not in images and readers[entry.name] is not None and _matches(entry.name, pattern):
            yield path


def _key(path: Path) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - links to folders are not followed


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
