"""The mean of like particles."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.kernels.averaging import Alignment, aligned, mean_of
from playnano.measurements.base import FRAME_COLUMNS, ImageMeasure, MeasuredResult, OfTable, TableName
from playnano.measurements.particle_images import (
    Particles,
    centred_axes,
    odd_side,
    particles_of,
    square_pixel,
)
from playnano.model import Nm
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, Table

Flags = NDArray[np.bool_]
_NAMES = ("track", "feature", "peak", "blob", "match")


class ParticleAverage(OfTable, ImageMeasure):
    """The mean of all particles, laid onto each other by shift and, if wanted, angle: less noise, same shape.

    Each particle is matched to the mean by normalised cross-correlation, and the mean is made again, some
    rounds over. Particles nearer to the edge than the box and those with NaN are left out. Where pixels are
    not square, or change their size, particles are interpolated to the least of the sizes.
    """

    order: ClassVar[str] = "row of the table that is measured"
    needs: ClassVar[tuple[str, ...]] = ("frame", "time_s", "y_nm", "x_nm")
    nothing: ClassVar[str] = "no particle is far enough from the edge and free of NaN"

    measure: Literal["particle_average"] = "particle_average"
    of: Annotated[TableName, Field(examples=["features"])]
    """Table of positions, such as that of `features` or `tracks`."""
    size_nm: Annotated[Nm, Field(gt=0, examples=[30])]
    """Side of the mean, around the particle's position."""
    max_shift_nm: Annotated[Nm, Field(ge=0)] | None = None
    """Farthest shift from the position in the table; by default a quarter of `size_nm`."""
    angle_step_deg: Annotated[float, Field(gt=0, le=180)] | None = None
    """Step between the angles that are tried; by default particles are not turned."""
    rounds: Annotated[int, Field(ge=1, le=50)] = 4
    """How often the mean is made again."""
    min_score: Annotated[float, Field(ge=-1, le=1)] = -1.0
    """Particles that correlate less with the mean than this are excluded from the final mean."""
    max_particles: Annotated[int, Field(ge=1)] = 2000
    """Of more particles as many as this, evenly chosen."""

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        return (
            *FRAME_COLUMNS,
            *(column for column in of if column.name in _NAMES),
            Column("y_nm", "nm", "Position of the mean's middle along the slow axis"),
            Column("x_nm", "nm", "Position of the mean's middle along the fast axis"),
            Column("angle_deg", "deg", "Angle by which the mean is turned there, counter-clockwise"),
            Column("score", "", "Correlation with the mean, up to 1"),
            Column("used", "", "Whether the particle is part of the mean", "flag"),
        )

    def result(self, stack: AFMImageStack, threads: int = 1) -> MeasuredResult:
        pixel, table = square_pixel(stack), stack.tables[self.of]
        side = odd_side(self.size_nm, pixel)
        shift = self.size_nm / 4 if self.max_shift_nm is None else self.max_shift_nm
        reach = int(np.ceil(shift / pixel))
        margin = int(np.ceil(side * (np.sqrt(0.5) if self.angle_step_deg else 0.5))) + reach + 2
        chosen = np.unique(np.linspace(0, len(table) - 1, min(len(table), self.max_particles)).astype(int))
        particles = particles_of(table, chosen if len(table) else chosen[:0], stack, margin, pixel)
        if not len(particles.rows):
            names = [column.name for column in self.columns(stack.unit, table.columns)]
            return MeasuredResult({}, {name: np.empty(0) for name in names})
        step = self.angle_step_deg
        angles = [0.0] if step is None else np.arange(0, 360 - 1e-9, step).tolist()
        alignment = aligned(
            particles.images, particles.centres, side, reach=reach, angles_deg=angles, rounds=self.rounds
        )
        used = alignment.scores >= self.min_score
        return MeasuredResult(
            self._images(particles, alignment, used, side, pixel, stack.unit),
            self._rows(table, particles, alignment, used, pixel),
        )

    def _images(
        self, particles: Particles, alignment: Alignment, used: Flags, side: int, pixel: float, unit: str
    ) -> dict[str, MeasuredImages]:
        kept = np.flatnonzero(used)
        some = Alignment(alignment.centres[kept], alignment.angles_deg[kept], alignment.scores[kept])
        mean, spread = mean_of([particles.images[index] for index in kept], some, side)
        axes, note = centred_axes(side, pixel), f"{len(kept)} particles"
        return {
            "mean": MeasuredImages.of(mean, axes, unit, "Mean height of the aligned particles", note),
            "std": MeasuredImages.of(spread, axes, unit, "Standard deviation of their heights", note),
        }

    def _rows(
        self, table: Table, particles: Particles, alignment: Alignment, used: Flags, pixel: float
    ) -> Rows:
        own = table.select(particles.rows)
        places = (alignment.centres + particles.corners) * pixel
        names = [name for name in ("frame", "time_s", *_NAMES) if name in own.names]
        return {
            **{name: own.column(name) for name in names},
            "y_nm": places[:, 0],
            "x_nm": places[:, 1],
            "angle_deg": alignment.angles_deg,
            "score": alignment.scores,
            "used": used,
        }
