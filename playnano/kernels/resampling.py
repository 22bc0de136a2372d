"""Images spread over more pixels: their own proportions restored, small ones enlarged."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image, LayerImage

_NARROWEST = 160  # px; a label and a scale bar need that much at any requested height
_WIDEST = 4096  # px; a strip a few lines high is not blown up beyond this
_ALMOST_SQUARE = 1e-3  # instruments round pixel sizes: a stretch by less than a pixel in 1,000 shows nothing


@dataclass(frozen=True)
class Enlargement:
    """From images of one size to pictures of another, at least as large on both axes."""

    image: tuple[int, int]
    """(height, width) before."""
    picture: tuple[int, int]
    """(height, width) after."""
    factor: int
    """By how much the axis with the smaller pixels is enlarged."""

    @classmethod
    def of(cls, image: tuple[int, int], aspect: float, min_height: int) -> "Enlargement":
        """The smallest size that keeps the pixels' proportions and has the requested height.

        Parameters
        ----------
        aspect : float
            Height of a pixel in its widths. The axis with the larger pixels is stretched: nothing is lost.
        """
        height, width = image
        aspect = 1.0 if abs(aspect - 1) < _ALMOST_SQUARE else aspect
        tall, wide = round(height * max(aspect, 1.0)), round(width * max(1 / aspect, 1.0))
        wished = max(ceil(min_height / tall), ceil(min(_NARROWEST, min_height) / wide))
        factor = max(1, min(wished, _WIDEST // max(tall, wide)))
        return cls(image, (tall * factor, wide * factor), factor)

    @property
    def is_identity(self) -> bool:
        """Whether images are pictures as they are."""
        return self.image == self.picture

    def nearest(self, layer: LayerImage) -> LayerImage:
        """The layer with every pixel repeated; any type."""
        for axis, (before, after) in enumerate(zip(self.image, self.picture, strict=True)):
            if after % before == 0:
                layer = np.repeat(layer, after // before, axis) if after != before else layer
            else:
                layer = layer.take((2 * np.arange(after) + 1) * before // (2 * after), axis)
        return layer

    def bicubic(self, image: Image) -> Image:
        """The image by Keys' cubic convolution (a = -1/2; IEEE Trans. ASSP 29, 1153, 1981).

        Pixels without a number weigh nothing, and stay without one: a pixel of the picture is NaN where the
        nearest pixel of the image is.
        """
        valid = np.isfinite(image)
        if valid.all():
            return self._convolved(image)
        weight = self._convolved(valid.astype(image.dtype))
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = self._convolved(np.where(valid, image, 0)) / weight
        return np.where(self.nearest(valid), spread, np.nan).astype(image.dtype, copy=False)

    def _convolved(self, image: Image) -> Image:
        for axis, (before, after) in enumerate(zip(self.image, self.picture, strict=True)):
            if before != after:
                image = _spread(image, axis, *cubic_weights(before, after))
        return image


def _spread(image: Image, axis: int, taps: NDArray[np.intp], weights: NDArray[np.float64]) -> Image:
    shape = (-1, 1) if axis == 0 else (1, -1)
    parts = (
        image.take(tap, axis) * weight.astype(image.dtype).reshape(shape)
        for tap, weight in zip(taps, weights, strict=True)
    )
    return sum(parts, start=np.zeros((), image.dtype))


def cubic_weights(before: int, after: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which four pixels make up each new one, and with what weights; (4, after) both. Edges are repeated."""
    place = (np.arange(after) + 0.5) * before / after - 0.5
    left = np.floor(place).astype(np.intp)
    t = place - left
    weights = np.stack(
        [
            t * (-0.5 + t * (1 - 0.5 * t)),
            1 + t * t * (1.5 * t - 2.5),
            t * (0.5 + t * (2 - 1.5 * t)),
            t * t * (0.5 * t - 0.5),
        ]
    )
    return np.clip(left + np.arange(-1, 3)[:, None], 0, before - 1), weights
