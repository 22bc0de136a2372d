"""The report: what stands on the page, and that it is safe and small."""

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from playnano.cli.app import app
from playnano.exporters.report.export import ReportExport
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.stack.provenance import Source
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.testing import particles_movie

RECIPE = """
version: 1
steps:
  - {step: auto_level, name: level}
  - {step: clear_mask}
  - {step: align_frames, name: still}
exports: [{format: report}]
"""
LOADS = {"src", "href", "action", "data", "poster", "srcset", "background", "formaction"}


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"

    def pictures(self) -> list[np.ndarray]:
        from PIL import Image

        sources = [attrs["src"] or "" for tag, attrs in self.tags if tag == "img"]
        files = [base64.b64decode(source.removeprefix("data:image/png;base64,")) for source in sources]
        return [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]


def page_of(stack: AFMImageStack, folder: Path, **settings: Any) -> Page:
    file = folder / "report.html"
    ReportExport(**settings).write(stack, file)
    return Page(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "m.h5"
    write_sample(path, Sample(frames=8, height=64, width=64))
    return path


@pytest.fixture(scope="module")
def result(movie: Path) -> tuple[Page, AFMImageStack, Path]:
    recipe = read_recipe(RECIPE + f"output: {{folder: '{movie.parent.as_posix()}'}}\n", "r.yaml")
    done = run_movie(recipe, movie)
    file = movie.parent / "m_filtered_report.html"
    return Page(file.read_text(encoding="utf-8")), done.stack, file


def test_frames_before_and_after_can_be_seen(result: tuple[Page, AFMImageStack, Path]) -> None:
    page, stack, _ = result
    pictures = page.pictures()
    assert all(title in page.text for title in ("First", "Middle", "Last", "orst"))
    assert pictures[0].shape[:2] == (64, 64)
    assert pictures[1].shape[:2] == stack.shape[1:]
    assert all(picture.std() > 10 for picture in pictures)


def test_everything_measured_is_on_the_page(result: tuple[Page, AFMImageStack, Path]) -> None:
    page, stack, _ = result
    for record in stack.provenance.steps:
        for column in record.measured:
            assert f"{record.name}.{column}\n" in page.text
    assert "path of the drift" in page.text
    assert page.text.count("histogram of heights") == 2
    background = re.findall(r"background (\N{MINUS SIGN}?[\d.]+)", page.text)
    assert abs(float(background[-1].replace("\N{MINUS SIGN}", "-"))) < 0.1


def test_recipe_and_provenance_are_on_the_page(result: tuple[Page, AFMImageStack, Path]) -> None:
    page, stack, _ = result
    assert "- step: auto_level" in page.text
    assert stack.provenance.input is not None
    assert str(stack.provenance.input.sha256) in page.text
    assert str(stack.provenance.recipe_sha256) in page.text


def test_nothing_is_loaded_and_nothing_runs(result: tuple[Page, AFMImageStack, Path]) -> None:
    page, _, file = result
    addresses = [value for _, attrs in page.tags for key, value in attrs.items() if key in LOADS]
    assert addresses
    assert all(str(address).startswith("data:image/png;base64,") for address in addresses)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "base"}
    assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on")]
    text = file.read_text(encoding="utf-8")
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_names_are_text_whatever_they_hold(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=y>\"'&\u202e\x00.asd"
    data = np.random.default_rng(1).normal(size=(3, 16, 16))
    stack = AFMImageStack.from_array(data, channel=hostile, unit=hostile)
    provenance = stack.provenance.model_copy(
        update={
            "input": Source(name=hostile, channel=hostile, warnings=(hostile,)),
            "recipe": {"input": {"path": hostile}},
        }
    )
    page = page_of(replace(stack, provenance=provenance, warnings=(hostile,)), tmp_path)
    assert not {"script"} & {tag for tag, _ in page.tags}
    assert all(str(a["src"]).startswith("data:") for tag, a in page.tags if tag == "img")
    assert "<script>alert(1)</script>" in page.text
    assert "\u202e" not in page.text
    assert "\x00" not in page.text


def test_it_stays_small_for_long_and_large_movies(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    large = spool(
        AFMImageStack.from_array(rng.normal(size=(4, 700, 900)).astype(np.float32)).apply("zero_mean")
    )
    long = spool(
        AFMImageStack.from_array(rng.normal(size=(3000, 6, 6)).astype(np.float32)).apply("remove_plane")
    )
    for name, stack in (("large", large), ("long", long)):
        ReportExport().write(stack, tmp_path / name)
        assert (tmp_path / name).stat().st_size < 3_000_000


def test_bytes_are_equal_every_time(result: tuple[Page, AFMImageStack, Path], tmp_path: Path) -> None:
    stack = result[1]
    for name in ("one", "two"):
        ReportExport().write(stack, tmp_path / name, threads=2)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    ("data", "steps", "said"),
    [
        (np.arange(64.0).reshape(1, 8, 8), [], "First, middle, last"),
        (np.arange(192.0).reshape(3, 8, 8) % 37, [], "unknown"),
        (np.full((2, 8, 8), np.nan), ["remove_plane"], "no pixel holds a height"),
        (np.zeros((2, 8, 8)), ["remove_plane"], "blank"),
        (np.arange(30.0).reshape(2, 1, 15), ["zero_mean"], "Frames"),
    ],
    ids=["one frame", "no times, no steps", "nothing but NaN", "constant", "one line"],
)
def test_odd_movies_have_a_report_too(data: Any, steps: list[str], said: str, tmp_path: Path) -> None:
    from playnano.quality import judged

    stack = judged(AFMImageStack.from_array(data))
    for step in steps:
        stack = stack.apply(step)
    page = page_of(spool(stack) if steps else stack, tmp_path)
    assert said in page.text
    assert "nan" not in "".join(str(attrs) for tag, attrs in page.tags if tag in ("path", "circle", "rect"))


def test_what_is_wrong_with_frames_is_said(tmp_path: Path) -> None:
    from playnano.quality import judged

    data = np.random.default_rng(3).normal(size=(4, 24, 24)) * 0.1
    data[1] = 7.0
    data[2, :, :20] += 9.0
    stack = judged(AFMImageStack.from_array(data, timestamps=[0, 1, 2, 3]))
    stack = spool(stack.apply("mask_threshold", threshold=4.0, name="high"))
    page = page_of(stack, tmp_path)
    assert "blank: 1" in page.text
    assert "covered over 70 % (high.masked_share): 1-2" in page.text
    assert [attrs for tag, attrs in page.tags if tag == "rect" and attrs.get("class") == "band"]


def test_run_and_process_write_it_when_told_to(movie: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text("version: 1\nsteps:\n  - step: remove_plane\n", encoding="utf-8")
    first = CliRunner().invoke(app, ["run", "r.yaml", str(movie), "--report", "-q"])
    assert first.exit_code == 0, first.output
    again = ["process", str(movie), "--processing", "zero_mean", "--report", "--output-name", "p", "-q"]
    second = CliRunner().invoke(app, again)
    assert second.exit_code == 0, second.output
    assert {p.name for p in Path("output").iterdir()} == {
        "m_filtered_report.html",
        "p_filtered_report.html",
    }
    assert "remove_plane" in Path("output/m_filtered_report.html").read_text(encoding="utf-8")


def measured_stack() -> AFMImageStack:
    stack = particles_movie().measure("features").measure("tracks", of="features")
    stack = stack.measure("crops", of="tracks").measure("temporal_maps", name="maps")
    return stack.measure("features", min_area_nm2=1e6, name="none")


def test_tables_are_shown_in_numbers(tmp_path: Path) -> None:
    stack = measured_stack()
    page = page_of(stack, tmp_path)
    for name, table in stack.tables.items():
        assert f"\n{name}\n" in page.text
        count = (
            f"{len(table)} rows" if len(table) else "0 rows \N{MIDDLE DOT} no rows: the mask marks no feature"
        )
        assert count in page.text
    height = stack.tables["features"].column("height_max_nm")
    assert f"{np.median(height):.4g}\n" in page.text
    assert "Area of the pixels" in page.text
    assert "min_area_nm2 = 1000000.0" in page.text
    assert "First 10 rows, sorted by track, then frame" in page.text


def test_measured_images_are_shown(tmp_path: Path) -> None:
    stack, without = measured_stack(), particles_movie()
    page = page_of(stack, tmp_path)
    assert len(page.pictures()) == len(page_of(without, tmp_path).pictures()) + len(stack.images)
    assert "maps_std\nStandard deviation of each pixel's heights over the frames" in page.text


def test_a_movie_that_was_not_measured_has_no_such_section(tmp_path: Path) -> None:
    text = page_of(particles_movie(), tmp_path).text
    assert "Measurements" not in text
    assert "Measured images" not in text


def test_frames_whose_lines_jump_from_end_to_end_are_to_be_checked(tmp_path: Path) -> None:
    data = np.random.default_rng(0).normal(0, 0.1, (3, 64, 64))
    data[1, 30:] += 20
    stack = spool(AFMImageStack.from_array(data).apply("auto_level", name="level"))
    ReportExport().write(stack, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    what = (
        "1 of 3 frames with lines that jump from end to end, levelled as offsets (level.whole_line_jumps): 1"
    )
    assert what in page
