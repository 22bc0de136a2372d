"""Files that no reader opens: what they are, or what a reader of that ending misses in them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from playnano.errors import ReadError, listed
from playnano.readers.base import Reader, ReadOptions
from playnano.readers.folders import has_suffix
from playnano.readers.parsing.messages import one_line

_SAVE_IT = "open it in Gwyddion and save its images as .gwy"
_AT_MOST = 1 << 12
_OF_MANY_PROGRAMS = (".h5", ".hdf5", ".npz")


@dataclass(frozen=True)
class Foreign:
    """A kind of file of AFM or other programs that holds no movie, or one that is not read."""

    text: str
    is_it: Callable[[bytes, str], bool]
    """By the first bytes, and the name in lower case."""
    is_common: bool = False
    """Whether formats that playnano reads are of this kind too."""


_FOREIGN = (
    Foreign(
        "it holds force curves of a JPK instrument, not images",
        lambda head, name: _is_zip(head) and name.endswith((".jpk-force", ".jpk-force.zip")),
    ),
    Foreign(
        "it holds a force map of a JPK instrument, a curve at each point, not images",
        lambda head, name: (
            _is_zip(head) and name.endswith((".jpk-force-map", ".jpk-qi-data", ".jpk-qi-series"))
        ),
    ),
    Foreign(
        f"it is a Createc .dat file, which playnano does not read; {_SAVE_IT}",
        lambda head, _: head.startswith(b"[Param"),
    ),
    Foreign(
        f"it is an ISO 28600 text file, which playnano does not read; {_SAVE_IT}",
        lambda head, _: b"ISO/TC 201 SPM data transfer format" in head[:200],
    ),
    Foreign(
        f"it is an Omicron Matrix file, which playnano does not read; {_SAVE_IT}",
        lambda head, _: head.startswith(b"ONTMATRX"),
    ),
    Foreign(
        "it is a picture in colours: it holds no heights",
        lambda head, _: head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM6")),
    ),
    Foreign(
        "it is an encoded video: it holds no heights",
        lambda head, _: head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] == b"AVI "),
    ),
    Foreign(
        f"it is an HDF5 file of another program, whose layout playnano does not know; {_SAVE_IT}",
        lambda head, _: head.startswith(b"\x89HDF\r\n\x1a\n"),
        is_common=True,
    ),
    Foreign(
        "it is an HDF5 file whose line ends were changed: transfer the file again, in binary mode",
        lambda head, _: re.match(rb"\x89HDF(\r?\n|\r\r\n)\x1a\r?\n", head) is not None,
    ),
    Foreign(
        "it is a NumPy archive, but not a bundle of playnano; AFMImageStack.from_array takes its arrays",
        lambda head, name: _is_zip(head) and name.endswith(".npz"),
    ),
    Foreign("it is a ZIP archive: unpack it first", lambda head, _: _is_zip(head)),
)


def why_unknown(path: Path, readers: Iterable[Reader]) -> str:
    """What to say of a file that no reader recognises."""
    with path.open("rb") as file:
        head = file.read(_AT_MOST)
    if not head:
        return "the file is empty"
    kinds = [foreign for foreign in _FOREIGN if foreign.is_it(head, path.name.lower())]
    if kinds and not kinds[0].is_common:
        return kinds[0].text
    likely = [reader for reader in readers if has_suffix(path, reader.suffixes)]
    if not path.name.lower().endswith(_OF_MANY_PROGRAMS):
        missed = [(reader.name, _missed(reader, path)) for reader in likely]
        remarks = "; ".join(f"{what} (reader {name})" for name, what in missed if what)
        if remarks:
            return f"its name ends like a file that playnano reads, but {remarks}"
    return kinds[0].text if kinds else "no reader knows this file; 'playnano formats' lists what can be read"


def _missed(reader: Reader, path: Path) -> str:
    try:
        reader.open(path, ReadOptions(unit="?"))
    except (ReadError, OSError) as error:
        return one_line(error)
    return ""


def passed_over(folder: Path, used: Iterable[Path], reader: Reader) -> tuple[str, ...]:
    """The note that names the files and folders in a folder that are not of its movie."""
    names = {file.relative_to(folder).parts[0] for file in used if file.is_relative_to(folder)}
    entries = sorted(entry for entry in folder.iterdir() if not _is_hidden(entry, reader))
    others = [entry for entry in entries if entry.name not in names]
    # the movie's own files that cannot be read are warned of one by one
    files = [entry.name for entry in others if entry.is_file() and _is_foreign(entry, reader)]
    named = [*files, *(f"{entry.name}/" for entry in others if entry.is_dir())]
    return (f"the folder also holds {listed(named)}; not read",) if named else ()


def _is_hidden(entry: Path, reader: Reader) -> bool:
    """Whether nobody misses an entry: hidden ones that are no images, and what macOS keeps beside files."""
    name = entry.name
    return name.startswith("._") or (name.startswith(".") and not has_suffix(entry, reader.suffixes))


def _is_foreign(entry: Path, reader: Reader) -> bool:
    return entry.name.startswith(".") or not has_suffix(entry, reader.suffixes)


def _is_zip(head: bytes) -> bool:
    return head.startswith(b"PK\3\4")
