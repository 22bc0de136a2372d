"""What a lab adds to playnano: a step, a reader and an export, in a package of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from playnano.errors import ReadError
from playnano.exporters import Export
from playnano.measurements import FrameMeasure, ImageMeasure, MeasuredResult, MovieFrame
from playnano.readers import Reader, ReadOptions
from playnano.stack import (
    AFMImageStack,
    Column,
    DerivedFrames,
    Frame,
    FrameMetadata,
    Frames,
    MeasuredImages,
    table_numbers,
)
from playnano.steps import FrameStep, StackStep


class Invert(FrameStep):
    """Turn heights upside down."""

    measures: ClassVar[tuple[Column, ...]] = (Column("factor", "1", "what heights were multiplied by"),)

    step: Literal["invert"] = "invert"
    factor: float = -1.0
    """What heights are multiplied by."""

    def process(self, frame: Frame) -> Frame:
        if self.factor == 0:
            raise ZeroDivisionError("a factor of 0 flattens the molecule")
        return frame.with_image(frame.image * frame.image.dtype.type(self.factor), factor=self.factor)


class RunningMean(StackStep):
    """Replace each frame by the mean of it and its neighbours."""

    measures: ClassVar[tuple[Column, ...]] = (Column("frames_averaged", "1", "number of frames in the mean"),)

    step: Literal["running_mean"] = "running_mean"
    radius: Annotated[int, Field(ge=1, le=50)]
    """Number of neighbours on each side."""

    def rearranged(self, stack: AFMImageStack) -> tuple[Frames, Sequence[FrameMetadata]]:
        return Averaged(stack.frames, self.radius), stack.frame_metadata


@dataclass(frozen=True)
class Averaged(DerivedFrames):
    """Frames averaged with their neighbours, each when it is asked for."""

    radius: int

    def __getitem__(self, index: int, /) -> Frame:
        near = range(max(0, index - self.radius), min(len(self), index + self.radius + 1))
        mean = np.mean([self.frames[i].image for i in near], axis=0, dtype=np.float64)
        return self.frames[index].with_image(mean.astype(self.dtype), frames_averaged=len(near))


class Steepness(FrameMeasure):
    """How steep each frame is along the fast axis, on average."""

    measure: Literal["steepness"] = "steepness"

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return (Column("mean_slope", f"{unit}/nm", "Mean of the absolute slope along x"),)

    def rows(self, frame: MovieFrame, unit: str) -> dict[str, np.ndarray]:
        slopes = np.abs(np.diff(frame.image.astype(float), axis=1)) / frame.pixel_nm[1]
        return {
            "mean_slope": np.array(
                [slopes[np.isfinite(slopes)].mean() if np.isfinite(slopes).any() else np.nan]
            )
        }


class MeanLines(ImageMeasure):
    """The mean line of each frame, one above another."""

    makes_movies: ClassVar[bool] = False

    measure: Literal["mean_lines"] = "mean_lines"

    def result(self, stack: AFMImageStack, threads: int = 1) -> MeasuredResult:
        lines = np.array([image.mean(axis=0) for image in stack])
        frame = Column("frame", "", "Number of the frame in the movie as it was read, from 0")
        x = Column("x_nm", "nm", "Position along the fast axis")
        axes = [(frame, table_numbers(stack)), (x, np.arange(lines.shape[1]) * stack.pixel_size_nm)]
        return MeasuredResult(
            {"": MeasuredImages.of(lines, axes, stack.unit, "Mean height of each column of pixels")}
        )


class MeanHeights(Export):
    """The mean height of each frame as text."""

    extension: ClassVar[str] = ".txt"
    format: Literal["mean-heights"] = "mean-heights"
    digits: int = 3
    """Decimals written."""

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> None:
        lines = [f"{np.nanmean(image):.{self.digits}f}" for image in stack]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _opened(path: Path, options: ReadOptions) -> AFMImageStack:
    if options.channel not in (None, "height"):
        raise ReadError(f"there is no channel '{options.channel}'; the file has: height")
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        heights = np.array(rows, dtype=float)
    except ValueError as error:
        raise ReadError("this is not a table of numbers") from error
    return AFMImageStack.from_array(heights, channel="height", pixel_size_nm=1.0, timestamps=[0.0])


TEXT_READER = Reader(
    name="lab-text",
    description="Heights in nm as a table of numbers",
    suffixes=(".heights",),
    recognise=lambda path: path.suffix == ".heights",
    channels=lambda path: ("height",),
    open=_opened,
)
