"""Tables of measurements, as named columns with units."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError, did_you_mean

Kind = Literal["integer", "number", "flag"]
Values = NDArray[Any]
Rows = Mapping[str, Values]
"""Values of each column, all of one length."""
TYPES: Mapping[str, np.dtype[Any]] = {
    "integer": np.dtype("<i8"),
    "number": np.dtype("<f8"),
    "flag": np.dtype(bool),
}


PARTS_AT_A_TIME = 256


@dataclass(frozen=True)
class Column:
    """One column of a table: name, unit, meaning, and whether it holds integers, numbers or flags."""

    name: str
    unit: str
    description: str
    kind: Kind = "number"

    def plain(self) -> dict[str, str]:
        """The column as plain values."""
        return {"name": self.name, "unit": self.unit, "description": self.description, "kind": self.kind}


@dataclass(frozen=True, repr=False)
class Table:
    """Measurements as rows: named columns with units, one type each, in a stated order.

    A number that does not exist is NaN.
    """

    columns: tuple[Column, ...]
    values: Rows = field(repr=False)
    order: str = ""
    """What the rows are sorted by."""
    note: str = ""
    """Notes for the user, for example why there are no rows."""

    @classmethod
    def of(cls, columns: Sequence[Column], rows: Rows, order: str = "", note: str = "") -> "Table":
        """A table of these rows, each column converted to its type.

        Arrays of that type are not copied and must not be changed afterwards.

        Raises
        ------
        PlaynanoError
            Where a column is missing, or columns differ in length.
        """
        missing = [column.name for column in columns if column.name not in rows]
        if missing:
            raise PlaynanoError(f"the column '{missing[0]}' has no values")
        values = {column.name: _typed(rows[column.name], column.kind) for column in columns}
        lengths = {len(column) for column in values.values()}
        if len(lengths) > 1:
            raise PlaynanoError(f"columns of one table differ in length: {sorted(lengths)}")
        return cls(tuple(columns), values, order, note)

    @classmethod
    def empty(cls, columns: Sequence[Column], order: str = "", note: str = "") -> "Table":
        """A table with these columns and no rows."""
        return cls.of(columns, {column.name: np.empty(0) for column in columns}, order, note)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def __len__(self) -> int:
        return len(self.values[self.columns[0].name]) if self.columns else 0

    def column(self, name: str) -> Values:
        """The values of one column: int64, float64 or bool.

        Raises
        ------
        PlaynanoError
            Where there is no such column.
        """
        if name not in self.values:
            near = did_you_mean(name, self.names)
            raise PlaynanoError(f"there is no column '{name}'{near} (columns: {', '.join(self.names)})")
        return self.values[name]

    def unit(self, name: str) -> str:
        """The unit of one column; empty for a plain number."""
        self.column(name)
        return next(column.unit for column in self.columns if column.name == name)

    def select(self, chosen: Values) -> "Table":
        """The table with only these rows: indices, or a flag for each row."""
        values = {name: self.column(name)[chosen] for name in self.names}
        return Table(self.columns, values, self.order, self.note)

    def with_note(self, note: str) -> "Table":
        """The table with one more note for the user; itself where that is empty."""
        notes = "; ".join(filter(None, (self.note, note)))
        return Table(self.columns, self.values, self.order, notes) if note else self

    def only(self, names: Sequence[str]) -> "Table":
        """The table with only these columns."""
        columns = tuple(column for column in self.columns if column.name in names)
        return Table(columns, {column.name: self.column(column.name) for column in columns}, self.order)

    def to_pandas(self) -> Any:
        """The table as a `pandas.DataFrame`, its units and notes in `attrs`.

        Raises
        ------
        PlaynanoError
            Where pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise PlaynanoError("to_pandas needs pandas: pip install pandas") from None
        frame = pd.DataFrame({name: self.column(name) for name in self.names})
        frame.attrs = {"units": {c.name: c.unit for c in self.columns}, "note": self.note}
        return frame

    def sha256(self) -> str:
        """SHA-256 of the columns' names, units and values as little-endian bytes."""
        head = [[column.name, column.unit, column.kind] for column in self.columns]
        digest = hashlib.sha256(json.dumps([len(self), head]).encode())
        for name in self.names:
            digest.update(np.ascontiguousarray(self.values[name]).data)
        return digest.hexdigest()

    def __repr__(self) -> str:
        note = f"; {self.note}" if self.note else ""
        return f"<Table of {len(self)} rows: {', '.join(self.names)}{note}>"


class LazyRows(Mapping[str, Values]):
    """Columns of a table in a file, each read on first access."""

    def __init__(self, names: Sequence[str], read: Callable[[str], Values]) -> None:
        self._names = tuple(names)
        self._read = read
        self._columns: dict[str, Values] = {}

    def __getitem__(self, name: str) -> Values:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def kind_of(dtype: np.dtype[Any]) -> Kind:
    """Which kind of column an array of this type makes."""
    kinds: dict[str, Kind] = {"b": "flag", "i": "integer", "u": "integer"}
    return kinds.get(dtype.kind, "number")


def unit_suffix(unit: str) -> str:
    """A unit as part of a column's name: ASCII letters and digits."""
    ascii_unit = unit.replace("µ", "u").replace("μ", "u").replace("°", "deg").replace("/", "_per_")
    return re.sub(r"[^A-Za-z0-9]+", "_", ascii_unit).strip("_") or "au"


class RowCollector:
    """Rows that come part by part, kept as few arrays: a small array costs more than the numbers in it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._blocks: dict[str, list[Values]] = {column.name: [] for column in columns}
        self._parts: list[Rows] = []

    def add(self, rows: Rows) -> None:
        """Rows that follow those so far."""
        self._parts.append(rows)
        if len(self._parts) >= PARTS_AT_A_TIME:
            self._pack()

    def _pack(self) -> None:
        for column in self._columns if self._parts else ():
            parts = [_typed(part[column.name], column.kind) for part in self._parts]
            self._blocks[column.name].append(np.concatenate(parts))
        self._parts.clear()

    def rows(self) -> Rows:
        """All of them, once: what is collected is given away column by column."""
        self._pack()
        return {column.name: _concatenated(self._blocks.pop(column.name)) for column in self._columns}


def _concatenated(blocks: Sequence[Values]) -> Values:
    return np.concatenate(blocks) if blocks else np.empty(0)


def first_of_each(groups: Values) -> NDArray[np.int64]:
    """Index of the first row of each run of equal values."""
    changes = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    return np.append(np.zeros(min(len(groups), 1), np.int64), changes)


def _typed(values: Values, kind: Kind) -> Values:
    """Values in the type of their column, without a copy where they are so already."""
    array = np.atleast_1d(np.asarray(values, TYPES[kind]))
    if kind != "number":
        return array
    not_plain = np.isnan(array) | ((array == 0) & np.signbit(array))
    if not not_plain.any():
        return array
    array = array.copy()
    array[np.isnan(array)] = np.nan  # one bit pattern: a hash must not depend on how a NaN came about
    array += 0.0  # nor on the sign of a zero
    return array
