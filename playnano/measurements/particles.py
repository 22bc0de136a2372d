"""Features that a mask marks: where they are, how large and how high."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from playnano.errors import MeasureError
from playnano.kernels.regions import Labels, region_properties
from playnano.kernels.segmentation import (
    Split,
    connected_regions,
    filled_holes,
    renumbered,
    split_by_opening,
    split_by_watershed,
)
from playnano.measurements.base import FrameMeasure, Masked, MovieFrame, heights_column
from playnano.measurements.measuring import measured_mask, movie_frame
from playnano.model import Nm, Nm2
from playnano.stack.frames import Mask
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column, Rows, unit_suffix

_FROM = "from the centre of the first pixel"


class Features(FrameMeasure, Masked):
    """Connected regions of a mask: positions, sizes, heights above the local background, shapes.

    The local background of a feature is the median of a ring of 3 pixels around it, one pixel away, in
    which no other feature lies; where there are none, the median of all pixels outside features.
    """

    order: ClassVar[str] = "frame, then the feature's first pixel"
    needs_mask: ClassVar[bool] = True
    nothing: ClassVar[str] = "the mask marks no feature of the size that was asked for"

    measure: Literal["features"] = "features"
    min_area_nm2: Annotated[Nm2, Field(ge=0)] = 0.0
    """Smaller features are left out."""
    max_area_nm2: Annotated[Nm2, Field(gt=0)] | None = None
    """Larger features are left out."""
    on_edge: Literal["keep", "drop"] = "keep"
    """Keep or drop features cut by the edge of the image."""
    fill_holes: bool = False
    """Fill holes: count enclosed pixels as part of the feature."""
    connectivity: Literal[4, 8] = 8
    """Whether pixels that touch only at a corner are connected: 8 if they are, 4 if not."""
    split: Split = "none"
    """How touching features are separated: by the `watershed` of their distance to the background, which
    suits round ones, or by an `opening` that cuts thin necks."""
    neck_nm: Annotated[Nm, Field(gt=0)] | None = None
    """Width of the necks that `opening` cuts; default: 3 pixels."""

    def frame_columns(self, unit: str) -> tuple[Column, ...]:
        return feature_columns(unit)

    def rows(self, frame: MovieFrame, unit: str) -> Rows:
        labels, count = self._features(frame)
        return _rows(region_properties(labels, frame.image, count, frame.pixel_nm), frame.pixel_nm, unit)

    def regions(self, stack: AFMImageStack) -> Callable[[int], Labels]:
        """For each frame by its number: an image with the number of each pixel's feature, 0 for none.

        Raises
        ------
        MeasureError
            Where the stack does not hold the mask.
        """
        if self.mask is not None and self.mask not in stack.masks:
            raise MeasureError(f"there is no mask '{self.mask}'")
        masks = measured_mask(stack, self)
        return lambda index: self._features(movie_frame(stack, index, masks))[0]

    def _features(self, frame: MovieFrame) -> tuple[Labels, int]:
        mask = np.zeros(frame.image.shape, bool) if frame.mask is None else frame.mask
        mask = np.asarray((filled_holes(mask) if self.fill_holes else mask) & np.isfinite(frame.image))
        return self._chosen(*self._labelled(mask, frame.pixel_nm), frame.pixel_nm)

    def _labelled(self, mask: Mask, pixel: tuple[float, float]) -> tuple[Labels, int]:
        if self.split == "watershed":
            return split_by_watershed(mask)
        if self.split == "opening":
            return split_by_opening(mask, 1.5 if self.neck_nm is None else self.neck_nm / 2 / min(pixel))
        return connected_regions(mask, self.connectivity)

    def _chosen(self, labels: Labels, count: int, pixel: tuple[float, float]) -> tuple[Labels, int]:
        areas = np.bincount(labels.ravel(), minlength=count + 1)[1:] * pixel[0] * pixel[1]
        kept = areas >= self.min_area_nm2
        if self.max_area_nm2 is not None:
            kept &= areas <= self.max_area_nm2
        if self.on_edge == "drop":
            edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
            kept[edge[edge > 0] - 1] = False
        return (labels, count) if kept.all() else renumbered(labels, kept)


def feature_columns(unit: str) -> tuple[Column, ...]:
    """The columns of features."""
    cubic = "nm3" if unit == "nm" else f"{unit} nm2"
    return (
        Column("feature", "", "Number of the feature in its frame, from 1", "integer"),
        Column("y_nm", "nm", f"Position along the slow axis, weighted by height, {_FROM}"),
        Column("x_nm", "nm", f"Position along the fast axis, weighted by height, {_FROM}"),
        Column("y_outline_nm", "nm", f"Centre of the outline along the slow axis, {_FROM}"),
        Column("x_outline_nm", "nm", f"Centre of the outline along the fast axis, {_FROM}"),
        Column("area_nm2", "nm2", "Area of the pixels"),
        Column("radius_nm", "nm", "Radius of the circle of the same area"),
        heights_column("height_max", unit, "Greatest height above the local background"),
        heights_column("height_mean", unit, "Mean height above the local background"),
        heights_column("height_median", unit, "Median height above the local background"),
        heights_column("background", unit, "Height of the local background"),
        Column(_volume(unit), cubic, "Sum of the heights above the local background, times a pixel's area"),
        Column("perimeter_nm", "nm", "Length of the outline (Crofton, 4 directions)"),
        Column("major_axis_nm", "nm", "Longer axis of the ellipse with the same second moments"),
        Column("minor_axis_nm", "nm", "Shorter axis of that ellipse"),
        Column("eccentricity", "", "Of that ellipse: 0 for a circle, towards 1 for a line"),
        Column("orientation_deg", "deg", "From the fast axis to the longer axis, towards greater y"),
        Column("box_y_px", "px", "First row of the bounding box", "integer"),
        Column("box_x_px", "px", "First column of the bounding box", "integer"),
        Column("box_height_px", "px", "Rows of the bounding box", "integer"),
        Column("box_width_px", "px", "Columns of the bounding box", "integer"),
        Column("edge_distance_nm", "nm", "From the bounding box to the nearest edge of the image"),
        Column("on_edge", "", "Whether the feature is cut by the edge of the image", "flag"),
    )


def _volume(unit: str) -> str:
    return "volume_nm3" if unit == "nm" else f"volume_{unit_suffix(unit)}_nm2"


def _rows(particles: Rows, pixel: tuple[float, float], unit: str) -> Rows:
    height = unit_suffix(unit)
    margin = np.minimum(particles["margin_y"] * pixel[0], particles["margin_x"] * pixel[1])
    lengths = ("y", "x", "y_outline", "x_outline", "radius", "perimeter", "major_axis", "minor_axis")
    return {
        "feature": np.arange(1, len(margin) + 1),
        **{f"{name}_nm": particles[name] for name in lengths},
        "area_nm2": particles["area"],
        **{f"height_{name}_{height}": particles[f"height_{name}"] for name in ("max", "mean", "median")},
        f"background_{height}": particles["level"],
        _volume(unit): particles["volume"],
        "eccentricity": particles["eccentricity"],
        "orientation_deg": particles["orientation"],
        **{f"{name}_px": particles[name] for name in ("box_y", "box_x", "box_height", "box_width")},
        "edge_distance_nm": margin,
        "on_edge": np.minimum(particles["margin_y"], particles["margin_x"]) == 0,
    }
