"""Tracks of features, and what can be said of each track."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from playnano.kernels.diffusion import Displacements, diffusion_fit, displacements
from playnano.kernels.linking import LinkRule, branches, tracks_of
from playnano.measurements.base import Floats, TableMeasure, TableName
from playnano.model import Nm, Seconds
from playnano.stack.numbering import table_numbers, table_places
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, Table, first_of_each

ALLTRACKS = 0
_BRANCHES = (
    Column("split_from", "", "Number of the track that this one split from; 0 for none", "integer"),
    Column("merges_into", "", "Number of the track that this one merges into; 0 for none", "integer"),
)
_POSITIONS = ("frame", "time_s", "y_nm", "x_nm")
TRACK = Column("track", "", "Number of the track, from 1, in the order of appearance", "integer")


class Tracks(TableMeasure):
    """Features linked from frame to frame: the assignment with the least sum of squared distances.

    Then ends of tracks are joined to later starts, within `max_gap_s`, by one assignment over the whole
    movie. A feature that goes on nowhere ends its track; one that comes from nowhere begins another. Move
    the frames onto each other first (`align_frames`) where the sample drifts.

    References
    ----------
    Jaqaman, K. et al. (2008), Robust single-particle tracking in live-cell time-lapse sequences, Nature
    Methods 5, 695-702.
    """

    order: ClassVar[str] = "track, then frame"
    needs: ClassVar[tuple[str, ...]] = _POSITIONS
    nothing: ClassVar[str] = "there was no feature to track, or no track of `min_frames` frames"

    measure: Literal["tracks"] = "tracks"
    of: Annotated[TableName, Field(examples=["features"])]
    """Table of positions, such as that of `features`."""
    max_distance_nm: Annotated[Nm, Field(gt=0)] = 20.0
    """Longest distance from one frame to the next."""
    max_gap_s: Annotated[Seconds, Field(ge=0)] = 0.0
    """Longest time for which a feature may go undetected; 0 closes no gaps."""
    max_gap_distance_nm: Annotated[Nm, Field(gt=0)] | None = None
    """Longest distance across a gap; default: `max_distance_nm`."""
    min_frames: Annotated[int, Field(ge=1)] = 1
    """Tracks with fewer features are left out."""
    branches: bool = False
    """Say of each track which one it split from and which one it merges into, within `max_distance_nm`."""

    def needs_times(self) -> bool:
        return self.max_gap_s > 0

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        taken = ("track", "split_from", "merges_into")
        return (TRACK, *(_BRANCHES if self.branches else ()), *(c for c in of if c.name not in taken))

    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        sequence = np.argsort(table.column("frame"), kind="stable")
        points = table.only(_POSITIONS).select(sequence)
        gap_reach = self.max_gap_distance_nm or self.max_distance_nm
        rule = LinkRule(self.max_distance_nm, gap_reach, self.max_gap_s)
        frames = table_places(stack, points.column("frame"))  # over a frame that was dropped there is no gap
        track = tracks_of(frames, points.column("time_s"), places_of(points), rule)
        long = np.bincount(track, minlength=1) >= self.min_frames
        numbers = np.cumsum(long[1:])
        order = np.lexsort((frames, track))
        order = order[long[track[order]]]
        kept = table.select(sequence[order])
        rows = {name: kept.column(name) for name in kept.names} | {"track": numbers[track[order] - 1]}
        if self.branches:
            split, merged = branches(frames[order], places_of(kept), rows["track"], self.max_distance_nm)
            rows |= {"split_from": split, "merges_into": merged}
        return rows


def places_of(table: Table) -> Floats:
    """Positions (n, 2) along y and x in nm."""
    return np.stack([table.column("y_nm"), table.column("x_nm")], axis=1)


def _stride(stack: AFMImageStack) -> int:
    """Frames of the movie as it was read from one frame to the next, where that is always the same."""
    return max(1, int(np.gcd.reduce(np.diff(table_numbers(stack)))))


def each_track(table: Table) -> Iterator[tuple[int, Table]]:
    """The rows of each track, in order of frames."""
    table = table.select(np.lexsort((table.column("frame"), table.column("track"))))
    tracks = table.column("track")
    starts = first_of_each(tracks)
    for start, end in pairwise(np.append(starts, len(tracks))):
        yield int(tracks[start]), table.select(np.arange(start, end))


def height_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Of columns, those that hold a height of each feature."""
    return tuple(column for column in columns if column.name.startswith("height_"))


class TrackSummary(TableMeasure):
    """One row for each track: how long it lasts, how far it goes, how high it is on average."""

    order: ClassVar[str] = "track"
    needs: ClassVar[tuple[str, ...]] = ("track", *_POSITIONS)
    nothing: ClassVar[str] = "there was no track"

    measure: Literal["track_summary"] = "track_summary"
    of: Annotated[TableName, Field(examples=["tracks"])]
    """Table of tracks."""

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        return (
            TRACK,
            Column("first_frame", "", "Frame in which it appears", "integer"),
            Column("last_frame", "", "Frame in which it is last seen", "integer"),
            Column("frames", "", "Number of frames in which it is seen", "integer"),
            Column("duration_s", "s", "From where it appears to where it is last seen"),
            Column("length_nm", "nm", "Path length from point to point"),
            Column("net_nm", "nm", "Distance from its first to its last point"),
            Column("y_nm", "nm", "Mean position along the slow axis"),
            Column("x_nm", "nm", "Mean position along the fast axis"),
            *(
                Column(column.name, column.unit, f"Mean over the track: {column.description.lower()}")
                for column in height_columns(of)
            ),
        )

    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        heights = [column.name for column in height_columns(table.columns)]
        names = [column.name for column in self.columns(stack.unit, table.columns)]
        summaries = [self._summary(number, track, heights) for number, track in each_track(table)]
        return {name: np.array([summary[name] for summary in summaries]) for name in names}

    def _summary(self, number: int, track: Table, heights: Sequence[str]) -> dict[str, float]:
        places, times, frames = places_of(track), track.column("time_s"), track.column("frame")
        return {
            "track": number,
            "first_frame": frames[0],
            "last_frame": frames[-1],
            "frames": len(frames),
            "duration_s": times[-1] - times[0],
            "length_nm": np.sum(np.hypot(*np.diff(places, axis=0).T)),
            "net_nm": np.hypot(*(places[-1] - places[0])),
            "y_nm": places[:, 0].mean(),
            "x_nm": places[:, 1].mean(),
            **{name: track.column(name).mean() for name in heights},
        }


class Msd(TableMeasure):
    """Mean squared displacement of tracks, with the diffusion coefficient and exponent fitted to it.

    Every pair of points of a track counts at the lag of the frames between them. 4 D t + c is fitted to the
    first lags, where c holds the error of the positions, and t to the power of alpha. Errors are those of a
    jackknife over parts of the tracks.

    References
    ----------
    Michalet, X. (2010), Mean square displacement analysis of single-particle trajectories with localization
    error, Physical Review E 82, 041914.
    """

    order: ClassVar[str] = "track, then lag"
    needs: ClassVar[tuple[str, ...]] = ("track", *_POSITIONS)
    nothing: ClassVar[str] = "no track has two points"

    measure: Literal["msd"] = "msd"
    of: Annotated[TableName, Field(examples=["tracks"])]
    """Table of tracks."""
    per: Literal["all", "track"] = "all"
    """One curve over all tracks, numbered 0, or one for each track."""
    max_lag: Annotated[int, Field(ge=2)] = 20
    """Longest lag, in frames."""
    fitted_lags: Annotated[int, Field(ge=2)] = 4
    """Number of lags, from the first, that the fits take."""

    def needs_times(self) -> bool:
        return True

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        return (
            Column("track", "", "Number of the track; 0 for all of them together", "integer"),
            Column("lag", "", "Frames between the points of a pair", "integer"),
            Column("lag_s", "s", "Mean time between them"),
            Column("msd_nm2", "nm2", "Mean squared displacement"),
            Column("pairs", "", "Number of pairs", "integer"),
            Column("d_nm2_per_s", "nm2/s", "Diffusion coefficient of the track: MSD = 4 D t + c"),
            Column("d_error_nm2_per_s", "nm2/s", "Its standard error"),
            Column("offset_nm2", "nm2", "The c of that fit"),
            Column("alpha", "", "Exponent of the track: MSD proportional to t to the power of alpha"),
            Column("alpha_error", "", "Its standard error"),
        )

    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        curves = [
            rows
            for number, moved in self._moved(table, _stride(stack))
            for rows in self._curve(number, moved)
        ]
        names = [column.name for column in self.columns(stack.unit)]
        return {name: np.array([row[place] for row in curves]) for place, name in enumerate(names)}

    def _moved(self, table: Table, stride: int) -> Iterator[tuple[int, Displacements]]:
        together: Displacements | None = None
        for number, track in each_track(table):
            frames = track.column("frame") // stride
            moved = displacements(frames, track.column("time_s"), places_of(track), self.max_lag)
            if self.per == "track":
                yield number, moved
            else:
                together = moved if together is None else together.joined(moved)
        if together is not None:
            yield ALLTRACKS, together

    def _curve(self, number: int, moved: Displacements) -> Iterator[tuple[float, ...]]:
        fit = diffusion_fit(moved, self.fitted_lags)
        values = (fit.d, fit.d_error, fit.offset, fit.alpha, fit.alpha_error)
        for lag, (time, square, count) in enumerate(zip(*moved.msd(), strict=True), 1):
            if count:
                yield (number, lag, time, square, count, *values)
