"""Batches that are killed at random moments and run again, in a folder with `tree`; forked, as in `stops`."""

import os
import random
import shutil
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from batches import contents
from forks import answer, forked
from stops import in_child

from playnano.batch.attempt import RunSettings
from playnano.batch.ledger import Ledger
from playnano.batch.movies import movie_tasks
from playnano.batch.running import run_many
from playnano.batch.summary import Summary
from playnano.recipe.reading import read_recipe
from playnano.stack.workfolder import PREFIX

RECIPE = """\
version: 1
steps: [{{step: remove_plane}}]
exports: [{{format: npz}}, {{format: gsf}}]
output: {{folder: {}}}
"""
OUTPUT = Path("output")


def batch(output: Path = OUTPUT) -> None:
    recipe = read_recipe(RECIPE.format(output))
    summary = Summary(output)
    with Ledger(recipe) as ledger, summary:
        tasks = movie_tasks([Path("tree")], output)
        run_many(recipe, tasks, summary.add, ledger=ledger, settings=RunSettings(threads=1))
    failed = [outcome.error for outcome in summary.outcomes if outcome.code]
    if failed:
        print(failed, file=sys.stderr)
        sys.exit(2)


def killed_after(seconds: float) -> None:
    child = os.fork()
    if not child:
        batch()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def scratch() -> list[str]:
    return [str(path) for path in OUTPUT.rglob(f"{PREFIX}*")]


def seen(kills: int) -> dict[str, Any]:
    """What differed from an undisturbed run, in a process that has no threads."""
    with forked(_send, Path.cwd(), kills) as child:
        return answer(child, 120)


def _send(connection: Connection, place: Path, kills: int) -> None:
    os.chdir(place)
    os.fsync = lambda number: None  # a killed process leaves what it wrote; only a power cut would not
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
    batch(Path("warm"))  # imports all modules
    began = time.monotonic()
    codes = [in_child(batch)]
    took = time.monotonic() - began
    undisturbed, differences, stopped = contents(OUTPUT), [], 0
    moments = random.Random(0)
    for number in range(kills):
        if number % 3 != 2:  # else the run that goes on is killed, too
            shutil.rmtree(OUTPUT, ignore_errors=True)
        killed_after(moments.uniform(0, took))
        stopped += contents(OUTPUT) != undisturbed
        if number % 3 != 1:
            codes.append(in_child(batch))
            differences += [] if contents(OUTPUT) == undisturbed else [sorted(contents(OUTPUT))]
            differences += scratch()
    connection.send(
        {"codes": codes, "differences": differences, "stopped": stopped, "files": len(undisturbed)}
    )
