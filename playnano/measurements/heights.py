"""How heights are spread: histograms and bearing curves."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from playnano.errors import MeasureError
from playnano.measurements.base import Floats, FrameMeasure, MovieFrame, StackMeasure, heights_column
from playnano.measurements.measuring import measured_mask, movie_frames
from playnano.measurements.surfaces import PartOfFrame
from playnano.model import HeightUnit
from playnano.stack.measured_images import FRAME
from playnano.stack.numbering import table_numbers
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, unit_suffix

WHOLE_MOVIE = -1


class HeightHistogram(StackMeasure, PartOfFrame):
    """Histogram of heights: over the whole movie, or per frame with the same bins."""

    order: ClassVar[str] = "frame, then height"
    needs_pixel_size: ClassVar[bool] = False
    nothing: ClassVar[str] = "no pixel that counts holds a number"

    measure: Literal["height_histogram"] = "height_histogram"
    per: Literal["movie", "frame"] = "movie"
    """One histogram of all frames together, numbered -1, or one for each frame."""
    bins: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Number of bins."""
    low: HeightUnit | None = None
    """Lower end of the bins; default: the minimum height."""
    high: HeightUnit | None = None
    """Upper end of the bins; default: the maximum height."""

    def columns(self, unit: str, of: object = ()) -> tuple[Column, ...]:
        return (
            Column("frame", "", f"{FRAME.description}; -1 for all", "integer"),
            heights_column("height", unit, "Middle of the bin"),
            Column("pixels", "px", "Number of pixels in the bin", "integer"),
            Column(
                f"density_per_{unit_suffix(unit)}", f"1/{unit}", "Share of the pixels, by the bin's width"
            ),
        )

    def rows(self, stack: AFMImageStack, threads: int = 1) -> Rows:
        low, high = self._range(stack)
        edges = np.linspace(low, high, self.bins + 1) if low < high else np.empty(0)
        counts = [np.histogram(h, edges)[0] for h in self._heights(stack)] if len(edges) else []
        table = np.array(counts, np.int64).reshape(len(counts), self.bins)
        table = table.sum(axis=0, keepdims=True) if self.per == "movie" and len(table) else table
        frames = table_numbers(stack) if self.per == "frame" else np.full(len(table), WHOLE_MOVIE)
        total = np.maximum(table.sum(axis=1, keepdims=True), 1)
        middle = (edges[1:] + edges[:-1]) / 2
        name = unit_suffix(stack.unit)
        return {
            "frame": np.repeat(frames, self.bins),
            f"height_{name}": np.tile(middle, len(table)),
            "pixels": table.ravel(),
            f"density_per_{name}": (table / total / ((high - low) / self.bins or 1.0)).ravel(),
        }

    def _heights(self, stack: AFMImageStack) -> Iterator[Floats]:
        masks = measured_mask(stack, self)
        return (self.heights(frame) for frame in movie_frames(stack, masks))

    def _range(self, stack: AFMImageStack) -> tuple[float, float]:
        low, high = self.low, self.high
        if low is None or high is None:
            ends = [(float(h.min()), float(h.max())) for h in self._heights(stack) if h.size]
            low = min((end[0] for end in ends), default=0.0) if low is None else low
            high = max((end[1] for end in ends), default=low) if high is None else high
        if self.low is not None and self.high is not None and low >= high:
            raise MeasureError("`low` is not below `high`")
        return low, high if high > low or self.high is not None else low + 1.0


class BearingCurve(FrameMeasure, PartOfFrame):
    """Bearing area curve (Abbott-Firestone): the height above which a share of the surface lies.

    References
    ----------
    ISO 25178-2:2021, Geometrical product specifications: surface texture, areal.
    """

    order: ClassVar[str] = "frame, then share"
    needs_pixel_size: ClassVar[bool] = False

    measure: Literal["bearing_curve"] = "bearing_curve"
    points: Annotated[int, Field(ge=2, le=10_000)] = 101
    """Number of points of the curve, from 0 to 1."""

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return (
            Column("area_share", "", "Share of the surface that lies above the height, from 0 to 1"),
            heights_column("height", unit, "The height; empty where no pixel that counts holds a number"),
        )

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        share, heights = np.linspace(0, 1, self.points), self.heights(frame)
        curve = np.quantile(heights, 1 - share) if heights.size else np.full(len(share), np.nan)
        return {"area_share": share, f"height_{unit_suffix(unit)}": curve}
