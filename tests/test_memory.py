"""Memory does not grow with the length of the movie."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gsf_file import field
from memory import RECIPE, long_movie

pytestmark = pytest.mark.slow

CHILD = """
import resource, sys
from pathlib import Path
from playnano.cli import main
try:
    main()
except SystemExit as end:
    if end.code: raise
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


DATA = RECIPE % {"layers": "all"}
PICTURES = """\
version: 1
input: {frame_interval_s: 0.5}
steps: [{step: remove_plane}]
exports:
  - {format: gif, min_height: 128}
  - {format: mp4, min_height: 128}
  - {format: png, min_height: 128}
"""
OTHERS = """\
version: 1
steps: [{step: mask_threshold, threshold: 2}]
exports: [{format: imagej-tiff}, {format: ome-zarr}, {format: gsf}]
"""


def peak_kb(folder: Path, frames: int, size: int, recipe: str) -> int:
    long_movie(folder / f"{frames}.h5-jpk", frames, size)
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    return peak_kb_of(folder, "run", "recipe.yaml", f"{frames}.h5-jpk", "--quiet")


def peak_kb_of(folder: Path, *argv: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *argv], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is POSIX only")
@pytest.mark.parametrize(
    ("recipe", "frames", "size"),
    [(DATA, 100, 128), (PICTURES, 100, 128), (OTHERS, 25, 256)],  # the last write files per frame
    ids=["data", "pictures", "others"],
)
def test_memory_of_a_movie_is_that_of_an_eighth(tmp_path: Path, recipe: str, frames: int, size: int) -> None:
    whole, eighth = (peak_kb(tmp_path, length, size, recipe) for length in (8 * frames, frames))
    assert whole <= 1.25 * eighth


@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is POSIX only")
def test_a_large_frame_takes_what_the_docs_say(tmp_path: Path) -> None:
    for name, size in (("large", 2048), ("small", 16)):
        heights = np.add.outer(np.arange(size), np.arange(size) % 100).astype("<f4")
        (tmp_path / f"{name}.gsf").write_bytes(field(heights))
    frame = 4 * 2048**2 // 1024
    for argv, most in ((("info",), 2), (("process", "--processing", "remove_plane", "--export", "gsf"), 5)):
        peaks = [peak_kb_of(tmp_path, argv[0], f"{name}.gsf", *argv[1:]) for name in ("small", "large")]
        assert peaks[1] - peaks[0] < most * frame
