"""Levelling of images whose features or terraces would tilt a plane fitted to all of it."""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr

from playnano.kernels.facets import facet_slope, tilted
from playnano.kernels.flat_base import flat_base
from playnano.kernels.terraces import shared_slope
from playnano.model import HeightUnit
from playnano.stack.frames import Frame
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import Column
from playnano.steps.base import FrameStep
from playnano.steps.columns import IMAGE_UNIT
from playnano.steps.levelling import difference

_TILTS = (
    Column("tilt_x", f"{IMAGE_UNIT} per px", "slope that was subtracted, along x"),
    Column("tilt_y", f"{IMAGE_UNIT} per px", "slope that was subtracted, along y"),
)


class _Slope(FrameStep):
    """A step that weighs slopes along y and x against each other: pixels may be higher than wide."""

    leaves_bad_frames: ClassVar[bool] = True
    _aspect: float = PrivateAttr(1.0)

    def prepared(self, stack: AFMImageStack) -> Self:
        y, x = stack.pixel_size_y_nm, stack.pixel_size_nm
        if y is None or x is None:
            return self
        step = self.model_copy()
        step._aspect = y / x
        return step

    def _without(self, frame: Frame, slope: tuple[float, float], **measured: float) -> Frame:
        image = difference(frame.image, tilted(frame.image.shape, slope))
        return frame.with_image(image, tilt_y=slope[0], tilt_x=slope[1], **measured)


class FacetLevel(_Slope):
    """Level by the most frequent slope: flat parts become level, regardless of the steps between them.

    Slopes of all squares of 2 x 2 background pixels are averaged with weights that fall off with their
    distance from the common slope, round after round. The height in the middle of the image stays. Features
    with one steep and one drawn-out flank, as a slow feedback makes them, tilt the result where they are
    many. Takes about 25 ms per frame of 512 x 512, for up to 100 rounds on facets of like slope, then some
    on all.

    References
    ----------
    D. Necas, P. Klapetek, "Gwyddion: an open-source software for SPM data analysis", Cent. Eur. J. Phys. 10,
    181 (2012), doi:10.2478/s11534-011-0096-2.
    """

    revision: ClassVar[int] = 2
    measures: ClassVar[tuple[Column, ...]] = _TILTS

    step: Literal["facet_level"] = "facet_level"
    tolerance: Annotated[HeightUnit, Field(gt=0)] = 1e-6
    """The search ends where a round changes the slope, per pixel, by less than this."""

    def process(self, frame: Frame) -> Frame:
        return self._without(frame, facet_slope(frame, self._aspect, self.tolerance))


class FlattenBase(_Slope):
    """Flatten the base under protruding features and set it to zero.

    Up to five rounds of `facet_level`, then polynomials of degree 2 to 5, each fitted to what is not more
    than 3 standard deviations above the base. The base is a Gaussian through the highest peak of the
    histogram; what does not make it narrower is not subtracted. Where
    features cover about half of the image, the polynomials follow them: use `auto_level` there. Takes about
    0.1 s per frame of 512 x 512, for its rounds of fits.

    References
    ----------
    D. Necas, P. Klapetek, "Gwyddion: an open-source software for SPM data analysis", Cent. Eur. J. Phys. 10,
    181 (2012), doi:10.2478/s11534-011-0096-2.
    """

    revision: ClassVar[int] = 2
    measures: ClassVar[tuple[Column, ...]] = (
        Column("background_rms", IMAGE_UNIT, "standard deviation of the base afterwards"),
        Column("surface_range", IMAGE_UNIT, "range of the subtracted surface"),
    )

    step: Literal["flatten_base"] = "flatten_base"

    def process(self, frame: Frame) -> Frame:
        base = flat_base(frame, self._aspect)
        return frame.with_image(
            difference(frame.image, base.surface),
            background_rms=base.spread,
            surface_range=float(np.ptp(base.surface)),
        )


class MultiTerracePlane(_Slope):
    """Level terraces: least squares of one slope for all, and an offset for each.

    Terraces are connected regions of the background between its steep places; start with a mask over what
    is on them. The height in the middle of the image stays. Takes about 0.1 s per frame of 512 x 512, for
    its rounds.
    """

    revision: ClassVar[int] = 2
    measures: ClassVar[tuple[Column, ...]] = (
        *_TILTS,
        Column("terraces", "1", "number of regions that the slope was fitted to"),
    )

    step: Literal["multi_terrace_plane"] = "multi_terrace_plane"
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of the image that a region must cover to count."""

    def process(self, frame: Frame) -> Frame:
        terraces = shared_slope(frame, self.min_share, self._aspect)
        return self._without(frame, terraces.slope, terraces=terraces.count)
