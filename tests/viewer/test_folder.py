"""A folder of movies: tiles, marks, recipes to begin with."""

import base64
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from playnano import AFMImageStack, load
from playnano.cli.app import app
from playnano.errors import ExportError
from playnano.readers import probe
from playnano.recipe.shipped import recipe_text
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.viewer.app import viewer_app
from playnano.viewer.marks import Mark, Marks
from playnano.viewer.session import Session, session_for
from playnano.viewer.tiles import thumbnail

BASE = "http://127.0.0.1:8420"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "day"
    for name in ("b.h5-jpk", "sub/a.h5-jpk"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        write_sample(made / name, Sample(frames=3, height=40, width=200, molecules=2))
    (made / "broken.asd").write_bytes(b"not a movie")
    return made


@pytest.fixture
def session(folder: Path, tmp_path: Path) -> Iterator[Session]:
    made = session_for(folder, None, str(tmp_path / "out"), None)
    yield made
    made.close()


@pytest.fixture
def page(session: Session) -> TestClient:
    gate = viewer_app(session, 8420)
    client = TestClient(gate, base_url=BASE, headers={"origin": BASE})
    client.get(gate.address())
    return client


def test_tiles_show_each_movie_and_say_why_one_cannot_be_read(page: TestClient, folder: Path) -> None:
    from PIL import Image

    assert page.get("/api/session").json()["movies"] == ["b.h5-jpk", "broken.asd", "sub/a.h5-jpk"]
    tile = page.get("/api/tiles/0").json()
    assert (tile["frames"], tile["size_nm"], tile["duration_s"]) == (3, pytest.approx([160, 800]), 1.0)
    began = load(folder / "b.h5-jpk").frame_metadata[0]["start_epoch_ms"]
    assert tile["date"] == f"{datetime.fromtimestamp(began / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    content = base64.b64decode(tile["picture"].removeprefix("data:image/png;base64,"))
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (100, 20)
        assert len(set(picture.tobytes())) > 20
    assert page.get("/api/tiles/1").json()["problem"]
    assert page.get("/api/tiles/9").status_code == 404


def test_marks_are_kept_in_a_table(page: TestClient, session: Session) -> None:
    assert page.get("/api/marks").json() == {}
    page.post("/api/marks", json={"movie": 2, "mark": "good", "note": 'two, "heads"'})
    page.post("/api/marks", json={"movie": 0, "mark": "bad", "note": ""})
    table = session.output_folder / "triage.csv"
    assert table.read_text() == (
        'movie,mark,folder,note\nb.h5-jpk,bad,../day,\nsub/a.h5-jpk,good,../day,"two, ""heads"""\n'
    )
    page.post("/api/marks", json={"movie": 0, "mark": "", "note": ""})
    assert page.get("/api/marks").json() == {"sub/a.h5-jpk": ["good", 'two, "heads"']}


def test_the_good_movies_are_run_without_naming_their_folder(
    page: TestClient, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipe.yaml").write_text("version: 1\nexports: [{format: npz}]\n")
    page.post("/api/marks", json={"movie": 2, "mark": "good", "note": "sharp,\nbut short"})
    done = CliRunner().invoke(app, ["run", "recipe.yaml", "--from", "out/triage.csv", "--marked", "good"])
    assert done.exit_code == 0, done.output
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.npz")] == ["output/sub/a.npz"]


def test_a_table_of_an_earlier_version_learns_its_folder_and_another_folder_keeps_its_rows(
    page: TestClient, session: Session
) -> None:
    session.output_folder.mkdir()
    table = session.output_folder / "triage.csv"
    table.write_text("movie,mark,note\nb.h5-jpk,good,\ngone.asd,bad,\n")
    page.post("/api/marks", json={"movie": 2, "mark": "maybe"})
    lines = [
        "movie,mark,folder,note",
        "gone.asd,bad,,",
        "b.h5-jpk,good,../day,",
        "sub/a.h5-jpk,maybe,../day,",
    ]
    assert table.read_text().splitlines() == lines
    other = Marks(session.output_folder, session.root / "sub")
    assert "b.h5-jpk" not in other.read()
    other.set("b.h5-jpk", Mark("bad"))
    assert table.read_text().splitlines() == [*lines, "b.h5-jpk,bad,../day/sub,"]
    assert page.get("/api/marks").json()["b.h5-jpk"] == ["good", ""]


def test_a_foreign_table_is_not_replaced(page: TestClient, session: Session) -> None:
    session.output_folder.mkdir()
    table = session.output_folder / "triage.csv"
    table.write_text("patient,ward\n1,2\n")
    answer = page.post("/api/marks", json={"movie": 0, "mark": "good"})
    assert answer.status_code == 422
    assert "move it away" in answer.json()["message"]
    assert table.read_text() == "patient,ward\n1,2\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('b.h5-jpk,good,"sharp\nsub/a.h5-jpk,bad,\n', "line 2: "),
        (
            'b.h5-jpk,good,"sharp\nsub/a.h5-jpk,bad,\nc.asd,good,"\n',
            "line 2: a cell goes on in the next lines",
        ),
        ("b.h5-jpk,good,\nb.h5-jpk,bad,\n", "line 3: 'b.h5-jpk' is marked bad, and good in line 2"),
    ],
)
def test_a_table_with_a_fault_is_left_as_it_is(
    page: TestClient, session: Session, rows: str, message: str
) -> None:
    session.output_folder.mkdir()
    table = session.output_folder / "triage.csv"
    table.write_text("movie,mark,note\n" + rows)
    for answer in (page.get("/api/marks"), page.post("/api/marks", json={"movie": 0, "mark": "good"})):
        assert answer.status_code == 422
        assert message in answer.json()["message"]
    assert table.read_text() == "movie,mark,note\n" + rows


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("blurred, as is\nb.asd, bad, ., x", "blurred, as is b.asd, bad, ., x"),
        ("tilted\r\nnoisy\rdrifts\n", "tilted\nnoisy\ndrifts"),
    ],
)
def test_no_note_makes_a_table_that_cannot_be_read(page: TestClient, note: str, kept: str) -> None:
    page.post("/api/marks", json={"movie": 0, "mark": "bad", "note": note})
    assert page.get("/api/marks").json() == {"b.h5-jpk": ["bad", kept]}


def test_a_name_of_two_lines_is_marked_unless_it_looks_like_rows(tmp_path: Path) -> None:
    marks = Marks(tmp_path, tmp_path)
    marks.set("two\nlines.asd", Mark("good", "sharp"))
    with pytest.raises(ExportError, match="rename it"):
        marks.set("a.asd,good\nb.asd", Mark("bad"))
    assert marks.read() == {"two\nlines.asd": Mark("good", "sharp")}


def test_notes_of_several_lines_are_kept(page: TestClient) -> None:
    note = "blurred, tilted, and\nwith drift, too, I think"
    page.post("/api/marks", json={"movie": 0, "mark": "bad", "note": note})
    assert page.get("/api/marks").json() == {"b.h5-jpk": ["bad", note]}


@pytest.mark.parametrize(
    "body",
    [
        {"movie": 0, "mark": "fine"},
        {"movie": 0, "mark": "good", "note": "x" * 3000},
        {"movie": 7, "mark": "good"},
        {"mark": "good"},
    ],
)
def test_marks_that_make_no_sense(page: TestClient, session: Session, body: dict[str, object]) -> None:
    assert page.post("/api/marks", json=body).status_code in (404, 422)
    assert not session.output_folder.exists()


def test_shipped_recipes_are_offered(page: TestClient) -> None:
    names = [recipe["name"] for recipe in page.get("/api/session").json()["recipes"]]
    assert "quicklook" in names
    assert page.post("/api/shipped", json={"name": "quicklook"}).json()["text"] == recipe_text("quicklook")
    assert page.post("/api/shipped", json={"name": "../recipe"}).status_code == 422


def test_recipes_of_the_working_directory_are_offered_and_no_other_file(
    page: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    text = "version: 1\n"
    (tmp_path / "outside.yaml").write_text(text)
    for name in ("mine.yaml", ".hidden.yaml", "notes.txt"):
        (work / name).write_text(text)
    assert page.get("/api/session").json()["saved"] == ["mine.yaml"]
    assert page.post("/api/saved", json={"name": "mine.yaml"}).json() == {"text": text}
    for name in ("../outside.yaml", str(tmp_path / "outside.yaml"), ".hidden.yaml", "notes.txt", "", "-"):
        assert page.post("/api/saved", json={"name": name}).status_code == 422


def test_a_recipe_without_a_name_is_saved_and_only_own_ones_are_replaced(
    page: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.yaml").write_text("mine")

    def save(name: str, text: str, replaces: str | None = None) -> int:
        body = {"name": name, "text": text, "replaces": replaces}
        return page.post("/api/save", json=body).status_code

    assert [save("", "a"), save("b.yaml", "b"), save("recipe.yaml", "c", "a"), save("taken.yaml", "d")] == [
        200, 200, 200, 422,
    ]  # fmt: skip
    assert [save("recipe.yaml", "d"), save("recipe.yaml", "d", "a")] == [422, 422]
    assert (tmp_path / "recipe.yaml").read_text() == "c"
    assert (tmp_path / "taken.yaml").read_text() == "mine"
    (tmp_path / "recipe.yaml").write_text("edited elsewhere")
    refused = page.post("/api/save", json={"name": "", "text": "d", "replaces": "c"})
    assert "recipe.yaml exists and was changed since this tab loaded or saved it" in refused.text
    assert (tmp_path / "recipe.yaml").read_text() == "edited elsewhere"


def test_a_movie_that_crashes_hdf5_does_not_end_the_viewer(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = "import os, sys; print('ready', flush=True); sys.stdin.readline(); os.abort()"
    monkeypatch.setattr(probe, "CHILD", ("-c", stub))
    assert "the HDF5 library crashes on it (SIGABRT)" in page.get("/api/tiles/0").json()["problem"]
    monkeypatch.undo()
    assert page.get("/api/tiles/2").json()["frames"] == 3


def test_a_tile_shows_a_frame_that_holds_something() -> None:
    from PIL import Image

    data = np.random.default_rng(2).normal(size=(8, 32, 32)).astype(np.float32)
    data[:2] = 0.0
    with Image.open(io.BytesIO(thumbnail(AFMImageStack.from_array(data)))) as picture:
        assert len(set(picture.tobytes())) > 20


def test_images_of_several_kinds_are_movies_of_their_own_in_natural_order(
    movie_file: Path, tmp_path: Path
) -> None:
    for name in ("scan10.h5-jpk", "scan2.h5-jpk"):
        (tmp_path / name).write_bytes(movie_file.read_bytes())
    for name in ("a10.gsf", "a2.gsf", "series/b_1.gsf", "series/b_2.gsf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"an image")
    session = session_for(tmp_path, None, None, None)
    labels = [session.label(number) for number in range(len(session.movies))]
    assert labels == ["a2.gsf", "a10.gsf", "scan2.h5-jpk", "scan10.h5-jpk", "series/"]
