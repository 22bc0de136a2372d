"""Frames as small pictures inside the page."""

import base64
import struct

import numpy as np
from numpy.typing import NDArray

from playnano.exporters.encoding.png import INDEXED_8_BIT, PNG_SIGNATURE, chunk, png_data
from playnano.rendering.colormaps import Colours8
from playnano.rendering.palette import MAP_COLOURS
from playnano.rendering.pictures import coloured
from playnano.rendering.zrange import ZRange
from playnano.stack.frames import Image

LARGEST = 320
"""Pixels of a side, at most: eight pictures then have at most 1.1 MB."""


def thumbnail(image: Image, zrange: ZRange, colours: Colours8) -> str:
    """A frame as the address of a picture: `data:image/png;base64,...`."""
    return data_uri(coloured(reduced(image), zrange), colours)


def colour_scale(colours: Colours8) -> str:
    """All colours from the darkest to the lightest, as the address of a picture."""
    return data_uri(np.arange(MAP_COLOURS, dtype=np.uint8)[None], colours)


def data_uri(picture: NDArray[np.uint8], colours: Colours8) -> str:
    """Palette indices (height, width) as the address of a picture."""
    height, width = picture.shape
    head = chunk(b"IHDR", struct.pack(">II", width, height) + INDEXED_8_BIT)
    file = PNG_SIGNATURE + head + chunk(b"PLTE", colours.tobytes()) + png_data(picture)
    return "data:image/png;base64," + base64.b64encode(file).decode("ascii")


def reduced(image: Image) -> Image:
    """The image with blocks of pixels averaged, so that no side has more than `LARGEST`; floats, a copy."""
    down, across = (-(-side // LARGEST) for side in image.shape)
    height, width = (side // by for side, by in zip(image.shape, (down, across), strict=True))
    blocks = image[: height * down, : width * across].reshape(height, down, width, across)
    valid = np.isfinite(blocks)
    count = valid.sum(axis=(1, 3))
    total = np.where(valid, blocks, 0).sum(axis=(1, 3), dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
