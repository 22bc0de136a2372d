"""Thousands of damaged files for each reader: a clear error or a right answer, and nothing else.

    python tests/fuzz/fuzz.py [--count 2000] [--only asd,spm]

Files are those of PLAYNANO_TEST_DATA where that is set, and ones made on the spot.
"""

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))

from damages import name_of
from forks import Stopped, answer, forked
from judging import judge
from specimens import specimens

LONGEST_S = 20.0


@dataclass
class Verdicts:
    """What became of the damaged copies of one file."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def note(self, number: int, verdict: str) -> None:
        """Count one verdict."""
        self.counts[verdict.split(":", maxsplit=1)[0]] += 1
        if verdict.startswith("FAULT"):
            self.faults.append(f"damage {number} ({name_of(number)}): {verdict}")


def fuzzed(path: Path, count: int, first: int = 0) -> Verdicts:
    """Open `count` damaged copies of a file in children that are stopped when they hang."""
    verdicts, last = Verdicts(), first + count
    while first < last:
        first = _judged(path, first, last - first, verdicts)
    return verdicts


def _judged(path: Path, first: int, count: int, verdicts: Verdicts) -> int:
    """Run a child until it ends; the number to go on with."""
    number = first
    with forked(judge, path, first, count) as child:
        try:
            while sent := answer(child, LONGEST_S):
                verdicts.note(*sent)
                number = sent[0] + 1
        except Stopped as trouble:
            verdicts.note(number, f"FAULT: {trouble}")
            number += 1
    return number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="damaged files per reader [default: 2000]")
    parser.add_argument("--only", default="", help="readers, separated by commas [default: all]")
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for reader, paths in specimens(Path(folder)).items():
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
