"""Parts of a file, placed and checked against its size and one another before any of them is read."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playnano.errors import ReadError

_AT_MOST = 1 << 22
"""Bytes that are looked at to state why a file does not fit its header."""
_FEWEST_LINE_ENDS = 4
_BLOCK = 128
"""What programs that pad files fill up to multiples of."""
_SIGNATURE_HDF5 = b"\x89HDF\r\n\x1a\n"
_END_OF_FILE = {0: (24, 40), 1: (28, 44), 2: (12, 28), 3: (12, 28)}
"""Where an HDF5 superblock keeps its base address and the end of the file, by its version."""


@dataclass(frozen=True)
class Part:
    """A block of bytes that a header places in its file."""

    name: str
    start: int
    size: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.size


def check_parts(
    path: Path, parts: Iterable[Part], header_end: int = 0, *, may_hold_more: bool = False
) -> tuple[str, ...]:
    """Refuse a file whose parts are not all inside it, behind its header and apart from one another.

    Parameters
    ----------
    path : Path
        The file.
    parts : iterable of Part
        All blocks that the header lists, also those that are not to be read.
    header_end : int
        The first byte behind the header.
    may_hold_more : bool
        Whether the format lets other programs append to a file: then bytes behind the last part are a
        warning. Otherwise they are an error, for bytes may have been inserted before that end. NULs that
        fill up a block are always a warning.

    Returns
    -------
    tuple of str
        Warnings.

    Raises
    ------
    ReadError
        Where a part does not fit.
    """
    placed, size = sorted(parts, key=lambda part: part.start), path.stat().st_size
    trouble = _misplaced(placed, header_end, size)
    if trouble:
        raise ReadError(trouble + changed_line_ends(path, header_end))
    end = max((part.end for part in placed), default=header_end)
    if end >= size:
        return ()
    return _about_the_rest(path, end, size, header_end, may_hold_more)


def _misplaced(parts: Sequence[Part], header_end: int, size: int) -> str | None:
    for part in parts:
        if part.start < header_end:
            return f"{part.name} begins at byte {part.start}, but the header ends at byte {header_end}"
    longest = max(parts, key=lambda part: part.end, default=None)
    if longest and longest.end > size:
        return f"the file is cut short: {longest.name} ends at byte {longest.end}, and {size} bytes are there"
    return _overlap(parts)


def check_overlaps(parts: Iterable[Part]) -> None:
    """Refuse parts that lie over one another, wherever the file ends.

    Raises
    ------
    ReadError
        Where two do.
    """
    trouble = _overlap(sorted(parts, key=lambda part: part.start))
    if trouble:
        raise ReadError(trouble)


def gaps(parts: Iterable[Part]) -> tuple[str, ...]:
    """Warnings of bytes between parts that follow one another without any in intact files."""
    placed = sorted(parts, key=lambda part: part.start)
    return tuple(
        f"{after.start - before.end} bytes lie between {before.name} and {after.name}: bytes may have been "
        "inserted before, and the images be wrong"
        for before, after in pairwise(placed)
        if after.start > before.end
    )


def _overlap(parts: Sequence[Part]) -> str | None:
    for before, after in pairwise(parts):
        if after.start < before.end:
            return f"{before.name} and {after.name} overlap: one begins at byte {after.start}, in the other"
    return None


def _about_the_rest(path: Path, end: int, size: int, header_end: int, may_hold_more: bool) -> tuple[str, ...]:
    if size % _BLOCK == 0 and _is_padding(path, end):
        return (f"{size - end} NUL bytes follow the last part of the file; they are ignored",)
    if may_hold_more:
        return (f"{size - end} bytes follow the last known part of the file; they are not read",)
    raise ReadError(
        f"the file does not agree with its header: it ends at byte {end} by its header, and {size} bytes are "
        f"there: bytes were inserted, or appended (then cut it to {end} bytes)"
        + changed_line_ends(path, header_end)
    )


def _is_padding(path: Path, start: int) -> bool:
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(_AT_MOST):
            if piece.count(0) < len(piece):
                return False
    return True


def changed_line_ends(path: Path, header_end: int) -> str:
    """The end of a message where a transfer in text mode changed a file's line ends; else nothing."""
    with path.open("rb") as file:
        file.seek(header_end)
        behind = file.read(_AT_MOST)
    pairs, lines = behind.count(b"\r\n"), behind.count(b"\n")
    if pairs == lines >= _FEWEST_LINE_ENDS:  # where bytes are any, LF comes without CR too
        return "; line ends were changed: transfer the file again, in binary mode"
    return ""


def check_line_ends(header: bytes) -> None:
    """Refuse a text header of Windows programs whose line ends are not all CR LF.

    Raises
    ------
    ReadError
        Where some are others.
    """
    pairs = header.count(b"\r\n")
    if pairs < header.count(b"\n") or b"\r\r\n" in header or pairs < header.count(b"\r"):
        raise ReadError(
            "line ends of its header were changed, so its images are changed too: transfer the file again, "
            "in binary mode"
        )


def check_hdf5_size(path: Path) -> tuple[str, ...]:
    """Refuse an HDF5 file that is longer than it says; a shorter one HDF5 itself refuses.

    Raises
    ------
    ReadError
        Where bytes were inserted or appended.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if not head.startswith(_SIGNATURE_HDF5) or len(head) < 64 or head[8] not in _END_OF_FILE:
        return ()
    base, end = (struct.unpack_from("<Q", head, at)[0] for at in _END_OF_FILE[head[8]])
    size_of_offsets = head[13] if head[8] < 2 else head[9]
    if size_of_offsets != 8 or base or path.stat().st_size <= end:
        return ()
    return check_parts(path, [Part("the last part", 0, end)])
