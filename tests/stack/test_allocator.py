"""Memory that frames leave is taken by the next ones, not given back to the system."""

import subprocess
import sys

import pytest

FRAMES = 200
PAGES = 256  # of a frame of 1 MB
CHILD = f"""
import resource
import sys

import numpy as np

from playnano.stack.allocator import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({FRAMES}):
    frames = [np.ones((512, 512), np.float32) for _ in range(3)]
    del frames
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(way: str) -> int:
    done = subprocess.run([sys.executable, "-c", CHILD, way], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone has the settings")
def test_frames_take_the_memory_of_frames_that_are_gone() -> None:
    assert page_faults("kept") < min(10 * PAGES, page_faults("default"))
