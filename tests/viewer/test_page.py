"""The page in a real browser, used as a user does and judged by what is drawn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from viewer_page import (
    Viewer,
    add,
    cards,
    choose_colormap,
    drawn,
    frame,
    opened_page,
    picture,
    set_range,
    settle,
    show_panel,
    write_yaml,
)

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from playnano import AFMImageStack, load
from playnano.io.export_data import save_h5_bundle

RECORD = """() => {
  window.shownFrames = [];
  new MutationObserver(() => {
    const { frame } = document.body.dataset;
    if (window.shownFrames.at(-1) !== frame) window.shownFrames.push(frame);
  }).observe(document.body, { attributeFilter: ["data-frame"] });
}"""

FIRST_PICTURE = """
new MutationObserver(() => {
  if (!document.body?.dataset.frame || window.firstPicture) return;
  window.firstPicture = document.querySelector("#picture").toDataURL();
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-frame"] });
"""


def record_frames(page: Any) -> None:
    """Note from now on which frames are shown."""
    page.evaluate(RECORD)


def test_the_movie_plays_and_pauses(tab: Any) -> None:
    expect(tab.locator("#layer")).to_have_value("result")
    record_frames(tab)
    tab.keyboard.press("Space")
    tab.wait_for_selector("body[data-state='playing']")
    tab.wait_for_function("() => window.shownFrames.length >= 8")
    shown = tab.evaluate("() => window.shownFrames")
    assert shown[:8] == ["1", "2", "3", "4", "5", "0", "1", "2"], "every frame is shown, and it begins again"
    tab.keyboard.press("Space")
    tab.wait_for_selector("body[data-state='paused']")
    assert "molecules.h5-jpk" in tab.title()


def test_the_first_picture_that_appears_is_in_its_colours(browser: Any, viewer: Viewer, tab: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.add_init_script(FIRST_PICTURE)
    page.goto(viewer.address)
    first = page.wait_for_function("() => window.firstPicture").json_value()
    settle(page)
    assert page.evaluate("() => document.querySelector('#picture').toDataURL()") == first
    context.close()


def test_a_colormap_that_is_no_longer_there_is_replaced_by_the_default(browser: Any, viewer: Viewer) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("localStorage.setItem('playnano-viewer', '{\"cmap\": \"gone\"}')")
    page.goto(viewer.address)
    page.wait_for_selector("body[data-frame='0'][data-cmap='afm_brown']")
    context.close()


def test_frames_are_stepped_through(tab: Any) -> None:
    for key, number in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 5), ("Home", 0)]:
        tab.keyboard.press(key)
        frame(tab, number)
    tab.get_by_label("Frame", exact=True).fill("4")
    frame(tab, 4)
    expect(tab.locator("#time")).to_contain_text("frame 4 (0 to 5)")


def test_a_movie_that_begins_with_a_lost_frame_opens_on_the_first_good_one(
    browser: Any, tmp_path: Path
) -> None:
    data = np.random.default_rng(3).normal(size=(5, 24, 32)).astype(np.float32)
    data[:2] = 0.0
    movie = save_h5_bundle(tmp_path / "late.h5", AFMImageStack.from_array(data, pixel_size_nm=2.0))
    late = Viewer.start(movie, tmp_path, "--port", "0")
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(late.address)
        frame(page, 2)
        expect(page.locator("#time")).to_contain_text("frame 2 (0 to 4)")
        page.keyboard.press(",")
        frame(page, 1)
        expect(page.locator("#time")).to_contain_text("frame 1 (blank)")
        assert marks(page) == [("blank", "blank: frames 0, 1")]
        write_yaml(page, "version: 1\nsteps:\n  - step: align_frames\n")
        unsure = page.locator(".frame-mark[data-kind='not found']")
        expect(unsure.first).to_have_attribute("title", "not found: frames 0, 1")
        unsure.last.click()
        frame(page, 3)
    finally:
        context.close()
        late.stop()


def marks(page: Any) -> list[tuple[str, str]]:
    """Kind and text of each mark on the bar of all frames."""
    return [
        (one.get_attribute("data-kind"), one.get_attribute("title"))
        for one in page.locator(".frame-mark").all()
    ]


def test_both_painters_draw_the_same(browser: Any, viewer: Viewer) -> None:
    """With and without a graphics card: here the one of WebGL2 is emulated."""
    pictures = {}
    for painter in ("plain", "webgl"):
        with opened_page(browser, viewer.address) as page:
            page.goto(f"{viewer.address.split('?', maxsplit=1)[0]}?painter={painter}")
            page.wait_for_selector(f"body[data-frame='0'][data-painter='{painter}']")
            settle(page)
            pictures[painter] = list(painted(page))
    for (what, plain), (_, webgl) in zip(pictures["plain"], pictures["webgl"], strict=True):
        atol = 1 if what == "mask" else 0  # mixed colours are rounded
        np.testing.assert_allclose(plain.astype(int), webgl, atol=atol, err_msg=what)


def painted(page: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The picture in each way in which it is painted."""
    set_range(page, -0.5, 1.5)
    yield "heights", picture(page)
    page.get_by_label("Mark clipped heights").check()
    yield "clipped", picture(page)
    page.get_by_label("Mark clipped heights").uncheck()
    show_panel(page, "recipe")
    add(page, "steps", "remove_plane")
    add(page, "steps", "mask_threshold")
    page.select_option("#mask-layer", "step_2_mask_threshold")
    page.wait_for_function("() => document.body.dataset.mask === 'step_2_mask_threshold'")
    yield "mask", picture(page)
    page.select_option("#mask-layer", "")
    page.get_by_label("Compare").select_option("difference")
    page.wait_for_selector("body[data-compared='difference']")
    yield "difference", picture(page)


def test_handles_and_percentiles_set_the_range(tab: Any, movie_file: Path) -> None:
    show_panel(tab, "heights")
    before = picture(tab)
    low = float(tab.get_by_label("lowest height").input_value())
    box = tab.locator(".histogram").bounding_box()
    tab.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 50)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 50, steps=3)
    tab.mouse.up()
    assert float(tab.get_by_label("lowest height").input_value()) > low
    assert (picture(tab) != before).any()
    tab.get_by_role("button", name="Movie", exact=True).click()
    np.testing.assert_array_equal(picture(tab), before)
    tab.get_by_label("Lower percentile").fill("20")
    tab.get_by_label("Lower percentile").press("Enter")
    lowest = float(np.percentile(np.stack(list(load(movie_file))), 20))
    expect(tab.get_by_label("lowest height")).to_have_value(f"{lowest:.5g}")
    tab.get_by_label("Lower percentile").fill("100")
    tab.get_by_label("Lower percentile").press("Enter")
    expect(tab.get_by_label("Lower percentile")).to_have_value("20")


def test_a_swipe_shows_two_layers(tab: Any) -> None:
    add(tab, "steps", "remove_plane")
    alone = drawn(tab)
    tab.get_by_label("Compare").select_option("swipe")
    tab.wait_for_selector("body[data-compared='swipe']")
    both = drawn(tab)
    middle = both.shape[1] // 2
    np.testing.assert_array_equal(both[:, : middle - 1], alone[:, : middle - 1])
    assert (both[:, middle + 1 :] != alone[:, middle + 1 :]).any()


def test_a_reload_keeps_the_settings_and_a_second_tab_is_apart(tab: Any) -> None:
    show_panel(tab, "heights")
    tab.locator("#cmap").press("Enter")
    expect(tab.get_by_role("option", name="afm_brown", selected=True)).to_be_visible()
    tab.keyboard.type("gra")
    expect(tab.get_by_role("option", name="gray", exact=True, selected=True)).to_be_visible()
    tab.wait_for_selector("body[data-cmap='gray']")
    tab.keyboard.press("Home")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("body[data-cmap='afm_brown']")
    tab.locator("#cmap").press("Enter")
    expect(tab.locator("#cmap")).to_have_attribute("aria-expanded", "true")
    tab.keyboard.press("Tab")
    expect(tab.locator("#cmap-list")).to_be_hidden()
    expect(tab.locator("#cmap")).to_have_attribute("aria-expanded", "false")
    choose_colormap(tab, "gray")
    show_panel(tab, "recipe")
    add(tab, "steps", "remove_plane")
    add(tab, "steps", "gaussian_filter")
    levelled = picture(tab)
    second = tab.context.new_page()
    second.goto(tab.url)
    frame(second, 0)
    second.keyboard.press("End")
    frame(second, 5)
    assert cards(second) == [], "each tab has its own recipe"
    assert tab.get_attribute("body", "data-frame") == "0"
    tab.reload()
    frame(tab, 0)
    settle(tab)
    np.testing.assert_array_equal(picture(tab), levelled)
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane", "gaussian_filter"])
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane"])
    show_panel(tab, "heights")
    expect(tab.locator("#cmap")).to_contain_text("gray")
