"""What would keep a file from being written, looked at before any work."""

import os
from collections.abc import Sequence
from pathlib import Path

from playnano.errors import ExportError
from playnano.runner.writing import PlannedFile

_USUAL_LIMIT = 255
"""Bytes of a file name where the file system does not say."""


def check_writable(planned: Sequence[PlannedFile]) -> None:
    """See that the folder can be made and takes names of that length.

    Raises
    ------
    ExportError
        Where it cannot, or a name is too long.
    """
    for position, item in enumerate(planned):
        folder = _existing(item.path.parent)
        if not folder.is_dir():
            raise ExportError(f"cannot make the folder {item.path.parent}: {folder} is a file")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ExportError(f"cannot write in {folder}: permission denied")
        limit = _longest_name(folder)
        longest = max((len(os.fsencode(path.name)) for path in item.written()), default=0)
        if longest > limit:
            what = f"{item.path.name[:40]}...: with what is beside it, its name has {longest} bytes"
            raise ExportError(f"{what}, and the disk takes {limit}: choose a shorter output name", position)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next((above for above in (folder, *folder.parents) if _is_there(above)), Path(folder.anchor))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # its name is too long
        return False


def _longest_name(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):
        return _USUAL_LIMIT
