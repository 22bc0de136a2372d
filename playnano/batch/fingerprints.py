"""Whether files are still those of an earlier run: by size and times, by a checksum where a time differs.

The time of the last change of a file's state (of its creation on Windows) is compared too: it shows a file
that another of the same size took the place of, with the time of the former, as `cp -p` and `touch -r` do.
Windows hands a file's time of creation to one that takes its name within 15 seconds, so there it may not.

Of a movie it is the SHA-256 that its run took anyway; of results, whose copies need only be whole, CRC-32,
which costs next to nothing beside writing them.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playnano.exporters.naming import MADE_BY_FILE_MANAGERS
from playnano.layouts.deflate import crc32
from playnano.model import Json
from playnano.stack.hashing import files_sha256

_PIECE = 2**20


@dataclass(frozen=True)
class Fingerprint:
    """Size, times of the last change and checksum of a file, or of the files of a folder together."""

    size: int
    mtime_ns: int
    """Of several files, the sum: it changes with any of them."""
    count: int = 1
    sha256: str = ""
    crc32: str = ""
    ctime_ns: int = 0
    """Of the files' states; 0 where it was not noted."""
    names: str = ""
    """CRC-32 of the names of several files, whose order may be that of the frames."""

    @classmethod
    def of(cls, files: Sequence[Path]) -> "Fingerprint":
        """Size and time of files, which are not read.

        Raises
        ------
        OSError
            Where one is not there.
        """
        states = [file.stat() for file in files]
        joined = os.fsencode("/".join(file.name for file in files))
        names = f"{crc32(joined):08x}" if len(files) > 1 else ""
        size, mtime_ns = sum(s.st_size for s in states), sum(s.st_mtime_ns for s in states)
        ctime_ns = sum(s.st_ctime_ns for s in states)
        return cls(size, mtime_ns, len(states), names=names, ctime_ns=ctime_ns)

    def with_crc32(self, files: Sequence[Path]) -> "Fingerprint":
        """The same with the CRC-32 of the files."""
        return replace(self, crc32=files_crc32(files))

    def _with_sum_like(self, other: "Fingerprint", files: Sequence[Path]) -> "Fingerprint":
        """The same with the checksum that another one has."""
        if other.crc32:
            return self.with_crc32(files)
        return replace(self, sha256=files_sha256(files)) if other.sha256 else self

    def still(self, files: Sequence[Path]) -> "Fingerprint | None":
        """The fingerprint of the files as they are now; None where their content is another.

        The files are read only where their size is the same and one of their times is not.
        """
        try:
            now = Fingerprint.of(files)
            if (now.size, now.count, now.names) != (self.size, self.count, self.names):
                return None
            same_time = now.mtime_ns == self.mtime_ns
            if same_time and self.ctime_ns in (0, now.ctime_ns):
                return self
            now = now._with_sum_like(self, files)
        except OSError:
            return None
        before, after = (self.crc32, self.sha256), (now.crc32, now.sha256)
        return now if (any(before) or same_time) and after == before else None

    @classmethod
    def from_json(cls, value: Json) -> "Fingerprint":
        """What `as_json` gave."""
        sums = {name: str(value[name]) for name in ("sha256", "crc32", "names") if name in value}
        count, ctime_ns = int(value.get("count", 1)), int(value.get("ctime_ns", 0))
        return cls(int(value["size"]), int(value["mtime_ns"]), count, ctime_ns=ctime_ns, **sums)

    def as_json(self) -> Json:
        """Plain values."""
        several = {} if self.count == 1 else {"count": self.count}
        sums = {name: one for name in ("sha256", "crc32", "names") if (one := getattr(self, name))}
        times = {"mtime_ns": self.mtime_ns, **({"ctime_ns": self.ctime_ns} if self.ctime_ns else {})}
        return {"size": self.size, **times, **several, **sums}


def files_crc32(files: Sequence[Path]) -> str:
    """CRC-32 of files, one after another with their names, as eight hexadecimal digits."""
    value = 0
    for path in files:
        value = crc32(os.fsencode(path.name), value)
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                value = crc32(piece, value)
    return f"{value:08x}"


def files_of_movie(movie: Path) -> list[Path]:
    """The file of a movie; of a folder, the images in it, or all that it holds."""
    if not movie.is_dir():
        return [movie]
    from playnano.readers.formats import ome_zarr
    from playnano.readers.walking import is_single_image

    if ome_zarr.recognise(movie):
        return files_of_output(movie)
    files = [entry for entry in os.scandir(movie) if entry.is_file() and not entry.name.startswith(".")]
    images = [entry for entry in files if is_single_image(entry.name)]
    return sorted(Path(entry.path) for entry in images or files)


def files_of_output(path: Path) -> list[Path]:
    """The file, or all files of a folder, but for what file managers leave."""
    if not path.is_dir():
        return [path]
    every = ((folder, name) for folder, _, names in os.walk(path) for name in names)
    return sorted(Path(folder, name) for folder, name in every if name not in MADE_BY_FILE_MANAGERS)
