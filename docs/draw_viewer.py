"""Takes the pictures of `docs/how-to/look-at-a-movie.md`: `python docs/draw_viewer.py`; it needs chromium."""

import io
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

IMAGES = Path(__file__).parent / "reference" / "images"
SIZE = {"width": 1280, "height": 720}
COLOURS = 96
RECIPE = """\
version: 1

steps:
  - step: remove_plane
  - step: row_median_align
  - step: gaussian_filter
    sigma: 0.8

exports:
  - format: gif
  - format: npz
"""


def take_pictures() -> None:
    """A folder of three movies in the viewer: its recipe, a profile, the exports."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "movies"
        folder.mkdir()
        (Path(name) / "recipe.yaml").write_text(RECIPE)
        for seed in range(3):
            write_sample(folder / f"mica_{seed + 1}.h5-jpk", Sample(frames=24, seed=seed + 7))
        command = [sys.executable, "-m", "playnano", "view", str(folder), "--no-browser", "--port", "0"]
        command += ["--recipe", "recipe.yaml"]
        viewer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=name)
        try:
            show(viewer.stdout.readline().strip())  # type: ignore[union-attr]
        finally:
            viewer.terminate()
            viewer.wait()


def show(address: str) -> None:
    """Open the page and take what it shows."""
    flags = ["--no-sandbox", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.wait_for_selector("body[data-frame='0']")
        page.wait_for_selector(".thumb img >> nth=2")
        page.locator("#steps .card-head").nth(2).click()
        page.get_by_label("Compare").select_option("swipe")
        save(page, "viewer_recipe.png")
        page.get_by_label("Compare").select_option("none")
        page.click("#tab-panel-measure")
        measure(page)
        save(page, "viewer_measure.png")
        page.get_by_role("button", name="Pan").click()
        page.click("#tab-panel-export")
        page.click("#theme")
        save(page, "viewer_export.png")
        browser.close()


def measure(page: Page) -> None:
    """A profile across the filament, and its kymograph."""
    page.get_by_role("button", name="Line").click()
    box = page.locator("#stage").bounding_box()
    x, y, width, height = (box[key] for key in ("x", "y", "width", "height"))  # type: ignore[index]
    page.mouse.move(x + 0.42 * width, y + 0.4 * height)
    page.mouse.down()
    page.mouse.move(x + 0.62 * width, y + 0.62 * height, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Kymograph").click()
    page.get_by_role("img", name="Kymograph").wait_for()


def save(page: Page, name: str) -> None:
    """A picture of the page, in few colours: small enough to keep with the text."""
    page.wait_for_timeout(800)
    with Image.open(io.BytesIO(page.screenshot())) as taken:
        few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    take_pictures()
