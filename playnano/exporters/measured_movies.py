"""Measured images as movies of their own: what exports with `of` write."""

import re
from collections.abc import Sequence
from pathlib import Path

from playnano.errors import ExportError, did_you_mean
from playnano.exporters.naming import MADE_BY_FILE_MANAGERS
from playnano.stack.stack import AFMImageStack


def measured_movies(stack: AFMImageStack, name: str) -> dict[str, AFMImageStack]:
    """The movies that `name` stands for: those of a measure, or one of them.

    Raises
    ------
    ExportError
        Where there are none, or they are not images of the sample.
    """
    records = stack.provenance.all_images()
    names = [other for other in stack.images if other in records and records[other][0].name == name]
    names = [name] if name in stack.images else names
    if not names and name not in stack.provenance.all_tables():
        others = dict.fromkeys((*stack.images, *(record.name for record, _ in records.values())))
        available = f" (images: {', '.join(others)})" if others else ": `analysis` makes none"
        raise ExportError(f"of: there are no images '{name}'{did_you_mean(name, tuple(others))}{available}")
    return {one: stack.images[one].movie(stack, one) for one in names}


def not_of(folder: Path, name: str, endings: Sequence[str]) -> tuple[str, ...]:
    """Names of what a folder holds besides the files of such movies, and what file managers leave."""
    ours = re.compile(rf"{re.escape(name)}(_[\w-]+)?({'|'.join(map(re.escape, endings))})")
    names = (file.name for file in folder.iterdir() if file.name not in MADE_BY_FILE_MANAGERS)
    return tuple(sorted(other for other in names if not ours.fullmatch(other)))
