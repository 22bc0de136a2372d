"""What a lab adds to playnano: a step, a reader and an export, in a package of its own."""

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from playnano.exporters import Export
from playnano.readers import Reader, ReadOptions
from playnano.stack import AFMImageStack, Frame
from playnano.steps import FrameStep


class Invert(FrameStep):
    """Turn heights upside down."""

    step: Literal["invert"] = "invert"
    factor: float = -1.0
    """What heights are multiplied by."""

    def process(self, frame: Frame) -> Frame:
        if self.factor == 0:
            raise ZeroDivisionError("a factor of 0 flattens the molecule")
        return frame.with_image(frame.image * frame.image.dtype.type(self.factor), factor=self.factor)


class MeanHeights(Export):
    """The mean height of each frame as text."""

    extension: ClassVar[str] = ".txt"
    format: Literal["mean-heights"] = "mean-heights"
    digits: int = 3
    """Decimals written."""

    def write_movie(self, stack: AFMImageStack, path: Path, threads: int = 1) -> None:
        lines = [f"{np.nanmean(image):.{self.digits}f}" for image in stack]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _opened(path: Path, options: ReadOptions) -> AFMImageStack:
    heights = np.loadtxt(path, ndmin=2)
    return AFMImageStack.from_array(heights[None], pixel_size_nm=1.0, timestamps=[0.0])


TEXT_READER = Reader(
    name="lab-text",
    description="Heights in nm as a table of numbers",
    suffixes=(".heights",),
    recognise=lambda path: path.suffix == ".heights",
    channels=lambda path: ("height",),
    open=_opened,
)
