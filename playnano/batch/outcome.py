"""How the run of one movie ended."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What became of one movie."""

    movie: Path
    told: str
    """A word on what was done, or the first line of the error."""
    code: int = 0
