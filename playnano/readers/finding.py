"""Which movie a path means, and which reader opens it."""

from pathlib import Path
from unicodedata import normalize

from playnano.errors import ReadError, listed
from playnano.filenames import shown
from playnano.readers.base import Reader
from playnano.readers.folders import has_suffix, natural
from playnano.readers.foreign import why_unknown
from playnano.readers.formats import READERS, ome_zarr


def named(path: Path) -> Path:
    """Resolve `.` and `..`, which have no name: files are called after the movie."""
    return path if path.name not in ("", "..") else path.resolve()


def find_movie(path: Path, reader: str | None = None) -> tuple[Path, Reader]:
    """The movie that `path` means, itself or the only one in a folder, and what reads it.

    Raises
    ------
    ReadError
        Where there is none, more than one, or none that a reader knows.
    """
    path, choice = _as_stored(named(path)), READERS[reader] if reader else None
    if path.is_dir() and not (choice in (None, ome_zarr.READER) and ome_zarr.recognise(path)):
        return _only_movie(path, choice)
    if not path.exists():
        raise ReadError(f"{shown(path)}: there is no such file")
    if not (path.is_file() or path.is_dir()):
        raise ReadError(f"{shown(path)}: this is not a file")
    return path, choice or reader_for(path)


def _as_stored(path: Path) -> Path:
    """The path as the disk has it: accents may be typed as one character and stored as two."""
    try:
        if path.exists() or not path.parent.is_dir():
            return path
    except OSError as error:
        raise ReadError(f"{str(path)[:60]}...: {error.strerror or error}") from error
    name = normalize("NFC", path.name)
    same = [file for file in path.parent.iterdir() if normalize("NFC", file.name) == name]
    return same[0] if len(same) == 1 else path


def _only_movie(folder: Path, choice: Reader | None) -> tuple[Path, Reader]:
    movies: list[tuple[Path, Reader]] = []
    folders: dict[str, int] = {}
    for file, reader in _files_of_readers(folder):
        if choice not in (None, reader):
            continue
        if not reader.folders or reader.name not in folders:
            movies.append((folder if reader.folders else file, reader))
        folders[reader.name] = folders.get(reader.name, 0) + 1
    if len(movies) == 1:
        return movies[0]
    if not movies:
        kind = f" for the reader '{choice.name}'" if choice else ""
        raise ReadError(
            f"{shown(folder)}: the folder holds no movie{kind or _what_it_holds(folder)}; name one file"
        )
    kinds = [f"{folders[r.name]} of {r.name}" if r.folders else path.name for path, r in movies[:3]]
    held = f"{len(movies)} movies ({', '.join(kinds)}{', ...' if len(movies) > 3 else ''})"
    raise ReadError(f"{shown(folder)}: the folder holds {held}; name one file{_or_a_reader(movies)}")


def _what_it_holds(folder: Path) -> str:
    files = sorted((f for f in folder.iterdir() if f.is_file() and f.name[:1] != "."), key=natural)
    if not files:
        return ""
    return (
        f", but {listed([file.name for file in files])} ({files[0].name}: {why_unknown(files[0], READERS)})"
    )


def _or_a_reader(movies: list[tuple[Path, Reader]]) -> str:
    return ", or a reader" if any(reader.folders for _, reader in movies) else ""


def _files_of_readers(folder: Path) -> list[tuple[Path, Reader]]:
    """The files of a folder with their readers, in natural order.

    A file that no reader recognises may be a broken image: it goes to the reader of its ending, unless the
    folder holds movies of other readers only.
    """
    files = [file for file in sorted(folder.iterdir(), key=natural) if not file.name.startswith(".")]
    recognised = {file: _reader_in_folder(file) for file in files}
    present = {reader.name for reader in recognised.values() if reader}
    pairs = [(file, reader or _reader_of_ending(file, present)) for file, reader in recognised.items()]
    return [(file, reader) for file, reader in pairs if reader]


def _reader_in_folder(path: Path) -> Reader | None:
    if not path.is_file():
        return ome_zarr.READER if ome_zarr.recognise(path) else None
    return next(iter(_recognised(path)), None)


def _reader_of_ending(path: Path, present: set[str]) -> Reader | None:
    if not path.is_file():
        return None
    likely = [r for r in READERS if r.folders and has_suffix(path, r.suffixes)]
    return next((reader for reader in likely if not present or reader.name in present), None)


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
    raise ReadError(f"{shown(path)}: {why_unknown(path, READERS)}")


def _recognised(path: Path) -> list[Reader]:
    likely = sorted(READERS, key=lambda reader: not has_suffix(path, reader.suffixes))
    knowing = [reader for reader in likely if reader.recognise(path)]
    names = {reader.name for reader in knowing}
    return [reader for reader in knowing if names.isdisjoint(reader.yields_to)]
