"""What a reader is: a name, the files it knows, and how to open one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playnano.stack.stack import AFMImageStack


@dataclass(frozen=True)
class ReadOptions:
    """What the user wants of a file, beyond its path."""

    channel: str | None = None
    """None = the file's topography, whatever it is called there."""
    strict: bool = False
    """A movie that is incomplete, damaged or mixed is an error, not a warning."""
    unit: str | None = None
    """The user's word for the unit, where the file says none or a wrong one; values are not changed."""
    says_pixel_size: bool = False
    """Whether the user says the pixel size, so that the file need not."""
    says_interval: bool = False
    """Whether the user says the time from frame to frame."""


@dataclass(frozen=True)
class Reader:
    """One file format.

    `recognise` looks at a few bytes and never raises for a file of another kind. `open` reads the
    header, checks sizes against the file, and gives a stack whose frames are read on demand;
    its channel's name is as the file has it, its unit `nm` for heights. Both are given an existing file.
    """

    name: str
    description: str
    suffixes: tuple[str, ...]
    """How names end, in lower case; `[0-9]` stands for a digit."""
    recognise: Callable[[Path], bool]
    channels: Callable[[Path], tuple[str, ...]]
    """Names of the channels in the file, the default first."""
    open: Callable[[Path, ReadOptions], AFMImageStack]
    keeps: str = ""
    """What of the file reaches the stack, for the reference page."""
    loses: str = ""
    """What does not."""
    yields_to: tuple[str, ...] = ()
    """Readers of special kinds of this format; where one of them recognises a file, it is theirs."""
    folders: bool = False
    """Whether a folder of such files is a movie; `open` and `channels` then take folders too."""

    def endings(self) -> tuple[str, ...]:
        """`suffixes` as people write them: `.000 to .999`."""
        return tuple(
            f"{suffix.replace('[0-9]', '0')} to {suffix.replace('[0-9]', '9')}"
            if "[0-9]" in suffix
            else suffix
            for suffix in self.suffixes
        )
