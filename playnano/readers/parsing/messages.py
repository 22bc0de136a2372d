"""Messages for missing and unreadable frames."""

from pathlib import Path

from playnano.errors import MissingFrames, ReadError


def shortfall(present: int, announced: int, strict: bool) -> tuple[str, ...]:
    """The warning that frames are missing at the end of a file, where they are.

    Raises
    ------
    ReadError
        Where none is there, or `strict` asks for all of them.
    """
    if present >= announced > 0:
        return ()
    if announced < 1:
        raise ReadError("there is no frame in it")
    remark = f"{announced - present} of {announced} frames are missing at the end of the file"
    if strict or present < 1:
        raise ReadError(remark)
    return (MissingFrames(remark, announced - present),)


def unreadable(path: Path, index: int, error: Exception) -> ReadError:
    """What to raise for a frame that cannot be read, long after the file was opened."""
    return ReadError(f"{path}: frame {index} cannot be read: {error}")


def one_line(error: BaseException) -> str:
    """An error's message on one line, unprintable characters removed; its type where it has none."""
    text = "".join(c if c.isprintable() else " " for c in str(error))
    return " ".join(text.split()) or type(error).__name__
