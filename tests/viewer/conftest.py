"""A viewer without a browser: its application, asked as the page asks it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra 'view' is not installed")
from starlette.testclient import TestClient
from viewer_page import PATIENCE_MS, Viewer, Visit, first_frame, forget, new_context

from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.viewer.app import viewer_app
from playnano.viewer.session import Session

PORT = 8420
BASE = f"http://127.0.0.1:{PORT}"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first has no windows at all, and needs half of the processor time."""


@pytest.fixture(scope="session")
def movie_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("movies") / "molecules.h5-jpk"
    return write_sample(path, Sample(frames=6, height=48, width=64, molecules=3))[0]


@pytest.fixture
def session(movie_file: Path, tmp_path: Path) -> Iterator[Session]:
    made = Session([movie_file], movie_file.parent, tmp_path / "output")
    yield made
    made.close()


@pytest.fixture
def stranger(session: Session) -> TestClient:
    """Who has no token."""
    return TestClient(viewer_app(session, PORT), base_url=BASE)


@pytest.fixture
def page(session: Session) -> TestClient:
    """The page that was opened by the printed address."""
    gate = viewer_app(session, PORT)
    client = TestClient(gate, base_url=BASE, headers={"origin": BASE})
    assert client.get(gate.address()).status_code == 200
    return client


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("there is no chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    playwright.expect.set_options(timeout=PATIENCE_MS)
    with playwright.sync_playwright() as running:
        flags = ["--no-sandbox", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"]
        opened = running.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def viewer(movie_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """One viewer for all tests of the page."""
    started = Viewer.start(movie_file, tmp_path_factory.mktemp("work"), "--port", "0")
    yield started
    started.stop()


@pytest.fixture(scope="package")
def window(browser: Any) -> Iterator[Any]:
    """One page for all tests: a process of Chromium for each would take half of their time."""
    context = new_context(browser)
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(window: Any) -> Visit:
    """Open the page of a viewer in a browser that remembers nothing of it, its first frame drawn."""

    @contextmanager
    def opened(address: str) -> Iterator[Any]:
        forget(window, address)
        with first_frame(window, address):
            yield window
        for other in window.context.pages:
            if other is not window:
                other.close()

    return opened


@pytest.fixture
def tab(visit: Visit, viewer: Viewer) -> Iterator[Any]:
    """The page of the one viewer."""
    with visit(viewer.address) as page:
        yield page
