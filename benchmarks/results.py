"""The page of all measurements, RESULTS.md: each part is written by the command that measured it."""

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

RESULTS = Path(__file__).parent / "RESULTS.md"
STORED = Path(__file__).parent / "results.json"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed starts from compiled modules
PARTS = {
    "peer": (
        "Beside playNano 0.5.0",
        "`python benchmarks/run.py peer`: 200 x 512 x 512, the least of three alternating runs each;"
        " memory is the peak of the proportional set size summed over all processes.",
    ),
    "exporters": (
        "Exporters beside bare encoders",
        "`python benchmarks/run.py limits`: 100 x 512 x 512 without layers, two threads."
        " The bare encoder is fed with ready bytes: what no exporter can go below.",
    ),
    "steps": ("Steps", "`python benchmarks/run.py limits`: 512 x 512, one thread, default parameters."),
    "readers": (
        "Readers",
        "`python benchmarks/run.py limits`: every frame of real files, and the bare bytes.",
    ),
    "growth": (
        "Growth of a whole run",
        "`python benchmarks/run.py growth`: three steps, OME-TIFF, NPZ and HDF5 with all layers.",
    ),
    "starts": ("Start of commands", "`python benchmarks/run.py growth`: a movie of 4 x 64 x 64."),
    "memory": (
        "Memory of a long run",
        "`python benchmarks/run.py memory`: three steps, OME-TIFF, NPZ and HDF5.",
    ),
    "measures": (
        "Counting and tracking",
        "`python benchmarks/run.py measures`: features of 50 particles in frames of 256 x 256, then"
        " tracks, by two threads. The memory that measuring adds is that of the rows.",
    ),
    "counting": (
        "Counting and tracking beside playNano 0.5.0",
        "`python benchmarks/run.py counting`: 50 molecules without tilt, a threshold, features and tracks,"
        " tables written; from the command line, the least of two alternating runs each.",
    ),
    "batch": (
        "Batches",
        "`python benchmarks/run.py batch`: two steps, NPZ, where no recipe is named; processes of one thread"
        " each. Two processes can only be faster where two cores are free, and the disk keeps up.",
    ),
    "viewer": ("Viewer", "`python benchmarks/viewer.py`: headless Chromium without a GPU."),
}
"""Heading and introduction of each part, in the order of the page."""


def heading(*columns: str) -> tuple[str, str]:
    """The first two lines of a table."""
    return f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"


def load() -> str:
    """How busy the machine is with other work; to be asked for before the work begins."""
    return f"load {os.getloadavg()[0]:.1f} before it began"


def store(part: str, lines: Sequence[str], load_before: str) -> None:
    """Replace one part of the page."""
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    where = f"{machine}, Python {platform.python_version()}, {load_before}."
    stored[part] = {"lines": list(lines), "where": where}
    STORED.write_text(json.dumps(stored, indent=1) + "\n")
    RESULTS.write_text(_page(stored))


def _page(stored: dict[str, dict[str, list[str] | str]]) -> str:
    lines = ["# Results", ""]
    for part, (title, text) in PARTS.items():
        if part in stored:
            own = stored[part]
            lines += [f"## {title}", "", fill(text, 110), "", *own["lines"], "", str(own["where"]), ""]
    return "\n".join(lines)
