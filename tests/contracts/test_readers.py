"""Every reader under the contract that `playnano.testing` offers, with a small file of its maker's."""

from pathlib import Path

import pytest
from long_movies import LONG
from specimens import specimens

from playnano.readers import READERS, Reader
from playnano.testing import ReaderTests


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return specimens(tmp_path_factory.mktemp("made"), real=False)


class TestReaders(ReaderTests):
    @pytest.fixture(params=READERS.builtins)
    def reader(self, request: pytest.FixtureRequest) -> Reader:
        return READERS[request.param]

    @pytest.fixture
    def movie(self, reader: Reader, made: dict[str, list[Path]]) -> Path:
        assert made[reader.name], f"nothing makes a file for {reader.name}"
        return made[reader.name][0]

    @pytest.fixture
    def long_movie(self, reader: Reader, tmp_path: Path) -> Path:
        assert reader.name in LONG, f"add {reader.name} to tests/support/long_movies.py"
        return LONG[reader.name](tmp_path)

    def opens_by_headers(self, reader: Reader) -> bool:
        return reader.name != "wsxm"  # its scale is set by the least and the greatest value

    def reads_frames_alone(self, reader: Reader) -> bool:
        return reader.name != "npz"
