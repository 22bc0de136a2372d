"""The recipe's file: saving, loading, a second tab, and the command that runs it."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from viewer_page import Viewer, Visit, add, cards, first_frame, settle, write_yaml, yaml_text

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

EXPORTING = "version: 1\nsteps:\n  - step: remove_plane\nexports:\n  - format: png\n"


@pytest.fixture(scope="module")
def own_viewer(movie_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """A viewer whose recipe is saved; one for the module."""
    folder = tmp_path_factory.mktemp("at work")
    movie = folder / "my movie.h5-jpk"
    movie.write_bytes(movie_file.read_bytes())
    started = Viewer.start(movie, folder, "--port", "0", "--output-folder", "the results")
    yield started
    started.stop()


@pytest.fixture
def page(visit: Visit, own_viewer: Viewer) -> Iterator[Any]:
    with visit(own_viewer.address) as opened:
        yield opened


def save(page: Any, name: str) -> None:
    page.get_by_label("File name of the recipe").fill(name)
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_recipe_is_saved_and_a_foreign_file_is_not_replaced(page: Any, own_viewer: Viewer) -> None:
    (own_viewer.folder / "taken.yaml").write_text("mine")
    write_yaml(page, EXPORTING)
    save(page, "taken.yaml")
    expect(page.locator("#file-status")).to_contain_text("taken.yaml exists")
    assert (own_viewer.folder / "taken.yaml").read_text() == "mine"
    save(page, "mine.yaml")
    expect(page.get_by_text(f"saved mine.yaml in {own_viewer.folder.resolve()}")).to_be_visible()
    assert (own_viewer.folder / "mine.yaml").read_text() == yaml_text(page)
    page.reload()
    page.wait_for_selector("body[data-ranged]")
    settle(page)
    add(page, "steps", "gaussian_filter")
    save(page, "mine.yaml")
    expect(page.get_by_text("saved mine.yaml in")).to_be_visible()
    assert "gaussian_filter" in (own_viewer.folder / "mine.yaml").read_text()


def test_a_second_tab_has_the_content_with_the_name_and_cannot_undo_the_first(
    page: Any, own_viewer: Viewer
) -> None:
    write_yaml(page, EXPORTING)
    expect(page.locator("#steps .card-name")).to_have_text(["remove_plane"])
    save(page, "shared.yaml")
    expect(page.get_by_text("saved shared.yaml")).to_be_visible()
    other = page.context.new_page()
    other.goto(own_viewer.address)
    expect(other.get_by_label("File name of the recipe")).to_have_value("shared.yaml")
    expect(other.locator("#steps .card-name")).to_have_text(["remove_plane"])
    add(page, "steps", "gaussian_filter")
    save(page, "shared.yaml")
    expect(page.get_by_text("saved shared.yaml")).to_be_visible()
    write_yaml(other, "version: 1\n")
    save(other, "shared.yaml")
    expect(other.locator("#file-status")).to_contain_text("shared.yaml exists and was changed since this tab")
    assert (own_viewer.folder / "shared.yaml").read_text() == yaml_text(page)


def test_the_name_follows_the_recipe_that_is_loaded(page: Any, own_viewer: Viewer) -> None:
    text = "version: 1\nsteps:\n  - step: remove_plane\n"
    (own_viewer.folder / "there.yaml").write_text(text)
    page.reload()
    choice, name = page.get_by_label("Load a recipe"), page.get_by_label("File name of the recipe")
    choice.select_option("./there.yaml")
    expect(page.locator("#recipe-text")).to_have_value(text)
    expect(name).to_have_value("there.yaml")
    page.wait_for_selector("#layer option[value='step_1_remove_plane']", state="attached")
    add(page, "steps", "gaussian_filter")
    save(page, "there.yaml")
    expect(page.get_by_text("saved there.yaml")).to_be_visible()
    assert cards(page) == ["remove_plane", "gaussian_filter"]
    choice.select_option("quicklook")
    expect(page.locator("#recipe-text")).to_have_value(re.compile("quicklook"))
    expect(name).to_have_value("quicklook.yaml")


def test_a_broken_recipe_is_saved_with_a_word_and_has_no_command(page: Any, own_viewer: Viewer) -> None:
    write_yaml(page, "version: 1\nsteps:\n  - step: remove_plan\n")
    save(page, "broken.yaml")
    expect(page.locator("#file-status")).to_contain_text("saved broken.yaml")
    expect(page.locator("#file-status")).to_contain_text("but it has an error at line 3: there is no step")
    assert (own_viewer.folder / "broken.yaml").read_text() == yaml_text(page)
    other = page.context.new_page()
    with first_frame(other, own_viewer.address):
        expect(other.locator("#message")).to_contain_text("there is no step 'remove_plan'")
    page.get_by_role("button", name="Copy command").click()
    expect(page.locator("#file-status")).to_contain_text(
        "there is no command: the recipe has an error at line 3"
    )


def test_the_command_runs_where_the_viewer_was_started(page: Any, own_viewer: Viewer) -> None:
    copy, status = page.get_by_role("button", name="Copy command"), page.locator("#file-status")
    page.get_by_label("File name of the recipe").fill("my recipe.yaml")
    write_yaml(page, EXPORTING)
    copy.click()
    expect(status).to_contain_text("save the recipe first")
    save(page, "my recipe.yaml")
    expect(status).to_contain_text("saved")
    copy.click()
    expect(status).to_contain_text("playnano run")
    command = shlex.split(status.inner_text().removeprefix("copied: "))
    assert command == [
        "playnano", "run", "my recipe.yaml", "my movie.h5-jpk", "--output-folder", "the results",
    ]  # fmt: skip
    subprocess.run([sys.executable, "-m", *command], cwd=own_viewer.folder, check=True, capture_output=True)
    assert list((own_viewer.folder / "the results").iterdir())
    write_yaml(page, "version: 1\nsteps:\n  - step: remove_plane\n")
    save(page, "my recipe.yaml")
    expect(status).to_contain_text("saved")
    copy.click()
    expect(status).to_contain_text("there is nothing to write: add an export")
