"""The documentation page that playnano was built to: every command and snippet on it, as printed there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import playnano
from playnano.cli.app import app
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample


@pytest.fixture(scope="module")
def page(data_folder: Path) -> list[str]:
    path = data_folder.parent / "seed" / "exporting-data.txt"
    if not path.exists():
        pytest.skip("the documentation page does not lie beside the real instrument files")
    return path.read_text(encoding="utf-8").splitlines()


def commands(lines: list[str]) -> Iterator[str]:
    """Lines that start a command, with those that go on after a backslash."""
    rest = iter(lines)
    for line in rest:
        if line.startswith("playnano "):
            while line.endswith("\\"):
                line = line[:-1] + next(rest)  # noqa: PLW2901
            yield line


def snippets(lines: list[str]) -> Iterator[str]:
    """Runs of lines that are Python, from an import on."""
    block: list[str] = []
    for line in [*lines, "—"]:
        if block or line.startswith("from "):
            if line.startswith("from ") or _goes_on(block, line):
                block.append(line)
            else:
                yield "\n".join(block)
                block = []


def _goes_on(block: list[str], line: str) -> bool:
    inside_a_call = "\n".join(block).count("(") > "\n".join(block).count(")")
    return inside_a_call or re.match(r"^(\w+ = )?\w+\(", line) is not None


def test_the_page_has_them(page: list[str]) -> None:
    assert len(list(commands(page))) == 6
    assert len(list(snippets(page))) == 9


def ready(folder: Path) -> None:
    """The folders of the page, with a movie at least 400 nm wide in each."""
    for name in ("input_folder", "sample_data"):
        write_sample(folder / name / "movie.h5-jpk", Sample(frames=4))


@pytest.mark.parametrize("number", range(6))
def test_a_command(page: list[str], number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ready(tmp_path)
    command = list(commands(page))[number]
    result = CliRunner().invoke(app, shlex.split(command)[1:], prog_name="playnano")
    assert result.exit_code == 0, f"{command}\n{result.output}"
    assert list(tmp_path.glob("exports/*")) or list(tmp_path.glob("output/*"))


def test_the_files_are_called_as_the_page_says(
    page: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ready(tmp_path)
    for command in list(commands(page))[1:4:2]:
        words = shlex.split(command)[1:]
        more = [] if "--output-folder" in words else ["--output-folder", "exports"]
        assert CliRunner().invoke(app, [*words, *more], prog_name="playnano").exit_code == 0
    named = {line.split()[-1] for line in page if line.startswith(("├──", "└──"))}
    assert named <= {path.name for path in (tmp_path / "exports").iterdir()}


def test_every_snippet(page: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ready(tmp_path)
    for snippet in snippets(page):
        names = {"stack": playnano.load("sample_data").apply("remove_plane")}
        exec(compile(snippet, "the page", "exec"), names)
        assert isinstance(names["stack"], playnano.AFMImageStack)
