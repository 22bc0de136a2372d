"""Movies of one run that would get in each other's way."""

import os
from collections.abc import Iterable
from pathlib import Path

from playnano.errors import ExportError
from playnano.runner.planning import RunPlan


def refuse_conflicts(plans: Iterable[tuple[Path, RunPlan]], movies: Iterable[Path], way_out: str) -> None:
    """See that no two movies write the same file, and that none is written over another.

    Parameters
    ----------
    plans : iterable of (movie, plan)
        Plans of the movies that can be read.
    movies : iterable of Path
        All movies of the run, those too that cannot be read.
    way_out : str
        What to do about two movies that write the same file.

    Raises
    ------
    ExportError
        For the first conflict.
    """
    inputs = {_key(movie): movie for movie in movies}
    writers: dict[str, Path] = {}
    for movie, planned in plans:
        for path in (path for output in planned.outputs for path in output.written()):
            key = _key(path)
            if key in inputs:
                raise ExportError(
                    f"{movie} would write {path}, which is a movie of the same run: "
                    "choose another output folder or name"
                )
            if writers.setdefault(key, movie) is not movie:
                raise ExportError(f"{writers[key]} and {movie} would both write {path}; {way_out}")


def _key(path: Path) -> str:
    return os.path.normcase(path.resolve())
