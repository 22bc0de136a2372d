"""Measurements, exports and folders in the page."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from viewer_page import (
    Viewer,
    Visit,
    add,
    cards,
    choose_colormap,
    drag,
    frame,
    odd_movie,
    picture,
    sampled,
    set_range,
    settle,
    show_panel,
    yaml_text,
)

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from playnano import AFMImageStack, load
from playnano.io.export_data import save_h5_bundle
from playnano.rendering.palette import palette


def test_a_line_is_measured_and_saved(tab: Any, movie_file: Path) -> None:
    show_panel(tab, "measure")
    tab.get_by_role("button", name="Line").click()
    drag(tab, (0.3, 0.1), (0.3, 0.8))
    expect(tab.locator("#results")).to_contain_text("Height difference")
    with tab.expect_download() as saving:
        tab.get_by_role("button", name="Save CSV").click()
    table = np.genfromtxt(saving.value.path(), delimiter=",", names=True, dtype=None, encoding="utf-8")
    places = ("y0_px", "x0_px", "y1_px", "x1_px", "width_nm")
    assert table.dtype.names == ("distance_nm", "height_nm", "frame", "time_s", "layer", *places)
    assert set(table["layer"]) == {"result"}
    assert set(table["frame"]) == {0}
    assert table["y0_px"][0] == pytest.approx(0.3 * 48 - 0.5, abs=0.2)
    box = tab.get_by_label("Profile", exact=True).bounding_box()
    tab.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 20)
    expect(tab.get_by_label("Profile", exact=True)).to_have_attribute(
        "data-reading", re.compile(r"^[\d.]+ nm, -?[\d.]+ nm$")
    )
    image = load(movie_file)[0].astype(float)
    row, first, last = 0.3 * 48 - 0.5, 0.1 * 64 - 0.5, 0.8 * 64 - 0.5
    columns = np.linspace(first, last, len(table))
    share = row - int(row)
    lines = [np.interp(columns, np.arange(64), image[int(row) + i]) for i in (0, 1)]
    expected = lines[0] * (1 - share) + lines[1] * share
    assert np.abs(table["height_nm"] - expected).max() < 0.15 * np.ptp(image), "within a pixel of the screen"
    tab.get_by_role("button", name="Kymograph").click()
    expect(tab.get_by_label("Kymograph", exact=True).last).to_be_visible()


def test_a_rectangle_is_measured_and_the_pointer_reads_heights(tab: Any, movie_file: Path) -> None:
    show_panel(tab, "measure")
    tab.get_by_role("button", name="Rectangle").click()
    drag(tab, (0.001, 0.001), (0.999, 0.999))
    expect(tab.locator("#results")).to_contain_text("Sq")
    image = load(movie_file)[0].astype(float)
    mean = float(tab.locator("#results dd").nth(1).get_attribute("title"))
    assert mean == pytest.approx(image.mean(), rel=1e-12)
    drag(tab, (0.5, 0.5), (0.5, 0.5))
    reading = tab.locator("#reading").inner_text()
    y, x = (int(reading.split(name)[1].split()[0].strip(",")) for name in ("y ", "x "))
    assert float(reading.split("z ")[1].split()[0]) == pytest.approx(image[y, x], rel=1e-6)


def test_the_exported_png_is_what_the_canvas_shows(tab: Any, viewer: Viewer) -> None:
    from PIL import Image

    add(tab, "steps", "remove_plane")
    set_range(tab, -1.5, 2.5)
    choose_colormap(tab, "viridis")
    tab.get_by_label("Timestamp").uncheck()
    tab.get_by_label("Scale bar").uncheck()
    show_panel(tab, "export")
    tab.get_by_label("Format", exact=True).select_option("png")
    tab.get_by_role("button", name="Add", exact=True).click()
    expect(tab.locator(".files")).to_contain_text("molecules_filtered")
    tab.get_by_role("button", name="Use what is seen").click()
    expect(tab.locator("#recipe-text")).to_have_value(re.compile("cmap: viridis"))
    expect(tab.locator("#export-outcome")).to_contain_text("png: colormap, ")
    show_panel(tab, "recipe")
    tab.locator("#exports .card-head").click()
    expect(tab.get_by_label("cmap", exact=True)).to_have_value("viridis")
    expect(tab.get_by_label("overlay_tail")).to_be_hidden()
    tab.locator("#exports").get_by_text("More settings").click()
    tab.get_by_label("overlay_tail").focus()
    expect(tab.locator("#exports .help")).to_have_text("How many frames the drawn way of a track goes back.")
    show_panel(tab, "export")
    expect(tab.locator(".differs")).to_have_text("")
    show_panel(tab, "heights")
    tab.get_by_label("Scale bar").check()
    show_panel(tab, "export")
    expect(tab.locator(".differs")).to_have_text("differs from what is seen: scale bar")
    show_panel(tab, "heights")
    tab.get_by_label("Scale bar").uncheck()
    show_panel(tab, "export")
    tab.get_by_role("button", name="Export", exact=True).click()
    expect(tab.locator("#export-outcome")).to_contain_text("Written: molecules_filtered")
    expect(tab.locator("#export-outcome")).to_contain_text(f"Folder: {viewer.folder.resolve() / 'output'}")
    folder = viewer.folder / "output" / "molecules_filtered"
    shown = sampled(picture(tab), 48, 64)
    with Image.open(min(folder.glob("*.png"))) as file:
        np.testing.assert_array_equal(sampled(np.asarray(file.convert("RGB")), 48, 64), shown)
    expect(tab.get_by_role("button", name="Export", exact=True)).to_be_disabled()
    expect(tab.get_by_role("button", name="Replace")).to_be_visible()
    tab.get_by_role("button", name="Replace").click()
    expect(tab.locator("#export-outcome")).to_contain_text("Written: molecules_filtered")


def test_a_folder_is_walked_with_keys(visit: Visit, movie_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "day"
    folder.mkdir()
    (folder / "a.h5-jpk").write_bytes(movie_file.read_bytes())
    (folder / "b.asd").write_bytes(b"not a movie")
    odd_movie(folder, "NaN")
    wide = AFMImageStack.from_array(np.eye(20, 30, dtype=np.float32)[None], pixel_size_nm=(3.0, 1.0))
    save_h5_bundle(folder / "slow_axis.h5", wide)
    viewer = Viewer.start(folder, tmp_path, "--port", "0")
    try:
        with visit(viewer.address) as page:
            add(page, "steps", "remove_plane")
            page.locator("#stage").focus()
            page.keyboard.press("b")
            expect(page.locator(".tile[data-mark=bad]")).to_have_count(1)
            page.get_by_role("button", name="good", exact=True).click()
            expect(page.locator(".tile[data-mark=good]")).to_have_count(1)
            expect(page.locator(".note [aria-pressed=true]")).to_have_text("good")
            expect(page.locator("#marks-file")).to_have_text("Marks: output/triage.csv")
            page.locator("#stage").focus()
            page.keyboard.press("n")
            page.keyboard.type("two heads")
            page.keyboard.press("Enter")
            expect(page.locator(".mark").first).to_have_text("good \u2022 two heads")
            page.keyboard.press("j")
            expect(page.locator("#problems")).to_contain_text("b.asd")
            expect(page.locator("#facts")).to_be_empty()
            expect(page.locator("#time")).to_be_empty()
            expect(page.locator(".tile").nth(1).locator(".error")).not_to_be_empty()
            page.keyboard.press("j")
            frame(page, 0)
            expect(page.locator("#facts")).to_contain_text("32 x 24 px")
            assert "NaN.h5" in page.title()
            assert cards(page) == ["remove_plane"], "the recipe stays"
            expect(page.locator(".thumb img")).to_have_count(3)
            box = page.locator(".thumb img").last.bounding_box()
            assert box["width"] / box["height"] == pytest.approx(0.5, abs=0.02), "30 x 60 nm"
            page.locator("#input summary").click()
            page.get_by_label("pixel_size_nm").fill("7")
            page.get_by_label("pixel_size_nm").press("Enter")
            expect(page.locator("#facts")).to_contain_text("224 x 168 nm")
            expect(page.locator("#notes")).to_contain_text("pixel_size_nm 7 replaces 2 that the file states")
            page.keyboard.press("Escape")
            page.keyboard.press("u")
            expect(page.locator("#facts")).to_contain_text("64 x 48 nm")
            page.keyboard.press("U")
            expect(page.locator("#facts")).to_contain_text("224 x 168 nm")
            page.keyboard.press("k")
            page.keyboard.press("k")
            frame(page, 0)
            expect(page.locator("#facts")).to_contain_text("256 x 192 nm")
            expect(page.locator("#input-note")).to_contain_text("pixel_size_nm 7: typed for NaN.h5, not used")
            assert "pixel_size_nm" not in yaml_text(page)
            page.keyboard.press("j")
            page.keyboard.press("j")
            expect(page.locator("#facts")).to_contain_text("224 x 168 nm")
            page.keyboard.press("k")
            page.get_by_role("button", name="Use for all movies").click()
            expect(page.locator("#recipe-text")).to_have_value(re.compile("pixel_size_nm: 7"))
            page.locator("#stage").focus()
            page.keyboard.press("k")
            expect(page.locator("#facts")).to_contain_text("448 x 336 nm")
    finally:
        viewer.stop()
    marks = (tmp_path / "output" / "triage.csv").read_text()
    assert marks == "movie,mark,folder,note\na.h5-jpk,good,../day,two heads\n"


def test_a_rectangle_becomes_a_mask(tab: Any) -> None:
    show_panel(tab, "measure")
    tab.get_by_role("button", name="Rectangle").click()
    drag(tab, (0.25, 0.25), (0.5, 0.75))
    expect(tab.locator("#results")).to_contain_text("Sq")
    tab.get_by_role("button", name="Mask", exact=True).click()
    tab.wait_for_selector("#layer option[value='step_1_mask_rectangle']", state="attached")
    settle(tab)
    values = dict(re.findall(r"(\w+): (\d+)", yaml_text(tab)))
    for name, expected in (("top", 12), ("left", 16), ("height", 13), ("width", 33)):
        assert abs(int(values[name]) - expected) <= 1
    expect(tab.locator("#mask-layer option")).to_have_count(2)
    tab.select_option("#mask-layer", "step_1_mask_rectangle")
    tab.wait_for_selector("body[data-mask='step_1_mask_rectangle']")
    tab.get_by_label("Opacity of the mask").fill("1")
    tab.get_by_label("Colour of the mask").fill("#ff8000")
    middle = sampled(picture(tab), 48, 64)[18, 32]
    np.testing.assert_array_equal(middle, [255, 128, 0])
    tab.get_by_label("Opacity of the mask").fill("0.5")


def test_the_colour_bar_says_what_the_colours_stand_for(tab: Any) -> None:
    expect(tab.locator("#colour-bar")).to_be_hidden()
    set_range(tab, -2.0, 3.0)
    tab.get_by_role("checkbox", name="Colour bar").check()
    expect(tab.locator("#colour-bar span")).to_have_text(["3 nm", "-2 nm"])
    lowest, highest = tab.evaluate(
        """() => {
          const canvas = document.querySelector("#colour-bar canvas");
          const pixel = (y) => Array.from(canvas.getContext("2d").getImageData(0, y, 1, 1).data.slice(0, 3));
          return [pixel(canvas.height - 1), pixel(0)];
        }"""
    )
    assert [lowest, highest] == [list(palette("afm_brown")[0]), list(palette("afm_brown")[239])]
    tab.get_by_role("checkbox", name="Colour bar").uncheck()
