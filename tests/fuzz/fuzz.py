"""Thousands of damaged files for each reader: a clear error or a right answer, and nothing else.

    python tests/fuzz/fuzz.py [--count 2000] [--only asd,spm]

Files are those of PLAYNANO_TEST_DATA where that is set, and ones made on the spot.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from playnano.errors import PlaynanoError
from playnano.readers import READERS
from playnano.readers.opening import find_movie, open_movie
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

CHILD = Path(__file__).with_name("child.py")
LONGEST_S = 20.0
LARGEST_BYTES = 4_000_000


@dataclass
class Verdicts:
    """What became of the damaged copies of one file."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def note(self, number: int, verdict: str) -> None:
        """Count one verdict."""
        self.counts[verdict.split(":", maxsplit=1)[0]] += 1
        if verdict.startswith("FAULT"):
            self.faults.append(f"damage {number}: {verdict}")


def fuzzed(path: Path, count: int, first: int = 0) -> Verdicts:
    """Open `count` damaged copies of a file in children that are stopped when they hang."""
    verdicts, last = Verdicts(), first + count
    while first < last:
        done = _child(path, first, last - first, verdicts)
        first = done
    return verdicts


def _child(path: Path, first: int, count: int, verdicts: Verdicts) -> int:
    """Run a child until it ends; the number to go on with."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, copy)
        command = [sys.executable, str(CHILD), str(copy), str(first), str(count)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            lines: Queue[str] = Queue()
            Thread(target=_forward, args=(child.stdout, lines), daemon=True).start()
            told = _listened(child, lines, first, verdicts)
            trouble = child.stderr.read() if child.stderr else ""
    if told < first + count:
        verdicts.note(told, f"FAULT: the child hung or ended with {child.returncode}: {trouble[-300:]}")
        told += 1
    return told


def _listened(child: "subprocess.Popen[str]", lines: "Queue[str]", expected: int, verdicts: Verdicts) -> int:
    try:
        while line := lines.get(timeout=LONGEST_S):
            number, verdict = line.rstrip().split(" ", 1)
            verdicts.note(int(number), verdict)
            expected = int(number) + 1
    except Empty:
        child.kill()
    return expected


def _forward(pipe: object, lines: "Queue[str]") -> None:
    for line in pipe:  # type: ignore[attr-defined]
        lines.put(line)
    lines.put("")


def files(made: Path, *, real: bool = True) -> dict[str, list[Path]]:
    """Files to damage by the reader that opens them: made ones, and real ones where they are at hand."""
    found: dict[str, list[Path]] = {name: [] for name in READERS.builtins}
    for path in (*_samples(made), *_made(made), *(_real() if real else ())):
        try:
            reader = find_movie(path)[1].name
            open_movie(path, unit="nm", hashed=False)
        except PlaynanoError:
            continue
        found[reader].append(path)
    return found


def _made(folder: Path) -> list[Path]:
    """One file of each maker, by the writers that the tests of the readers use."""
    tests = Path(__file__).parents[1]
    sys.path.append(str(tests / "support"))
    from aris_file import write_aris
    from gwy_file import gwyddion
    from ibw_file import wave
    from nid_file import nanosurf
    from still_files import write_jpk, write_spm
    from sxm_file import nanonis
    from topostats_file import topostats
    from wsxm_file import wsxm

    made = {"gwy": gwyddion(), "ibw": wave(), "nid": nanosurf(), "stp": wsxm(kind="double"), "sxm": nanonis()}
    for ending, content in made.items():
        (folder / f"made.{ending}").write_bytes(content)
    write_aris(folder / "made.aris")
    write_jpk(folder / "made.jpk")
    write_spm(folder / "made.spm")
    topostats(folder / "made.topostats")
    return sorted(folder.glob("made.*"))


def _samples(folder: Path) -> list[Path]:
    sample = Sample(frames=3, height=16, width=24, molecules=2)
    movies = [
        write_sample(folder / f"sample{suffix}", sample)[0] for suffix in (".asd", ".h5-jpk", ".npz", ".h5")
    ]
    return [*movies, *_converted(movies[0], folder)]


def _converted(movie: Path, folder: Path) -> list[Path]:
    """The movie in every format of one file that playnano writes and reads."""
    from playnano.exporters import EXPORTS

    stack = open_movie(movie)
    converted = []
    for name in EXPORTS.builtins:
        export = EXPORTS[name]()
        if "heights" in export.preserves and name not in ("npz", "h5"):
            path = folder / export.file_name(f"sample_{name}", False)
            export.write(stack, path)
            converted.append(min(path.iterdir()) if name == "gsf" else path)
    return converted


def _real() -> list[Path]:
    folder = os.environ.get("PLAYNANO_TEST_DATA")
    there = sorted(Path(folder).rglob("*")) if folder else []
    return [path for path in there if path.is_file() and path.stat().st_size <= LARGEST_BYTES]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="damaged files a reader")
    parser.add_argument("--only", default="", help="readers, separated by commas; all unless given")
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as made:
        for reader, paths in files(Path(made)).items():
            if paths and (not options.only or reader in options.only.split(",")):
                faults += _report(reader, paths, -(-options.count // len(paths)))
            elif not paths:
                print(f"{reader}: there is no file to damage")
    return 1 if faults else 0


def _report(reader: str, paths: list[Path], count: int) -> int:
    faults = 0
    for path in paths:
        verdicts = fuzzed(path, count)
        faults += len(verdicts.faults)
        counts = ", ".join(f"{count} {word}" for word, count in sorted(verdicts.counts.items()))
        print(f"{reader}: {path.name}: {counts}", flush=True)
        for fault in verdicts.faults[:5]:
            print(f"  {fault}", flush=True)
    return faults


if __name__ == "__main__":
    sys.exit(main())
