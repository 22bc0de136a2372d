"""The files that a batch writes about itself; those that another wrote, or that were edited, are kept."""

import os
from collections.abc import Mapping
from pathlib import Path

from playnano.batch.contact import CONTACT, PAGE_HEAD
from playnano.batch.history import TABLES, StateFile, stored_tables
from playnano.batch.shards import Shard
from playnano.errors import ExportError
from playnano.layouts.deflate import crc32
from playnano.stack.placing import write_text

CSV, JSON = "summary.csv", "summary.json"
COLUMNS = ("movie", "status", "frames", "seconds", "error", "outputs", "reason")
JSON_HEAD = '{\n "version": 1,\n "movies": ['
_HEADS = {CSV: ",".join(COLUMNS) + "\n", JSON: JSON_HEAD, CONTACT: PAGE_HEAD}
"""How each of the files begins."""


def refuse_others(folder: Path, *, overwrite: bool = False) -> None:
    """Refuse to begin where such a file is not as a batch wrote it.

    Parameters
    ----------
    overwrite : bool
        Whether a file that was edited may be replaced; one that no batch wrote never is.

    Raises
    ------
    ExportError
        For a file, or a folder of that name, that is not to be replaced.
    """
    for name, head in _HEADS.items():
        file = folder / name
        if not os.path.lexists(file):
            continue
        content = _content(file)
        if not content.startswith(head.encode()):
            what = "it is not as playnano writes it; rename it, or choose another output folder"
            raise ExportError(f"{file} is in the way: {what}")
        written = stored_tables(folder).get(name)  # later than the content: other shards may be at work
        if not overwrite and written and _sum(content) not in written:
            what = "was changed after it was written; rename it, or set `overwrite` to replace it"
            raise ExportError(f"{file} {what}", settings=("overwrite",))


def write_files(folder: Path, shard: Shard, texts: Mapping[str, str]) -> None:
    """Write such files; what they will hold is noted first, so that a stop leaves none that is not known.

    Raises
    ------
    ExportError
        Where the folder refuses.
    """
    with StateFile(folder, shard, TABLES) as noted:
        for name, text in texts.items():
            noted.append({"file": name, "crc32": _sum(text.encode())})
    for name, text in texts.items():
        try:
            write_text(folder / name, text, overwrite=True)
        except OSError as error:
            raise ExportError(f"cannot write {folder / name}: {error.strerror or error}") from error


def _content(file: Path) -> bytes:
    """What a file holds; nothing of a folder."""
    try:
        return file.read_bytes() if file.is_file() else b""
    except OSError as error:
        raise ExportError(f"cannot read {file}: {error.strerror or error}") from error


def _sum(content: bytes) -> str:
    return f"{crc32(content):08x}"
