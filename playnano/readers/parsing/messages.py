"""Frames that are not there, or cannot be read, and how that is told."""

from pathlib import Path

from playnano.errors import MissingFrames, ReadError


def shortfall(there: int, announced: int, strict: bool) -> tuple[str, ...]:
    """The warning that frames are missing at the end of a file, where they are.

    Raises
    ------
    ReadError
        Where none is there, or `strict` asks for all of them.
    """
    if there >= announced > 0:
        return ()
    if announced < 1:
        raise ReadError("there is no frame in it")
    remark = f"{announced - there} of {announced} frames are missing at the end of the file"
    if strict or there < 1:
        raise ReadError(remark)
    return (MissingFrames(remark, announced - there),)


def unreadable(path: Path, index: int, error: Exception) -> ReadError:
    """What to raise for a frame that cannot be read, long after the file was opened."""
    return ReadError(f"{path}: frame {index} cannot be read: {error}")


def one_line(error: Exception) -> str:
    """What an error says, in which there may be words from a broken file, without what is no text."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
