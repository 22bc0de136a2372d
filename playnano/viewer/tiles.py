"""The movies of a folder at a glance: a levelled first frame, its size, or why it cannot be read."""

import base64
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from playnano.errors import PlaynanoError
from playnano.exporters.encoding.png import INDEXED_8_BIT, PNG_SIGNATURE, chunk, png_data
from playnano.readers.description import recorded_at
from playnano.rendering.colormaps import DEFAULT_CMAP
from playnano.rendering.palette import palette
from playnano.rendering.pictures import coloured
from playnano.rendering.zrange import movie_range
from playnano.stack.frames import Image
from playnano.stack.once import OncePerKey
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS

LARGEST_SIDE = 128


class Tiles:
    """Tiles by the movie's number, each made once and kept for the session."""

    def __init__(self, load: Callable[[int], AFMImageStack]) -> None:
        self._load = load
        self._made: OncePerKey[int, dict[str, Any]] = OncePerKey()

    def tile(self, number: int) -> dict[str, Any]:
        """What a folder's view shows of a movie."""
        return self._made.of(number, lambda: self._described(number))

    def _described(self, number: int) -> dict[str, Any]:
        try:
            return described_tile(self._load(number))
        except PlaynanoError as error:
            return {"problem": str(error)}
        except Exception as error:  # a fault of a reader: the other movies are shown all the same
            return {"problem": f"{type(error).__name__}: {error}"}


def described_tile(stack: AFMImageStack) -> dict[str, Any]:
    """Size, duration and thumbnail of a movie."""
    frames, height, width = stack.shape
    times, y, x = stack.timestamps, stack.pixel_size_y_nm, stack.pixel_size_nm
    timed = len(times) > 1 and bool(np.isfinite(times[[0, -1]]).all())
    return {
        "problem": "",
        "frames": frames,
        "size_nm": [height * y, width * x] if y and x else None,
        "aspect": round(width * x / (height * y), 6) if y and x else width / height,
        "date": recorded_at(stack),
        "duration_s": float(times[-1] - times[0]) if timed else None,
        "picture": f"data:image/png;base64,{base64.b64encode(thumbnail(stack)).decode('ascii')}",
    }


def thumbnail(stack: AFMImageStack) -> bytes:
    """The first frame that holds something, levelled, as a small PNG."""
    first = stack.select([_first_with_heights(stack)])
    for step in ("auto_level",) if "auto_level" in STEPS.names else ("remove_plane", "row_median_align"):
        first = first.apply(step)
    image = _reduced(np.asarray(first[0]))
    whole = AFMImageStack.from_array(image)
    try:
        picture = coloured(image, movie_range(whole, "auto", "auto"))
    except PlaynanoError:  # a frame of one level, or of nothing but NaN
        picture = np.zeros(image.shape, np.uint8)
    size = struct.pack(">II", *reversed(picture.shape)) + INDEXED_8_BIT
    colours = chunk(b"PLTE", palette(DEFAULT_CMAP).tobytes())
    return PNG_SIGNATURE + chunk(b"IHDR", size) + colours + png_data(picture)


def _first_with_heights(stack: AFMImageStack) -> int:
    """The first frame, or where that is of one level or NaN, one of a few others that is not."""
    frames = len(stack)
    for index in dict.fromkeys((0, frames // 2, frames // 4, 3 * frames // 4, frames - 1)):
        image = stack[index]
        if len(np.unique(image[np.isfinite(image)])) > 1:
            return index
    return 0


def _reduced(image: Image) -> Image:
    every = max(1, -(-max(image.shape) // LARGEST_SIDE))
    return np.ascontiguousarray(image[::every, ::every])
