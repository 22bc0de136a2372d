"""The command that runs a recipe, as the viewer offers it: for a shell in the working directory."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from playnano.recipe.recipe import OUTPUT_FOLDER


def run_command(recipe: Path, movie: Path, channel: str | None, output_folder: Path) -> str:
    """The `playnano run` of a recipe's file on a movie.

    Parameters
    ----------
    channel : str, optional
        The channel that the recipe does not name.
    output_folder : Path
        Where the files go.
    """
    words = ["playnano", "run", _from_here(recipe), _from_here(movie)]
    if channel is not None:
        words += ["--set", f"input.channel={channel}"]
    if str(output_folder) != OUTPUT_FOLDER:
        words += ["--output-folder", _from_here(output_folder)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _from_here(path: Path) -> str:
    """Relative where it is below the working directory."""
    whole, here = path.resolve(), Path.cwd().resolve()
    shown = str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)
    return f".{os.sep}{shown}" if shown.startswith("-") else shown
