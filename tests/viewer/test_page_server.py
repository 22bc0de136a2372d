"""Pages of odd movies, and the end of the server under them."""

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from viewer_page import (
    Viewer,
    Visit,
    choose_colormap,
    odd_movie,
    picture,
    sampled,
    set_range,
    show_panel,
    write_yaml,
)

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from playnano import load
from playnano.rendering.palette import NAN, palette
from playnano.rendering.pictures import coloured
from playnano.rendering.zrange import ZRange


def test_heights_have_the_colours_of_the_exports(tab: Any, movie_file: Path) -> None:
    set_range(tab, -2.0, 3.0)
    choose_colormap(tab, "viridis")
    image = load(movie_file)[0]
    expected = palette("viridis")[coloured(image, ZRange(-2.0, 3.0))]
    np.testing.assert_array_equal(sampled(picture(tab), *image.shape), expected)


@pytest.mark.parametrize("kind", ["NaN", "unknown pixel size", "one frame"])
def test_odd_movies_are_shown(visit: Visit, tmp_path: Path, kind: str) -> None:
    path = odd_movie(tmp_path, kind)
    viewer = Viewer.start(path, tmp_path, "--port", "0")
    try:
        with visit(viewer.address) as page:
            page.keyboard.press("End")
            page.keyboard.press("Space")
            image = load(path)[0]
            missing = sampled(picture(page), *image.shape)[5, 6] == palette("afm_brown")[NAN]
            assert missing.all() == (kind == "NaN")
            if kind == "unknown pixel size":
                expect(page.locator("#facts")).to_contain_text("pixel size unknown")
                show_panel(page, "heights")
                page.get_by_label("Scale bar").check()
                expect(page.locator("#message")).to_contain_text("pixel size is not known")
                page.get_by_label("Scale bar").uncheck()
                show_panel(page, "recipe")
                page.locator("#input summary").click()
                page.get_by_label("pixel_size_nm").fill("2")
                page.get_by_label("pixel_size_nm").press("Enter")
                expect(page.locator("#facts")).to_contain_text("64 x 48 nm")
            if kind == "one frame":
                expect(page.locator("#time")).to_contain_text("frame 0 (0 to 0)")
    finally:
        viewer.stop()


def test_an_input_that_vanishes_is_told(browser: Any, tmp_path: Path) -> None:
    path = odd_movie(tmp_path, "plain")
    viewer = Viewer.start(path, tmp_path, "--port", "0")
    try:
        path.unlink()
        context = browser.new_context()
        page = context.new_page()
        page.goto(viewer.address)
        expect(page.locator("#problems")).to_contain_text(path.name)
        context.close()
        assert viewer.child.poll() is None
    finally:
        viewer.stop()


def test_an_interrupt_ends_it_while_the_page_plays(visit: Visit, movie_file: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    viewer = Viewer.start(movie_file, tmp_path, "--port", "0", scratch=scratch)
    try:
        with visit(viewer.address) as page:
            write_yaml(page, "version: 1\nsteps:\n  - step: align_frames\n")
            page.wait_for_selector("#layer option[value='step_1_align_frames']", state="attached")
            page.keyboard.press("Escape")
            page.locator("#stage").focus()
            page.keyboard.press("Space")
            page.wait_for_selector("body[data-state='playing']")
            assert viewer.stop(signal.SIGINT) == 0
            page.get_by_label("Remove align_frames").click()
            expect(page.locator("#problems")).to_contain_text("the viewer has ended: start it again")
    finally:
        viewer.stop()
    assert list(scratch.iterdir()) == []


def test_a_taken_port_makes_it_use_the_next(viewer: Viewer, movie_file: Path, tmp_path: Path) -> None:
    port = int(viewer.address.split(":")[2].split("/")[0])
    other = Viewer.start(movie_file, tmp_path, "--port", str(port))
    try:
        assert port < int(other.address.split(":")[2].split("/")[0]) < port + 50
    finally:
        other.stop()
