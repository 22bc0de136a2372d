"""Movies that a pattern or a folder names."""

from collections.abc import Iterator, Sequence
from pathlib import Path


def matching_files(inputs: Sequence[str]) -> list[Path]:
    """Paths of the inputs; a pattern that the shell left as it was stands for the files that match it."""
    return [path for text in inputs for path in _matching(text)]


def _matching(text: str) -> Iterator[Path]:
    from glob import glob, has_magic

    found = [] if _is_there(text) or not has_magic(text) else sorted(glob(text, recursive=True))  # noqa: PTH207 - any path, not below one
    yield from map(Path, found or [text])


def _is_there(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # too long for a name
        return False
