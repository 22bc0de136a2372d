"""Batches of movies as a user starts them, and what they leave."""

import csv
import io
from pathlib import Path

from typer.testing import CliRunner, Result

from playnano.cli.app import app

RECIPE = "version: 1\nsteps: [{step: remove_plane}]\nexports: [{format: npz}]\n"
OF_THE_BATCH = ("summary.csv", "summary.json", "contact.html", ".playnano")
"""What a batch writes beside the movies' results."""


def run(line: str) -> Result:
    """`playnano run recipe.yaml` in the working directory."""
    return CliRunner().invoke(app, ["run", "recipe.yaml", *line.split()], prog_name="playnano")


def contents(folder: Path = Path("output")) -> dict[str, bytes]:
    """The results below a folder, by their paths."""
    files = (file for file in folder.rglob("*") if file.is_file())
    paths = {file.relative_to(folder): file for file in files}
    return {p.as_posix(): file.read_bytes() for p, file in paths.items() if p.parts[0] not in OF_THE_BATCH}


def results(folder: Path = Path("output")) -> list[str]:
    """Paths of the results below a folder."""
    return sorted(contents(folder))


def rows(folder: Path = Path("output")) -> list[dict[str, str]]:
    """The table of a batch."""
    return list(csv.DictReader(io.StringIO((folder / "summary.csv").read_text(encoding="utf-8"))))


def status(folder: Path = Path("output")) -> dict[str, tuple[str, str]]:
    """Status and reason of each movie, by its name."""
    return {Path(row["movie"]).name: (row["status"], row["reason"]) for row in rows(folder)}
