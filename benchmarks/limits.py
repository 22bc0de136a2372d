"""Time of exporters, readers and steps, exporters beside bare encoders that are fed with ready bytes.

    python benchmarks/limits.py

Each pair is measured in turn, three times, in one process; the least time of each counts.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from results import heading

from playnano.errors import PlaynanoError
from playnano.exporters import EXPORTS
from playnano.exporters.encoding import ffmpeg
from playnano.exporters.pictures.gif import GifExport
from playnano.layouts.deflate import deflate, deflate_planes, raw_segment
from playnano.quality import judging
from playnano.readers.opening import open_movie
from playnano.rendering.look import Look
from playnano.rendering.pictures import pictures
from playnano.stack.lazy import LayerFrames
from playnano.stack.parallel import ahead, one_thread_blas
from playnano.stack.scratch import Scratch
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS, FrameStep, Step
from playnano.testing.examples import example_step

FRAMES, SIZE, THREADS, REPEATS = 100, 512, 2, 3
EXPORTED = ("tif", "npz", "h5", "gif", "mp4", "png")
STEP_FRAMES = 10


def scene(size: int, index: int = 0) -> np.ndarray:
    """A tilted field of caps, the same in all frames, with noise, in nm."""
    random = np.random.default_rng(index)
    y, x = np.mgrid[:size, :size]
    image = 0.02 * x + 0.01 * y + random.normal(scale=0.2, size=(size, size))
    for cy, cx in np.random.default_rng(20).uniform(0, size, (20, 2)):
        image += 4 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 60)
    return image.astype(np.float32)


def movie(frames: int, size: int) -> AFMImageStack:
    """Frames that repeat every ten, judged and in a scratch file as a run leaves them."""
    images = [scene(size, index) for index in range(10)]
    data = np.array([images[index % 10] for index in range(frames)])
    times = [0.1 * index for index in range(frames)]
    stack = AFMImageStack.from_array(data, channel="height", pixel_size_nm=1.0, timestamps=times)
    return spool(judging(stack), Scratch(), threads=THREADS)


def least_seconds(*works: Callable[[], Any]) -> list[float]:
    """The least time of each, of three in turn."""
    seconds = [[_seconds(work) for work in works] for _ in range(REPEATS)]
    return [min(own) for own in zip(*seconds, strict=True)]


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def exporters(folder: Path) -> Iterator[str]:
    """A row for each exporter: milliseconds per frame, those of the bare encoder, their ratio."""
    stack = movie(FRAMES, SIZE)
    stack = replace(stack, frames=LayerFrames(stack.frames.images))  # their z-range is noted nowhere
    bare = _bare_encoders(stack)
    yield from heading("export", "ms per frame", "bare ms per frame", "ratio", "bare")
    for name in EXPORTED:
        layers = {"layers": "none"} if name in ("npz", "h5") else {}
        export = EXPORTS.make(name, layers)
        what, encode = bare[name]
        ours, limit = least_seconds(
            lambda export=export: export.write(stack, _new(folder, export.extension), THREADS),
            lambda encode=encode, export=export: encode(_new(folder, export.extension)),
        )
        per_frame = [1000 * seconds / FRAMES for seconds in (ours, limit)]
        yield f"| {name} | {per_frame[0]:.2f} | {per_frame[1]:.2f} | {ours / limit:.2f} | {what} |"


def _bare_encoders(stack: AFMImageStack) -> dict[str, tuple[str, Callable[[Path], Any]]]:
    shown = pictures(stack, Look(), None, THREADS)
    drawn = [shown[index] for index in range(10)]
    plain = [np.ascontiguousarray(stack[index]).tobytes() for index in range(10)]
    shuffled = [np.ascontiguousarray(np.frombuffer(one, np.uint8).reshape(-1, 4).T) for one in plain]
    rows = [np.diff(one, axis=1, prepend=np.uint8(0)).tobytes() for one in drawn]
    return {
        "tif": ("copy of ready bytes", lambda path: _write(path, _again(plain))),
        "npz": ("deflate", lambda path: _write(path, _encoded(lambda one: raw_segment(one, False), plain))),
        "h5": ("deflate of shuffled bytes", lambda path: _write(path, _encoded(deflate_planes, shuffled))),
        "gif": ("Pillow's LZW of ready pictures", lambda path: _write(path, _encoded(_lzw, drawn))),
        "mp4": ("ffmpeg fed with ready pictures", lambda path: _video(path, drawn, shown.palette)),
        "png": ("deflate of ready rows", lambda path: _write(path, _encoded(deflate, rows))),
    }


def _again(ready: list[Any]) -> Iterator[Any]:
    return (ready[index % len(ready)] for index in range(FRAMES))


def _encoded(encode: Callable[[Any], bytes], ready: list[Any]) -> Iterator[bytes]:
    return ahead(encode, _again(ready), THREADS)


def _lzw(picture: np.ndarray) -> bytes:
    from PIL import GifImagePlugin, Image

    return b"".join(GifImagePlugin.getdata(Image.fromarray(picture, "P")))


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def _video(path: Path, drawn: list[np.ndarray], palette: np.ndarray) -> None:
    export: Any = EXPORTS.make("mp4", {})
    options = export.codec(export.finest[export.quality])
    ffmpeg.encode(_again(drawn), palette, drawn[0].shape, GifExport().fps, options, path)


def _new(folder: Path, extension: str) -> Path:
    """A path that does not exist, in a folder that holds nothing else."""
    return Path(tempfile.mkdtemp(dir=folder)) / f"movie{extension}"


def steps() -> Iterator[str]:
    """A row for each step: milliseconds per frame on one thread; where it sees the whole movie, of that."""
    stack = movie(STEP_FRAMES, SIZE)
    yield from heading("step", "ms per frame")
    for kind in STEPS:
        try:
            seconds = _step_seconds(example_step(kind), stack)
        except PlaynanoError as error:  # it needs a file, or a movie of another kind
            yield f"| {kind.model_fields['step'].default} | not measured: {error} |"
            continue
        yield f"| {kind.model_fields['step'].default} | {1000 * seconds / STEP_FRAMES:.1f} |"


def _step_seconds(step: Step, stack: AFMImageStack) -> float:
    if isinstance(step, FrameStep):
        prepared, frames = step.prepared(stack), [stack.frames[index] for index in range(len(stack))]
        with one_thread_blas():
            return least_seconds(lambda: [prepared.process(frame) for frame in frames])[0]
    return least_seconds(lambda: spool(step.apply(stack)))[0]


def readers() -> Iterator[str]:
    """A row for each real file: megabytes per second read as frames, beside those of the bare file."""
    folder = os.environ.get("PLAYNANO_TEST_DATA")
    yield from heading("file", "MB", "ms", "ms of the bare bytes")
    files = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()] if folder else []
    for path in files:
        try:
            shape = open_movie(path).shape
        except PlaynanoError:
            continue
        if shape[0] > 1:
            ours, bare = least_seconds(lambda path=path: _read(path), lambda path=path: path.read_bytes())
            size = path.stat().st_size / 1e6
            yield f"| {path.name} | {size:.1f} | {1000 * ours:.0f} | {1000 * bare:.0f} |"


def _read(path: Path) -> None:
    stack = open_movie(path)
    for index in range(len(stack)):
        stack.frames[index]


def tables() -> dict[str, list[str]]:
    """Lines of the three tables."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("PLAYNANO_BENCH_FOLDER")) as folder:
        exported = list(exporters(Path(folder)))
    return {"exporters": exported, "steps": list(steps()), "readers": list(readers())}


if __name__ == "__main__":
    print("\n\n".join("\n".join(lines) for lines in tables().values()))
