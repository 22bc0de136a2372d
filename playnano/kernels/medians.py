"""Medians by one selection each: several times as fast as `numpy.median`, and the same numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_NETWORK_OF = 16
"""So many images are put in order by comparing pairs; more are sorted pixel by pixel."""


def median(values: NDArray[Any]) -> float:
    """Median of numbers (any shape) that hold no NaN; 0 of none."""
    if not values.size:
        return 0.0
    middle = values.size // 2
    ordered = np.partition(values, middle, axis=None)
    if values.size % 2:
        return float(ordered[middle])
    return (float(ordered[:middle].max()) + float(ordered[middle])) / 2


def medians_of_rows(image: NDArray[Any]) -> NDArray[Any]:
    """Median of each row (height,) of numbers that hold no NaN, in their type."""
    middle = image.shape[1] // 2
    ordered = np.partition(image, middle, axis=1)
    if image.shape[1] % 2:
        return np.asarray(ordered[:, middle])
    return np.asarray((ordered[:, :middle].max(axis=1) + ordered[:, middle]) / 2)


def medians_of_counted(
    image: NDArray[Any], counted: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Median of what counts in each row, infinite where nothing does, and how much counts; both (height,)."""
    counts = counted.sum(axis=1)
    if counts.min(initial=image.shape[1]) < image.shape[1]:
        image = np.where(counted, image, np.inf)
    ordered, rows = np.sort(image, axis=1), np.arange(len(image))
    low, high = (
        ordered[rows, np.maximum(place, 0)] for place in ((counts - 1) // 2, counts // 2 - (counts == 0))
    )
    return (low.astype(np.float64) + high) / 2, counts


def ordered_images(images: NDArray[Any]) -> NDArray[Any]:
    """The values of each pixel of (n, height, width) in order along the first axis; without NaN.

    Few images are compared pair by pair, by Batcher's network: numpy sorts along a first axis slowly.

    References
    ----------
    K. E. Batcher, "Sorting networks and their applications", AFIPS Conf. Proc. 32, 307 (1968).
    """
    if len(images) > _NETWORK_OF:
        return np.sort(images, axis=0)
    layers = [image.copy() for image in images]
    for low, high in _network(len(layers)):
        smaller = np.minimum(layers[low], layers[high])
        np.maximum(layers[low], layers[high], out=layers[high])
        layers[low] = smaller
    return np.array(layers)


def _network(count: int) -> list[tuple[int, int]]:
    """Which of so many values to put in order, pair by pair, until all are."""
    pairs = []
    size = 1
    while size < count:
        step = size
        while step:
            for start in range(step % size, count - step, 2 * step):
                for low in range(start, min(start + step, count - step)):
                    if low // (2 * size) == (low + step) // (2 * size):
                        pairs.append((low, low + step))
            step //= 2
        size *= 2
    return pairs
