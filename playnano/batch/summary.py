"""The table of a batch, `summary.csv` and `summary.json`, written while the batch goes on."""

import csv
import io
import os
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from playnano.batch.contact import CONTACT, contact_page
from playnano.batch.merging import Placed, merged
from playnano.batch.outcome import Outcome
from playnano.batch.overview import COLUMNS, CSV, JSON, refuse_others, write_files
from playnano.batch.shards import WHOLE, Shard
from playnano.errors import ExportError
from playnano.filenames import json_text as in_json
from playnano.filenames import readable, shown
from playnano.model import Json
from playnano.recipe.recipe import Recipe
from playnano.stack.durable import make_folder
from playnano.stack.environment import reproducible

EVERY_S, SHARE = 2.0, 100
"""The table is written at most every two seconds, and takes at most a hundredth of the time."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Summary:
    """A row for each movie that is done; both files are whole at any time, up to date when it is closed.

    Then there is a page of all movies beside them.
    """

    folder: Path
    movies: Sequence[str] = ()
    """The order of the rows; without it, that in which the movies end."""
    recipe: Recipe | None = None
    shard: Shard = WHOLE
    """The part of the movies that is done here; the files hold what the others did, too."""
    overwrite: bool = False
    """Whether files that were edited are replaced."""
    outcomes: list[Outcome] = field(default_factory=list)
    _due: float = 0.0

    def __enter__(self) -> "Summary":
        try:
            make_folder(self.folder)
        except OSError as error:
            what = f"cannot make the folder {error.filename or self.folder}: {error.strerror or error}"
            raise ExportError(what) from error
        refuse_others(self.folder, overwrite=self.overwrite)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.outcomes:
            self.write()
            self._write_page()

    def add(self, outcome: Outcome) -> None:
        """Add a row, and write the table where that is due."""
        self.outcomes.append(outcome)
        if time.monotonic() >= self._due:
            self.write()

    def _all(self) -> AbstractContextManager[Sequence[Placed]]:
        """The outcomes so far, in the movies' order."""
        places = {movie: place for place, movie in enumerate(self.movies)}
        placed = [(places.get(outcome.movie, len(places)), outcome) for outcome in self.outcomes]
        batch = self.recipe.sha256() if self.recipe and self.shard.count > 1 else ""
        return merged(self.folder, self.shard, batch, sorted(placed, key=lambda one: one[0]))

    def _write_page(self) -> None:
        with self._all() as placed:
            page = contact_page(self.folder, [outcome for _, outcome in placed], self.recipe)
            write_files(self.folder, self.shard, {CONTACT: page})

    def write(self) -> None:
        """Write both files.

        Raises
        ------
        ExportError
            Where the folder refuses.
        """
        began = time.monotonic()
        with self._all() as placed:
            rows = [row(outcome, self.folder) for _, outcome in placed]
            write_files(self.folder, self.shard, {CSV: csv_text(rows), JSON: json_text(rows)})
        took = time.monotonic() - began
        self._due = time.monotonic() + max(EVERY_S, SHARE * took)


def row(outcome: Outcome, folder: Path) -> Json:
    """One movie's row. With SOURCE_DATE_EPOCH it states no time, so that tables are equal byte for byte."""
    values: dict[str, Any] = {name: getattr(outcome, name) for name in COLUMNS}
    outputs = [readable(_from(folder, path)) for path in outcome.outputs]
    trouble = "; ".join(filter(None, (outcome.error, *outcome.doubts)))
    seconds = None if reproducible() else outcome.seconds
    movie = readable(outcome.movie)
    return {**values, "movie": movie, "outputs": outputs, "error": readable(trouble), "seconds": seconds}


def _from(folder: Path, path: str) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path


def csv_text(rows: Sequence[Json]) -> str:
    """The rows as a CSV table; several outputs are separated by `; `."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for values in rows:
        joined = {**values, "outputs": "; ".join(values["outputs"])}
        writer.writerow([_cell(joined[name]) for name in COLUMNS])
    return table.getvalue()


def _cell(value: Any) -> Any:
    """Text that a spreadsheet does not take for a formula, and no terminal for a command."""
    if value is None:
        return ""
    value = "\n".join(map(shown, value.split("\n"))) if isinstance(value, str) else value
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def json_text(rows: Sequence[Json]) -> str:
    """The rows as JSON: `{"version": 1, "movies": [...]}`."""
    return in_json({"version": 1, "movies": list(rows)})
