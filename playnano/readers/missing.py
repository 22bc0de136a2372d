"""Frames that are not there, or cannot be read."""

from pathlib import Path

from playnano.errors import ReadError


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
    return (remark,)


def unreadable(path: Path, index: int, error: Exception) -> ReadError:
    """What to raise for a frame that cannot be read, long after the file was opened."""
    return ReadError(f"{path}: frame {index} cannot be read: {error}")
