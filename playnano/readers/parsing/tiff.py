"""tifffile without its log: what is wrong with a file, the reader says in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def quiet_tiff(path: Path) -> Iterator[Any]:
    """A `tifffile.TiffFile`, which closes its file and tells its remarks to nobody."""
    import tifffile

    logger = tifffile.logger()
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with tifffile.TiffFile(path) as file:
            yield file
    finally:
        logger.disabled = was_disabled
