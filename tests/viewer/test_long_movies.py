"""A long movie is never read as a whole to show one of its frames."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from playnano import AFMImageStack
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames
from playnano.viewer.app import viewer_app
from playnano.viewer.heights import SAMPLED_FRAMES
from playnano.viewer.session import Session

FRAMES = 10_000
BASE = "http://127.0.0.1:8421"
SMOOTH = "version: 1\nsteps:\n  - step: gaussian_filter\n"


@dataclass(frozen=True, repr=False)
class Counted(DerivedFrames):
    """Frames that note which of them are read; those that a job asks for wait until it may go on."""

    read: list[int] = field(default_factory=list)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __getitem__(self, index: int, /) -> Frame:
        if threading.current_thread().name.startswith("Thread"):  # a job or its pool, not one that answers
            self.may_go_on.wait(10)
        self.read.append(index)
        return self.frames[index]


@pytest.fixture
def frames() -> Iterator[Counted]:
    image = np.random.default_rng(5).normal(size=(64, 64)).astype(np.float32)
    movie = np.broadcast_to(image, (FRAMES, 64, 64))
    counted = Counted(AFMImageStack.from_array(movie).frames)
    yield counted
    counted.may_go_on.set()


@pytest.fixture
def session(frames: Counted, tmp_path: Path) -> Iterator[Session]:
    stack = AFMImageStack.from_array(np.zeros((FRAMES, 1, 1)), timestamps=np.arange(FRAMES) / 10.0)
    made = Session([Path("movie")], tmp_path, tmp_path, stack=replace(stack, frames=frames))
    yield made
    frames.may_go_on.set()
    made.close()


@pytest.fixture
def page(session: Session) -> TestClient:
    gate = viewer_app(session, 8421)
    client = TestClient(gate, base_url=BASE, headers={"origin": BASE})
    assert client.get(gate.address()).status_code == 200
    return client


def test_layers_are_described_without_reading_a_frame(page: TestClient, frames: Counted) -> None:
    answer = page.post("/api/recipes", json={"movie": 0, "text": SMOOTH})
    assert {layer["frames"] for layer in answer.json()["layers"]} == {FRAMES}
    assert len(answer.json()["layers"][0]["times_s"]) == FRAMES
    assert len(answer.content) < 1 << 20
    assert frames.read == []


def test_a_frame_is_read_once_and_alone(page: TestClient, frames: Counted) -> None:
    key = page.post("/api/recipes", json={"movie": 0, "text": SMOOTH}).json()["key"]
    assert page.get(f"/api/frames/0/{key}/result/7000").status_code == 200
    assert frames.read == [7000]


def test_a_range_comes_from_a_few_frames_while_the_whole_movie_is_still_to_be_read(
    page: TestClient, frames: Counted
) -> None:
    key = page.post("/api/recipes", json={"movie": 0, "text": SMOOTH}).json()["key"]
    answer = page.get(f"/api/ranges/0/{key}/result").json()
    assert not answer["exact"]
    assert len(set(frames.read)) == SAMPLED_FRAMES
    job = page.post(f"/api/ranges/0/{key}/result").json()["job"]
    assert page.get(f"/api/frames/0/{key}/result/3").status_code == 200, "it does not wait for the job"
    assert page.get(f"/api/jobs/{job}").json()["state"] == "running"


def test_reading_the_whole_movie_for_its_range_is_cancelled(
    page: TestClient, frames: Counted, session: Session
) -> None:
    key = page.post("/api/recipes", json={"movie": 0, "text": SMOOTH}).json()["key"]
    number = page.post(f"/api/ranges/0/{key}/result").json()["job"]
    page.delete(f"/api/jobs/{number}")
    frames.may_go_on.set()
    job = session.jobs.get(number)
    assert job is not None
    job.wait(30)
    assert job.state == "cancelled"
    assert len(frames.read) < FRAMES / 10
