"""Maps of the tips of particles, finer than the pixels."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.kernels.localisation import Localisations, density, resolution, ring_correlation
from playnano.kernels.spots import filled, local_maxima, refined
from playnano.measurements.base import ImageMeasure, MeasuredResult, OfTable, TableName
from playnano.measurements.particle_images import (
    Particles,
    centred_axes,
    odd_side,
    particles_of,
    square_pixel,
)
from playnano.model import HeightUnit, Nm
from playnano.stack.measured_images import MeasuredImages
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, Table

Floats = NDArray[np.float64]


class Lafm(OfTable, ImageMeasure):
    """Localisation AFM: a map of where the highest points of aligned particles lie, finer than the pixels.

    In each particle of a `particle_average` every local maximum above `min_height` is placed to a part of a
    pixel, and drawn as a Gaussian on a finer grid, turned and shifted as the particle is. Two images are
    made: `<name>_density`, localisations per particle and nm2, and `<name>_height`, their mean height. The
    table is the Fourier ring correlation of maps of random halves of the particles; `resolution_nm` is where
    it falls below 1/7. Fewer than some hundred particles make a map of noise.

    References
    ----------
    Heath, G. R. et al. (2021), Localization atomic force microscopy, Nature 594, 385-390.
    """

    order: ClassVar[str] = "frequency"
    needs: ClassVar[tuple[str, ...]] = ("frame", "time_s", "y_nm", "x_nm", "angle_deg", "used")
    nothing: ClassVar[str] = "there are fewer than two particles"

    measure: Literal["lafm"] = "lafm"
    of: Annotated[TableName, Field(examples=["particle_average"])]
    """Table of a `particle_average`."""
    size_nm: Annotated[Nm, Field(gt=0, examples=[30])]
    """Side of the map."""
    min_height: HeightUnit = 0.0
    """Lower maxima are left out, in the unit of the images."""
    expand: Annotated[int, Field(ge=1, le=20)] = 5
    """Pixels of the map for each pixel of the movie, along each axis."""
    sigma_nm: Annotated[Nm, Field(gt=0)] | None = None
    """Standard deviation of the Gaussians: the error of a localisation. By default a quarter of a pixel."""
    symmetry: Annotated[int, Field(ge=1, le=64)] = 1
    """Number of turns in which the particle looks the same; each localisation is drawn in all of them."""
    repeats: Annotated[int, Field(ge=1, le=1000)] = 10
    """Number of random splits into halves."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the random splits."""

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        return (
            Column("frequency_per_nm", "1/nm", "Spatial frequency"),
            Column("correlation", "", "Fourier ring correlation of two halves, mean over the repeats"),
            Column("correlation_sd", "", "Its standard deviation over the repeats"),
            Column("resolution_nm", "nm", "Where the curve falls below 1/7, mean over the repeats"),
            Column("resolution_sd_nm", "nm", "Its standard deviation over the repeats"),
        )

    def remark(self, table: Table) -> str:
        if len(table) and np.isnan(table.column("resolution_nm")[0]):
            return "the ring correlation does not fall below 1/7 on pixels of this size; raise `expand`"
        return super().remark(table)

    def result(self, stack: AFMImageStack, threads: int = 1) -> MeasuredResult:
        pixel, table = square_pixel(stack), stack.tables[self.of]
        table = table.select(table.column("used"))
        fine = pixel / self.expand
        side = odd_side(self.size_nm, fine)
        points, count = self._localised(table, stack, pixel), len(table)
        sigma = (self.sigma_nm or pixel / 4) / fine
        if count < 2:
            names = [column.name for column in self.columns(stack.unit)]
            return MeasuredResult({}, {name: np.empty(0) for name in names})
        weight, heights = density(points.turned(self.symmetry), side, sigma)
        axes, note = centred_axes(side, fine), f"{len(points.heights)} localisations of {count} particles"
        per_nm2 = weight / (count * fine**2)
        images = {
            "density": MeasuredImages.of(per_nm2, axes, "1/nm2", "Localisations per particle and area", note),
            "height": MeasuredImages.of(heights, axes, stack.unit, "Mean height of the localisations", note),
        }
        return MeasuredResult(images, self._ring_correlation(points, count, side, sigma, fine))

    def _localised(self, table: Table, stack: AFMImageStack, pixel: float) -> Localisations:
        """Local maxima of the particles, on the grid of the map, from its middle."""
        margin = int(np.ceil(self.size_nm / pixel * np.sqrt(0.5))) + 2
        particles = particles_of(table, np.arange(len(table)), stack, margin, pixel, at_edge=True)
        parts = list(self._maxima(table, particles))
        places = np.concatenate([part[0] for part in parts] or [np.empty((0, 2))])
        heights = np.concatenate([part[1] for part in parts] or [np.empty(0)])
        numbers = np.repeat(np.arange(len(parts)), [len(part[1]) for part in parts])
        return Localisations(places * self.expand, heights, numbers)

    def _maxima(self, table: Table, particles: Particles) -> Iterator[tuple[Floats, Floats]]:
        angles = np.deg2rad(table.column("angle_deg")[particles.rows])
        half = self.size_nm / 2
        for image, centre, angle in zip(particles.images, particles.centres, angles, strict=True):
            values = filled(image)
            peaks = local_maxima(values, (1.0, 1.0), self.min_height)
            places, tops = refined(values, peaks)
            y, x = (places - centre).T
            turned = np.stack(
                [np.cos(angle) * y + np.sin(angle) * x, -np.sin(angle) * y + np.cos(angle) * x], axis=1
            )
            inside = (np.abs(turned) <= half).all(axis=1)
            yield turned[inside], tops[inside]

    def _ring_correlation(
        self, points: Localisations, count: int, side: int, sigma: float, fine: float
    ) -> Rows:
        random = np.random.default_rng(self.seed)
        frequency = np.arange(side // 2 + 1) / (side * fine)
        curves = []
        for _ in range(self.repeats):
            half = np.zeros(count, bool)
            half[random.permutation(count)[: count // 2]] = True
            maps = [density(points.of(part).turned(self.symmetry), side, sigma)[0] for part in (half, ~half)]
            curves.append(ring_correlation(*maps))
        limits = np.array([resolution(curve, frequency) for curve in curves])
        limits = limits[np.isfinite(limits)]
        mean, spread = (limits.mean(), limits.std()) if len(limits) else (np.nan, np.nan)
        return {
            "frequency_per_nm": frequency,
            "correlation": np.mean(curves, axis=0),
            "correlation_sd": np.std(curves, axis=0),
            "resolution_nm": np.full(len(frequency), mean),
            "resolution_sd_nm": np.full(len(frequency), spread),
        }
