"""Measure, and write benchmarks/RESULTS.md.

    python benchmarks/run.py [--peer PATH/TO/compare_peer.py] [--only help,npz] [--frames 2000]

`compare_peer.py` runs playnano and playNano 0.5.0 in turn on the same movie; without its path that
table is left as it was. Linux.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import measures
from memory import measure

RESULTS = Path(__file__).parent / "RESULTS.md"
STORED = Path(__file__).parent / "results.json"


def compared(script: Path, only: str) -> dict[str, list[str]]:
    """Rows of the comparison by the name of the work."""
    playnano = Path(sys.executable).parent / "playnano"
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, str(script), "--ours", str(playnano), "--only", only, "--json", file.name]
        subprocess.run(command, check=True)
        results = json.loads(Path(file.name).read_text())
    return {name: _row(name, result) for name, result in results.items()}


def _row(name: str, result: dict[str, dict[str, float]]) -> list[str]:
    peer, ours = result["peer"], result["ours"]
    return [
        name,
        f"{peer['wall_s']:.2f}",
        f"{ours['wall_s']:.2f}",
        f"{result['faster']:.1f}",
        f"{peer['peak_mb']:.0f}",
        f"{ours['peak_mb']:.0f}",
        f"{result['leaner']:.1f}",
        f"{peer['mb']:.0f}",
        f"{ours['mb']:.0f}",
    ]


def written(results: dict[str, dict[str, list[str]] | list[str] | str]) -> str:
    """The page."""
    heading = [
        "work",
        "peer s",
        "ours s",
        "times faster",
        "peer MB",
        "ours MB",
        "times leaner",
        "peer wrote MB",
        "ours wrote MB",
    ]
    rows = [f"| {' | '.join(row)} |" for row in results.get("peer", {}).values()]  # type: ignore[union-attr]
    return "\n".join(
        [
            "# Results",
            "",
            f"Written by `python benchmarks/run.py` on {results['machine']}.",
            "",
            "## Beside playNano 0.5.0",
            "",
            "200 x 512 x 512, the least of three alternating runs each; memory is the peak of the",
            "proportional set size summed over all processes. A ratio of 0.0: they did not write the same.",
            "",
            f"| {' | '.join(heading)} |",
            "|---" * len(heading) + "|",
            *rows,
            "",
            "## Memory of a long run",
            "",
            "Three steps, OME-TIFF, NPZ and HDF5.",
            "",
            "| movie | layers | peak MB, all processes | s | GB written |",
            "|---|---|---|---|---|",
            *results.get("memory", []),
            "",
            "## Counting and tracking",
            "",
            "Features of 50 particles in frames of 256 x 256, then tracks, by two threads. The memory that",
            "measuring adds is that of the rows.",
            "",
            *results.get("measures", []),
            "",
            "## Viewer",
            "",
            "Written by `python benchmarks/viewer.py`: headless Chromium without a GPU.",
            "",
            *results.get("viewer", []),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--only", default="help,levelling,ome-tiff,npz,h5")
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--layers", default="all")
    parser.add_argument("--measures", type=int, default=1000)
    options = parser.parse_args()
    results = json.loads(STORED.read_text()) if STORED.exists() else {}
    results["machine"] = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    if options.peer:
        results["peer"] = {**results.get("peer", {}), **compared(options.peer, options.only)}
    if options.frames:
        results["memory"] = [
            measure(options.frames // 10, 512, options.layers),
            measure(options.frames, 512, options.layers),
        ]
    if options.measures:
        results["measures"] = measures.table(options.measures // 10, options.measures, options.measures * 4)
    STORED.write_text(json.dumps(results, indent=1) + "\n")
    RESULTS.write_text(written(results))
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
