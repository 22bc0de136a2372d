"""The movies of a run, by their paths alone: no file is opened."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from playnano.errors import ReadError


@dataclass(frozen=True)
class MovieTask:
    """A movie, and the folder below the output folder that its files go to."""

    movie: Path
    below: str = ""
    trouble: str = ""
    """Why it cannot be done: a folder that cannot be listed, an output that another movie writes too."""

    def folder(self, output_folder: Path) -> Path:
        """The folder of its files."""
        return output_folder / self.below


def matching_files(inputs: Sequence[str]) -> list[Path]:
    """Paths of the inputs; a pattern that the shell left as it was stands for the files that match it."""
    return [path for text in inputs for path in _matching(text)]


def _matching(text: str) -> Iterator[Path]:
    from glob import glob, has_magic

    paths = [] if _is_there(text) or not has_magic(text) else sorted(glob(text, recursive=True))  # noqa: PTH207 - any path, not below one
    yield from map(Path, paths or [text])


def check_output_folder(inputs: Iterable[Path], output_folder: Path) -> None:
    """Refuse to write into a folder that is read: the next run would take the results for movies.

    Raises
    ------
    ReadError
        Where an input is the output folder.
    """
    for path in inputs:
        if _is_folder(path) and path.resolve() == output_folder.resolve():
            raise ReadError(
                f"{path}: results in the folder that is read would be taken for movies: choose another "
                "output folder, or name its files",
                settings=("output_folder",),
            )


def _is_there(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # too long for a name
        return False


def movie_tasks(
    paths: Iterable[Path],
    output_folder: Path,
    pattern: str | None = None,
    below: str = "",
    on_other: Callable[[Path], None] = lambda path: None,
) -> Iterator[MovieTask]:
    """The movies that paths name: themselves, or those below a folder, whose tree the outputs mirror.

    The trees of several folders begin at the deepest folder that holds them all. A folder whose images are
    one movie is that movie. The output folder is not looked into.

    Parameters
    ----------
    pattern : str, optional
        Of the movies below folders, only those whose name matches it, such as `*.asd`.
    below : str
        Where the outputs go, from the output folder on.
    on_other : callable
        Called for each file below a folder whose name goes on behind the ending of a movie.

    Raises
    ------
    ReadError
        For a folder without a movie that matches the pattern.
    """
    from playnano.readers.walking import movies_below  # loads every reader, and patterns need none

    paths = list(paths)
    folders = {path: None for path in paths if _is_folder(path)}
    top = _common_folder(list(folders))
    for path in paths:
        if path in folders:
            walk = partial(movies_below, path, pattern, without=(output_folder,), on_other=on_other)
            yield from _below(path, top, walk, pattern, below)
        else:
            yield MovieTask(path, below)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _common_folder(folders: Sequence[Path]) -> str:
    try:
        return os.path.commonpath([_absolute(folder) for folder in folders]) if folders else ""
    except ValueError:  # on several drives
        return ""


def _below(
    folder: Path, top: str, walk: Callable[..., Iterator[Path]], pattern: str | None, below: str
) -> Iterator[MovieTask]:
    troubles: list[OSError] = []
    movies = walk(on_error=troubles.append)
    empty = True
    mirrored = lru_cache(1)(_mirrored)  # of a folder's movies, one after another
    for movie in movies:
        empty = False
        yield MovieTask(movie, mirrored(movie.parent if movie != folder else folder, top, below))
    for error in troubles:
        empty = False
        unlisted = Path(str(error.filename))
        yield MovieTask(unlisted, below, f"{unlisted}: cannot be listed: {error.strerror or error}")
    if empty and pattern is not None:
        raise ReadError(f"{folder}: no movie below it matches '{pattern}'")
    if empty:  # images that only a look into them makes known, or nothing: opening it says so
        yield MovieTask(folder, _mirrored(folder, top, below))


def _mirrored(folder: Path, top: str, below: str) -> str:
    relative = os.path.relpath(_absolute(folder), top) if top else ""
    parts = [part for part in (below, relative.replace(os.sep, "/")) if part not in ("", ".")]
    return "/".join(parts)


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - without resolving links, which a tree keeps
