"""Measure, and write a part of benchmarks/RESULTS.md each.

    python benchmarks/run.py [limits growth memory measures batch counting peer]

Without words: all but what needs the peer. Linux. The readers' table needs PLAYNANO_TEST_DATA, the folder
of real files.
"""

import sys
from collections.abc import Callable, Iterable

import batch
import counting_peer
import growth
import limits
import measures
import memory
import peer
from results import PARTS, RESULTS, load, store

Tables = dict[str, list[str]]
WORK: dict[str, Callable[[], Tables]] = {
    "limits": limits.tables,
    "growth": growth.tables,
    "memory": lambda: {"memory": memory.table(200, 2000)},
    "measures": lambda: {"measures": measures.table(100, 1000, 4000)},
    "batch": lambda: {"batch": batch.table()},
    "counting": lambda: {"counting": counting_peer.table()},
    "peer": lambda: {"peer": peer.table()},
}


def main(words: Iterable[str]) -> None:
    """Measure and write what the words name."""
    for word in list(words) or [name for name in WORK if name not in ("peer", "counting")]:
        before = load()
        for part, lines in WORK[word]().items():
            store(part, lines, before)
            print("\n".join([f"\n{PARTS[part][0]}, {before}", *lines]), flush=True)
    print(f"\nwritten: {RESULTS}")


if __name__ == "__main__":
    main(sys.argv[1:])
