"""What a Zarr folder says of its arrays, checked before the zarr library opens one.

Codecs are code that a file names. Zarr finds them in a registry that other packages add to, numcodecs'
`pickle` among them, which runs whatever the file says; so codecs, filters and types must be on our lists.
"""

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from playnano.errors import ReadError
from playnano.readers.parsing.claims import check_claim

CODECS = frozenset({"bytes", "blosc", "gzip", "zstd", "crc32c", "transpose", "sharding_indexed"})
"""Codecs of Zarr v3 that are opened."""
COMPRESSORS = frozenset({"blosc", "zlib", "gzip", "zstd", "lz4", "bz2", "lzma"})
"""Compressors of Zarr v2 that are opened."""
FILTERS = frozenset({"delta", "shuffle", "crc32", "crc32c", "adler32", "fletcher32"})
"""Filters of Zarr v2 that are opened."""
TYPES = frozenset(
    {"bool", "float16", "float32", "float64"}
    | {f"{u}int{bits}" for u in ("", "u") for bits in (8, 16, 32, 64)}
)
_TYPE_V2 = re.compile(r"[<>|](b1|[iu][1248]|f[248])")
_LARGEST_HEADER = 2**28
_MOST_DEEP = 3
_HEADERS = {"zarr.json": 3, ".zarray": 2}


@dataclass(frozen=True)
class ZarrHeader:
    """An array's metadata, of which every name is on our lists."""

    folder: Path
    zarr_format: Literal[2, 3]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    """Shape of what one file holds."""
    itemsize: int

    def grid(self) -> tuple[int, ...]:
        """Number of files along each axis."""
        return tuple(-(-length // chunk) for length, chunk in zip(self.shape, self.chunks, strict=True))

    def missing(self) -> int:
        """How many of the files are not there."""
        return math.prod(self.grid()) - sum(self._is_chunk(name) for name, _ in _stored(self.folder))

    def check_size(self) -> None:
        """Refuse what is larger than its files can hold, before anything is made for it.

        Raises
        ------
        ReadError
            Where the header claims too much.
        """
        stored = list(_stored(self.folder))
        largest = max((size for _, size in stored), default=0)
        check_claim(self.shape, self.itemsize, sum(size for _, size in stored))
        check_claim((1, math.prod(self.chunks[:-1]), self.chunks[-1]), self.itemsize, largest)

    def _is_chunk(self, name: str) -> bool:
        places = [part for part in re.split(r"[./]", name.removeprefix("c")) if part]
        if len(places) != len(self.shape) or not all(p.isascii() and p.isdigit() for p in places):
            return False
        return all(int(place) < count for place, count in zip(places, self.grid(), strict=True))


def read_json(file: Path) -> Mapping[str, Any]:
    """A metadata file.

    Raises
    ------
    ValueError, TypeError
        Where it is none.
    """
    if file.stat().st_size > _LARGEST_HEADER:
        raise ValueError(f"{file.name}: {file.stat().st_size:,} bytes are not metadata")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError(f"{file.name} is nested too deeply") from error
    if not isinstance(document, dict):
        raise TypeError(f"{file.name} holds no metadata")
    return document


def read_header(root: Path, name: object) -> ZarrHeader:
    """The metadata of an array below a Zarr folder.

    Raises
    ------
    ReadError
        For a path that leaves the folder, other metadata, or a codec, filter or type not on the lists.
    """
    folder = root / inside(name)
    file = next((folder / header for header in _HEADERS if (folder / header).is_file()), None)
    if file is None:
        raise ReadError(f"there is no array '{name}' in it")
    document = read_json(file)
    try:
        header = (_v3 if _HEADERS[file.name] == 3 else _v2)(folder, document)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ReadError(f"the metadata of array '{name}' are broken: {error!r}") from error
    lengths = (*header.shape, *header.chunks)
    if not all(type(length) is int and length >= 0 for length in lengths) or 0 in header.chunks:
        raise ReadError(f"the metadata of array '{name}' are broken: shape and chunks are {lengths}")
    if len(header.shape) != len(header.chunks):
        raise ReadError(f"the metadata of array '{name}' are broken: chunks have other axes than the array")
    return header


def inside(name: object) -> PurePosixPath:
    """A path in a Zarr folder.

    Raises
    ------
    ReadError
        Where it leaves the folder.
    """
    path = PurePosixPath(str(name))
    is_plain = isinstance(name, str) and not path.is_absolute() and path.parts
    if not is_plain or ".." in path.parts or "\\" in str(name) or ":" in str(name) or "\0" in str(name):
        raise ReadError(f"it refers to {name!r}, which lies outside it")
    return path


def _v3(folder: Path, document: Mapping[str, Any]) -> ZarrHeader:
    _refuse("data type", [document["data_type"]], TYPES)
    _check_codecs(document["codecs"], 0)
    _refuse("chunk grid", [document["chunk_grid"]["name"]], {"regular"})
    _refuse("chunk names", [document["chunk_key_encoding"]["name"]], {"default", "v2"})
    _refuse("storage transformer", document.get("storage_transformers") or (), ())
    chunks = tuple(document["chunk_grid"]["configuration"]["chunk_shape"])
    bits = int(re.sub(r"\D", "", document["data_type"]) or 8)
    return ZarrHeader(folder, 3, tuple(document["shape"]), chunks, bits // 8)


def _check_codecs(codecs: Any, depth: int) -> None:
    """A shard has codecs of its own."""
    if not isinstance(codecs, list) or depth > _MOST_DEEP:
        raise TypeError("codecs")
    named = [codec if isinstance(codec, str) else codec["name"] for codec in codecs]
    _refuse("codec", named, CODECS)
    for codec in codecs:
        settings = {} if isinstance(codec, str) else codec.get("configuration") or {}
        for key in ("codecs", "index_codecs"):
            if key in settings:
                _check_codecs(settings[key], depth + 1)


def _v2(folder: Path, document: Mapping[str, Any]) -> ZarrHeader:
    _check_type(document["dtype"])
    compressor, filters = document.get("compressor"), document.get("filters") or []
    _refuse("compressor", [] if compressor is None else [compressor["id"]], COMPRESSORS)
    _refuse("filter", [entry["id"] for entry in filters], FILTERS)
    for setting in (entry[key] for entry in filters for key in ("dtype", "astype") if key in entry):
        _check_type(setting)
    itemsize = int(re.sub(r"\D", "", document["dtype"]))
    return ZarrHeader(folder, 2, tuple(document["shape"]), tuple(document["chunks"]), itemsize)


def _check_type(dtype: Any) -> None:
    if not isinstance(dtype, str) or not _TYPE_V2.fullmatch(dtype):
        raise ReadError(f"its numbers are of type {dtype!r}: that is not a movie")


def _refuse(what: str, names: Iterable[Any], allowed: Iterable[str]) -> None:
    for name in names:
        if not isinstance(name, str) or name not in allowed:
            ours = f" (it opens {', '.join(sorted(allowed))})" if allowed else ""
            raise ReadError(f"it has the {what} {name!r}, which playnano does not open{ours}")


def _stored(folder: Path) -> Iterable[tuple[str, int]]:
    """Path and size of each file that is not metadata."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name != "zarr.json" and not name.startswith("."):
                file = Path(place, name)
                yield file.relative_to(folder).as_posix(), file.stat().st_size
