"""Attributes of HDF5 files as text and finite numbers, whatever wrote them."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Attributes = Mapping[str, Any]


def attributes(group: Any, prefixes: tuple[str, ...]) -> Attributes:
    """The attributes of an h5py group whose names begin so; None for what is neither text nor number."""
    return {name: _plain(group.attrs[name]) for name in names(group.attrs) if name.startswith(prefixes)}


def names(things: Any) -> list[str]:
    """Sorted names of attributes or of what is in a group; h5py gives those that are no text as bytes."""
    return sorted(name for name in things if isinstance(name, str))


def number(found: Attributes, name: str) -> float | None:
    """A finite number, which may be written as text."""
    try:
        value = float(found[name])
    except (KeyError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def text(found: Attributes, name: str) -> str | None:
    """A text that is not empty."""
    value = found.get(name)
    return value if isinstance(value, str) and value else None


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip()
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str | bool | int):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else None
