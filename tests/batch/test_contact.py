"""The page of all movies, and the tables of a batch in shards."""

import html
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from batches import RECIPE, contents, results, rows, run

from playnano.batch.contact import contact_page
from playnano.batch.history import StateFile
from playnano.batch.outcome import Outcome
from playnano.batch.shards import Shard
from playnano.errors import PlaynanoError


class Page(HTMLParser):
    """Cards of a page, by their headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def page(folder: Path = Path("output")) -> tuple[str, Page]:
    text = (folder / "contact.html").read_text(encoding="utf-8")
    return text, Page(text)


def test_every_movie_has_a_picture_and_says_what_it_is(folder: Path) -> None:
    Path("tree/empty.asd").touch()
    run("tree")
    text, shown = page()
    assert [card["class"] for card in shown.all("article")] == ["done", "failed", "done", "done"]
    assert len(shown.all("img")) == 3
    assert {one["loading"] for one in shown.all("img")} == {"lazy"}
    assert all(str(one["src"]).startswith("data:image/jpeg;base64,") for one in shown.all("img"))
    assert text.count("2 frames, 16 \N{MULTIPLICATION SIGN} 16 px") == 3
    assert "the file is empty" in text
    assert "<b>1</b>" in re.search(r"failed <b>\d+</b>", text)[0]  # type: ignore[index]
    Path("tree/empty.asd").unlink()
    run("tree")
    assert len(page()[1].all("img")) == 3  # of movies that were skipped, too


def test_pictures_link_to_what_a_browser_shows(folder: Path) -> None:
    Path("recipe.yaml").write_text(RECIPE.replace("npz}", "npz}, {format: gif}"), encoding="utf-8")
    Path("tree/day").rename("tree/day #1 ü")
    run("tree")
    links = [str(one["href"]) for one in page()[1].all("a")]
    assert links[0] == "day%20%231%20%C3%BC/scan2_filtered.gif"
    assert len(links) == 3


def test_the_page_loads_nothing_and_names_do_no_harm(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>\"'&.asd"
    failed = Outcome(f"movies/{name}", "failed", error=f"movies/{name}: <img src=x onerror=alert(1)>", code=1)
    text = contact_page(tmp_path, [failed])
    assert "<script" not in text
    assert "<img" not in text
    assert "default-src 'none'" in html.unescape(text)
    assert "&lt;img src=x" in text


def test_two_thousand_movies_are_small_enough(tmp_path: Path) -> None:
    picture = "data:image/jpeg;base64," + "A" * 8000
    outcomes = [
        Outcome(f"m/{n}.asd", "done", 200, 512, 512, outputs=(str(tmp_path / f"{n}.gif"),))
        for n in range(2000)
    ]
    with StateFile(tmp_path, Shard(), "pictures") as file:
        for n in range(2000):
            path = Path(f"m/{n}.asd").absolute()
            file.append({"movie": Path(os.path.relpath(path, tmp_path)).as_posix(), "picture": picture})
    text = contact_page(tmp_path, outcomes)
    assert text.count(picture) == 2000
    assert len(text) / 20 < 5e6 / 1.5


def test_shards_do_all_and_their_tables_merge(
    folder: Path, tiny: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    Path("tree/empty.asd").touch()
    run("tree")
    whole, table, sheet = contents(), rows(), page()[0]
    Path("output").rename("whole")
    codes = [run(f"tree --shard {number}/3").exit_code for number in (3, 1, 2)]
    assert sorted(codes) == [0, 0, 1]
    assert contents() == whole
    assert rows() == table
    assert page()[0] == sheet
    assert Path("output/summary.json").read_bytes() == Path("whole/summary.json").read_bytes()
    again = run("tree --shard 1/2")  # another cut knows what was done
    assert "2 movies: 0 done, 1 skipped, 1 failed" in again.stdout or "2 skipped" in again.stdout


def test_another_batch_does_not_get_into_the_table(folder: Path) -> None:
    run("tree --shard 1/2 --output-name a_{input}")
    run("tree --shard 2/2")
    assert len(rows()) == 1
    assert results() == ["day/a_scan2_filtered.npz", "scan10_filtered.npz"] or len(results()) == 3


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "1/0", "a/b", "-1/2", "1/2/3", "1.0/2"])
def test_shards_that_are_none(folder: Path, text: str) -> None:
    with pytest.raises(PlaynanoError, match="is not a shard"):
        Shard.parsed(text)
    if text and not text.startswith("-"):
        assert run(f"tree --shard {text}").exit_code == 2
        assert not Path("output").exists()


def test_every_movie_is_in_one_shard() -> None:
    movies = list(range(103))
    for count in (1, 2, 7, 200):
        parts = [Shard(number, count).of(movies) for number in range(1, count + 1)]
        assert sorted(movie for part in parts for movie in part) == movies
