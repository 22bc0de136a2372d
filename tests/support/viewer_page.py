"""What tests of the viewer's page do with it: as a user, and by the pixels that are drawn."""

import base64
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from commands import Command, begun

from playnano import AFMImageStack
from playnano.io.export_data import save_h5_bundle

PATIENCE_MS = 30_000  # for machines that do much else
PIXELS = """() => {
  const canvas = document.querySelector("#picture");
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d");
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return [canvas.height, canvas.width, btoa(text)];
}"""


Visit = Callable[[str], AbstractContextManager[Any]]


@dataclass
class Viewer:
    """A `playnano view` of its own, and the address that it printed."""

    child: "Command | subprocess.Popen[str]"
    address: str
    folder: Path

    @classmethod
    def start(
        cls,
        movie: Path,
        folder: Path,
        *arguments: str,
        scratch: Path | None = None,
        before: str = "",
    ) -> "Viewer":
        argv = ["view", str(movie), "--no-browser", *arguments]
        environment = {**os.environ, **({"TMPDIR": str(scratch)} if scratch else {})}
        child = begun(*argv, cwd=folder, env=environment, before=before)
        assert child.stdout is not None
        return cls(child, child.stdout.readline().strip(), folder)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """End it as the user does; its exit code."""
        if self.child.poll() is None:
            self.child.send_signal(with_signal)
        try:
            return self.child.wait(10)
        finally:
            self.child.kill()
            self.child.wait()
            if self.child.stdout is not None:
                self.child.stdout.close()


def new_context(browser: Any, **options: Any) -> Any:
    """A profile that has seen nothing."""
    return browser.new_context(viewport={"width": 1280, "height": 720}, **options)


@contextmanager
def opened_page(browser: Any, address: str, **options: Any) -> Iterator[Any]:
    """A page in a context of its own; an error of its scripts fails the test."""
    context = new_context(browser, **options)
    page = context.new_page()
    with first_frame(page, address):
        yield page
        context.close()


@contextmanager
def first_frame(page: Any, address: str) -> Iterator[None]:
    """Open the address and wait for its first frame; an error of its scripts fails the test."""
    errors: list[str] = []

    def note(error: Any) -> None:
        errors.append(str(error))

    page.on("pageerror", note)
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.wait_for_selector("body[data-frame='0']")
    settle(page)
    yield
    page.remove_listener("pageerror", note)
    assert not errors, errors


def forget(page: Any, address: str) -> None:
    """Make a page's browser one that has not been at the address."""
    page.goto(f"{address.split('?', maxsplit=1)[0]}nothing")  # refused: no script that writes
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.context.clear_cookies()


def drawn(page: Any) -> np.ndarray:
    """The canvas as RGBA, uint8 (height, width, 4)."""
    height, width, content = page.evaluate(PIXELS)
    return np.frombuffer(base64.b64decode(content), np.uint8).reshape(height, width, 4)


def picture(page: Any) -> np.ndarray:
    """What is drawn of the image, RGB, cut from the empty canvas around it."""
    pixels = drawn(page)
    rows, columns = np.nonzero(pixels[..., 3])
    return pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1, :3]


def add(page: Any, section: str, name: str) -> None:
    """Add a step or an export by the search of its list."""
    before = page.get_attribute("body", "data-recipe")
    search = page.get_by_label(f"Add to {section}")
    search.fill(name)
    search.press("Enter")
    page.wait_for_selector(f"#{section} .card-name >> text={name}")
    if section == "steps":
        page.wait_for_selector(f"body:not([data-recipe='{before}'])")
    settle(page)


def settle(page: Any) -> None:
    """Wait until the recipe's picture is drawn, with the range of the whole movie."""
    page.wait_for_selector("body:not([data-recipe=''])")  # a page that was loaded again has none at first
    key = page.get_attribute("body", "data-recipe")
    page.wait_for_selector(f"body[data-drawn='{key}'][data-ranged='{key}']")


def cards(page: Any, section: str = "steps") -> list[str]:
    """Names of the steps or exports as the form shows them."""
    return list(page.locator(f"#{section} .card-name").all_inner_texts())


def yaml_text(page: Any) -> str:
    """The recipe's text."""
    return str(page.input_value("#recipe-text"))


def write_yaml(page: Any, text: str) -> None:
    """Type a recipe."""
    page.evaluate("() => { document.querySelector('#recipe-text').closest('details').open = true; }")
    page.fill("#recipe-text", text)


def show_panel(page: Any, name: str) -> None:
    """Bring a panel to the front."""
    page.click(f"#tab-panel-{name}")


def frame(page: Any, number: int) -> None:
    """Wait until a frame is shown."""
    page.wait_for_selector(f"body[data-frame='{number}']")


def sampled(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The colour in the middle of each pixel of the image."""
    rows = ((np.arange(height) + 0.5) * pixels.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * pixels.shape[1] / width).astype(int)
    return pixels[rows[:, None], columns]


def choose_colormap(page: Any, name: str) -> None:
    """Choose a colormap from its list; the panel of heights is in front."""
    page.locator("#cmap").click()
    page.get_by_role("option", name=name, exact=True).click()
    page.wait_for_selector(f"body[data-cmap='{name}']")


def set_range(page: Any, zmin: float, zmax: float) -> None:
    """Type a z-range."""
    show_panel(page, "heights")
    for name, value in [("highest", 1e9), ("lowest", zmin), ("highest", zmax)]:
        page.get_by_label(f"{name} height").fill(str(value))
        page.get_by_label(f"{name} height").press("Enter")


def on_screen(page: Any, *shares: tuple[float, float]) -> list[tuple[float, float]]:
    """Where shares (y, x) of the image lie, for the mouse."""
    size = page.evaluate("() => document.querySelector('#stage').getBoundingClientRect().toJSON()")
    rows, columns = np.nonzero(drawn(page)[..., 3])
    return [
        (size["x"] + columns.min() + x * np.ptp(columns), size["y"] + rows.min() + y * np.ptp(rows))
        for y, x in shares
    ]


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag on the picture, from and to shares (y, x) of the image."""
    places = on_screen(page, start, end)
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=4)
    page.mouse.up()
    page.wait_for_selector("#results[data-state='current']", state="attached")


def odd_movie(folder: Path, kind: str) -> Path:
    """A small movie with something unusual about it."""
    data = np.random.default_rng(1).normal(size=(4, 24, 32)).astype(np.float32)
    data[:, 5, 6] = np.nan if kind == "NaN" else 0
    data = data[:1] if kind == "one frame" else data
    size = None if kind == "unknown pixel size" else 2.0
    path = folder / f"{kind.replace(' ', '_')}.h5"
    times = None if kind == "unknown pixel size" else list(range(len(data)))
    return save_h5_bundle(path, AFMImageStack.from_array(data, pixel_size_nm=size, timestamps=times))
