"""Smoothing."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from playnano.kernels.gaussian import smoothed
from playnano.model import Px
from playnano.stack.frames import Frame
from playnano.steps.base import FrameStep


class GaussianFilter(FrameStep):
    """Smooth each image with a Gaussian.

    Borders are reflected, and the kernel is truncated at 4 sigma. NaN stays NaN and does not affect
    its surroundings (normalised convolution). Masked pixels are smoothed like all others.
    """

    revision: ClassVar[int] = 2

    step: Literal["gaussian_filter"] = "gaussian_filter"
    sigma: Annotated[Px, Field(gt=0, le=1000)] = 1.0
    """Standard deviation of the kernel."""

    def process(self, frame: Frame) -> Frame:
        return frame.with_image(smoothed(frame.image, self.sigma))
