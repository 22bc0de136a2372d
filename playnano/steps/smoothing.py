"""Smoothing."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from playnano.frames import Frame, Image
from playnano.model import Px
from playnano.steps.base import FrameStep


class GaussianFilter(FrameStep):
    """Smooth each image with a Gaussian.

    Borders are reflected, the kernel ends at 4 sigma. NaN stays NaN and weighs nothing in what is
    around it (normalised convolution). Masked pixels are smoothed like all others.
    """

    step: Literal["gaussian_filter"] = "gaussian_filter"
    sigma: Annotated[Px, Field(gt=0, le=1000)] = 1.0
    """Standard deviation of the kernel."""

    def process(self, frame: Frame) -> Frame:
        return frame.with_image(smoothed(frame.image, self.sigma))


def smoothed(image: Image, sigma: float) -> Image:
    """The image smoothed by a Gaussian of `sigma` pixels, NaN where it was NaN."""
    finite = np.isfinite(image)
    if finite.all():
        return _gaussian(image, sigma)
    weights = _gaussian(finite.astype(image.dtype), sigma)
    smooth = _gaussian(np.where(finite, image, 0), sigma)
    return np.divide(smooth, weights, out=image.copy(), where=finite)


def _gaussian(image: Image, sigma: float) -> Image:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(image, sigma, output=image.dtype, mode="reflect", truncate=4.0))
