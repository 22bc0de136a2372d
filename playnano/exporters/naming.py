"""Names of files: one rule for the command line, recipes and Python."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playnano.stack.stack import AFMImageStack

LEAST_DIGITS = 4
NEVER_IN_NAMES = frozenset('/\\:*?"<>|')
HEAD_SIZE = 70_000
"""Bytes at the beginning of a file that hold its header; a JPEG comment alone can take 65,533."""
MADE_BY_FILE_MANAGERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def movie_stem(name: str, *, is_folder: bool) -> str:
    """What the files of a movie are called: its name without `.npz`, `.ome.tif`, `.ome.zarr`, ...

    The name of a folder of images has no ending: `2024.05.17` is kept whole.
    """
    if is_folder and not name.lower().endswith(".zarr"):
        return name
    return Path(name).stem.removesuffix(".ome")


def stack_stem(stack: AFMImageStack) -> str:
    """What the files of a stack are called: after the movie it was read from, or `stack`."""
    source = stack.provenance.input
    return movie_stem(source.name, is_folder=source.files is not None) if source else "stack"


def name_part(text: str) -> str:
    """A word of a movie, such as its channel, as a part of a file's name.

    Each character that cannot stand in a name on every system (separators among them), and that is no
    printable text, becomes `_`; so do dots and spaces at the ends. The name stays one name in its folder.
    """
    kept = "".join(c if c.isprintable() and c not in NEVER_IN_NAMES else "_" for c in text)
    inner = kept.strip(". ")
    start = len(kept) - len(kept.lstrip(". "))
    return "_" * start + inner + "_" * (len(kept) - start - len(inner)) if inner else "_" * len(kept)


@dataclass(frozen=True)
class NumberedFiles:
    """The files of a folder with one file per frame: `<stem>_0000<ending>`, `<stem>_0001<ending>`, ..."""

    stem: str
    ending: str
    """Ending of each name, with its dot."""

    def name(self, index: int, count: int) -> str:
        """Name of the file of frame `index` of `count`; names sort as the frames do."""
        digits = max(LEAST_DIGITS, len(str(count - 1)))
        return f"{self.stem}_{index:0{digits}d}{self.ending}"

    def foreign(self, folder: Path, is_ours: Callable[[bytes], bool]) -> tuple[str, ...]:
        """Names of what a folder holds besides such files, and what file managers leave.

        Parameters
        ----------
        is_ours : callable
            Whether playnano wrote a file that begins with these bytes: a name alone does not say so.
        """
        return tuple(sorted(self._foreign(folder, is_ours)))

    def _foreign(self, folder: Path, is_ours: Callable[[bytes], bool]) -> Iterator[str]:
        numbered = re.compile(rf"{re.escape(self.stem)}_\d{{{LEAST_DIGITS},}}{re.escape(self.ending)}")
        for file in folder.iterdir():
            is_named = bool(numbered.fullmatch(file.name)) and file.is_file() and not file.is_symlink()
            left = file.name in MADE_BY_FILE_MANAGERS and file.is_file()
            if not (left or (is_named and is_ours(_head(file)))):
                yield file.name


def _head(file: Path) -> bytes:
    """How a file begins; nothing where it cannot be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(HEAD_SIZE)
    except OSError:
        return b""
