"""ffmpeg as it comes with imageio-ffmpeg: pictures go in by a pipe, a video comes out."""

import re
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO

import numpy as np
from numpy.typing import NDArray

from playnano.errors import ExportError

THREADS = "2"
"""Fixed, however many cores there are: x264 gives other bytes for another number of threads."""
NO_ROOM = "No space left on device"
SPEAKER = re.compile(r"^(\[[^\]]*\] *)+")
"""Which part of ffmpeg speaks, and its address in memory."""


def encode(
    pictures: Iterable[NDArray[np.uint8]],
    palette: NDArray[np.uint8],
    size: tuple[int, int],
    fps: float,
    options: Sequence[str],
    path: Path,
) -> None:
    """Encode pictures of palette indices as a video. No process and no pipe is left, whatever happens.

    Parameters
    ----------
    pictures : iterable of uint8 (height, width)
    palette : uint8 (256, 3)
        The colours that the indices stand for.
    size : (height, width)
    fps : float
        Frames per second.
    options : sequence of str
        What stands between input and output on ffmpeg's command line.
    path : Path
        The file, which ffmpeg may leave half-written where it fails.

    Raises
    ------
    ExportError
        With ffmpeg's first and last message, where it fails, is killed, or is missing.
    """
    height, width = size
    general = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-filter_threads", THREADS]
    source = ["-f", "rawvideo", "-pix_fmt", "pal8", "-s", f"{width}x{height}", "-framerate", repr(fps)]
    words = [*general, "-threads", THREADS, *source, "-i", "pipe:0", *options, "-threads", THREADS]
    process = _started([_program(), *words, f"file:{path}"])  # file: lets a folder be called a:b
    output: list[str] = []
    listener = Thread(target=_listen, args=(process.stderr, output), daemon=True)
    listener.start()
    try:
        complete = _fed(process.stdin, pictures, _as_bgra(palette))
        code = process.wait()
    finally:
        _put_away(process, listener)
    if code or not complete:
        raise ExportError(_trouble(output, code, path))


def _program() -> str:
    from imageio_ffmpeg import get_ffmpeg_exe

    try:
        return str(get_ffmpeg_exe())
    except RuntimeError as error:
        trouble = "there is no ffmpeg: reinstall the package imageio-ffmpeg, which brings one"
        raise ExportError(trouble) from error


def _started(words: Sequence[str]) -> "subprocess.Popen[bytes]":
    windowless = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows opens a console else
    try:
        return subprocess.Popen(  # noqa: S603 - our own list of words, and no shell
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            creationflags=windowless,
        )
    except OSError as error:
        raise ExportError(f"ffmpeg cannot be started: {error.strerror or error}") from error


def _listen(pipe: IO[bytes], output: list[str]) -> None:
    """Take what ffmpeg says as it says it, so that it never waits for a reader."""
    for line in pipe:
        output.append(line.decode("utf-8", "replace").strip())


def _as_bgra(palette: NDArray[np.uint8]) -> bytes:
    """A palette as ffmpeg takes it after each picture."""
    opaque = np.full((256, 1), 255, np.uint8)
    return np.concatenate([palette[:, ::-1], opaque], axis=1).tobytes()


def _fed(pipe: IO[bytes] | None, pictures: Iterable[NDArray[np.uint8]], palette: bytes) -> bool:
    """Write the pictures; whether they were all taken."""
    assert pipe is not None  # noqa: S101 - a pipe was requested
    taken = all(_taken(pipe, picture, palette) for picture in pictures)
    try:
        pipe.close()
    except OSError:  # it has gone with data unread
        return False
    return taken


def _taken(pipe: IO[bytes], picture: NDArray[np.uint8], palette: bytes) -> bool:
    try:
        pipe.write(np.ascontiguousarray(picture).data)
        pipe.write(palette)
    except OSError:  # a pipe without a reader: BrokenPipeError, and on Windows EINVAL
        return False
    return True


def _put_away(process: "subprocess.Popen[bytes]", listener: Thread) -> None:
    """Leave no process and no pipe; one that has ended is not killed."""
    process.kill()
    process.wait()
    listener.join()  # it reads to the end
    with suppress(OSError), process:  # closes the pipes; what is still to be written cannot be
        pass


def _trouble(output: Sequence[str], code: int, path: Path) -> str:
    """The cause, which ffmpeg reports first, and its last line, which is seldom more than the end of it."""
    if any(NO_ROOM in line for line in output):
        return f"the disk is full: make room for {path.name}"
    lines = [SPEAKER.sub("", line) for line in output if line]
    if not lines:
        return f"ffmpeg was ended by signal {-code}" if code < 0 else f"ffmpeg ended with code {code}"
    last = f" (its last line: {lines[-1]})" if lines[-1] != lines[0] else ""
    return f"ffmpeg failed: {lines[0]}{last}"
