"""Measure the viewer in headless Chromium, and write its part of benchmarks/RESULTS.md.

    python benchmarks/viewer.py [--many 10000] [--played 2000]

Needs `playnano[view]`, playwright and Debian's chromium. Linux.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from memory import long_movie, pss_mb, tree
from playwright.sync_api import Browser, Page, sync_playwright
from results import load, store

FLAGS = ["--no-sandbox", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"]
WATCH = """
window.shownAt = [];
new MutationObserver(() => {
  const { frame } = document.body?.dataset ?? {};
  if (frame) window.shownAt.push([performance.now(), Number(frame)]);
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-frame"] });
"""
CHANGED = """
() => new Promise((resolve) => {
  const sigma = document.querySelector("#steps-0-sigma");
  sigma.value = Number(sigma.value) + 0.25;
  const begun = performance.now();
  const drawn = new MutationObserver(() => {
    drawn.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - begun));
  });
  drawn.observe(document.body, { attributeFilter: ["data-drawn"] });
  sigma.dispatchEvent(new Event("change"));
})
"""
SMOOTH = "version: 1\nsteps:\n  - step: gaussian_filter\n    sigma: 1.0\n"


@contextmanager
def viewer(movie: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A `playnano view` and its address."""
    command = [sys.executable, "-m", "playnano", "view", str(movie), "--no-browser", "--port", "0"]
    recipe = movie.with_name("recipe.yaml")
    command += ["--recipe", str(recipe)] if recipe.exists() else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=movie.parent) as child:
        assert child.stdout is not None
        try:
            yield child, child.stdout.readline().strip()
        finally:
            child.terminate()


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """The page, its first frame drawn."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_selector("body[data-frame='0']")
    yield page
    context.close()


def first_frame(browser: Browser, movie: Path) -> float:
    """Seconds from the page's request to its first frame in its colours.

    The address was printed just before: opening the file, and all that the page fetches, is counted.
    """
    with viewer(movie) as (_, address), opened(browser, address) as page:
        return float(page.evaluate("window.shownAt[0][0]")) / 1000


def play(page: Page, frames: int) -> list[float]:
    """Play so many frames; the times in ms at which they were shown."""
    page.evaluate("window.shownAt = []")
    page.keyboard.press("Space")
    page.wait_for_function(f"window.shownAt.length > {frames}", timeout=600_000, polling=100)
    page.keyboard.press("Space")
    return [at for at, _ in page.evaluate("window.shownAt")]


def at_60_fps(page: Page) -> None:
    page.fill("#speed", "60")
    page.press("#speed", "Enter")
    page.click("#stage")


def frame_rate(browser: Browser, movie: Path, frames: int) -> tuple[float, float]:
    """Frames a second at a pace of 60, all fetched before; share of intervals that lasted two or more."""
    with viewer(movie) as (_, address), opened(browser, address) as page:
        at_60_fps(page)
        play(page, frames)  # all are fetched and drawn once
        times = play(page, 3 * frames)
    gaps = [after - before for before, after in pairwise(times)]
    return 1000 * len(gaps) / (times[-1] - times[0]), sum(gap > 2000 / 60 for gap in gaps) / len(gaps)


def change(browser: Browser, movie: Path) -> float:
    """Milliseconds from a changed parameter to the changed picture: the median of nine."""
    movie.with_name("recipe.yaml").write_text(SMOOTH)
    with viewer(movie) as (_, address), opened(browser, address) as page:
        page.wait_for_selector("#steps-0-sigma", state="attached")
        times = [float(page.evaluate(CHANGED)) for _ in range(9)]
    movie.with_name("recipe.yaml").unlink()
    return statistics.median(times)


def ending(browser: Browser, movie: Path) -> float:
    """Seconds from Ctrl-C to the end of the server, a page open and playing."""
    with viewer(movie) as (child, address), opened(browser, address) as page:
        page.keyboard.press("Space")
        page.wait_for_selector("body[data-state='playing']")
        begun = time.perf_counter()
        child.send_signal(signal.SIGINT)
        child.wait(30)
        return time.perf_counter() - begun


def memory(browser: Browser, movie: Path, frames: int) -> tuple[float, float]:
    """MB of the server (all its processes) and of the page's renderer after playing so many frames."""
    with viewer(movie) as (child, address), opened(browser, address) as page:
        at_60_fps(page)
        play(page, frames)
        return pss_mb(child.pid), max(pss_mb(pid) for pid in renderers())


def renderers() -> Iterator[int]:
    """Process ids of Chromium's renderers that this process started."""
    for pid in tree(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"--type=renderer" in command:
            yield pid


def table(browser: Browser, folder: Path, many: int, played: int) -> list[str]:
    """The rows."""

    def movie(frames: int, size: int) -> Path:
        path = folder / f"{frames}x{size}.h5-jpk"
        if not path.exists():
            long_movie(path, frames, size)
        return path

    rate, late = frame_rate(browser, movie(60, 512), 60)
    server, page = memory(browser, movie(played, 512), played)
    rows = [
        (f"first frame, {60} x 64 x 64", f"{first_frame(browser, movie(60, 64)):.2f} s"),
        (f"first frame, {many} x 64 x 64", f"{first_frame(browser, movie(many, 64)):.2f} s"),
        ("played, 512 x 512, at a pace of 60", f"{rate:.1f} frames/s, {late:.0%} late"),
        ("changed sigma to changed picture, 512 x 512", f"{change(browser, movie(60, 512)):.0f} ms"),
        ("Ctrl-C to the end, a page open and playing", f"{ending(browser, movie(60, 512)):.2f} s"),
        (f"server after {played} frames of 512 x 512", f"{server:.0f} MB"),
        (f"page after {played} frames of 512 x 512", f"{page:.0f} MB"),
    ]
    return ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--played", type=int, default=2000)
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise SystemExit("there is no chromium: apt install chromium")
    before = load()
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("PLAYNANO_BENCH_FOLDER")) as name,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=program, args=FLAGS)
        rows = table(browser, Path(name), options.many, options.played)
        browser.close()
    store("viewer", rows, before)
    print(*rows, before, sep="\n")


if __name__ == "__main__":
    main()
