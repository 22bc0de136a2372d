"""Levels of rows (scan lines)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.stack.frames import Image, Mask


def row_medians(image: Image, background: Mask) -> NDArray[Any]:
    """The median of each row's background (height,), in the image's type.

    Raises
    ------
    NothingToFitError
        Where no pixel is background.
    """
    if background.all():
        return _medians_of_whole_rows(image)
    counts = background.sum(axis=1)
    if not counts.any():
        raise NothingToFitError("every pixel is masked or NaN")
    ordered = np.sort(np.where(background, image, np.inf), axis=1)
    rows = np.arange(len(image))
    low, high = ordered[rows, np.maximum(counts - 1, 0) // 2], ordered[rows, counts // 2 % image.shape[1]]
    whole = np.median(image[background])
    return np.where(counts > 0, (low + high) / 2, whole).astype(image.dtype)


def _medians_of_whole_rows(image: Image) -> NDArray[Any]:
    middle = image.shape[1] // 2
    if image.shape[1] % 2:
        return np.asarray(np.partition(image, middle, axis=1)[:, middle])
    ordered = np.partition(image, [middle - 1, middle], axis=1)
    return np.asarray((ordered[:, middle - 1] + ordered[:, middle]) / 2)
