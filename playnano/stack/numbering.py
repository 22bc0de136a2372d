"""What tables call the frames of a movie."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playnano.stack.metadata import frame_numbers

if TYPE_CHECKING:
    from playnano.stack.stack import AFMImageStack

Integers = NDArray[np.int64]


def table_numbers(stack: "AFMImageStack") -> Integers:
    """Number of each frame in the movie as it was read (frames,).

    Where these do not rise, as where frames were inserted or turned round, the places in this movie.
    """
    numbers = np.array(frame_numbers(stack.frame_metadata), np.int64)
    rises = len(numbers) == len(stack) and bool((np.diff(numbers) > 0).all())
    return numbers if rises else np.arange(len(stack))


def table_places(stack: "AFMImageStack", frames: ArrayLike) -> Integers:
    """Places in this movie of frames that tables name by their numbers; -1 for those that are not there."""
    numbers, frames = table_numbers(stack), np.asarray(frames, np.int64)
    if not len(numbers):
        return np.full(frames.shape, -1, np.int64)
    places = np.searchsorted(numbers, frames).clip(max=len(numbers) - 1)
    return np.where(numbers[places] == frames, places, -1)
