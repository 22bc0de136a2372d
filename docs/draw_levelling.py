"""Draw the pictures of docs/how-to/level-a-movie.md from the synthetic sample.

python docs/draw_levelling.py
"""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playnano.exporters.encoding.png import INDEXED_8_BIT, PNG_SIGNATURE, chunk, png_data
from playnano.rendering.palette import palette
from playnano.rendering.pictures import coloured
from playnano.rendering.zrange import ZRange, frame_range
from playnano.sample.movie import Sample
from playnano.stack.stack import AFMImageStack

FOLDER = Path(__file__).parent / "images"
COLOURS = palette("afm_brown")
GAP = 8
ENLARGED = 2
RANGE = ZRange(-1.0, 5.0)
"""One range for all that is levelled, so that its pictures can be compared."""


def movie() -> AFMImageStack:
    """A frame of the sample with a patch, 3 nm high, that fills more than half of many lines."""
    data = Sample(frames=1).stack().data.copy()
    data[0, 40:90, 20:100] += 3.0
    return AFMImageStack.from_array(data, pixel_size_nm=4.0)


def row(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures side by side, enlarged."""
    white = np.full((pictures[0].shape[0] * ENLARGED, GAP), len(COLOURS) - 1, np.uint8)
    large = [picture.repeat(ENLARGED, 0).repeat(ENLARGED, 1) for picture in pictures]
    return np.concatenate([part for one in large for part in (one, white)][:-1], axis=1)


def save(name: str, pictures: list[NDArray[np.uint8]]) -> None:
    """Write a row of pictures as PNG."""
    picture = row(pictures)
    size = struct.pack(">II", picture.shape[1], picture.shape[0]) + INDEXED_8_BIT
    head = PNG_SIGNATURE + chunk(b"IHDR", size) + chunk(b"PLTE", COLOURS.tobytes())
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.png").write_bytes(head + png_data(picture))


def main() -> None:
    """Draw all pictures."""
    raw = movie()
    medians = raw.apply("remove_plane").apply("row_median_align").apply("zero_median")
    levelled = raw.apply("auto_level").frames[0]
    assert levelled.mask is not None
    after = coloured(levelled.image, RANGE)
    save("levelling-auto", [coloured(raw[0], frame_range(raw[0], "auto", "auto")), after])
    save("levelling-mask", [after, np.where(levelled.mask, np.uint8(0), after)])
    save("levelling-medians", [coloured(medians[0], RANGE), after])


if __name__ == "__main__":
    main()
