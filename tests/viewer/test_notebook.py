"""`stack.view()`: a viewer in a notebook's cell, tried with a stand-in for IPython's IFrame."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from playnano import AFMImageStack, PlaynanoError, load
from playnano.io.export_data import save_h5_bundle
from playnano.viewer import notebook

pytestmark = pytest.mark.slow

httpx2 = pytest.importorskip("httpx2", reason="httpx2 is not installed")


@dataclass
class IFrame:
    src: str
    width: Any
    height: Any


@pytest.fixture
def ipython(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    display = ModuleType("IPython.display")
    display.IFrame = IFrame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    yield
    if notebook._server.cache_info().currsize:
        notebook._server().close()
        notebook._server.cache_clear()


def stack_of(frames: int = 3) -> AFMImageStack:
    heights = np.random.default_rng(1).normal(size=(frames, 12, 16)).astype(np.float32)
    return AFMImageStack.from_array(heights, pixel_size_nm=2.0)


def developed(address: str, text: str = "version: 1\n") -> Any:
    origin = address.split("/", 3)
    return httpx2.post(
        f"{address}api/recipes",
        json={"movie": 0, "text": text},
        headers={"origin": "/".join(origin[:3])},
    )


def shown(address: str, layer: str, index: int, key: str) -> np.ndarray:
    content = httpx2.get(f"{address}api/frames/0/{key}/{layer}/{index}").content
    return np.frombuffer(content[16:], "<f4").reshape(12, 16)


@pytest.mark.usefixtures("ipython")
def test_a_stack_in_memory_is_shown_and_steps_are_tried_on_it() -> None:
    stack = stack_of()
    frame = stack.view(width=800, height=500)
    assert (frame.width, frame.height) == (800, 500)
    page = httpx2.get(frame.src)
    assert page.status_code == 200
    assert "<title>playnano</title>" in page.text
    assert httpx2.get(f"{frame.src}modules/main.js").status_code == 200
    answer = developed(frame.src, "version: 1\nsteps:\n  - step: zero_mean\n    name: zero\n").json()
    assert [layer["name"] for layer in answer["layers"]] == ["raw", "zero", "result"]
    np.testing.assert_array_equal(shown(frame.src, "raw", 2, answer["key"]), stack[2])
    np.testing.assert_array_equal(shown(frame.src, "result", 1, answer["key"]), stack.apply("zero_mean")[1])


@pytest.mark.usefixtures("ipython")
def test_a_stack_brings_the_layers_of_its_steps(movie_file: Path) -> None:
    stack = load(movie_file).apply("remove_plane", name="level").apply("mask_threshold", name="high")
    answer = developed(stack.view().src).json()
    kinds = {layer["name"]: layer["is_mask"] for layer in answer["layers"]}
    assert kinds == {"raw": False, "level": False, "high": True, "result": False}


@pytest.mark.usefixtures("ipython")
def test_nobody_gets_in_without_the_address() -> None:
    address = stack_of().view().src
    origin, token = address.rstrip("/").rsplit("/", 1)
    for path in ("/", "/api/session", "/guess/api/session", f"/{token}x/", f"/?token={token}", f"/{token}"):
        assert httpx2.get(origin + path).status_code == 403
    foreign = {"origin": "http://evil.test"}
    body = {"movie": 0, "text": "version: 1\n"}
    assert httpx2.post(f"{address}api/recipes", json=body, headers=foreign).status_code == 403
    assert httpx2.get(address, headers={"host": "evil.test"}).status_code == 403


@pytest.mark.usefixtures("ipython")
def test_another_page_may_frame_it_because_it_needs_no_cookie() -> None:
    page = httpx2.get(stack_of().view().src)
    assert "set-cookie" not in page.headers
    assert "frame-ancestors" not in page.headers["content-security-policy"]


@pytest.mark.usefixtures("ipython")
def test_a_kernel_has_one_server_and_a_stack_one_view() -> None:
    first, second = stack_of(), stack_of()
    before = threading.active_count()
    addresses = [stack.view().src for stack in (first, second, first)]
    assert threading.active_count() <= before + 1
    assert addresses[0] == addresses[2] != addresses[1]
    assert len({address.split("/")[2] for address in addresses}) == 1


@pytest.mark.usefixtures("ipython")
def test_the_oldest_view_ends_where_there_are_many() -> None:
    addresses = [stack_of().view().src for _ in range(notebook.MOST_VIEWS + 1)]
    ended = httpx2.get(addresses[0])
    assert (ended.status_code, ended.text) == (403, "this view has ended; run its cell again")
    assert httpx2.get(addresses[1]).status_code == 200


@pytest.mark.usefixtures("ipython")
def test_an_option_of_reading_does_not_fit_a_stack_in_memory() -> None:
    answer = developed(stack_of().view().src, "version: 1\ninput: {channel: phase}\n")
    assert answer.status_code == 422
    assert answer.json()["message"] == "the movie is in memory, not read: remove 'input: channel'"


def exported(address: str, text: str, **more: Any) -> Any:
    """An export from the page, once it has ended."""
    headers = {"origin": "/".join(address.split("/", 3)[:3])}
    body = {"movie": 0, "text": text, **more}
    job = httpx2.post(f"{address}api/exports", json=body, headers=headers).json()["job"]
    while (ended := httpx2.get(f"{address}api/jobs/{job}").json())["state"] == "running":
        time.sleep(0.02)
    return ended


@pytest.mark.usefixtures("ipython")
def test_a_stack_in_memory_is_exported_as_the_page_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stack = stack_of().apply("zero_mean")
    text = "version: 1\nsteps:\n  - step: gaussian_filter\nexports:\n  - format: h5\n"
    address = stack.view().src
    ended = exported(address, text)
    assert ended["state"] == "done", ended
    written = load(tmp_path / "output" / ended["outcome"]["files"][0])
    np.testing.assert_array_equal(written.data, stack.apply("gaussian_filter").data)
    assert [record.step for record in written.provenance.all_steps()] == ["zero_mean", "gaussian_filter"]
    assert "exists" in exported(address, text)["message"]
    assert exported(address, text, replace=True)["state"] == "done", "a file of this session"


@pytest.mark.usefixtures("ipython")
def test_the_recipe_of_all_steps_stands_in_what_is_exported(
    movie_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stack = load(movie_file).apply("remove_plane")
    text = "version: 1\nsteps:\n  - step: gaussian_filter\nexports:\n  - format: h5\n"
    assert exported(stack.view().src, text)["state"] == "done"
    recipe = load(tmp_path / "output" / "molecules_filtered.h5").provenance.history[-1].recipe
    assert recipe is not None
    assert [step["step"] for step in recipe["steps"]] == ["remove_plane", "gaussian_filter"]


@pytest.mark.usefixtures("ipython")
def test_a_file_that_the_stack_may_be_read_from_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = save_h5_bundle(tmp_path / "output" / "movie.h5", stack_of())
    before = source.read_bytes()
    text = "version: 1\nexports:\n  - format: h5\n    name: movie\n"
    ended = exported(load(source).view().src, text, replace=True)
    assert ended["state"] == "failed"
    assert "may be read from it: give the export another name" in ended["message"]
    assert source.read_bytes() == before


@pytest.mark.parametrize("package", ["IPython", "uvicorn"])
def test_without_the_extra_one_line_says_what_to_install(
    ipython: None, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, f"{package}.display", None)
    with pytest.raises(PlaynanoError, match=r"pip install 'playnano\[notebook\]'"):
        stack_of().view()


def test_it_ends_with_the_kernel() -> None:
    script = """
import sys, types, numpy
display = types.ModuleType("IPython.display")
display.IFrame = lambda src, width, height: src
sys.modules |= {"IPython": types.ModuleType("IPython"), "IPython.display": display}
import playnano
print(playnano.AFMImageStack.from_array(numpy.zeros((2, 4, 4))).view())
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True
    )
    assert run.stderr == ""
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(run.stdout.strip())
