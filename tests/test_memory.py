"""Memory does not grow with the length of the movie."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from memory import RECIPE, long_movie

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


def peak_kb(folder: Path, frames: int) -> int:
    long_movie(folder / f"{frames}.h5-jpk", frames, 128)
    (folder / "recipe.yaml").write_text(RECIPE % {"layers": "all"}, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "run", "recipe.yaml", f"{frames}.h5-jpk", "--quiet"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout.split()[-1])


@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is POSIX only")
def test_memory_at_800_frames_is_that_at_100(tmp_path: Path) -> None:
    assert peak_kb(tmp_path, 800) <= 1.25 * peak_kb(tmp_path, 100)
