"""Spots without a mask: blobs, peaks, and places that look like a template."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, Strict

from playnano.errors import MeasureError
from playnano.kernels.spots import Refine, blobs, filled, local_maxima, refined, separated, smoothed
from playnano.kernels.template_matching import Templates
from playnano.measurements.base import (
    FRAME_COLUMNS,
    Floats,
    FrameMeasure,
    MovieFrame,
    StackMeasure,
    heights_column,
    pixel_nm,
)
from playnano.measurements.measuring import movie_frame
from playnano.model import HeightUnit, Nm
from playnano.stack.lazy import FrameImages
from playnano.stack.numbering import table_numbers
from playnano.stack.parallel import ahead, tasks
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, RowCollector, Rows, unit_suffix

_PLACES = (
    Column("y_nm", "nm", "Position along the slow axis, from the centre of the first pixel"),
    Column("x_nm", "nm", "Position along the fast axis, from the centre of the first pixel"),
)


class Peaks(FrameMeasure):
    """Local maxima of each frame, with sub-pixel positions."""

    order: ClassVar[str] = "frame, then the peak's pixel"
    nothing: ClassVar[str] = "no maximum is as high as `min_height`"

    measure: Literal["peaks"] = "peaks"
    min_height: HeightUnit = 1.0
    """Lower maxima are ignored; relative to the median of the frame."""
    min_distance_nm: Annotated[Nm, Field(gt=0)] = 10.0
    """Of maxima closer than this, only the highest is kept."""
    sigma_nm: Annotated[Nm, Field(ge=0)] = 0.0
    """Standard deviation of a Gaussian that smooths the frame first."""
    refine: Refine = "parabola"
    """Position between pixels: by a `parabola` through the neighbours, by a `gaussian`, or `none`."""

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        number = Column("peak", "", "Number of the peak in its frame, from 1", "integer")
        return (number, *_PLACES, heights_column("height_max", unit, "Height above the median of the frame"))

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        y_nm, x_nm = frame.pixel_nm
        values = filled(frame.image)
        values = smoothed(values - np.median(values), (self.sigma_nm / y_nm, self.sigma_nm / x_nm))
        reach = (self.min_distance_nm / y_nm, self.min_distance_nm / x_nm)
        peaks = local_maxima(values, reach, self.min_height)
        peaks = peaks[np.isfinite(frame.image[peaks[:, 0], peaks[:, 1]])]
        places, tops = refined(values, peaks, self.refine)
        return {
            "peak": np.arange(1, len(peaks) + 1),
            "y_nm": places[:, 0] * y_nm,
            "x_nm": places[:, 1] * x_nm,
            f"height_max_{unit_suffix(unit)}": tops,
        }


class Blobs(FrameMeasure):
    """Round spots of a range of sizes: maxima of the Laplacian of Gaussian over position and scale.

    References
    ----------
    Lindeberg, T. (1998), Feature detection with automatic scale selection, International Journal of Computer
    Vision 30, 79-116.
    """

    order: ClassVar[str] = "frame, then the blob's pixel"
    nothing: ClassVar[str] = "no blob is as high as `min_height`"

    measure: Literal["blobs"] = "blobs"
    min_height: Annotated[HeightUnit, Field(gt=0)] = 1.0
    """Least height of a Gaussian blob over its surroundings."""
    min_radius_nm: Annotated[Nm, Field(gt=0)] = 5.0
    """Smallest radius to detect."""
    max_radius_nm: Annotated[Nm, Field(gt=0)] = 20.0
    """Largest radius to detect."""
    scales: Annotated[int, Field(ge=1, le=50)] = 6
    """Number of sizes from the smallest to the largest, in equal ratios."""

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return (
            Column("blob", "", "Number of the blob in its frame, from 1", "integer"),
            *_PLACES,
            Column("radius_nm", "nm", "Size at which the response is greatest: sqrt(2) of its sigma"),
            heights_column("height_max", unit, "Height of the Gaussian blob with this response"),
        )

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        if self.max_radius_nm < self.min_radius_nm:
            raise MeasureError("max_radius_nm is smaller than min_radius_nm")
        pixel = np.array(frame.pixel_nm)
        sigmas = np.geomspace(self.min_radius_nm, self.max_radius_nm, self.scales) / np.sqrt(2)
        spots = blobs(filled(frame.image), sigmas, frame.pixel_nm, self.min_height)
        places, radii = spots["places"] * pixel, spots["sigma"] * np.sqrt(2)
        kept = separated(places, radii, spots["response"])
        return {
            "blob": np.arange(1, kept.sum() + 1),
            "y_nm": places[kept, 0],
            "x_nm": places[kept, 1],
            "radius_nm": radii[kept],
            f"height_max_{unit_suffix(unit)}": spots["response"][kept],
        }


class Template(StackMeasure):
    """Matches of a template cut from one frame, at any angle, by normalised cross-correlation."""

    order: ClassVar[str] = "frame, then the place's pixel"
    nothing: ClassVar[str] = "nothing is as like the template as `min_score`"

    measure: Literal["template"] = "template"
    frame: Annotated[int, Field(ge=0)] = 0
    """Frame that shows the template, from 0."""
    centre_nm: Annotated[tuple[float, float], Strict(False), Field(examples=[[60, 60]])]
    """Centre of the template as [y, x], in nm from the centre of the first pixel."""
    radius_nm: Annotated[Nm, Field(gt=0)] = 15.0
    """Radius of the disc around it that is the template."""
    min_score: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Least correlation, up to 1."""
    angle_step_deg: Annotated[float, Field(gt=0, le=360)] = 15.0
    """Step between trial angles."""
    symmetry: Annotated[int, Field(ge=1, le=64)] = 1
    """Rotational symmetry of the template: a dimer 2, a trimer 3."""

    def columns(self, unit: str, of: tuple[Column, ...] = ()) -> tuple[Column, ...]:  # type: ignore[override]
        return (
            *FRAME_COLUMNS,
            Column("match", "", "Number of the place in its frame, from 1", "integer"),
            *_PLACES,
            Column("score", "", "Correlation with the template, up to 1"),
            Column("angle_deg", "deg", "Angle by which the template was turned, counter-clockwise"),
        )

    def rows(self, stack: AFMImageStack, threads: int = 1) -> Rows:
        templates, numbers = self._templates(stack), table_numbers(stack).tolist()
        work = ahead(
            lambda indices: [
                self._matches(movie_frame(stack, index), numbers[index], templates) for index in indices
            ],
            tasks(FrameImages(stack.frames)),
            threads,
        )
        collected = RowCollector(self.columns(stack.unit))
        for batch in work:
            for rows in batch:
                collected.add(rows)
        return collected.rows()

    def _templates(self, stack: AFMImageStack) -> Templates:
        if self.frame >= len(stack):
            raise MeasureError(f"there is no frame {self.frame}: the movie has {len(stack)}")
        y_nm, x_nm = pixel_nm(stack, self.frame)
        y, x = round(self.centre_nm[0] / y_nm), round(self.centre_nm[1] / x_nm)
        half = max(2, round(self.radius_nm / max(y_nm, x_nm)))
        image = filled(FrameImages(stack.frames)[self.frame])
        if not (half <= y < image.shape[0] - half and half <= x < image.shape[1] - half):
            raise MeasureError(f"the template reaches over the edge of frame {self.frame}; move `centre_nm`")
        patch = image[y - half : y + half + 1, x - half : x + half + 1]
        angles = np.arange(0, 360 / self.symmetry - 1e-9, self.angle_step_deg)
        return Templates.of(patch, [float(angle) for angle in angles], (stack.shape[1], stack.shape[2]))

    def _matches(self, frame: MovieFrame, number: int, templates: Templates) -> Rows:
        score, angle = templates.score(filled(frame.image))
        reach = (self.radius_nm / frame.pixel_nm[0], self.radius_nm / frame.pixel_nm[1])
        peaks = local_maxima(score, reach, self.min_score)
        places, tops = refined(score, peaks)
        angles: Floats = np.array(templates.angles_deg)
        return {
            "frame": np.full(len(peaks), number),
            "time_s": np.full(len(peaks), frame.time_s),
            "match": np.arange(1, len(peaks) + 1),
            "y_nm": places[:, 0] * frame.pixel_nm[0],
            "x_nm": places[:, 1] * frame.pixel_nm[1],
            "score": np.minimum(tops, 1.0),
            "angle_deg": angles[angle[peaks[:, 0], peaks[:, 1]]],
        }
