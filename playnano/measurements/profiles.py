"""Heights along lines and at points, and spectra."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, Strict

from playnano.errors import MeasureError
from playnano.kernels.profiles import heights_at, line_points, mean_finite, power_spectrum, within
from playnano.measurements.base import (
    FRAME_COLUMNS,
    FrameMeasure,
    ImageMeasure,
    MeasuredResult,
    MovieFrame,
    heights_column,
    pixel_nm,
)
from playnano.measurements.measuring import movie_frame
from playnano.model import Model, Nm
from playnano.stack.lazy import FrameImages
from playnano.stack.measured_images import DISTANCE, MeasuredImages, frame_axis
from playnano.stack.numbering import table_numbers
from playnano.stack.parallel import ahead, tasks
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, unit_suffix

PointNm = Annotated[tuple[float, float], Strict(False)]


class Line(Model):
    """The fields of measures along a line."""

    from_nm: Annotated[PointNm, Field(examples=[[40, 20]])]
    """Start as [y, x], in nm from the centre of the first pixel."""
    to_nm: Annotated[PointNm, Field(examples=[[40, 150]])]
    """End as [y, x]."""
    width_nm: Annotated[Nm, Field(ge=0)] = 0.0
    """Heights are averaged over lines side by side across this width; 0 takes one line."""

    def profile(self, frame: MovieFrame, spacing: float) -> Rows:
        """Distance and height along the line, at points no farther apart than `spacing`, in nm."""
        if self.from_nm == self.to_nm:
            raise MeasureError("`from_nm` and `to_nm` are the same point")
        distance, places = line_points(self.from_nm, self.to_nm, self.width_nm, spacing)
        heights = heights_at(frame.image, places / np.array(frame.pixel_nm))
        return {"distance_nm": distance, "height": mean_finite(heights, 0)}


def profile_columns(unit: str) -> tuple[Column, ...]:
    """The columns of heights along a line."""
    return (DISTANCE, heights_column("height", unit, "Height there, linear between pixels"))


class LineProfile(FrameMeasure, Line):
    """Heights along a line in each frame, averaged across its width; empty outside and beside NaN."""

    order: ClassVar[str] = "frame, then distance"

    measure: Literal["line_profile"] = "line_profile"

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return profile_columns(unit)

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        profile = dict(self.profile(frame, min(frame.pixel_nm)))
        return {"distance_nm": profile["distance_nm"], f"height_{unit_suffix(unit)}": profile["height"]}


class Kymograph(ImageMeasure, Line):
    """Heights along a line over time: an image of distance against time, and the same as a table.

    The first axis is the time of the frames, or their number where times are unknown.
    """

    order: ClassVar[str] = "frame, then distance"
    makes_movies: ClassVar[bool] = False

    measure: Literal["kymograph"] = "kymograph"

    def columns(self, unit: str, of: Sequence[Column] = ()) -> tuple[Column, ...]:
        return (*FRAME_COLUMNS, *profile_columns(unit))

    def result(self, stack: AFMImageStack, threads: int = 1) -> MeasuredResult:
        pixel = pixel_nm(stack, 0)
        profiles = list(self._profiles(stack, pixel, threads))
        distance = profiles[0]["distance_nm"]
        heights = np.array([profile["height"] for profile in profiles])
        axes = (frame_axis(stack, range(len(stack))), (DISTANCE, distance))
        image = MeasuredImages.of(heights, axes, stack.unit, "Height along the line, linear between pixels")
        rows = {
            "frame": np.repeat(table_numbers(stack), len(distance)),
            "time_s": np.repeat(stack.timestamps, len(distance)),
            "distance_nm": np.tile(distance, len(heights)),
            f"height_{unit_suffix(stack.unit)}": heights.ravel(),
        }
        return MeasuredResult({"": image}, rows)

    def _profiles(self, stack: AFMImageStack, pixel: tuple[float, float], threads: int) -> Iterator[Rows]:
        """The profile of each frame at the same distances, also where frames differ in pixel size."""

        def several(indices: range) -> list[Rows]:
            return [self.profile(movie_frame(stack, index), min(pixel)) for index in indices]

        for profiles in ahead(several, tasks(FrameImages(stack.frames)), threads):
            yield from profiles


class HeightAt(FrameMeasure):
    """Heights at points over time."""

    order: ClassVar[str] = "frame, then point"

    measure: Literal["height_at"] = "height_at"
    points_nm: Annotated[
        tuple[PointNm, ...], Strict(False), Field(min_length=1, examples=[[[40, 60], [80, 90]]])
    ]
    """Points as [[y, x], ...], in nm from the centre of the first pixel."""
    radius_nm: Annotated[Nm, Field(ge=0)] = 0.0
    """Average over the pixels within this radius; 0 takes the height between pixels."""

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return (
            Column("point", "", "Number of the point, from 1", "integer"),
            Column("y_nm", "nm", "Position along the slow axis, from the centre of the first pixel"),
            Column("x_nm", "nm", "Position along the fast axis, from the centre of the first pixel"),
            heights_column("height", unit, "Height there; empty out of the image and at NaN"),
        )

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        points = np.array(self.points_nm, float)
        if self.radius_nm > 0:
            heights = np.array([self._mean(frame, (y, x)) for y, x in points.tolist()])
        else:
            heights = heights_at(frame.image, points / np.array(frame.pixel_nm))
        return {
            "point": np.arange(1, len(points) + 1),
            "y_nm": points[:, 0],
            "x_nm": points[:, 1],
            f"height_{unit_suffix(unit)}": heights,
        }

    def _mean(self, frame: MovieFrame, point: tuple[float, float]) -> float:
        shape = frame.image.shape[0], frame.image.shape[1]
        values = frame.image[within(shape, point, self.radius_nm, frame.pixel_nm)].astype(np.float64)
        return float(mean_finite(values[None], 1)[0])


class Psd(FrameMeasure):
    """Power spectral density along the fast axis: how much of the height varies at which wavelength.

    Averaged over the scan lines that hold no NaN, each with a Hann window. Its integral over frequency is
    the variance of the heights.

    References
    ----------
    Welch, P. (1967), The use of fast Fourier transform for the estimation of power spectra, IEEE Transactions
    on Audio and Electroacoustics 15, 70-73.
    """

    order: ClassVar[str] = "frame, then frequency"

    measure: Literal["psd"] = "psd"

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        cubic = "nm3" if unit == "nm" else f"{unit}2 nm"
        return (
            Column("frequency_per_nm", "1/nm", "Spatial frequency"),
            Column("wavelength_nm", "nm", "One over the frequency"),
            Column(self._name(unit), cubic, "Power spectral density; empty where no scan line is whole"),
        )

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        frequency, density = power_spectrum(frame.image, frame.pixel_nm[1])
        return {"frequency_per_nm": frequency, "wavelength_nm": 1 / frequency, self._name(unit): density}

    @staticmethod
    def _name(unit: str) -> str:
        return "density_nm3" if unit == "nm" else f"density_{unit_suffix(unit)}2_nm"
