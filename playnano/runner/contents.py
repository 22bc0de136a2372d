"""What a bundle holds, part by part: every array, text and number, to be compared with another's.

The provenance is left out: it says when and by what software, and is compared by its meaning.
"""

import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile

import numpy as np

from playnano.layouts.bundle import PROVENANCE
from playnano.layouts.ome import NAMESPACE
from playnano.quality import numbered

PIECE = 2**20
CHANGED = "is not what was written"
MADE_BY_FILE_MANAGERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_LAID_OUT_TAGS = frozenset({"StripOffsets", "StripByteCounts", "ImageDescription", "Software"})
"""Tags of a TIFF that say where its images lie and what wrote it, and the one that is compared in parts."""
_TAG_OF_FRAME = re.compile(r"frame (\d+), tag (.*)")


@dataclass(frozen=True)
class Part:
    """One part of a file."""

    value: str
    """The value of a text or number; type and shape of an array."""
    digest: Callable[[], str] | None = None
    """SHA-256 of an array's values. Asked for only where type and shape are those expected."""


Parts = Mapping[str, Part]


def differences(stored: Parts, expected: Parts) -> Iterator[tuple[str, str]]:
    """Names of the parts that differ, and how."""
    for name, part in expected.items():
        if name not in stored:
            yield name, "is missing"
        elif stored[name].value != part.value:
            yield name, _unlike(stored[name].value, part.value)
        elif part.digest and _digest(stored[name]) != part.digest():
            yield name, CHANGED
    for name in stored:
        if name not in expected:
            yield name, "was not written by this recipe"


def of_frames(differing: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The same, where a tag of several frames differs alike, as one."""
    frames: dict[tuple[str, str], list[int]] = {}
    for name, what in differing:
        match = _TAG_OF_FRAME.fullmatch(name)
        if match is None:
            yield name, what
        else:
            frames.setdefault((match[2], what), []).append(int(match[1]))
    for (tag, what), numbers in frames.items():
        many = len(numbers) > 1
        yield f"tag {tag} of frame{'s' if many else ''} {numbered(numbers)}", what


def _digest(part: Part) -> str:
    """Empty where the values cannot be read: that differs from all that can."""
    try:
        return "" if part.digest is None else part.digest()
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, EOFError, BadZipFile, zlib.error):
        return ""


def _unlike(stored: str, expected: str) -> str:
    if len(stored) + len(expected) > 80 or "\n" in stored + expected:
        return CHANGED
    return f"is {stored}, not {expected}"


def contents(path: Path, reader: str) -> AbstractContextManager[Parts]:
    """The parts of a bundle that `reader` opens; readable as long as the context lasts."""
    ways: dict[str, Callable[[Path], AbstractContextManager[Parts]]] = {
        "h5": _h5,
        "npz": _npz,
        "ome-tiff": _ome_tiff,
        "ome-zarr": _ome_zarr,
    }
    return ways[reader](path)


@contextmanager
def _h5(path: Path) -> Iterator[Parts]:
    import h5py

    with h5py.File(path, "r") as file:
        yield dict(_h5_parts(file, ""))


def _h5_parts(group: Any, prefix: str) -> Iterator[tuple[str, Part]]:
    import h5py

    for name, value in group.attrs.items():
        yield f"{prefix}{name}", Part(_plain(value))
    for name in group:
        link = group.get(name, getlink=True)
        place = f"{prefix}{name}"
        if not isinstance(link, h5py.HardLink):  # what lies in another file is not followed
            yield place, Part(type(link).__name__)
        elif isinstance(group[name], h5py.Group):
            yield from _h5_parts(group[name], f"{place}/")
        elif place != PROVENANCE:
            yield place, _h5_dataset(group[name])
            yield from ((f"{place}@{key}", Part(_plain(v))) for key, v in group[name].attrs.items())


def _h5_dataset(dataset: Any) -> Part:
    if dataset.external or dataset.is_virtual:
        return Part("data of another file")
    if dataset.shape == () and dataset.dtype.kind in "OS":
        return Part(_plain(dataset[()]))
    return Part(f"{dataset.dtype} {dataset.shape}", lambda: _array_digest(dataset))


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else repr(np.asarray(value).tolist())


def _array_digest(array: Any) -> str:
    if array.ndim < 2:
        return hashlib.sha256(np.asarray(array[()]).tobytes()).hexdigest()
    digest = hashlib.sha256()
    for index in range(array.shape[0]):
        digest.update(np.ascontiguousarray(array[index]).tobytes())
    return digest.hexdigest()


@contextmanager
def _npz(path: Path) -> Iterator[Parts]:
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name != f"{PROVENANCE}.npy"]
        parts = {name.removesuffix(".npy").replace("__", "/", 1): _member(archive, name) for name in names}
        twice = {f"{name} (again)": Part("") for name, n in Counter(archive.namelist()).items() if n > 1}
        yield parts | twice


def _member(archive: Any, name: str) -> Part:
    size = archive.getinfo(name).file_size
    if size > 4096:
        return Part(f"{size} bytes", lambda: _stream_digest(archive, name))
    with archive.open(name) as stream:
        try:
            return Part(_plain(np.lib.format.read_array(stream, allow_pickle=False)))
        except ValueError:
            return Part("not an array")


def _stream_digest(archive: Any, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _ome_tiff(path: Path) -> Iterator[Parts]:
    from playnano.readers.parsing.tiff import quiet_tiff

    with quiet_tiff(path) as file:
        header = dict(_xml_parts(ET.fromstring(file.pages[0].description)))  # noqa: S314 - the reader refuses entities
        pages = dict(part for index, page in enumerate(file.pages) for part in _page(index, page))
        yield header | pages


def _page(index: int, page: Any) -> Iterator[tuple[str, Part]]:
    yield (
        f"frame {index}",
        Part(f"{page.dtype} {page.shape}", lambda: hashlib.sha256(page.asarray().tobytes()).hexdigest()),
    )
    for tag in page.tags.values():
        if tag.name not in _LAID_OUT_TAGS:
            yield f"frame {index}, tag {tag.name}", Part(str(tag.value))


def _xml_parts(element: Any, prefix: str = "") -> Iterator[tuple[str, Part]]:
    """Attributes and text of every element of an OME header but the provenance, by their place."""
    tag = str(element.tag).rpartition("}")[2]
    if element.get("Namespace") == f"{NAMESPACE}{PROVENANCE}":
        return
    for key, value in element.attrib.items():
        if key not in ("UUID", "Creator"):
            yield f"{prefix}{tag}@{key}", Part(value)
    yield f"{prefix}{tag}", Part(element.text or "")
    for index, child in enumerate(element):
        yield from _xml_parts(child, f"{prefix}{tag}/{index}:")


@contextmanager
def _ome_zarr(path: Path) -> Iterator[Parts]:
    files = sorted(f for f in path.rglob("*") if f.is_file() and f.name not in MADE_BY_FILE_MANAGERS)
    documents = [file for file in files if file.name == "zarr.json"]
    parts = {file.relative_to(path).as_posix(): Part("", _file_digest(file)) for file in files}
    for document in documents:
        folder = document.parent.relative_to(path).as_posix()
        described = _zarr_json(document)
        parts[document.relative_to(path).as_posix()] = Part(
            json.dumps(described, sort_keys=True), _zarr_digest(path, folder, described)
        )
    chunks = {name for name in parts if _is_chunk(name)}
    yield {name: Part("") if name in chunks else part for name, part in parts.items()}


def _is_chunk(name: str) -> bool:
    return "/c/" in name and not name.endswith(".json")


def _file_digest(file: Path) -> Callable[[], str]:
    return lambda: hashlib.sha256(file.read_bytes()).hexdigest()


def _zarr_json(document: Path) -> Any:
    described = json.loads(document.read_text(encoding="utf-8"))
    ours = described.get("attributes", {}).get("playnano")
    if isinstance(ours, dict):
        ours.pop("provenance", None)
    return described


def _zarr_digest(root: Path, folder: str, described: Any) -> Callable[[], str] | None:
    """Asked for only where the array is described as the one just written, so with codecs of our own."""
    if described.get("node_type") != "array":
        return None

    def digest() -> str:
        import zarr

        return _array_digest(zarr.open_array(str(root / folder), mode="r"))

    return digest
