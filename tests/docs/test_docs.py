"""The pages are tried as a reader would: every block in order, in a folder with a few small movies.

A page's console blocks hold commands only, one a line (a line that ends in `\\` goes on), and each must end
well, or with the code of its comment `# exit 1`. Python blocks share their names. Recipes are checked. A
comment before a block says more: `<!-- file: x.yaml -->` saves it, `<!-- output -->` says that what came
before prints its lines, `<!-- from: path -->` that it stands word for word in that file of the repository;
`<!-- quote: path -->` likewise, and that it is not run.
"""

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from playnano.cli.app import app
from playnano.recipe.reading import read_recipe
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = DOCS / "reference" / "commands.md"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
TRIED = [page for page in PAGES if page != GENERATED and DOCS / "decisions" not in page.parents]
NOT_RUN = ("text", "sh", "toml")  # listings, and what pip, make and other shells are told
BLOCK = re.compile(r"(?:^<!-- (\w+)(?:: (\S+))? -->\n)?^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
EXIT_CODE = re.compile(r"# exit (\d)\s*$")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclass
class Reader:
    """Somebody who follows a page, block by block."""

    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    seen: str = ""
    """What the last block that did anything printed."""

    def follow(self, comment: str, said: str, language: str, text: str) -> None:
        if comment == "file":
            Path(said).write_text(text, encoding="utf-8")
        if comment in ("from", "quote"):
            assert text.strip() in (ROOT / said).read_text(encoding="utf-8")
        if comment == "output":
            missing = [line for line in text.splitlines() if line.strip() not in self.seen]
            assert not missing, f"{missing} not in\n{self.seen}"
        if comment != "quote":
            self._try(language, text)

    def _try(self, language: str, text: str) -> None:
        if language == "console":
            self.seen = "".join(playnano(line) for line in text.replace("\\\n", " ").splitlines() if line)
        elif language == "python":
            with redirect_stdout(StringIO()) as printed:
                exec(compile(text, "block", "exec"), self.names)
            self.seen = printed.getvalue()
        elif language == "yaml":
            if re.search(r"^version:", text, re.MULTILINE):
                read_recipe(text, "block")
        else:
            assert language in NOT_RUN, f"a block in '{language}' is neither run nor known not to be"


def playnano(line: str) -> str:
    """What a command line prints; it must end with code 0, or that of its comment."""
    assert line.startswith(("playnano ", "python -m playnano ")), f"not a command of playnano: {line}"
    words = shlex.split(line.removeprefix("python -m "), comments=True)[1:]
    into = words[words.index(">") + 1] if ">" in words else None
    argv = words[: words.index(">")] if into else words
    done = CliRunner().invoke(app, argv, prog_name="playnano")
    expected = EXIT_CODE.search(line)
    assert done.exit_code == (int(expected[1]) if expected else 0), f"{line}\n{done.output}"
    if into:
        Path(into).write_text(done.output, encoding="utf-8")
    return done.output.replace("\\", "/")  # as pages write paths


@pytest.fixture(scope="module")
def movies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("as_found")
    for file in ("movie.h5-jpk", "movie.asd", "molecules.h5-jpk"):
        write_sample(folder / file, Sample(frames=6))
    for seed, file in enumerate(("a.asd", "b.asd", "c.asd")):
        write_sample(folder / "movies" / file, Sample(frames=4, height=48, width=48, seed=seed))
    for truth in (folder / "movies").glob("*.truth.json"):
        truth.unlink()
    return folder


@pytest.fixture
def working_folder(movies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "work"
    shutil.copytree(movies, folder)
    for given in ("recipes", "schemas"):
        shutil.copytree(ROOT / given, folder / given)
    monkeypatch.chdir(folder)
    with patch.dict(os.environ, {"COLUMNS": "80"}):
        yield folder


@pytest.mark.parametrize("page", TRIED, ids=name)
def test_every_block_of_the_page_does_what_it_says(page: Path, working_folder: Path) -> None:
    reader = Reader()
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        reader.follow(*block.groups(default=""))


@pytest.mark.parametrize("page", TRIED, ids=name)
def test_no_block_escapes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert 2 * len(BLOCK.findall(text)) == text.count("```")


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
