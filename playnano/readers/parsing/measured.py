"""Tables and images of measures in bundles: columns, values and axes, checked before they are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import ReadError
from playnano.layouts.bundle import VALUES
from playnano.stack.measured_images import Axis, LazyArray, MeasuredImages
from playnano.stack.provenance import ColumnRecord, Provenance
from playnano.stack.tables import Column, LazyRows, Table, Values, kind_of

Arrays = Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]
"""Type and shape of each array, by its name."""
_NAME = re.compile(r"[^\W\d][\w. %()°-]*")
"""What tables, images and columns are called: exports name files after them."""


def stored_table(
    name: str,
    arrays: Arrays,
    provenance: Provenance,
    read: Callable[[str], Values],
) -> Table:
    """A table in a bundle, each column read on first access; units and meanings are in the provenance.

    Parameters
    ----------
    arrays : mapping
        Type and shape of each column's array.

    Raises
    ------
    ReadError
        Where the arrays are not columns of one length, or a name is none that a measure has.
    """
    _check_names(name, *arrays)
    for column, (dtype, shape) in arrays.items():
        if len(shape) != 1 or dtype.kind not in "fiub":
            raise ReadError(f"the column '{column}' of the table '{name}' is {dtype} of shape {shape}")
    if len({shape for _, shape in arrays.values()}) > 1:
        raise ReadError(f"columns of the table '{name}' differ in length")
    record = provenance.all_tables().get(name)
    recorded = {} if record is None else {column.name: column for column in record.columns}
    columns = tuple(
        Column(
            column,
            recorded[column].unit if column in recorded else "",
            recorded[column].description if column in recorded else "",
            kind_of(dtype),
        )
        for column, (dtype, _) in sorted(arrays.items(), key=lambda item: _place(item[0], list(recorded)))
    )
    order, note = ("", "") if record is None else (record.order, record.note)
    return Table(columns, LazyRows([column.name for column in columns], read), order, note)


def _check_names(*names: str) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise ReadError(f"{name!r} is not the name of a table, of images or of a column")


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)


def stored_images(
    name: str,
    arrays: Arrays,
    provenance: Provenance,
    read: Callable[[str], NDArray[Any]],
    movie: Callable[[str], Any],
) -> MeasuredImages:
    """Measured images in a bundle, read on demand; units and meanings are in the provenance.

    Parameters
    ----------
    arrays : mapping
        Type and shape of `values` and of each axis.
    read : callable
        Reads an array whole.
    movie : callable
        Gives an array of three axes as `Images`.

    Raises
    ------
    ReadError
        Where the axes are not those of the values, or a name is none that a measure has.
    """
    _check_names(name, *arrays)
    if VALUES not in arrays:
        raise ReadError(f"the images '{name}' have no values")
    dtype, shape = arrays[VALUES]
    if dtype.kind != "f" or len(shape) not in (2, 3):
        raise ReadError(f"the images '{name}' are {dtype} of shape {tuple(shape)}")
    _, record = provenance.all_images().get(name, (None, None))
    recorded = {} if record is None else {axis.name: axis for axis in record.axes}
    names = list(recorded) or [other for other in arrays if other != VALUES]
    expected = [(axis, (length,)) for axis, length in zip(names, shape, strict=False)]
    if len(names) != len(shape) or any(axis not in arrays or arrays[axis][1] != n for axis, n in expected):
        raise ReadError(f"the axes of the images '{name}' do not fit their shape {tuple(shape)}")
    axes = tuple(
        Axis(_axis_column(axis, recorded), LazyArray(arrays[axis][1], arrays[axis][0], _reads(read, axis)))
        for axis in names
    )
    values = movie(VALUES) if len(shape) == 3 else LazyArray(tuple(shape), dtype, _reads(read, VALUES))
    if record is None:
        return MeasuredImages(values, axes, "", "")
    return MeasuredImages(values, axes, record.unit, record.description, record.note)


def _reads(read: Callable[[str], NDArray[Any]], name: str) -> Callable[[], NDArray[Any]]:
    return lambda: read(name)


def _axis_column(name: str, recorded: Mapping[str, ColumnRecord]) -> Column:
    if name not in recorded:
        return Column(name, "", "")
    return Column(name, recorded[name].unit, recorded[name].description)
