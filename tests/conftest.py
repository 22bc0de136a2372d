"""What the tests share: real files where they are at hand, and small movies made on the spot."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.testing
from hypothesis import settings
from typer.main import get_command

from playnano.stack import parallel
from playnano.stack.stack import AFMImageStack

settings.register_profile("untimed", deadline=None)  # a busy machine is not a fault of the code
settings.load_profile("untimed")
parallel.LEAST_PIXELS = (
    0  # the frames of tests are small, and what they show of threads is to be true of large ones
)
typer.testing._get_command = cache(get_command)  # a command line is made once, as in a process of its own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the page first: of the processes that share all tests, one starts a browser then."""
    pages = [item for item in items if {"browser", "viewer"} & set(getattr(item, "fixturenames", ()))]
    for item in pages:
        item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item not in pages)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    folder = os.environ.get("PLAYNANO_TEST_DATA")
    if not folder:
        pytest.skip("PLAYNANO_TEST_DATA does not point at the real instrument files")
    return Path(folder)


@pytest.fixture(scope="session")
def reference(data_folder: Path) -> dict[str, Any]:
    return json.loads((data_folder / "reference.json").read_text(encoding="utf-8"))["files"]


@pytest.fixture
def movie() -> AFMImageStack:
    """Six frames of 24 x 32 with a tilt, two blobs and noise; read-only, with times and pixel sizes."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:24, :32]
    frames = []
    for t in range(6):
        blobs = 4 * np.exp(-((y - 8 - t / 2) ** 2 + (x - 10) ** 2) / 8) + 3 * np.exp(
            -((y - 16) ** 2 + (x - 22 + t / 3) ** 2) / 6
        )
        frames.append(0.05 * x - 0.03 * y + blobs + rng.normal(scale=0.1, size=(24, 32)) + t)
    data = np.array(frames, np.float32)
    data.flags.writeable = False
    return AFMImageStack.from_array(data, pixel_size_nm=(2.5, 2.0), timestamps=[0, 0.5, 1.0, 1.5, 2.0, 2.5])
