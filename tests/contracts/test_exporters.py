"""Every export, those of plugins too, under the contracts that `playnano.testing` offers."""

from importlib.util import find_spec
from typing import Any

import pytest

from playnano.exporters import EXPORTS, Export, TableExport
from playnano.testing import ExportTests, ReadableExportTests, TableExportTests

READABLE = [name for name in EXPORTS.names if "heights" in EXPORTS[name].preserves]
TABLES = [name for name in EXPORTS.names if issubclass(EXPORTS[name], TableExport)]


def exports(names: list[str]) -> Any:
    made: list[Export] = [EXPORTS.make(name, {}) for name in names]
    return pytest.mark.parametrize("export", made, ids=names)


@exports(READABLE)
class TestReadableExports(ReadableExportTests):
    pass


@exports([name for name in EXPORTS.names if name not in READABLE + TABLES])
class TestOtherExports(ExportTests):
    def test_it_is_for_people_not_for_programs(self, export: Export) -> None:
        assert set(export.preserves) <= {"provenance"}


def tables() -> Any:
    """Exports of tables; those whose library is an extra are skipped where it is not installed."""
    needs = {"parquet": "pyarrow"}
    missing = {name: needs[name] for name in TABLES if name in needs and find_spec(needs[name]) is None}
    skips = {
        name: [pytest.mark.skip(reason=f"{library} is not installed")] for name, library in missing.items()
    }
    made = [pytest.param(EXPORTS.make(name, {}), marks=skips.get(name, []), id=name) for name in TABLES]
    return pytest.mark.parametrize("export", made)


@tables()
class TestTableExports(TableExportTests):
    pass
