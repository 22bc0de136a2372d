"""What happens on tracks: how long they dwell, and when their height changes."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, Strict

from playnano.errors import MeasureError, did_you_mean
from playnano.kernels.steps_in_time import level_changes
from playnano.measurements.base import TableMeasure, TableName
from playnano.measurements.tracks import each_track
from playnano.model import HeightUnit
from playnano.stack.numbering import table_numbers
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, Table

_TRACK = Column("track", "", "Number of the track", "integer")


def column_named(columns: Sequence[Column], name: str | None) -> Column:
    """The column of heights that a measure looks at: the one named, else the greatest height.

    Raises
    ------
    MeasureError
        Where there is none.
    """
    names = [column.name for column in columns]
    chosen = name or next((each for each in names if each.startswith("height_max_")), None)
    if chosen is None:
        raise MeasureError("the table has no column of heights; name another with `column`")
    if chosen not in names:
        near = did_you_mean(chosen, tuple(names))
        raise MeasureError(f"the table has no column '{chosen}'{near} (columns: {', '.join(names)})")
    return columns[names.index(chosen)]


class DwellTimes(TableMeasure):
    """How long each track stays: in a region, above a value, or at all where neither is given.

    One row for each stay. A stay that begins or ends with the movie, or that lasts where its track is lost,
    was longer than what was seen: it is censored, and belongs into a survival curve but in no mean.
    """

    order: ClassVar[str] = "track, then time"
    needs: ClassVar[tuple[str, ...]] = ("track", "frame", "time_s", "y_nm", "x_nm")
    nothing: ClassVar[str] = "no track stays there"

    measure: Literal["dwell_times"] = "dwell_times"
    of: Annotated[TableName, Field(examples=["tracks"])]
    """Table of tracks."""
    region_nm: Annotated[tuple[float, float, float, float], Strict(False)] | None = None
    """Region as [y, x, y, x] of two opposite corners, in nm from the centre of the first pixel."""
    above: HeightUnit | None = None
    """Only where `column` is above this."""
    column: str | None = None
    """Column compared with `above`; default: the maximum height."""

    def needs_times(self) -> bool:
        return True

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        if of and self.above is not None:
            column_named(of, self.column)
        return (
            _TRACK,
            Column("first_frame", "", "First frame of the stay", "integer"),
            Column("last_frame", "", "Last frame of the stay", "integer"),
            Column("start_s", "s", "Time of its first frame"),
            Column(
                "dwell_s",
                "s",
                "To the next frame of the track, or an interval after its last",
            ),
            Column("begin_censored", "", "Whether it may have begun before it was seen", "flag"),
            Column("end_censored", "", "Whether it may have lasted longer than it was seen", "flag"),
        )

    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        stays = [row for number, track in each_track(table) for row in self._stays(number, track, stack)]
        names = [column.name for column in self.columns(stack.unit)]
        return {name: np.array([row[place] for row in stays]) for place, name in enumerate(names)}

    def _inside(self, track: Table) -> NDArray[np.bool_]:
        inside = np.ones(len(track), bool)
        if self.region_nm is not None:
            corners = np.sort(np.reshape(self.region_nm, (2, 2)), axis=0)
            for axis, name in enumerate(("y_nm", "x_nm")):
                place = track.column(name)
                inside &= (place >= corners[0, axis]) & (place <= corners[1, axis])
        if self.above is not None:
            name = column_named(track.columns, self.column).name
            inside &= track.column(name) > self.above
        return inside

    def _stays(self, number: int, track: Table, stack: AFMImageStack) -> Iterator[tuple[float, ...]]:
        inside, frames, times = self._inside(track), track.column("frame"), track.column("time_s")
        edges = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=0, append=0))
        numbers = table_numbers(stack)
        interval = float(np.median(np.diff(stack.timestamps))) if len(stack) > 1 else 0.0
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            leaves = end < len(track)
            until = times[end] if leaves else times[end - 1] + interval
            whole = self.region_nm is None and self.above is None
            ended = not leaves and (frames[-1] == numbers[-1] or not whole)
            begun = start == 0 and (frames[0] == numbers[0] or not whole)
            yield number, frames[start], frames[end - 1], times[start], until - times[start], begun, ended


class StateChanges(TableMeasure):
    """Levels of a value along each track, and the steps between them.

    Steps are added one at a time where they lower the sum of squares most, as long as the Bayesian
    information criterion, modified for changes of level, falls.

    References
    ----------
    Zhang, N. and Siegmund, D. (2007), A modified Bayes information criterion with applications to the
    analysis of comparative genomic hybridization data, Biometrics 63, 22-32.
    Kalafut, B. and Visscher, K. (2008), An objective, model-independent method for detection of non-uniform
    steps in noisy signals, Computer Physics Communications 179, 716-723.
    """

    order: ClassVar[str] = "track, then time"
    needs: ClassVar[tuple[str, ...]] = ("track", "frame", "time_s")
    nothing: ClassVar[str] = "there was no track"

    measure: Literal["state_changes"] = "state_changes"
    of: Annotated[TableName, Field(examples=["tracks"])]
    """Table of tracks."""
    column: str | None = None
    """Column whose levels are fitted; default: the maximum height."""
    min_frames: Annotated[int, Field(ge=1)] = 3
    """Shortest level, in frames in which the track is seen."""

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        value = column_named(of, self.column)
        return (
            _TRACK,
            Column("state", "", "Number of the level on its track, from 1", "integer"),
            Column("first_frame", "", "First frame of the level", "integer"),
            Column("last_frame", "", "Last frame of the level", "integer"),
            Column("start_s", "s", "Time of its first frame"),
            Column("end_s", "s", "Time of its last frame"),
            Column("frames", "", "Number of frames in which the track is seen at it", "integer"),
            Column(f"mean_{value.name}", value.unit, f"Mean over the level: {value.description.lower()}"),
            Column(f"error_{value.name}", value.unit, "Standard error of that mean"),
            Column(f"step_{value.name}", value.unit, "From the level before to this; empty for the first"),
        )

    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        name = column_named(table.columns, self.column).name
        levels = [row for number, track in each_track(table) for row in self._levels(number, track, name)]
        names = [column.name for column in self.columns(stack.unit, table.columns)]
        return {each: np.array([row[place] for row in levels]) for place, each in enumerate(names)}

    def _levels(self, number: int, track: Table, name: str) -> Iterator[tuple[float, ...]]:
        track = track.select(np.isfinite(track.column(name)))
        values, frames, times = track.column(name), track.column("frame"), track.column("time_s")
        if not len(values):
            return
        bounds = [0, *level_changes(values, self.min_frames), len(values)]
        before = np.nan
        for state, (start, end) in enumerate(pairwise(bounds), 1):
            own = values[start:end]
            error = own.std(ddof=1) / np.sqrt(len(own)) if len(own) > 1 else np.nan
            span = frames[start], frames[end - 1], times[start], times[end - 1]
            yield number, state, *span, len(own), own.mean(), error, own.mean() - before
            before = own.mean()
