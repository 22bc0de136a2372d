"""Every export, those of plugins too, under the contracts that `playnano.testing` offers."""

from typing import Any

import pytest

from playnano.exporters import EXPORTS, Export
from playnano.testing import ExportTests, ReadableExportTests

READABLE = [name for name in EXPORTS.names if "heights" in EXPORTS[name].preserves]


def exports(names: list[str]) -> Any:
    made: list[Export] = [EXPORTS.make(name, {}) for name in names]
    return pytest.mark.parametrize("export", made, ids=names)


@exports(READABLE)
class TestReadableExports(ReadableExportTests):
    pass


@exports([name for name in EXPORTS.names if name not in READABLE])
class TestOtherExports(ExportTests):
    def test_it_is_for_people_not_for_programs(self, export: Export) -> None:
        assert set(export.preserves) <= {"provenance"}
