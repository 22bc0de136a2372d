"""The server as a process of its own: ports, its end, and clients that misbehave."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from viewer_page import Viewer, opened_page

from playnano.viewer.access import LARGEST_BODY
from playnano.viewer.jobs import ENDING_S
from playnano.viewer.serving import HOST, LONGEST_WAIT_S, listening_socket

pytestmark = pytest.mark.slow

httpx2 = pytest.importorskip("httpx2", reason="httpx2 is not installed")
WHOLE_MOVIE = "version: 1\nsteps:\n  - step: align_frames\n"
PATIENT = "from playnano.viewer import serving; serving.LONGEST_WAIT_S = None"
BLOCKED = """\
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("starlette", "uvicorn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""


@contextmanager
def client(address: str) -> Iterator[httpx2.Client]:
    """A page that was opened by the printed address."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    options = {"base_url": origin, "headers": {"origin": origin}, "follow_redirects": True, "timeout": 10}
    with httpx2.Client(**options) as opened:
        assert opened.get(address).status_code == 200
        yield opened


def port_of(address: str) -> int:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", address), address
    return urlsplit(address).port or 0


def line_to(address: str, text: str) -> socket.socket:
    """A connection that has sent these bytes and nothing else."""
    connection = socket.create_connection((HOST, port_of(address)), timeout=5)
    connection.sendall(text.encode())
    return connection


@pytest.fixture(scope="module")
def page(viewer: Viewer) -> Iterator[httpx2.Client]:
    with client(viewer.address) as opened:
        yield opened


def test_a_port_that_is_taken_is_followed_by_the_next_free_one(movie_file: Path, tmp_path: Path) -> None:
    with listening_socket(18420) as taken:
        number = taken.getsockname()[1]
        viewer = Viewer.start(movie_file, tmp_path, "--port", str(number))
        try:
            assert number < port_of(viewer.address) < number + 50
        finally:
            viewer.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="a port can be taken over there")
def test_the_port_of_a_viewer_that_has_just_ended_is_free() -> None:
    with listening_socket(0) as first:
        number = first.getsockname()[1]
        caller = socket.create_connection(("127.0.0.1", number))
        answering, _ = first.accept()
        answering.close()  # who closes first keeps the port's address for a minute
    caller.close()
    with listening_socket(number) as second:
        assert second.getsockname()[1] == number


def test_the_pieces_of_an_answer_are_not_kept_back_until_the_last_is_acknowledged() -> None:
    async def accepted(listening: socket.socket) -> int:
        options: asyncio.Queue[int] = asyncio.Queue()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            options.put_nowait(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(connected, sock=listening):
            with socket.create_connection(listening.getsockname()):
                return await options.get()

    with listening_socket(0) as listening, ThreadPoolExecutor(1) as beside_the_browser:
        assert beside_the_browser.submit(lambda: asyncio.run(accepted(listening))).result(30) != 0


def test_port_0_is_any_free_port(viewer: Viewer) -> None:
    assert port_of(viewer.address) > 1023


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal of a child there")
def test_ctrl_c_ends_it_at_once_with_pages_open_and_leaves_no_scratch(
    movie_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir()
    viewer = Viewer.start(movie_file, tmp_path, "--port", "0", scratch=tmp_path / "scratch")
    try:
        with client(viewer.address) as opened:
            job = opened.post("/api/recipes", json={"movie": 0, "text": WHOLE_MOVIE}).json()["job"]
            while opened.get(f"/api/jobs/{job}").json()["state"] == "running":
                time.sleep(0.02)
            assert list((tmp_path / "scratch").iterdir()), "the aligned movie is kept in a scratch file"
            waiting = line_to(viewer.address, "GET / HTTP/1.1\r\n")
            with opened.stream("GET", "/api/schema") as response, waiting:
                assert response.status_code == 200
                code = viewer.stop(signal.SIGINT)
    finally:
        viewer.stop()
    assert code == 0
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal of a child there")
def test_ctrl_c_ends_it_while_a_page_plays_without_cutting_anything_off(
    browser: Any, movie_file: Path, tmp_path: Path
) -> None:
    """Ended within 2 s, which is not timed here: a page leaves no answer open, so none is waited for at all.

    The server of this test would wait for ever for an answer under way. Other clients are waited for by the
    limits that the last line adds up.
    """
    viewer = Viewer.start(movie_file, tmp_path, "--port", "0", before=PATIENT)
    try:
        with opened_page(browser, viewer.address) as page:
            page.keyboard.press("Space")
            page.wait_for_selector("body[data-state='playing']")
            assert viewer.stop(signal.SIGINT) == 0
            page.keyboard.press("x")
            page.wait_for_selector("body[data-state='paused'][data-error*='has ended']")
    finally:
        viewer.stop()
    assert LONGEST_WAIT_S + ENDING_S < 2


def test_without_the_extra_one_line_says_what_to_install(movie_file: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCKED)
    command = [sys.executable, "-m", "playnano", "view", str(movie_file), "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run(
        command, capture_output=True, text=True, timeout=30, env=environment, cwd=tmp_path, check=False
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == "error: the viewer needs more packages: pip install 'playnano[view]'\n"


def test_fifty_requests_at_once_are_answered(page: httpx2.Client) -> None:
    key = page.post("/api/recipes", json={"movie": 0, "text": "version: 1\n"}).json()["key"]
    frames = [f"/api/frames/0/{key}/raw/{number % 6}" for number in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(page.get, frames))
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].content == answers[6].content != answers[1].content


def test_a_body_that_is_too_large_is_refused_also_where_it_states_no_length(page: httpx2.Client) -> None:
    assert page.post("/api/recipes", content=b"x" * (LARGEST_BODY + 1)).status_code == 413
    pieces = (b"x" * 65536 for _ in range(LARGEST_BODY // 65536 + 2))
    with suppress(httpx2.TransportError):  # the answer may be lost where the server hangs up while we send
        assert page.post("/api/recipes", content=pieces).status_code == 413
    assert page.get("/api/session").status_code == 200


def test_a_client_that_sends_nothing_more_keeps_nobody_waiting(viewer: Viewer, page: httpx2.Client) -> None:
    slow = [line_to(viewer.address, f"GET /api/session HTTP/1.1\r\nHost: x{n}\r\n") for n in range(20)]
    begun = time.monotonic()
    assert page.get("/api/session").status_code == 200
    assert time.monotonic() - begun < 2
    for connection in slow:
        connection.close()


@pytest.mark.parametrize(
    "text", ["\x00\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"]
)
def test_what_is_not_http_or_not_for_this_host_is_refused(viewer: Viewer, text: str) -> None:
    with line_to(viewer.address, text) as connection:
        answer = connection.recv(4096).decode()
    assert re.match(r"HTTP/1\.1 40[03] ", answer), answer
