"""Tables as they are drawn on pictures: a mark for each row, with its place, size, number and colour."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.registry import models
from playnano.rendering.palette import OVERLAY, OVERLAY_COLOURS
from playnano.stack.numbering import table_places
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Table

Floats = NDArray[np.float64]
Regions = Callable[[int], NDArray[np.int32]]
"""Of a frame's number, an image with the number of the feature that each pixel belongs to; 0 for none."""
NUMBERS = ("track", "feature", "peak", "blob", "match")
_RADIUS = 0.012  # of the picture's larger side, where the table has no radius
_FEATURE = "feature"


@dataclass(frozen=True)
class Marks:
    """One table as it is drawn: a mark for each row, sorted by frame."""

    frames: NDArray[np.int64]
    places: Floats
    """(y, x) in pixels of the picture."""
    radii: Floats
    """In pixels of the picture."""
    numbers: NDArray[np.int64]
    """What is written beside each mark."""
    colours: NDArray[np.uint8]
    """Palette index of each mark."""
    has_tracks: bool
    features: NDArray[np.int64] | None = None
    """Number of each mark's feature in `regions`."""
    regions: Regions | None = None
    """Where the features lie; None where only their size is known."""

    @classmethod
    def of(
        cls,
        stack: AFMImageStack,
        name: str,
        scale: Floats,
        centre: Floats,
        picture: tuple[int, int],
        colour_by: str | None,
    ) -> "Marks":
        """The marks of a table.

        Parameters
        ----------
        scale : array (frames, 2)
            Pixels of the picture per nm, along y and x.
        centre : array (2,)
            Where the centre of the image's first pixel lies in the picture.
        colour_by : str, optional
            Column that colours stand for; by default the number of the track or feature.
        """
        table = stack.tables[name]
        table = table.select(np.argsort(table.column("frame"), kind="stable"))
        frames = table_places(stack, table.column("frame"))
        own = scale[np.clip(frames, 0, len(scale) - 1)]
        places = np.stack([table.column("y_nm"), table.column("x_nm")], axis=1) * own + centre
        radii = np.full(len(table), max(4.0, _RADIUS * max(picture)))
        if "radius_nm" in table.names:
            radii = table.column("radius_nm") * own.mean(axis=1)
        key = next((key for key in NUMBERS if key in table.names), None)
        numbers = np.arange(1, len(table) + 1) if key is None else table.column(key)
        colours = (numbers - 1) % OVERLAY_COLOURS
        if colour_by is not None:
            colours = ColourScale.of(table, colour_by).steps(table.column(colour_by))
        regions = regions_of(stack, name) if _FEATURE in table.names else None
        features = None if regions is None else table.column(_FEATURE)
        indices = (OVERLAY + colours).astype(np.uint8)
        return cls(frames, places, radii, numbers, indices, key == "track", features, regions)

    def of_frame(self, index: int) -> range:
        """Rows of one frame."""
        first, last = np.searchsorted(self.frames, [index, index + 1]).tolist()
        return range(first, last)

    def ways(self, index: int, length: int) -> Iterator[tuple[int, Floats]]:
        """Of each track seen in a frame the colour of its mark and its last positions."""
        first, here = int(np.searchsorted(self.frames, index - length)), self.of_frame(index)
        rows = np.arange(first, here.stop)
        for row in here:
            yield int(self.colours[row]), self.places[rows[self.numbers[rows] == self.numbers[row]]]

    def feature_colours(self, index: int, count: int) -> NDArray[np.uint8]:
        """Colour of each feature of a frame, by its number up to `count`; 0 for those without a mark."""
        colours, rows = np.zeros(count + 1, np.uint8), self.of_frame(index)
        if self.features is not None:
            own = self.features[rows.start : rows.stop]
            fits = (own > 0) & (own <= count)
            colours[own[fits]] = self.colours[rows.start : rows.stop][fits]
        return colours


@dataclass(frozen=True)
class ColourScale:
    """The values of a column that colours stand for: equal steps between its 2nd and 98th percentile."""

    low: float
    high: float

    @classmethod
    def of(cls, table: Table, column: str) -> "ColourScale":
        """The scale of a column, over the whole movie."""
        values = np.asarray(table.column(column), np.float64)
        values = values[np.isfinite(values)]
        low, high = np.percentile(values, [2, 98]).tolist() if len(values) else (0.0, 1.0)
        return cls(low, high if high > low else low + 1.0)

    def steps(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Which colour each value has, from 0; the first where there is no number."""
        share = (np.nan_to_num(values, nan=self.low) - self.low) / (self.high - self.low)
        return np.clip((share * OVERLAY_COLOURS).astype(np.int64), 0, OVERLAY_COLOURS - 1)


def regions_of(stack: AFMImageStack, name: str) -> Regions | None:
    """The regions that the features of a table were measured on; None where they cannot be made again.

    A table of tracks leads to that of the features it was made of.
    """
    record = stack.provenance.all_tables().get(name)
    while record is not None and record.measure in models("playnano.measures").names:
        measure = models("playnano.measures").make(record.measure, dict(record.parameters))
        if hasattr(measure, "regions"):
            try:
                regions: Regions = measure.regions(stack)
            except PlaynanoError:  # its mask was not stored
                return None
            return regions
        record = stack.provenance.all_tables().get(str(record.parameters.get("of")))
    return None
