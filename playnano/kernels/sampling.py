"""Some pixels of an image, spread over it: enough for its median, its noise and its levels."""

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.line_shapes import Shape
from playnano.stack.frames import Image, Mask

Floats = NDArray[np.float64]

_MOST = 2**15
_LEAST_LINES = 32


def few_of(image: Image) -> tuple[slice, slice]:
    """Some lines of an image, and of a large one some columns, spread over it.

    Whole lines where these are enough: columns as far apart as the ridges of a grating show only its ridges.
    Distances are odd, so that lines which differ in turns are all seen.
    """
    lines = max(1, min(image.size // _MOST, len(image) // _LEAST_LINES)) | 1
    columns = max(1, image.size // (_MOST * lines)) | 1
    return slice(None, None, lines), slice(None, None, columns)


def sample(values: Image, chosen: Mask) -> Image:
    """Some of the chosen values, spread over the image."""
    few = few_of(values)
    some, of_these = values[few], chosen[few]
    if of_these.all():
        return some.ravel()
    return some[of_these] if of_these.any() else values[chosen]


def sample_without(shape: Shape, values: Image, u: Floats, chosen: Mask) -> Image:
    """Some of the chosen values without a shape."""
    lines, columns = few_of(values)
    of_these = chosen[lines, columns]
    if not of_these.any():
        return (values - shape.over(u, values.dtype))[chosen]
    rest = values[lines, columns] - shape.over(u[columns], values.dtype, lines)
    return rest.ravel() if of_these.all() else rest[of_these]
