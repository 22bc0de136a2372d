"""Reads a movie in a process of its own: what it holds, and how much memory that took."""

import resource
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from forks import answer, forked, limit_memory

import playnano.readers
from playnano.errors import PlaynanoError
from playnano.stack.stack import AFMImageStack

MOST_MEMORY = 4 << 30
KB = 1024


def contents(stack: AFMImageStack) -> dict[str, Any]:
    first = stack[0]
    last = stack[len(stack) - 1]
    return {
        "shape": list(stack.shape),
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


def read_alone(path: Path, longest_s: float) -> dict[str, Any]:
    """What a child with limits of time and memory reads; its own imports do not count as memory."""
    with forked(_read, path) as child:
        return answer(child, longest_s)


def _read(connection: Connection, path: Path) -> None:
    limit_memory(MOST_MEMORY)
    before = peak()
    try:
        read = contents(playnano.readers.load(path))
    except PlaynanoError as error:
        read = {"error": str(error)}
    connection.send({**read, "bytes": peak() - before})
