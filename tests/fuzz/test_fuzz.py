"""A short run of the fuzzer for each reader; `make fuzz` is the long one."""

from pathlib import Path

import pytest
from fuzz import files, fuzzed

from playnano.readers import READERS

DAMAGES = 40


@pytest.fixture(scope="module")
def to_damage(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return files(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("reader", READERS.builtins)
def test_a_damaged_file_is_refused_or_read_right(reader: str, to_damage: dict[str, list[Path]]) -> None:
    if not to_damage[reader]:
        pytest.skip(f"there is no file for {reader} to damage without the real instrument files")
    path = min(to_damage[reader], key=lambda path: path.stat().st_size)
    verdicts = fuzzed(path, DAMAGES)
    assert verdicts.faults == []
    assert verdicts.counts.total() == DAMAGES
    assert verdicts.counts["refused"] > 0
