"""Scars and spikes: find them, mark them, repair them from the lines or pixels around."""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from playnano.kernels.denoising import median_of_nine
from playnano.kernels.scars import scars, without_marked
from playnano.model import Pixels
from playnano.stack.frames import Frame
from playnano.stack.tables import Column
from playnano.steps.base import FrameStep
from playnano.steps.columns import SHARE

Sigmas = Annotated[float, Field(gt=0, le=100)]


class RemoveScars(FrameStep):
    """Remove scars: short runs along a line that lie above or below the lines around them.

    A run of up to `max_width` lines counts where it exceeds both lines around it by `threshold_low` times
    the usual difference of neighbouring lines, over at least `min_length` pixels, and by `threshold_high`
    somewhere. It must lie by as much off the median of each column over twice `max_width` lines to both
    sides, which the lines between two scars do not. Its pixels are interpolated between the lines above and
    below. Thin features along the lines are taken for scars as well. The lines have to be level with each
    other before: align rows first. Takes some 25 ms per frame of 512 x 512, for runs of every width and
    either sign.

    References
    ----------
    D. Necas, P. Klapetek, "Gwyddion: an open-source software for SPM data analysis", Cent. Eur. J. Phys. 10,
    181 (2012), doi:10.2478/s11534-011-0096-2.
    """

    revision: ClassVar[int] = 2
    leaves_bad_frames: ClassVar[bool] = True
    marks: ClassVar[str | None] = "scars"
    measures: ClassVar[tuple[Column, ...]] = (
        Column("scar_share", SHARE, "share of the image that was a scar, from 0 to 1"),
    )

    step: Literal["remove_scars"] = "remove_scars"
    threshold_high: Sigmas = 3.0
    """What a scar exceeds the lines around it by, somewhere; in standard deviations of line differences."""
    threshold_low: Sigmas = 1.5
    """What each pixel of a scar exceeds the lines around it by; likewise."""
    max_width: Annotated[Pixels, Field(ge=1, le=16)] = 4
    """Most lines that a scar covers."""
    min_length: Annotated[Pixels, Field(ge=1)] = 8
    """Least length of a scar."""

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.threshold_low > self.threshold_high:
            raise ValueError("threshold_low must not be above threshold_high")
        return self

    def process(self, frame: Frame) -> Frame:
        marked = scars(
            frame.image,
            np.isfinite(frame.image),
            hard=self.threshold_high,
            soft=self.threshold_low,
            max_width=self.max_width,
            min_length=self.min_length,
        )
        measured = {"scar_share": float(marked.mean())}
        return Frame(without_marked(frame.image, marked), frame.mask, measured, marked)


class Despike(FrameStep):
    """Replace single pixels that lie far from those around them by their median.

    A pixel is a spike where it lies further from the median of the 3 x 3 pixels around it than `threshold`
    times the robust standard deviation of that distance over the image. Takes some 12 ms per frame of
    512 x 512, for the median of every square.
    """

    leaves_bad_frames: ClassVar[bool] = True
    marks: ClassVar[str | None] = "spikes"
    measures: ClassVar[tuple[Column, ...]] = (
        Column("spike_share", SHARE, "share of the image that was a spike, from 0 to 1"),
    )

    step: Literal["despike"] = "despike"
    threshold: Sigmas = 6.0
    """Distance from the pixels around, in robust standard deviations."""

    def process(self, frame: Frame) -> Frame:
        finite = np.isfinite(frame.image)
        filled = np.where(finite, frame.image, np.median(frame.image[finite]) if finite.any() else 0)
        middle = median_of_nine(filled)
        apart = np.where(finite, filled.astype(np.float64) - middle, 0.0)
        spread = 1.4826 * float(np.median(np.abs(apart[finite]))) if finite.any() else 0.0
        spread = spread or float(apart.std())
        spikes = np.abs(apart) > self.threshold * spread if spread else np.zeros(finite.shape, bool)
        image = np.where(spikes, middle, frame.image).astype(frame.image.dtype)
        return Frame(image, frame.mask, {"spike_share": float(spikes.mean())}, spikes)
