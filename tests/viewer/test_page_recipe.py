"""The recipe in the page: cards and text, undo, saving, the recipes that come with playnano."""

import re
from typing import Any

import numpy as np
import pytest
from viewer_page import add, cards, frame, picture, settle, show_panel, write_yaml, yaml_text

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

LITTLE_ROOM = """() => {
  const real = Storage.prototype.setItem;
  Storage.prototype.setItem = function (name, text) {
    if (JSON.parse(text).past?.length) throw new Error("full");
    real.call(this, name, text);
  };
}"""
"""Storage that takes a recipe alone, not with its undo."""


def test_steps_are_added_edited_moved_switched_off_and_undone(tab: Any) -> None:
    raw = picture(tab)
    add(tab, "steps", "remove_plane")
    add(tab, "steps", "gaussian_filter")
    assert cards(tab) == ["remove_plane", "gaussian_filter"]
    levelled = picture(tab)
    assert (levelled != raw).any()
    tab.get_by_label("sigma", exact=True).fill("3")
    tab.get_by_label("sigma", exact=True).press("Enter")
    expect(tab.locator("#recipe-text")).to_have_value(
        "version: 1\n\nsteps:\n  - step: remove_plane\n  - step: gaussian_filter\n    sigma: 3\n\nexports:\n"
    )
    tab.get_by_label("Move gaussian_filter up").click()
    expect(tab.locator("#steps .card-name")).to_have_text(["gaussian_filter", "remove_plane"])
    tab.get_by_label("gaussian_filter is on").click()
    expect(tab.locator("#steps .card.off")).to_have_count(1)
    assert "#~ - step: gaussian_filter" in yaml_text(tab)
    tab.get_by_label("Remove gaussian_filter").click()
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane"])
    for _ in range(5):
        tab.get_by_role("button", name="Undo").click()
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane"])
    tab.get_by_role("button", name="Redo").click()
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane", "gaussian_filter"])


def test_a_mistake_is_shown_at_its_line_and_the_picture_stays(tab: Any) -> None:
    before = picture(tab)
    write_yaml(tab, "version: 1\nsteps:\n  - step: remove_plan\n")
    expect(tab.locator("#problems")).to_contain_text("recipe:3:11: there is no step 'remove_plan'")
    np.testing.assert_array_equal(picture(tab), before)
    write_yaml(tab, "version: 1\nsteps:\n  - step: remove_plane\n")
    expect(tab.locator("#problems")).to_be_empty()
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane"])


def test_the_error_stands_under_the_text_and_its_line_is_marked(tab: Any) -> None:
    write_yaml(tab, "version: 1\nsteps:\n  - step: remove_plan\n")
    expect(tab.locator("#text-problems")).to_contain_text("there is no step 'remove_plan'")
    expect(tab.locator(".error-line")).to_have_attribute("data-line", "3")
    write_yaml(tab, "version: 1\n")
    expect(tab.locator("#text-problems")).to_be_empty()
    expect(tab.locator(".error-line")).to_be_hidden()


def test_the_picture_follows_where_only_the_exports_are_wrong(tab: Any) -> None:
    text = "version: 1\nsteps:\n{}exports:\n  - format: mp4\n  - format: mp4\n"
    write_yaml(tab, text.format(""))
    expect(tab.locator("#problems-exports")).to_contain_text("export 1 writes the same file")
    before = picture(tab)
    add(tab, "steps", "gaussian_filter")
    assert (picture(tab) != before).any()
    expect(tab.locator("#problems-exports")).to_contain_text("export 1 writes the same file")
    expect(tab.locator("#problems")).to_be_empty()
    show_panel(tab, "export")
    expect(tab.locator("#panel-export .files")).to_contain_text("export 1 writes the same file")


def test_a_wrong_channel_is_an_error_beside_every_panel(tab: Any) -> None:
    write_yaml(tab, "version: 1\ninput:\n  channel: nonsense\n")
    show_panel(tab, "heights")
    expect(tab.locator("#message")).to_contain_text("nonsense")
    expect(tab.locator("#stage")).to_have_class("stale")
    show_panel(tab, "recipe")
    write_yaml(tab, "version: 1\n")
    expect(tab.locator("#message")).to_be_hidden()


def test_frames_are_dropped_by_a_key(tab: Any) -> None:
    tab.keyboard.press("ArrowRight")
    frame(tab, 1)
    tab.keyboard.press("x")
    expect(tab.locator("#time")).to_contain_text("frame 2 (place 1 of 0 to 4)")
    tab.locator("#stage").press("x")
    expect(tab.locator("#time")).to_contain_text("frame 3 (place 1 of 0 to 3)")
    assert "indices_to_drop: [1, 2]" in yaml_text(tab)
    expect(tab.locator(".frame-mark[data-kind=dropped]")).to_have_attribute("title", "dropped: frames 1, 2")


def test_a_mask_that_no_longer_fits_is_said(tab: Any) -> None:
    write_yaml(tab, "version: 1\nsteps:\n  - step: mask_threshold\n")
    tab.wait_for_selector("#layer option[value='step_1_mask_threshold']", state="attached")
    select = tab.locator("#mask-layer")
    select.dispatch_event("pointerdown")
    select.select_option("step_1_mask_threshold")
    expect(tab.locator("#stage")).to_be_focused()
    expect(tab.locator("#mask-note")).to_have_count(1)
    expect(tab.locator("#message")).to_be_hidden()
    for step in ("{step: crop, height: 20}", "horizontal_flip"):
        item = step if step.startswith("{") else f"{{step: {step}}}"
        write_yaml(tab, f"version: 1\nsteps:\n  - step: mask_threshold\n  - {item}\n")
        name = "crop" if "crop" in step else "horizontal_flip"
        expect(tab.locator("#mask-trouble")).to_contain_text(
            f"does not fit the layer result; step_2_{name} moves"
        )
    show_panel(tab, "export")
    expect(tab.locator("#mask-note")).to_be_visible()


def test_a_step_over_the_whole_movie_shows_its_result_when_it_is_there(tab: Any) -> None:
    raw = picture(tab)
    write_yaml(tab, "version: 1\nsteps:\n  - step: auto_level\n")
    tab.wait_for_selector("#layer option[value='step_1_auto_level']", state="attached")
    settle(tab)
    assert tab.get_attribute("body", "data-layer") == "result"
    shown = picture(tab)
    assert (shown != raw).any()
    tab.reload()
    tab.wait_for_selector("body[data-ranged]")
    write_yaml(tab, "version: 1\nsteps:\n  - step: auto_level\n")
    tab.wait_for_selector("#layer option[value='step_1_auto_level']", state="attached")
    settle(tab)
    np.testing.assert_array_equal(picture(tab), shown)


def test_a_recipe_that_does_not_fit_into_the_tab_leaves_none_that_is_older(tab: Any) -> None:
    add(tab, "steps", "remove_plane")
    tab.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    add(tab, "steps", "gaussian_filter")
    tab.reload()
    settle(tab)
    expect(tab.locator("#steps .card-name")).to_have_count(0)


def test_a_recipe_is_kept_without_its_undo_where_there_is_little_room(tab: Any) -> None:
    add(tab, "steps", "remove_plane")
    tab.evaluate(LITTLE_ROOM)
    add(tab, "steps", "gaussian_filter")
    tab.reload()
    settle(tab)
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane", "gaussian_filter"])
    expect(tab.get_by_role("button", name="Undo")).to_be_disabled()


def test_what_is_typed_in_one_go_is_one_change(tab: Any) -> None:
    write_yaml(tab, "version: 1\nsteps:\n  - step: gaussian_filter\n    sigma: 1\n")
    expect(tab.locator("#steps .card-name")).to_have_text(["gaussian_filter"])
    before = yaml_text(tab)
    tab.locator("#recipe-text").focus()
    tab.keyboard.press("Control+End")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.type(".25")
    expect(tab.get_by_label("sigma", exact=True)).to_have_value("1.25")
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator("#recipe-text")).to_have_value(re.compile("^version: 1\\n(?!.*1.25)", re.DOTALL))
    assert "sigma: 1.2" not in yaml_text(tab)
    assert before.startswith("version: 1")


def test_a_step_is_added_with_the_keyboard_alone(tab: Any) -> None:
    expect(tab.get_by_label("Add to steps")).to_be_visible()
    tab.keyboard.press("s")
    tab.keyboard.type("remove_plane")
    tab.keyboard.press("Enter")
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane"])
    tab.keyboard.press("Escape")
    tab.keyboard.press("u")
    expect(tab.locator("#steps .card-name")).to_have_count(0)


def test_a_word_that_is_no_name_is_answered_with_the_steps_that_have_it(tab: Any) -> None:
    search = tab.get_by_label("Add to steps")
    search.fill("level")
    search.press("Enter")
    tab.get_by_role("button", name="remove_plane", exact=True).click()
    expect(tab.locator("#steps .card-name")).to_have_text(["remove_plane"])
    search.fill("no such word")
    search.press("Enter")
    expect(tab.locator("#steps")).to_contain_text("not there")
