"""Parquet: a folder with a compressed file of columns for each table."""

import json
from pathlib import Path
from typing import Any, ClassVar, Literal

from playnano.errors import ExportError
from playnano.exporters.base import ExportNotes
from playnano.exporters.naming import MADE_BY_FILE_MANAGERS
from playnano.exporters.tables.base import TableExport
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table

ENDING = ".parquet"
OURS = "playnano"
"""Key of the metadata that every file of playnano has."""


class ParquetExport(TableExport):
    """A folder of tables as Parquet, for pandas, polars, R and DuckDB: `<table>.parquet`.

    Unit and meaning of a column are its metadata `unit` and `description`. Needs the extra `parquet`.
    """

    extension: ClassVar[str] = "_parquet"

    format: Literal["parquet"] = "parquet"

    def check_movie(self, stack: AFMImageStack) -> None:
        super().check_movie(stack)
        _pyarrow()

    def may_replace(self, path: Path) -> bool:
        """Whether it is a folder of nothing but such files."""
        if not path.is_dir() or path.is_symlink():
            return False
        files = [file for file in path.iterdir() if file.name not in MADE_BY_FILE_MANAGERS]
        return bool(files) and not self.foreign_in(path)

    def foreign_in(self, folder: Path) -> tuple[str, ...]:
        """Names of the files in a folder whose metadata does not name playnano."""
        files = [file for file in folder.iterdir() if file.name not in MADE_BY_FILE_MANAGERS]
        return tuple(sorted(file.name for file in files if file.suffix != ENDING or not _is_ours(file)))

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        from pyarrow import parquet

        path.mkdir()
        for name, table in stack.tables.items():
            parquet.write_table(_arrow(table), path / f"{name}{ENDING}", compression="zstd")
        return ExportNotes(tuple(f"{name}: {t.note}" for name, t in stack.tables.items() if t.note))


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise ExportError("Parquet needs pyarrow: pip install playnano[parquet]") from None
    return pyarrow


def _is_ours(file: Path) -> bool:
    pa = _pyarrow()
    from pyarrow import parquet

    try:
        return OURS.encode() in (parquet.read_schema(file).metadata or {})
    except (OSError, pa.ArrowException):
        return False


def _arrow(table: Table) -> Any:
    pa = _pyarrow()
    types = {"integer": pa.int64(), "number": pa.float64(), "flag": pa.bool_()}
    fields = [
        pa.field(c.name, types[c.kind], metadata={"unit": c.unit, "description": c.description})
        for c in table.columns
    ]
    about = {OURS: json.dumps({"order": table.order, "note": table.note})}
    arrays = [pa.array(table.column(c.name), types[c.kind]) for c in table.columns]
    return pa.table(arrays, schema=pa.schema(fields, metadata=about))
