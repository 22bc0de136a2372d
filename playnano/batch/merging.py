"""The table of a batch that several shards do: each leaves its part, and whoever writes last merges all."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playnano.batch.folder_lock import STATE_FOLDER
from playnano.batch.outcome import Outcome
from playnano.batch.shards import Shard
from playnano.stack.durable import alone_in
from playnano.stack.placing import write_text

Placed = tuple[int, Outcome]
"""An outcome, and the place of its movie in the whole batch."""


@contextmanager
def merged(folder: Path, shard: Shard, batch: str, outcomes: Sequence[Placed]) -> Iterator[Sequence[Placed]]:
    """The outcomes of all shards so far; one shard at a time is inside.

    Parameters
    ----------
    batch : str
        What tells this batch from others into the same folder.
    outcomes : sequence of Placed
        Those of this shard.
    """
    if shard.count == 1:
        yield outcomes
        return
    state = folder / STATE_FOLDER
    part = {"batch": batch, "outcomes": [[place, outcome.as_json()] for place, outcome in outcomes]}
    write_text(state / f"outcomes{shard.suffix}.json", json.dumps(part), overwrite=True)
    with alone_in(state):
        others = [
            one
            for number in range(1, shard.count + 1)
            if number != shard.number
            for one in _part(state / f"outcomes{Shard(number, shard.count).suffix}.json", batch)
        ]
        yield sorted([*outcomes, *others], key=lambda placed: placed[0])


def _part(file: Path, batch: str) -> Sequence[Placed]:
    """What a shard left; nothing of one that has not begun, or was of another batch."""
    try:
        part = json.loads(file.read_text(encoding="utf-8"))
        if part["batch"] != batch:
            return ()
        return [(int(place), Outcome.from_json(outcome)) for place, outcome in part["outcomes"]]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
