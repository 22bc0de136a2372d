"""The header of NanoScope files: lists of settings in plain text, before the samples."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from playnano.errors import ReadError
from playnano.readers.parsing.fields import Fields
from playnano.readers.parsing.parts import check_line_ends
from playnano.readers.parsing.text import checked_text, decoded

Section = Fields
"""Settings of one list of the header by their names in lower case, without the group numbers."""

IMAGE_LIST = "ciao image list"
_FORCES = "it holds force curves, not an image: playnano reads images and movies"
_IMAGES, _FORCE, _OLDEST = b"\\*File list", b"\\*Force file list", b"?*"
_END = b"\\*File list end"
_LONGEST_HEADER = 1 << 21
_AT_ONCE = 1 << 13
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_VERSION = re.compile(r"0x[0-9a-fA-F]{8}\b")
_DATE = re.compile(r"(?a)(\d\d?):(\d\d?):(\d\d?)\s+([AP])M\s+\w+\s+([A-Za-z]{3})\w*\s+(\d\d?)\s+(\d{4})")


@dataclass(frozen=True)
class NanoscopeHeader:
    """The lists of a header."""

    sections: tuple[tuple[str, Section], ...]
    """Name and settings of each list, in the order of the file."""
    size: int
    """The first byte behind its text."""

    def first(self, name: str) -> Section:
        """The first list of this name; empty where there is none."""
        return next(iter(self.all(name)), Fields())

    def find(self, key: str) -> str | None:
        """A setting, whatever list it is in."""
        return next((section[key] for _, section in self.sections if key in section), None)

    def all(self, name: str) -> list[Section]:
        """All lists of this name."""
        return [section for called, section in self.sections if called == name]

    def version(self) -> int:
        """The version of the software, such as 0x09010201; 0 where it is not stated."""
        match = _VERSION.match(self.first("file list").get("version", ""))
        return int(match[0], 16) if match else 0

    def date_s(self) -> float | None:
        """Seconds of the microscope's own clock; the file does not say its time zone."""
        match = _DATE.match(self.first("file list").get("date", ""))
        if match is None or match[5].lower() not in _MONTHS:
            return None
        hour = int(match[1]) % 12 + (12 if match[4] == "P" else 0)
        month = _MONTHS.index(match[5].lower()) + 1
        try:
            date = datetime(int(match[7]), month, int(match[6]), hour, int(match[2]), int(match[3]))
        except ValueError:
            return None
        return (date - datetime(1970, 1, 1)).total_seconds()


def recognise(path: Path) -> bool:
    """Whether a file begins as those of NanoScope software do."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_FORCE))
    except OSError:
        return False
    return start.startswith((_IMAGES, _FORCE, _OLDEST + b"File", _OLDEST + b"Force"))


def read_header(path: Path) -> NanoscopeHeader:
    """The header of a file that holds images.

    Raises
    ------
    ReadError
        Where it is not such a file, or is cut short.
    """
    with path.open("rb") as file:
        start = file.read(len(_FORCE))
        if start.startswith((_FORCE, _OLDEST + b"Force")):
            raise ReadError(_FORCES)
        if start.startswith(_OLDEST):
            raise ReadError("it was written by NanoScope software before version 4, which is not known")
        if not start.startswith(_IMAGES):
            raise ReadError("it is not a NanoScope file")
        while _END not in start and len(start) < _LONGEST_HEADER and (more := file.read(_AT_ONCE)):
            start += more
    text, end, _ = start.partition(_END)
    if not end:
        raise ReadError("its header has no end: the file is cut short or broken")
    check_line_ends(text)
    header = NanoscopeHeader(tuple(_sections(decoded(checked_text(text)))), len(text) + len(_END))
    if not header.all(IMAGE_LIST):
        forces = header.all("ciao force image list")
        raise ReadError(_FORCES if forces else "there is no image in it")
    return header


def _sections(text: str) -> Iterator[tuple[str, Section]]:
    section = Fields()
    for line in text.splitlines():
        if line.startswith("\\*"):
            section = Fields()
            yield line[2:].strip().lower(), section
        elif line.startswith("\\"):
            key, _, value = re.sub(r"^@[0-9]+:", "@", line[1:]).partition(":")
            section.state_first(key.strip().lower(), value.strip())
