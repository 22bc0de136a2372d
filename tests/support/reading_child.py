"""Reads a movie in a process of its own, and prints as JSON what it found and how much memory that took.

python reading_child.py PATH [UNIT]
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np

import playnano.readers
from playnano.errors import PlaynanoError
from playnano.stack.stack import AFMImageStack

MOST_MEMORY = 4 << 30
KB = 1024


def told(stack: AFMImageStack) -> dict[str, Any]:
    first = stack[0]
    last = stack[len(stack) - 1]
    return {
        "shape": stack.shape,
        "pixel_size_nm": [stack.pixel_size_nm, stack.pixel_size_y_nm],
        "unit": stack.unit,
        "channel": stack.channel,
        "times": stack.timestamps.tolist(),
        "first": [float(f(first)) for f in (np.min, np.max, np.mean, np.std)],
        "last": [float(f(last)) for f in (np.min, np.max, np.mean, np.std)],
        "scan_directions": [frame.get("scan_direction") for frame in stack.frame_metadata],
        "corner": first[0, :3].tolist(),
        "last_row": first[-1, :3].tolist(),
        "warnings": stack.warnings,
    }


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KB


def main(path: Path, unit: str | None) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    import_what_readers_use()
    before = peak()
    try:
        found = told(playnano.readers.load(path, unit=unit))
    except PlaynanoError as error:
        found = {"error": str(error)}
    print(json.dumps({**found, "bytes": peak() - before}))


def import_what_readers_use() -> None:
    """So that their code does not count as the movie's memory."""
    import h5py  # noqa: F401
    import scipy.ndimage  # noqa: F401
    import tifffile  # noqa: F401


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
