"""The movies below a folder, by their names alone: no file is opened."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from playnano.readers.base import Reader
from playnano.readers.folders import has_suffix, natural
from playnano.readers.formats import READERS


def movies_below(folder: Path, pattern: str | None = None) -> Iterator[Path]:
    """The movies below a folder in natural order; a folder of single images is one movie.

    Each folder is listed once. Hidden files and folders are left out, and links to folders are not
    followed.

    Parameters
    ----------
    pattern : str, optional
        Only movies whose name matches it, such as `*.asd`.
    """
    with os.scandir(folder) as listing:
        entries = [entry for entry in listing if not entry.name.startswith(".")]
    entries.sort(key=lambda entry: natural(Path(entry.name)))
    files = [entry for entry in entries if entry.is_file()]
    images = [entry for entry in files if (reader := _reader(entry.name)) is not None and reader.folders]
    if images and _matches(folder.name, pattern):
        yield folder
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            is_movie = _reader(entry.name) is not None
            yield from [path] * _matches(entry.name, pattern) if is_movie else movies_below(path, pattern)
        elif entry not in images and _reader(entry.name) is not None and _matches(entry.name, pattern):
            yield path


def _reader(name: str) -> Reader | None:
    """The reader whose ending a name has."""
    return next((reader for reader in READERS if has_suffix(Path(name), reader.suffixes)), None)


def _matches(name: str, pattern: str | None) -> bool:
    return pattern is None or fnmatch(name, pattern)
