"""Maps of what each pixel does over time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, Strict

from playnano.measurements.base import ImageMeasure, MeasuredResult
from playnano.stack.lazy import FrameImages
from playnano.stack.measured_images import MeasuredImages, X, Y, pixel_positions
from playnano.stack.parallel import ahead, tasks
from playnano.stack.stack import AFMImageStack

Statistic = Literal["mean", "std", "min", "max", "range"]
MEANINGS: Mapping[Statistic, str] = {
    "mean": "Mean height of each pixel over the frames",
    "std": "Standard deviation of each pixel's heights over the frames",
    "min": "Least height of each pixel over the frames",
    "max": "Greatest height of each pixel over the frames",
    "range": "Greatest less least height of each pixel over the frames",
}


class TemporalMaps(ImageMeasure):
    """Statistics of each pixel over time: maps of its mean height, standard deviation and maximum height.

    NaN is left out; a pixel that holds no number in any frame is NaN. Align the frames first (`align_frames`)
    where the sample drifts.
    """

    needs_pixel_size: ClassVar[bool] = False

    measure: Literal["temporal_maps"] = "temporal_maps"
    statistics: Annotated[tuple[Statistic, ...], Strict(False), Field(min_length=1)] = ("mean", "std", "max")
    """Maps to make, each an image `<name>_<statistic>`: mean, std, min, max, range (max less min)."""

    def result(self, stack: AFMImageStack, threads: int = 1) -> MeasuredResult:
        totals = _Totals.of(stack.shape[1:])
        for image in _images(stack, threads):
            totals.add(image)
        x = stack.pixel_size_nm or 1.0
        sizes = (stack.pixel_size_y_nm or x, x)
        axes = [
            (axis, pixel_positions(count, size))
            for axis, count, size in zip((Y, X), stack.shape[1:], sizes, strict=True)
        ]
        note = "" if stack.pixel_size_nm else "the pixel size is unknown: a pixel counts as 1 nm"
        return MeasuredResult(
            {
                name: MeasuredImages.of(totals.map(name), axes, stack.unit, MEANINGS[name], note)
                for name in dict.fromkeys(self.statistics)
            }
        )


@dataclass
class _Totals:
    """Sums over the frames of one movie, in float64; about the first number of each pixel, for precision."""

    start: NDArray[np.float64]
    count: NDArray[np.int64]
    sum: NDArray[np.float64]
    squares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    maps: Mapping[str, Callable[[], NDArray[np.float64]]] = field(init=False)

    def __post_init__(self) -> None:
        self.maps = {
            "mean": lambda: self.start + self._mean,
            "std": lambda: np.sqrt(np.maximum(self.squares / self._counted - self._mean**2, 0)),
            "min": lambda: self.low,
            "max": lambda: self.high,
            "range": lambda: self.high - self.low,
        }

    @classmethod
    def of(cls, shape: tuple[int, int]) -> "_Totals":
        empty = np.zeros(shape)
        low, high = np.full(shape, np.inf), np.full(shape, -np.inf)
        return cls(empty.copy(), np.zeros(shape, np.int64), empty.copy(), empty.copy(), low, high)

    def add(self, image: NDArray[np.float64]) -> None:
        valid = np.isfinite(image)
        self.start = np.where(valid & (self.count == 0), image, self.start)
        away = np.where(valid, image - self.start, 0)
        self.count += valid
        self.sum += away
        self.squares += away**2
        np.minimum(self.low, image, out=self.low, where=valid)
        np.maximum(self.high, image, out=self.high, where=valid)

    @property
    def _counted(self) -> NDArray[np.float64]:
        return np.maximum(self.count, 1).astype(np.float64)

    @property
    def _mean(self) -> NDArray[np.float64]:
        return np.asarray(self.sum / self._counted)

    def map(self, name: Statistic) -> NDArray[np.float64]:
        """One of the maps; NaN where there was no number."""
        with np.errstate(invalid="ignore"):
            return np.where(self.count > 0, self.maps[name](), np.nan)


def _images(stack: AFMImageStack, threads: int) -> Iterator[NDArray[np.float64]]:
    """The images of all frames as float64, in order, a few read ahead."""
    images = FrameImages(stack.frames)

    def several(indices: range) -> list[NDArray[np.float64]]:
        return [images[index].astype(np.float64) for index in indices]

    for part in ahead(several, tasks(images), threads):
        yield from part
