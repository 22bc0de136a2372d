"""What a result says of how it was made: a bundle, or pictures by the file beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from playnano.errors import PlaynanoError
from playnano.exporters import EXPORTS, Export
from playnano.exporters.pictures.base import PROVENANCE_ENDING
from playnano.readers.opening import open_movie
from playnano.runner.picture_content import picture_sha256
from playnano.stack.frames import Images
from playnano.stack.provenance import Provenance


@dataclass(frozen=True)
class Made:
    """A result of playnano and how it was made."""

    path: Path
    """The bundle or the pictures, not the file beside them."""
    provenance: Provenance
    history: tuple[Provenance, ...] = ()
    reader: str = ""
    """Name of the reader that opens a bundle."""
    layers: Mapping[str, Images] = field(default_factory=dict)
    """Layers and masks of a bundle."""
    export: Export | None = None
    """The export that drew pictures; None for a bundle."""
    picture: Any = None
    """What is recorded of how pictures were drawn."""


def made_of(path: Path) -> Made:
    """How a file was made.

    Raises
    ------
    PlaynanoError
        Where it is not a result of playnano.
    """
    sidecar = path if path.name.endswith(PROVENANCE_ENDING) else path.with_name(path.name + PROVENANCE_ENDING)
    return _picture(sidecar) if sidecar.is_file() else _bundle(path)


def _bundle(path: Path) -> Made:
    stored = open_movie(path)
    past, source = stored.provenance.history, stored.provenance.input
    if not past:
        raise PlaynanoError(f"{path}: this is not a playnano bundle: it does not say how it was made")
    reader = (source and source.reader) or ""
    layers = {**stored.processed, **stored.masks}
    return Made(path, past[-1], past[:-1], reader, layers)


def _picture(sidecar: Path) -> Made:
    try:
        document = json.loads(sidecar.read_text(encoding="utf-8"))
        provenance = Provenance.from_document(document["provenance"])
        export = EXPORTS.make(document["export"]["format"], document["export"])
        picture = sidecar.with_name(sidecar.name.removesuffix(PROVENANCE_ENDING))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        ValidationError,
        RecursionError,
        PlaynanoError,
    ) as error:
        raise PlaynanoError(f"{sidecar}: this does not say how pictures were made: {error}") from error
    return Made(picture, provenance, provenance.history, export=export, picture=document["picture"])


def picture_contents(path: Path) -> dict[str, str]:
    """SHA-256 of a picture, or of each file of a folder, by name."""
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    try:
        return {file.name: picture_sha256(file) for file in files}
    except OSError as error:
        raise PlaynanoError(f"{path}: cannot be read: {error.strerror or error}") from error
