"""What all pictures share: how they look, when each frame is shown, and the files beside them."""

import csv
import io
import json
import re
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.exporters.base import Export, ExportNotes
from playnano.filenames import json_text
from playnano.model import FILE_SIZE, Json
from playnano.rendering.look import Look
from playnano.rendering.pictures import Pictures, check_look, pictures
from playnano.stack.contents import seal
from playnano.stack.parallel import TASK_BYTES, ahead, batches
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import frame_durations

PROVENANCE_ENDING = ".provenance.json"
TIMES_ENDING = ".times.csv"
T = TypeVar("T")


class PictureExport(Export, Look):
    """Pictures of a movie: one way of drawing for all formats."""

    preserves: ClassVar[tuple[str, ...]] = ("provenance",)  # in the file beside

    times_csv: bool = False
    """Write a table of the frames' times beside the pictures: frame, time_s, duration_s."""

    @abstractmethod
    def draw(self, shown: Pictures, path: Path, threads: int) -> tuple[str, ...]:
        """Write the pictures to a path that does not exist; returns notes for the user."""

    def drawn(self, shown: Pictures, path: Path, threads: int) -> tuple[Pictures, tuple[str, ...]]:
        """Write the pictures, or others in their place; gives those written, and the notes."""
        return shown, self.draw(shown, path, threads)

    def sidecars(self) -> tuple[str, ...]:
        return (PROVENANCE_ENDING, *((TIMES_ENDING,) if self.times_csv else ()))

    def rate(self, stack: AFMImageStack) -> float | None:
        """Frames per second, for the label that says how fast the movie plays; None where it does not."""
        return None

    def check_movie(self, stack: AFMImageStack) -> None:
        check_look(stack, self)

    def check_shape(self, shape: tuple[int, int]) -> None:
        self.check_region(shape)

    def written_shape(self, shape: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
        return shape if self.region is None else self.region[2:]

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> ExportNotes:
        """Write the pictures, and their sidecar files."""
        shown = pictures(stack, self, fps=self.rate(stack), threads=threads)
        shown, notes = self.drawn(shown, path, threads)
        beside = {PROVENANCE_ENDING: self._provenance(stack, shown, path)}
        if self.times_csv:
            beside[TIMES_ENDING] = _times_table(stack)
        return ExportNotes((*shown.notes, *notes), beside)

    def _provenance(self, stack: AFMImageStack, shown: Pictures, path: Path) -> str:
        made = seal(json.loads(stack.provenance.to_json()))
        settings: Json = self.model_dump(mode="json")
        document = {"file": path.name, "export": settings, "picture": shown.record, "provenance": made}
        return json_text(document)


class PlayedExport(PictureExport):
    """Pictures that are shown one after another."""

    fps: Annotated[float, Field(gt=0, le=1000)] = 5.0
    """Frames per second, for `timing: fps`."""
    timing: Literal["fps", "real"] = "fps"
    """`fps`: all frames have the same duration; `real`: as long as they took, from the movie's times."""
    speed: Annotated[float, Field(gt=0)] = 1.0
    """How many times faster than real time, for `timing: real`."""

    def check_movie(self, stack: AFMImageStack) -> None:
        check_look(stack, self, needs_time_for_speed=self.timing == "real")

    def durations(self, stack: AFMImageStack) -> NDArray[np.float64]:
        """How long each frame is shown, in s (frames,)."""
        if self.timing == "fps":
            return np.full(len(stack), 1 / self.fps)
        return frame_durations(stack) / self.speed

    def rate(self, stack: AFMImageStack) -> float | None:
        return float(len(stack) / self.durations(stack).sum())


def encoded_pictures(shown: Pictures, encode: Callable[[NDArray[np.uint8]], T], threads: int) -> Iterator[T]:
    """What `encode` makes of each picture, in order, a few ahead by threads."""
    n, height, width = shown.shape
    work = batches(n, TASK_BYTES // (height * width))  # a picture has one byte per pixel
    for encoded in ahead(lambda indices: [encode(shown[index]) for index in indices], work, threads):
        yield from encoded


def _times_table(stack: AFMImageStack) -> str:
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["frame", "time_s", "duration_s"])
    for index, frame in enumerate(stack.frame_metadata):
        times = [frame.get("timestamp"), frame.get("frame_duration_s")]
        rows.writerow([index, *("" if value is None else value for value in times)])
    return table.getvalue()


def file_bytes(size: str) -> float:
    """The number of bytes that `10MB` stands for."""
    number, unit = re.fullmatch(FILE_SIZE, size).groups()  # type: ignore[union-attr]
    return float(number) * {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
