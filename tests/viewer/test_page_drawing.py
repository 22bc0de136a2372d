"""What is drawn on the picture: measured, masked, cropped, and the part in view exported."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from viewer_page import (
    Viewer,
    cards,
    drag,
    on_screen,
    opened_page,
    picture,
    sampled,
    set_range,
    settle,
    show_panel,
    yaml_text,
)

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from playnano import load
from playnano.kernels.polygons import inside_polygon

TRIANGLE = [(0.2, 0.2), (0.2, 0.8), (0.8, 0.5)]
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});"""


def choose(page: Any, tool: str) -> None:
    show_panel(page, "measure")
    page.get_by_role("button", name=tool, exact=True).click()


def draw_polygon(page: Any) -> None:
    """Click the corners of a triangle, and the first one again."""
    choose(page, "Polygon")
    for place in on_screen(page, *TRIANGLE, TRIANGLE[0]):
        page.mouse.click(*place)
    page.wait_for_selector("#results[data-state='current']")


def test_a_polygon_is_measured_and_becomes_a_mask(tab: Any, movie_file: Path) -> None:
    draw_polygon(tab)
    image = load(movie_file)[0].astype(float)
    points = [tuple(map(float, point.split(","))) for point in tab.input_value("#points").split(";")]
    inside = image[inside_polygon(image.shape, points)]
    assert float(tab.locator("#results dd").nth(1).get_attribute("title")) == pytest.approx(inside.mean())
    tab.get_by_role("button", name="Mask", exact=True).click()
    tab.wait_for_selector("#layer option[value='step_1_mask_polygon']", state="attached")
    settle(tab)
    step = yaml.safe_load(yaml_text(tab))["steps"][0]
    assert [tuple(vertex) for vertex in step["vertices"]] == points
    for vertex, (y, x) in zip(step["vertices"], TRIANGLE, strict=True):
        assert vertex == pytest.approx([y * 48 - 0.5, x * 64 - 0.5], abs=0.5)
    expect(tab.locator("#mask-layer")).to_have_value("step_1_mask_polygon")
    expect(tab.locator("#panel-measure")).to_contain_text("Added to the recipe: mask_polygon")


def test_corners_are_taken_back_and_enter_closes(tab: Any) -> None:
    choose(tab, "Polygon")
    for place in on_screen(tab, *TRIANGLE, (0.9, 0.1)):
        tab.mouse.click(*place)
    tab.keyboard.press("Backspace")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#results[data-state='current']")
    assert tab.input_value("#points").count(";") == 2
    tab.keyboard.press("Escape")
    expect(tab.locator("#results dd")).to_have_count(0)


def test_a_rectangle_becomes_a_crop(tab: Any, movie_file: Path) -> None:
    choose(tab, "Rectangle")
    drag(tab, (0.25, 0.25), (0.5, 0.75))
    expect(tab.locator("#panel-measure")).to_contain_text("32 x 12 px, ")
    tab.get_by_role("button", name="Crop", exact=True).click()
    tab.wait_for_selector("#layer option[value='step_1_crop']", state="attached")
    settle(tab)
    step = yaml.safe_load(yaml_text(tab))["steps"][0]
    expect(tab.locator("#facts")).to_contain_text(f"{step['width']} x {step['height']} px")
    assert [step[name] for name in ("top", "left", "height", "width")] == [12, 16, 12, 32], (
        "the nearest edges"
    )
    expect(tab.locator("#results dd")).to_have_count(0)


def test_shapes_are_written_with_the_keyboard_alone(tab: Any, movie_file: Path) -> None:
    tab.keyboard.press("i")
    tab.keyboard.type("10, 5; 10, 25")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#results[data-state='current']")
    image = load(movie_file)[0].astype(float)
    difference = tab.locator("#results dd").nth(1).get_attribute("title")
    assert float(difference) == pytest.approx(image[10, 25] - image[10, 5])
    tab.keyboard.press("Escape")
    tab.keyboard.press("r")
    tab.keyboard.type("2, 3; 11")
    tab.keyboard.press("Enter")
    expect(tab.locator("#panel-measure .error")).to_have_text("Write the points as y, x; y, x in pixels.")


def test_the_exported_png_is_the_part_in_view(tab: Any, viewer: Viewer) -> None:
    from PIL import Image

    set_range(tab, -2.0, 3.0)
    for annotation in ("Timestamp", "Scale bar"):
        tab.get_by_label(annotation).uncheck()
    tab.locator("#stage").focus()
    for key in ["+"] * 6 + ["Shift+ArrowRight", "Shift+ArrowDown"]:
        tab.keyboard.press(key)
    show_panel(tab, "export")
    tab.get_by_label("Format", exact=True).select_option("png")
    tab.get_by_role("button", name="Add", exact=True).click()
    expect(tab.locator("#exports .card-name")).to_have_text(["png"])
    tab.get_by_role("button", name="Use what is seen").click()
    expect(tab.locator("#recipe-text")).to_have_value(re.compile("region:"))
    top, left, height, width = yaml.safe_load(yaml_text(tab))["exports"][0]["region"]
    assert height < 48
    assert width < 64
    tab.get_by_role("button", name=re.compile("^(Export|Replace)$")).locator("visible=true").click()
    expect(tab.locator("#export-outcome")).to_contain_text("Written: molecules")
    tab.keyboard.press("f")
    with Image.open(min((viewer.folder / "output" / "molecules").glob("*.png"))) as file:
        part = sampled(np.asarray(file.convert("RGB")), height, width)
    whole = sampled(picture(tab), 48, 64)
    np.testing.assert_array_equal(part, whole[top : top + height, left : left + width])


def test_annotations_lie_in_the_part_in_view(tab: Any) -> None:
    show_panel(tab, "heights")
    with tab.expect_response(re.compile("api/overlays")):
        tab.get_by_label("Scale bar").check()
    tab.locator("#stage").focus()
    with tab.expect_response(re.compile("api/overlays.*region")) as answer:
        for _ in range(6):
            tab.keyboard.press("+")
    assert answer.value.ok
    covered = """() => {
      const { width, height } = document.querySelector("#overlay");
      const { data } = document.querySelector("#overlay").getContext("2d").getImageData(0, 0, width, height);
      return data.some((value, at) => at % 4 === 3 && value > 0);
    }"""
    tab.wait_for_function(covered)


def test_a_page_that_is_denied_its_storage_works(browser: Any, viewer: Viewer) -> None:
    with opened_page(browser, viewer.address) as page:
        page.add_init_script(NO_STORAGE)
        page.reload()
        page.wait_for_selector("body[data-frame='0']")
        page.keyboard.press("T")
        page.wait_for_selector("html[data-theme='light']")
        assert cards(page) == []
