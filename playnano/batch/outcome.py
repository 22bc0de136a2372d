"""How the run of one movie ended."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What became of one movie."""

    movie: Path
    summary: str
    """A word on what was done, or the first line of the error."""
    code: int = 0
    missing: str = ""
    """Which frames of the movie are missing; empty where none is."""

    @property
    def state(self) -> str:
        """`fine`, `incomplete` or `failed`."""
        return "failed" if self.code else "incomplete" if self.missing else "fine"
