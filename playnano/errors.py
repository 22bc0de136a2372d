"""Errors that the user can correct, and warnings."""

from collections.abc import Iterable, Sequence


class PlaynanoError(Exception):
    """An error whose message states what to do; the command line exits with 1.

    Parameters
    ----------
    *lines : str
        What went wrong, and the setting that mends it: `pixel_size_nm`, never a flag. Mostly one line; where
        one holds a line end, a name or a file's text has put it there, and it is shown as an escape.
    settings : tuple of str
        Those settings; the command line adds its flags for them.
    """

    def __init__(self, *lines: str, settings: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join(line.replace("\n", r"\x0a").replace("\r", r"\x0d") for line in lines))
        self.settings = settings


class RecipeError(PlaynanoError):
    """A recipe that says something it cannot mean; the message lists every fault with its place."""


class ReadError(PlaynanoError):
    """A file that cannot be read as a movie."""


class NothingToFitError(PlaynanoError):
    """A frame that holds too little for a step; the frame stays as it is, and the run goes on and says so."""


class ChannelMissing(ReadError):  # noqa: N818 - it states what is missing
    """A file without the channel that was requested.

    Parameters
    ----------
    message : str
        What went wrong, with a channel that may be meant.
    channel : str
        The request.
    channels : tuple of str
        Those of the file.
    """

    def __init__(self, message: str, channel: str, channels: tuple[str, ...]) -> None:
        super().__init__(message)
        self.channel = channel
        self.channels = channels


class UnitMissing(ReadError):  # noqa: N818 - it states what is missing
    """A channel whose unit neither the file nor the user states in a supported form."""


class PlacedError(PlaynanoError):
    """An error of one item of a recipe's list, so that the recipe's line can be named.

    Parameters
    ----------
    message : str
        What went wrong.
    position : int, optional
        The item's place in its list, counted from 0.
    """

    def __init__(self, message: str, position: int | None = None, *, settings: tuple[str, ...] = ()) -> None:
        super().__init__(message, settings=settings)
        self.position = position


class StepError(PlacedError):
    """A step that cannot be applied; knows which one, so that the recipe's line can be named.

    Parameters
    ----------
    message : str
        What went wrong.
    position : int, optional
        The step's place among the steps of the run, counted from 0.
    """


class ExportError(PlacedError):
    """A stack that cannot be written as requested; `position` is its place among the recipe's exports.

    Parameters
    ----------
    message : str
        What went wrong.
    position : int, optional
        The export's place among the exports of the recipe, counted from 0.
    """


def settings_of(error: BaseException) -> tuple[str, ...]:
    """The settings that an error names; none for errors of other packages."""
    return error.settings if isinstance(error, PlaynanoError) else ()


class Doubt(str):
    """A warning that a movie may not be what it seems: said by a quiet run too, an error with `strict`."""

    __slots__ = ()


class Flaw(Doubt):
    """A doubt about frames of a movie that is whole: said by a quiet run too, and no error with `strict`."""

    __slots__ = ()


class MissingFrames(Doubt):
    """A warning that frames of a movie are missing, and how many."""

    __slots__ = ("frames",)
    frames: int

    def __new__(cls, text: str, frames: int) -> "MissingFrames":
        warning = super().__new__(cls, text)
        warning.frames = frames
        return warning


def doubts(warnings: Iterable[str]) -> tuple[str, ...]:
    """Those of the warnings that no run keeps to itself."""
    return tuple(warning for warning in warnings if isinstance(warning, Doubt))


def missing_frames(warnings: Iterable[str]) -> int:
    """How many frames are missing, by all warnings."""
    return sum(warning.frames for warning in warnings if isinstance(warning, MissingFrames))


class MeasureError(PlacedError):
    """A measurement that cannot be made; `position` is its place in the recipe's `analysis`.

    Parameters
    ----------
    message : str
        What went wrong.
    position : int, optional
        The measure's place in the recipe's `analysis`, counted from 0.
    """


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more there are: `a, b, c and 2 more`."""
    return ", ".join(names[:most]) + and_more(len(names) - most)


def and_more(count: int) -> str:
    """How many more there are, behind those that are named; nothing where there are none."""
    return f" and {count} more" if count > 0 else ""


def did_you_mean(word: str, choices: list[str] | tuple[str, ...]) -> str:
    """The end of an error message: '; did you mean 'x'?', or nothing where nothing is near."""
    from difflib import get_close_matches

    same = [name for name in choices if name.lower() == word.lower()]
    near = same or get_close_matches(word, choices, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
