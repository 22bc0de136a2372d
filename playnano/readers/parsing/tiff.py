"""tifffile without its log, and OME-XML that claims no more than its file holds."""

import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from playnano.errors import ReadError
from playnano.readers.parsing.claims import check_claim
from playnano.readers.parsing.parts import Part, check_overlaps, check_parts

_FILE_HEADER = 8


@contextmanager
def quiet_tiff(path: Path) -> Iterator[Any]:
    """A `tifffile.TiffFile`, which closes its file and drops its log messages."""
    import tifffile

    logger = tifffile.logger()
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with tifffile.TiffFile(path) as file:
            yield file
    finally:
        logger.disabled = was_disabled


@contextmanager
def checked_tiff(path: Path) -> Iterator[Any]:
    """`quiet_tiff`, once it is clear that its OME-XML, if it has one, is safe to follow.

    Raises
    ------
    ReadError
        Where it is not.
    """
    with quiet_tiff(path) as file:
        if file.is_ome:
            check_ome(file.pages.first.description, path.stat().st_size)
        yield file


def points_further(path: Path, file: Any) -> bool:
    """Whether the last page that is there points at another: the file was cut off between pages."""
    sizes, last = file.tiff, file.pages[len(file.pages) - 1]
    with path.open("rb") as opened:
        opened.seek(last.offset)
        (tags,) = struct.unpack(sizes.tagnoformat, opened.read(sizes.tagnosize))
        opened.seek(tags * sizes.tagsize, 1)
        following = opened.read(sizes.offsetsize)
    return len(following) == sizes.offsetsize and any(following)


def check_tiff(path: Path, file: Any, images: Mapping[str, int]) -> tuple[str, ...]:
    """Check where the images of a TIFF file are; `images` are their names and the numbers of their pages.

    Raises
    ------
    ReadError
        Where one is not inside the file, or over another.
    """
    parts = [part for name, number in images.items() for part in _strips(name, file.pages[number])]
    check_parts(path, parts, _FILE_HEADER, may_hold_more=True)
    return check_tiff_end(path, file, max(part.end for part in parts))


def check_tiff_end(path: Path, file: Any, data_end: int) -> tuple[str, ...]:
    """The warning that bytes follow an image that is the last thing in a file.

    Where a list of tags comes last, lost or inserted bytes would have moved it from where the header says.
    """
    if any(file.pages[number].offset >= data_end for number in {0, len(file.pages) - 1}):
        return ()
    if path.stat().st_size <= data_end:
        return ()
    return check_parts(path, [Part("the last image", 0, data_end)], may_hold_more=True)


def check_tiff_overlaps(pages: Iterable[Any]) -> None:
    """Refuse images that lie partly over one another; some programs store equal ones once.

    Raises
    ------
    ReadError
        Where two do.
    """
    check_overlaps(
        dict.fromkeys(part for page in pages if page is not None for part in _strips("an image", page))
    )


def _strips(name: str, page: Any) -> Iterator[Part]:
    """The pieces of one image; those one after another are one."""
    begin = end = 0
    for start, size in zip(page.dataoffsets, page.databytecounts, strict=True):
        if start != end:
            yield from [Part(name, begin, end - begin)] * (end > begin)
            begin = start
        end = start + size
    yield from [Part(name, begin, end - begin)] * (end > begin)


def has_entities(xml: str) -> bool:
    """Whether XML defines entities, which can stand for gigabytes of text: OME needs none."""
    return "<!DOCTYPE" in xml or "<!ENTITY" in xml


def ome_root(text: str) -> ET.Element:
    """The root of an OME-XML text.

    Raises
    ------
    ReadError
        Where it defines entities, which may stand for any number of words or for other files.
    """
    if has_entities(text):
        raise ReadError("its header defines entities of its own, and OME-XML has none")
    return ET.fromstring(text)  # noqa: S314 - no entities are in it


def check_ome(text: str, stored: int) -> None:
    """Refuse OME-XML that names other files, which tifffile would open, or more images than there can be.

    Raises
    ------
    ReadError
        Where it does.
    ParseError
        Where it is not valid XML.
    """
    root = ome_root(text)
    own = {root.get("UUID")} - {None}
    named = {(element.text or "").strip() for element in root.iter() if element.tag.endswith("}UUID")}
    if len(own | named) > 1:
        raise ReadError("its images are in several files: playnano reads a movie from one")
    images = 0
    for pixels in (element for element in root.iter() if element.tag.endswith("}Pixels")):
        lengths = [int(pixels.get(f"Size{axis}", "1")) for axis in "TZCYX"]
        if min(lengths) < 1:
            raise ReadError(f"its header claims {lengths} images, rows and columns")
        images += math.prod(lengths[:3])
        check_claim((images, *lengths[3:]), 1, stored)
