"""CSV: a folder with a text file for each table, and what its columns mean."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from playnano.exporters.base import ExportNotes
from playnano.exporters.naming import MADE_BY_FILE_MANAGERS
from playnano.exporters.tables.base import TableExport
from playnano.filenames import json_text
from playnano.model import Json
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table, Values

COLUMNS = "columns.json"
ROWS_AT_A_TIME = 10_000


class CsvExport(TableExport):
    """A folder of tables as comma-separated text: `<table>.csv`, and `columns.json` with units and meanings.

    UTF-8, a dot in numbers, empty where there is no number. Numbers are written so that they come back
    exactly.
    """

    extension: ClassVar[str] = "_tables"

    format: Literal["csv"] = "csv"

    def may_replace(self, path: Path) -> bool:
        """Whether it is a folder of nothing but tables and their description."""
        return (path / COLUMNS).is_file() and not path.is_symlink() and not self.foreign_in(path)

    def foreign_in(self, folder: Path) -> tuple[str, ...]:
        """Names of the files in a folder that its description does not name."""
        ours = (
            {f"{name}.csv" for name in _tables_described(folder / COLUMNS)}
            | MADE_BY_FILE_MANAGERS
            | {COLUMNS}
        )
        return tuple(sorted(file.name for file in folder.iterdir() if file.name not in ours or file.is_dir()))

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        path.mkdir()
        for name, table in stack.tables.items():
            with (path / f"{name}.csv").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(csv_lines(table))
        described = {name: _described(stack, name, table) for name, table in stack.tables.items()}
        (path / COLUMNS).write_text(json_text(described), encoding="utf-8", newline="\n")
        return ExportNotes(tuple(f"{name}: {t.note}" for name, t in stack.tables.items() if t.note))


def _tables_described(path: Path) -> tuple[str, ...]:
    """Names of the tables that a description of columns is of; none where it is not one."""
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    return tuple(described) if isinstance(described, dict) else ()


def csv_lines(table: Table) -> Iterator[str]:
    """A table as lines of CSV, the names of its columns first."""
    yield ",".join(table.names) + "\n"
    for start in range(0, len(table), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        cells = [_cells(table.column(name)[rows]) for name in table.names]
        yield from (",".join(row) + "\n" for row in zip(*cells, strict=True))


def _cells(values: Values) -> list[str]:
    if values.dtype.kind == "b":
        return ["true" if value else "false" for value in values.tolist()]
    if values.dtype.kind != "f":
        return [str(value) for value in values.tolist()]
    empty = np.isnan(values)
    return ["" if gap else repr(value) for gap, value in zip(empty.tolist(), values.tolist(), strict=True)]


def _described(stack: AFMImageStack, name: str, table: Table) -> Json:
    record = stack.provenance.all_tables().get(name)
    made = {} if record is None else {"measure": record.measure, "parameters": record.parameters}
    columns = [column.plain() for column in table.columns]
    return {**made, "rows": len(table), "order": table.order, "note": table.note, "columns": columns}
