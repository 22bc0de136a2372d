"""Every export, those of plugins too, under the contracts that `playnano.testing` offers."""

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


@exports(TABLES)
class TestTableExports(TableExportTests):
    pass
