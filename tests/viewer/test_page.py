"""The page in a real browser, used as a user does and judged by what is drawn."""

import re
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from viewer_page import Viewer, add, cards, drawn, opened_page, picture, show_panel, write_yaml, yaml_text

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from playnano import AFMImageStack, load
from playnano.io.export_data import save_h5_bundle
from playnano.rendering.palette import NAN, palette
from playnano.rendering.pictures import coloured
from playnano.rendering.zrange import ZRange


def frame(page: Any, number: int) -> None:
    page.wait_for_selector(f"body[data-frame='{number}']")


def sampled(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The colour in the middle of each pixel of the image."""
    rows = ((np.arange(height) + 0.5) * pixels.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * pixels.shape[1] / width).astype(int)
    return pixels[rows[:, None], columns]


def set_range(page: Any, zmin: float, zmax: float) -> None:
    show_panel(page, "heights")
    for name, value in [("highest", 1e9), ("lowest", zmin), ("highest", zmax)]:
        page.get_by_label(f"{name} height").fill(str(value))
        page.get_by_label(f"{name} height").press("Enter")


def test_the_movie_plays_and_pauses(tab: Any) -> None:
    tab.keyboard.press("Space")
    tab.wait_for_selector("body[data-state='playing']")
    frame(tab, 3)
    frame(tab, 1)  # it begins again
    tab.keyboard.press("Space")
    tab.wait_for_selector("body[data-state='paused']")
    assert "molecules.h5-jpk" in tab.title()


def test_frames_are_stepped_through(tab: Any) -> None:
    for key, number in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 5), ("Home", 0)]:
        tab.keyboard.press(key)
        frame(tab, number)
    tab.get_by_label("Frame", exact=True).fill("4")
    frame(tab, 4)
    expect(tab.locator("#time")).to_contain_text("5 / 6")


def test_heights_have_the_colours_of_the_exports(tab: Any, movie_file: Path) -> None:
    set_range(tab, -2.0, 3.0)
    tab.get_by_label("Colormap").select_option("viridis")
    tab.keyboard.press("Escape")
    tab.wait_for_timeout(200)
    image = load(movie_file)[0]
    expected = palette("viridis")[coloured(image, ZRange(-2.0, 3.0))]
    np.testing.assert_array_equal(sampled(picture(tab), *image.shape), expected)


def test_the_plain_painter_draws_the_same(browser: Any, viewer: Viewer, tab: Any) -> None:
    with opened_page(browser, viewer.address) as plain:
        plain.goto(f"{viewer.address.split('?', maxsplit=1)[0]}?painter=plain")
        frame(plain, 0)
        for page in (tab, plain):
            set_range(page, -2.0, 3.0)
        plain.wait_for_timeout(200)
        np.testing.assert_array_equal(picture(plain), picture(tab))


def test_the_handles_of_the_histogram_set_the_range(tab: Any) -> None:
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


def test_a_swipe_shows_two_layers(tab: Any) -> None:
    add(tab, "steps", "remove_plane")
    alone = drawn(tab)
    tab.get_by_label("Compare").select_option("swipe")
    tab.wait_for_timeout(200)
    both = drawn(tab)
    middle = both.shape[1] // 2
    np.testing.assert_array_equal(both[:, : middle - 1], alone[:, : middle - 1])
    assert (both[:, middle + 1 :] != alone[:, middle + 1 :]).any()


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
        tab.wait_for_timeout(30)
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


def test_frames_are_dropped_by_a_key(tab: Any) -> None:
    tab.keyboard.press("ArrowRight")
    frame(tab, 1)
    tab.keyboard.press("x")
    expect(tab.locator("#time")).to_contain_text("2 / 5")
    assert "indices_to_drop: [1]" in yaml_text(tab) or "- 1" in yaml_text(tab)


def test_a_recipe_is_saved_and_a_foreign_file_is_not_replaced(tab: Any, viewer: Viewer) -> None:
    (viewer.folder / "taken.yaml").write_text("mine")
    add(tab, "steps", "remove_plane")
    name = tab.get_by_label("File name of the recipe")
    name.fill("taken.yaml")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.locator("#problems")).to_contain_text("taken.yaml exists")
    assert (viewer.folder / "taken.yaml").read_text() == "mine"
    name.fill("mine.yaml")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("saved mine.yaml")).to_be_visible()
    assert (viewer.folder / "mine.yaml").read_text() == yaml_text(tab)


def test_a_reload_keeps_the_settings_and_a_second_tab_is_apart(tab: Any) -> None:
    show_panel(tab, "heights")
    tab.get_by_label("Colormap").select_option("gray")
    second = tab.context.new_page()
    second.goto(tab.url)
    frame(second, 0)
    second.keyboard.press("End")
    frame(second, 5)
    assert tab.get_attribute("body", "data-frame") == "0"
    tab.reload()
    frame(tab, 0)
    show_panel(tab, "heights")
    assert tab.get_by_label("Colormap").input_value() == "gray"


def odd_movie(folder: Path, kind: str) -> Path:
    data = np.random.default_rng(1).normal(size=(4, 24, 32)).astype(np.float32)
    data[:, 5, 6] = np.nan if kind == "NaN" else 0
    data = data[:1] if kind == "one frame" else data
    size = None if kind == "unknown pixel size" else 2.0
    path = folder / f"{kind.replace(' ', '_')}.h5"
    times = None if kind == "unknown pixel size" else list(range(len(data)))
    return save_h5_bundle(path, AFMImageStack.from_array(data, pixel_size_nm=size, timestamps=times))


@pytest.mark.parametrize("kind", ["NaN", "unknown pixel size", "one frame"])
def test_odd_movies_are_shown(browser: Any, tmp_path: Path, kind: str) -> None:
    path = odd_movie(tmp_path, kind)
    viewer = Viewer.start(path, tmp_path, "--port", "0")
    try:
        with opened_page(browser, viewer.address) as page:
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
            if kind == "one frame":
                expect(page.locator("#time")).to_contain_text("1 / 1")
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


def test_an_interrupt_ends_it_while_the_page_plays(browser: Any, movie_file: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    viewer = Viewer.start(movie_file, tmp_path, "--port", "0", scratch=scratch)
    try:
        with opened_page(browser, viewer.address) as page:
            write_yaml(page, "version: 1\nsteps:\n  - step: align_frames\n")
            page.wait_for_selector("#layer option[value='step_1_align_frames']", state="attached")
            page.keyboard.press("Escape")
            page.locator("#stage").focus()
            page.keyboard.press("Space")
            page.wait_for_selector("body[data-state='playing']")
            begun = time.monotonic()
            assert viewer.stop(signal.SIGINT) == 0
            assert time.monotonic() - begun < 2
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


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag on the picture, from and to shares (y, x) of the image."""
    size = page.evaluate("() => [document.querySelector('#stage').getBoundingClientRect().toJSON()]")[0]
    pixels = drawn(page)
    rows, columns = np.nonzero(pixels[..., 3])
    places = [
        (
            size["x"] + columns.min() + x * np.ptp(columns),
            size["y"] + rows.min() + y * np.ptp(rows),
        )
        for y, x in (start, end)
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=4)
    page.mouse.up()


def test_a_line_is_measured_and_saved(tab: Any, movie_file: Path) -> None:
    show_panel(tab, "measure")
    tab.get_by_role("button", name="Line").click()
    drag(tab, (0.3, 0.1), (0.3, 0.8))
    expect(tab.locator("#results")).to_contain_text("Height difference")
    tab.wait_for_timeout(200)
    with tab.expect_download() as saving:
        tab.get_by_role("button", name="Save CSV").click()
    table = np.genfromtxt(saving.value.path(), delimiter=",", names=True)
    assert table.dtype.names == ("distance_nm", "height_nm")
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
    drag(tab, (0.01, 0.01), (0.99, 0.99))
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
    tab.get_by_label("Colormap").select_option("viridis")
    tab.get_by_label("Timestamp").uncheck()
    tab.get_by_label("Scale bar").uncheck()
    show_panel(tab, "export")
    tab.get_by_label("Format", exact=True).select_option("png")
    tab.get_by_role("button", name="Add", exact=True).click()
    expect(tab.locator(".files")).to_contain_text("molecules_filtered")
    tab.get_by_role("button", name="Use what is seen").click()
    expect(tab.locator("#recipe-text")).to_have_value(re.compile("cmap: viridis"))
    tab.get_by_role("button", name="Export", exact=True).click()
    expect(tab.locator("#export-outcome")).to_contain_text("Written: molecules_filtered")
    folder = viewer.folder / "output" / "molecules_filtered"
    shown = sampled(picture(tab), 48, 64)
    with Image.open(min(folder.glob("*.png"))) as file:
        np.testing.assert_array_equal(sampled(np.asarray(file.convert("RGB")), 48, 64), shown)
    expect(tab.get_by_role("button", name="Export", exact=True)).to_be_disabled()
    expect(tab.get_by_role("button", name="Replace")).to_be_visible()
    tab.get_by_role("button", name="Replace").click()
    expect(tab.locator("#export-outcome")).to_contain_text("Written: molecules_filtered")


def test_a_folder_is_walked_with_keys(browser: Any, movie_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "day"
    folder.mkdir()
    (folder / "a.h5-jpk").write_bytes(movie_file.read_bytes())
    (folder / "b.asd").write_bytes(b"not a movie")
    odd_movie(folder, "NaN")
    viewer = Viewer.start(folder, tmp_path, "--port", "0")
    try:
        with opened_page(browser, viewer.address) as page:
            add(page, "steps", "remove_plane")
            page.locator("#stage").focus()
            page.keyboard.press("g")
            expect(page.locator(".tile[data-mark=good]")).to_have_count(1)
            page.keyboard.press("n")
            page.keyboard.type("two heads")
            page.keyboard.press("Enter")
            expect(page.locator(".mark").first).to_have_text("good \u2022 two heads")
            page.keyboard.press("j")
            expect(page.locator("#problems")).to_contain_text("b.asd")
            expect(page.locator(".tile").nth(1).locator(".error")).not_to_be_empty()
            page.keyboard.press("j")
            frame(page, 0)
            expect(page.locator("#facts")).to_contain_text("32 x 24 px")
            assert "NaN.h5" in page.title()
            assert cards(page) == ["remove_plane"], "the recipe stays"
            expect(page.locator(".thumb img")).to_have_count(2)
    finally:
        viewer.stop()
    marks = (tmp_path / "output" / "triage.csv").read_text()
    assert marks == "movie,mark,note\na.h5-jpk,good,two heads\n"


def test_a_shipped_recipe_is_loaded(tab: Any) -> None:
    tab.get_by_label("Load a recipe").select_option("quicklook")
    expect(tab.locator("#recipe-text")).to_have_value(re.compile("quicklook"))
