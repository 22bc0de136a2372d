"""What lies together: clusters of points, and pairs of two tables."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from playnano.kernels.clustering import Integers, dbscan, k_means, x_means
from playnano.measurements.base import Floats, TableMeasure, TableName
from playnano.measurements.tracks import places_of
from playnano.model import Nm
from playnano.stack.measured_images import FRAME
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, Table

Method = Literal["dbscan", "k_means", "x_means"]


class Clusters(TableMeasure):
    """Clusters of the points of a table, frame by frame or over the whole movie; 0 means no cluster.

    References
    ----------
    Ester, M. et al. (1996), A density-based algorithm for discovering clusters, KDD-96, 226-231.
    Pelleg, D. and Moore, A. (2000), X-means: extending k-means with efficient estimation of the number of
    clusters, ICML 2000, 727-734.
    """

    order: ClassVar[str] = "their row in the measured table"
    needs: ClassVar[tuple[str, ...]] = ("frame", "y_nm", "x_nm")
    nothing: ClassVar[str] = "the table that is measured has none"

    measure: Literal["clusters"] = "clusters"
    of: Annotated[TableName, Field(examples=["features"])]
    """Table of positions, such as that of `features`."""
    method: Method = "dbscan"
    """`dbscan` by distance, `k_means` into a number of clusters, `x_means` into the number that fits best."""
    over: Literal["frame", "movie"] = "frame"
    """Whether points of different frames can lie together."""
    max_distance_nm: Annotated[Nm, Field(gt=0)] = 20.0
    """Of `dbscan`: points nearer than this are neighbours."""
    min_points: Annotated[int, Field(ge=1)] = 2
    """Of `dbscan`: points that a cluster's core has within that distance, itself among them."""
    count: Annotated[int, Field(ge=1, le=1000)] = 2
    """Number of clusters of `k_means`; the most of `x_means`."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the random starts of `k_means` and `x_means`."""

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        number = Column("cluster", "", "Number of the cluster, from 1; 0 for none", "integer")
        size = Column("cluster_size", "", "Number of points in the cluster; 1 for none", "integer")
        return (number, size, *(column for column in of if column.name not in ("cluster", "cluster_size")))

    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        frames, places = table.column("frame"), places_of(table)
        clusters, sizes = np.zeros(len(table), np.int64), np.ones(len(table), np.int64)
        groups = [frames == frame for frame in np.unique(frames)] if self.over == "frame" else [frames >= 0]
        for group in groups:
            own = self._clustered(places[group])
            counts = np.bincount(own, minlength=1)
            clusters[group], sizes[group] = own, np.where(own > 0, counts[own], 1)
        return {name: table.column(name) for name in table.names} | {
            "cluster": clusters,
            "cluster_size": sizes,
        }

    def _clustered(self, places: Floats) -> Integers:
        if self.method == "dbscan":
            return dbscan(places, self.max_distance_nm, self.min_points)
        return (k_means if self.method == "k_means" else x_means)(places, self.count, self.seed)


class Colocalisation(TableMeasure):
    """The nearest point of another table in the same frame, for each point of one."""

    order: ClassVar[str] = "their row in the measured table"
    needs: ClassVar[tuple[str, ...]] = ("frame", "time_s", "y_nm", "x_nm")
    nothing: ClassVar[str] = "the table that is measured has none"

    measure: Literal["colocalisation"] = "colocalisation"
    of: Annotated[TableName, Field(examples=["features"])]
    """Table of positions to find neighbours for."""
    other: Annotated[TableName, Field(examples=["features"])]
    """Table of positions to search; may be the same table: no point is its own neighbour."""
    max_distance_nm: Annotated[Nm, Field(gt=0)] = 20.0
    """Points closer than this are colocalised."""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.of, self.other)

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        return (
            Column("frame", "", FRAME.description, "integer"),
            Column("time_s", "s", "Time of the frame from that of the first"),
            Column("row", "", "Row of the point in its table, from 0", "integer"),
            Column("other_row", "", "Row of its neighbour in the other table; -1 for none", "integer"),
            Column("y_nm", "nm", "Position of the point along the slow axis"),
            Column("x_nm", "nm", "Position of the point along the fast axis"),
            Column("distance_nm", "nm", "Distance to the nearest of the other points; empty where none is"),
            Column("together", "", "Whether it is nearer than `max_distance_nm`", "flag"),
        )

    def rows(self, table: Table, stack: AFMImageStack) -> Rows:
        other = stack.tables[self.other]
        distance, neighbour = self._nearest(table, other)
        kept = {name: table.column(name) for name in ("frame", "time_s", "y_nm", "x_nm")}
        return kept | {
            "row": np.arange(len(table)),
            "other_row": neighbour,
            "distance_nm": distance,
            "together": distance <= self.max_distance_nm,
        }

    def _nearest(self, table: Table, other: Table) -> tuple[Floats, Integers]:
        from scipy.spatial import cKDTree

        places, others, same = places_of(table), places_of(other), self.of == self.other
        distance, neighbour = np.full(len(table), np.nan), np.full(len(table), -1, np.int64)
        for frame in np.unique(table.column("frame")):
            here = np.flatnonzero(table.column("frame") == frame)
            candidates = np.flatnonzero(other.column("frame") == frame)
            if len(candidates) > same:
                away, near = cKDTree(others[candidates]).query(places[here], k=[2 if same else 1])
                distance[here] = np.asarray(away)[:, 0]
                neighbour[here] = candidates[np.asarray(near)[:, 0]]
        return distance, neighbour
