"""The tables that a recipe's `analysis` makes of a movie: measured in the background, kept for a while."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from playnano.errors import PlaynanoError
from playnano.measurements.measuring import measured
from playnano.recipe.recipe import Recipe
from playnano.stack.hashing import json_sha256
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table, Values
from playnano.viewer.development import RESULT, Development, recipe_key
from playnano.viewer.jobs import Progress
from playnano.viewer.session import Session

MOST_ROWS = 200
"""Rows of a table that the page shows; its CSV file has all."""
MOST_KEPT = 4

Tables = Mapping[str, Table]


class Tabulation:
    """Measures, and keeps the last tables."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: OrderedDict[str, Tables] = OrderedDict()
        self._lock = threading.Lock()

    def measure(self, number: int, recipe: Recipe, report: Progress) -> dict[str, Any]:
        """What a recipe measures of a movie, as the page shows it.

        Raises
        ------
        PlaynanoError
            Where there is nothing to measure, the movie lacks what a measure needs, or measuring fails.
        """
        if not recipe.analysis:
            raise PlaynanoError("there is nothing to measure: add a measurement to the recipe")
        key = _key(number, recipe)
        tables = self._kept.get(key) or self._measured(number, recipe, report)
        with self._lock:
            self._kept[key] = tables
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return {"key": key, "tables": [_shown(name, table) for name, table in tables.items()]}

    def table(self, key: str, name: str) -> Table | None:
        """A table that was measured before; None where it is not kept."""
        return self._kept.get(key, {}).get(name)

    def _measured(self, number: int, recipe: Recipe, report: Progress) -> Tables:
        _, development = self._session.develop(number, recipe)
        stack, threads = _result(development, report), self._session.threads
        stored = spool(stack, Scratch(), threads=threads, progress=lambda *at: report("computing", *at))
        done = measured(stored, recipe.analysis, threads, lambda *at: report("measuring", *at))
        return {measure.table_name: done.tables[measure.table_name] for measure in recipe.analysis}


def _result(development: Development, report: Progress) -> AFMImageStack:
    """The movie after all steps; waits for those that are computed in the background."""
    job = development.job
    while job is not None and job.state == "running":
        report(job.stage, job.done, job.total)
        job.wait(0.1)
    if not development.complete:
        message = job.message if job else ""
        raise PlaynanoError(message or "the steps were cancelled; change the recipe to try again")
    return development.layers[RESULT].stack


def _key(number: int, recipe: Recipe) -> str:
    measures = [measure.model_dump(mode="json") for measure in recipe.analysis]
    return json_sha256([number, recipe_key(recipe), measures])[:20]


def _shown(name: str, table: Table) -> dict[str, Any]:
    return {
        "name": name,
        "columns": [column.plain() for column in table.columns],
        "rows": [list(row) for row in _rows(table.select(np.arange(min(len(table), MOST_ROWS))))],
        "count": len(table),
        "note": table.note,
    }


def _rows(table: Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(_plain(table.column(name)) for name in table.names), strict=True)


def _plain(values: Values) -> list[Any]:
    """As JSON has them: None for what is no number."""
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [value if np.isfinite(value) else None for value in values.tolist()]
