"""Attributes of HDF5 files as text and finite numbers, whatever wrote them."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from playnano.errors import ReadError
from playnano.readers.parsing.binary import begins_with
from playnano.readers.parsing.text import decoded, finite

Attributes = Mapping[str, Any]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_DEFLATED = 1100
"""Deflate makes nothing smaller than by this: what states more pixels does not hold them."""


BROKEN_HDF5 = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError)
"""What h5py raises for damaged files; it has no errors of its own."""


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 does."""
    return begins_with(path, lambda head: head.startswith(SIGNATURE))


def is_elsewhere(dataset: Any, path: Path) -> bool:
    """Whether the values of an h5py dataset are in another file, which nobody named."""
    return bool(dataset.is_virtual or dataset.external or not path.samefile(dataset.file.filename))


def is_too_small(dataset: Any) -> bool:
    """Whether a dataset states more values than the bytes stored for it can hold."""
    return bool(dataset.nbytes > dataset.id.get_storage_size() * MOST_DEFLATED)


def filters(dataset: Any) -> tuple[int, ...]:
    """Numbers of the filters of a dataset, in the order in which they were applied."""
    created = dataset.id.get_create_plist()
    return tuple(created.get_filter(place)[0] for place in range(created.get_nfilters()))


def check_within(dataset: Any, path: Path) -> None:
    """Nothing is read from another file than the one that the user names.

    Raises
    ------
    ReadError
        Where the values of an h5py dataset lie in another file, by whatever kind of link.
    """
    if is_elsewhere(dataset, path):
        name = str(dataset.name).lstrip("/")
        raise ReadError(f"'{name}' lies in another file")


def stored_bytes(dataset: Any, path: Path) -> int:
    """Bytes that a dataset takes; chunks that overlap claim more than the file has."""
    return min(int(dataset.id.get_storage_size()), path.stat().st_size)


def attributes(group: Any, prefixes: tuple[str, ...]) -> Attributes:
    """The attributes of an h5py group whose names begin so; None for what is neither text nor number."""
    return {name: _plain(group.attrs[name]) for name in names(group.attrs) if name.startswith(prefixes)}


def names(things: Any) -> list[str]:
    """Sorted names of attributes or of a group's members; h5py gives those that are not text as bytes."""
    return sorted(name for name in things if isinstance(name, str))


def number(values: Attributes, name: str) -> float | None:
    """A finite number, which may be written as text."""
    value = values.get(name)
    return finite(str(value)) if isinstance(value, str | int | float) else None


def text(values: Attributes, name: str) -> str | None:
    """A text that is not empty."""
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def trouble(error: Exception, otherwise: str) -> str:
    """Why HDF5 cannot open a file, in its own words where they help; else `otherwise`."""
    message = str(error)
    if "unable to lock file" in message:
        return (
            "it is locked by another program, perhaps the one that records it: close it there, or set the "
            "environment variable HDF5_USE_FILE_LOCKING=FALSE to read what is there"
        )
    short = re.search(r"truncated file: eof = (\d+),.* stored_eof = (\d+)", message)
    if short:
        return f"the file is cut short: {short[1]} of {short[2]} bytes are there, and HDF5 needs all of them"
    return otherwise


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return decoded(value).strip()
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str | bool | int):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else None
