"""SHA-256 of files, values and images; one portable form of arrays."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from playnano.stack.frames import Images, LayerImage

FILE_TYPE = np.dtype("<f4")


MASK_TYPE = np.dtype(bool)


def file_type(images: Images) -> np.dtype[Any]:
    """How a file holds a layer: little-endian float32, or one byte a pixel."""
    return MASK_TYPE if images.dtype == bool else FILE_TYPE


def as_stored(image: LayerImage) -> LayerImage:
    """An image as files hold it, in C order."""
    return np.ascontiguousarray(image, MASK_TYPE if image.dtype == bool else FILE_TYPE)


def json_sha256(value: Any) -> str:
    """SHA-256 of a value as JSON with sorted keys and no blanks."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def files_sha256(files: Sequence[Path]) -> str:
    """SHA-256 of a movie's file; of several, of their names and hashes."""
    if len(files) == 1:
        return file_sha256(files[0])
    folder = os.path.commonpath([file.parent for file in files])
    return json_sha256({file.relative_to(folder).as_posix(): file_sha256(file) for file in sorted(files)})


def file_sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def images_sha256(images: Images) -> str:
    """SHA-256 of a layer as little-endian float32, or of a mask's bytes, frame after frame."""
    digest = hashlib.sha256()
    for index in range(len(images)):
        digest.update(as_stored(images[index]).data)
    return digest.hexdigest()
