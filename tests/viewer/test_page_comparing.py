"""Two layers beside each other: frames by their number, pixels at their places, each with its own heights."""

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from viewer_page import add, drag, drawn, frame, picture, settle, show_panel, write_yaml

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from playnano import load

DROPPED = """version: 1
steps:
  - step: remove_plane
    name: level
  - step: drop_frames
    indices_to_drop: [0, 1, 4]
"""
CROPPED = """version: 1
steps:
  - step: crop
    top: 10
    left: 20
    height: 30
    width: 40
"""


def develop(page: Any, text: str) -> None:
    """Show the result of a recipe."""
    before = page.get_attribute("body", "data-recipe")
    write_yaml(page, text)
    page.wait_for_selector(f"body:not([data-recipe='{before}'])")
    settle(page)


def compare(page: Any, mode: str, layer: str) -> None:
    """Compare the layer shown with another one."""
    page.select_option("#compare-mode", mode)
    page.select_option("#compare-layer", layer)
    page.wait_for_selector(f"body[data-compared='{mode}']")
    expect(page.locator("#pane-first")).to_be_visible()


def point_at(page: Any, x: float, y: float) -> str:
    """What is read at a share of the stage."""
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    return str(page.locator("#reading").inner_text())


def value(reading: str) -> tuple[int, int, float]:
    """Place y, x in px and height of a reading."""
    y, x, z = re.search(r"y (\d+), x (\d+) px.* z (-?[\d.e-]+)", reading).groups()  # type: ignore[union-attr]
    return int(y), int(x), float(z)


def test_frames_are_paired_by_their_number(tab: Any) -> None:
    develop(tab, DROPPED)  # frames 2, 3 and 5 are left
    compare(tab, "difference", "level")
    assert tab.get_attribute("body", "data-other") == "2", "not the frame at the same place"
    assert len(np.unique(picture(tab).reshape(-1, 3), axis=0)) == 1, "the step drops frames and changes none"
    assert value(point_at(tab, 0.5, 0.5))[2] == 0.0
    tab.locator("#stage").focus()
    tab.keyboard.press("End")
    frame(tab, 2)
    tab.select_option("#compare-mode", "none")
    tab.select_option("#layer", "raw")
    frame(tab, 5)
    expect(tab.locator("#time")).to_contain_text("frame 5")
    tab.locator("#stage").focus()
    tab.keyboard.press("ArrowLeft")
    frame(tab, 4)
    compare(tab, "side", "result")
    expect(tab.locator("#pane-second")).to_have_text("result has no frame 4")
    width = tab.evaluate("() => document.querySelector('#picture').width")
    assert not drawn(tab)[:, width // 2 + 1 :, 3].any()


def test_a_cropped_layer_lies_at_its_place(tab: Any, movie_file: Path) -> None:
    image = load(movie_file)[0]
    develop(tab, CROPPED)
    compare(tab, "difference", "raw")
    assert len(np.unique(picture(tab).reshape(-1, 3), axis=0)) == 1
    assert value(point_at(tab, 0.5, 0.5))[2] == 0.0
    tab.select_option("#compare-mode", "swipe")
    tab.wait_for_selector("body[data-compared='swipe']")
    y, x, z = value(point_at(tab, 0.51, 0.5))
    assert abs(y - 24) <= 1
    assert abs(x - 32) <= 1, "both layers are in view"
    assert z == pytest.approx(image[y, x], rel=1e-6)
    y, x, z = value(point_at(tab, 0.49, 0.5))
    assert abs(y - 14) <= 1
    assert abs(x - 11) <= 1
    assert z == pytest.approx(image[y + 10, x + 20], rel=1e-6)


def test_layers_that_cannot_be_subtracted_say_why(tab: Any) -> None:
    add(tab, "steps", "vertical_flip")
    compare(tab, "difference", "raw")
    expect(tab.locator("#pane-first")).to_contain_text(
        "No difference: step_1_vertical_flip turns, mirrors or"
    )
    assert not drawn(tab)[..., 3].any()
    assert point_at(tab, 0.5, 0.5) == ""


def test_what_is_read_and_measured_is_of_the_half_under_the_pointer(tab: Any, movie_file: Path) -> None:
    image = load(movie_file)[0]
    add(tab, "steps", "remove_plane")
    compare(tab, "side", "raw")
    left, right = point_at(tab, 0.25, 0.5), point_at(tab, 0.75, 0.5)
    assert (left.split()[0], right.split()[0]) == ("result", "raw")
    y, x, z = value(right)
    assert np.abs(np.subtract(value(left)[:2], (y, x))).max() <= 1, "each half has the whole image"
    assert z == pytest.approx(image[y, x], rel=1e-6)
    assert value(left)[2] != z
    show_panel(tab, "measure")
    tab.get_by_role("button", name="Rectangle").click()
    drag(tab, (0.3, 0.6), (0.7, 0.9))
    expect(tab.locator("#results .of")).to_have_text("raw")
    with tab.expect_download() as saving:
        tab.get_by_role("button", name="Save CSV").click()
    with Path(saving.value.path()).open() as file:
        row = next(csv.DictReader(file))
    assert (row["layer"], row["frame"]) == ("raw", "0")
    top, left_px, height, width = (int(row[f"{side}_px"]) for side in ("top", "left", "height", "width"))
    pixels = image[top : top + height, left_px : left_px + width].astype(float)
    assert float(row["mean_nm"]) == pytest.approx(pixels.mean())
    assert left_px + width <= 64
    expect(tab.get_by_role("button", name="Crop", exact=True)).to_be_hidden()


def test_each_layer_has_its_own_colours_and_fits_its_half(tab: Any, movie_file: Path) -> None:
    add(tab, "steps", "remove_plane")
    compare(tab, "side", "raw")
    lowest, highest = (float(f"{z:.3g}") for z in np.percentile(np.stack(list(load(movie_file))), (1, 99)))
    expect(tab.locator("#pane-second")).to_have_text(f"raw: {lowest:g} to {highest:g} nm")
    own = drawn(tab)
    rows, columns = np.nonzero(own[..., 3])
    middle = own.shape[1] // 2
    assert columns.min() > 2
    assert columns.max() < own.shape[1] - 2
    assert rows.min() > 2
    assert not own[:, middle, 3].any()
    show_panel(tab, "heights")
    tab.get_by_label("Same range").check()
    assert (drawn(tab)[:, middle + 1 :] != own[:, middle + 1 :]).any()
    np.testing.assert_array_equal(drawn(tab)[:, : middle - 1], own[:, : middle - 1])
    tab.get_by_label("Same range").uncheck()
    tab.locator("#stage").focus()
    tab.keyboard.press("1")
    for _ in range(9):
        tab.keyboard.press("+")
    show_panel(tab, "export")
    tab.get_by_label("Format", exact=True).select_option("png")
    tab.get_by_role("button", name="Add", exact=True).click()
    expect(tab.locator("#recipe-text")).to_have_value(re.compile("format: png"))
    assert "region" not in tab.input_value("#recipe-text"), "half of the stage is no choice of a part"


def test_every_frame_has_the_range_that_exports_give_it(tab: Any, movie_file: Path) -> None:
    show_panel(tab, "heights")
    tab.get_by_role("button", name="Every frame").click()
    for place in (0, 1):
        low, high = np.percentile(load(movie_file)[place], (1, 99))
        expect(tab.get_by_label("lowest height")).to_have_value(f"{float(f'{low:.5g}'):g}")
        expect(tab.get_by_label("highest height")).to_have_value(f"{float(f'{high:.5g}'):g}")
        tab.keyboard.press("ArrowRight")
    show_panel(tab, "export")
    tab.get_by_label("Format", exact=True).select_option("png")
    tab.get_by_role("button", name="Add", exact=True).click()
    expect(tab.locator("#recipe-text")).to_have_value(re.compile("zscale: frame"))
    show_panel(tab, "heights")
    tab.get_by_role("button", name="Fixed").click()
    expect(tab.get_by_role("button", name="Fixed")).to_have_attribute("aria-pressed", "true")
    expect(tab.locator("#histogram-scale")).to_contain_text("nm")


def test_a_kymograph_is_saved_with_numbers_and_times_of_its_frames(tab: Any, movie_file: Path) -> None:
    develop(tab, DROPPED)
    show_panel(tab, "measure")
    tab.get_by_role("button", name="Line").click()
    drag(tab, (0.5, 0.2), (0.5, 0.8))
    tab.get_by_role("button", name="Kymograph", exact=True).click()
    with tab.expect_download() as saving:
        tab.get_by_role("button", name="Save kymograph").click()
    with Path(saving.value.path()).open() as file:
        rows = list(csv.DictReader(file))
    assert [row["frame"] for row in rows] == ["2", "3", "5"]
    times = load(movie_file).timestamps[[2, 3, 5]]
    np.testing.assert_allclose([float(row["time_s"]) for row in rows], times)


def test_a_speed_that_is_none_is_not_taken(tab: Any) -> None:
    speed = tab.get_by_label("Speed")
    for given in ("-3", "0", ""):
        speed.fill("12")
        speed.press("Enter")
        speed.fill(given)
        speed.press("Enter")
        expect(speed).to_have_value("12")


def test_the_card_that_is_open_stays_open_when_a_frame_is_dropped(tab: Any) -> None:
    add(tab, "steps", "remove_plane")
    tab.locator("#stage").focus()
    tab.keyboard.press("x")
    expect(tab.locator("#steps .card-name")).to_have_text(["drop_frames", "remove_plane"])
    expect(tab.locator("#steps details.card[open] .card-name")).to_have_text(["remove_plane"])
