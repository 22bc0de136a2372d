"""Pictures compared pixel by pixel with those that were looked at and found good.

Where a change is meant, `python tests/rendering/test_golden_pictures.py` writes them anew: look at them.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rendering_scenes import bordered, hills

from playnano.rendering.look import Look
from playnano.rendering.pictures import pictures

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "64": lambda: (hills(64, 64, interval_s=0.0123), Look()),
    "64_not_enlarged": lambda: (hills(64, 64), Look(min_height=64, speed_label=True, cmap="gray")),
    "256_nan": lambda: (
        bordered(hills(256, 256), 9),
        Look(
            cmap="playnano_gold",
            colour_bar=True,
            speed_label=True,
            text="Fünf \N{GREEK SMALL LETTER MU}m, gold",
        ),
    ),
    "512x300": lambda: (hills(300, 512, aspect=512 / 300, interval_s=62.5), Look(cmap="classic_afm")),
    "bicubic": lambda: (
        bordered(hills(24, 24), 2),
        Look(enlarge="bicubic", min_height=240, scale_bar_nm="auto"),
    ),
}


def drawn(case):
    movie = pictures(*case(), fps=8)
    return movie.palette[movie[1]]


@pytest.mark.parametrize("name", CASES)
def test_pictures_are_as_they_were(name):
    with Image.open(GOLDEN / f"{name}.png") as file:
        golden = np.asarray(file.convert("RGB")).astype(int)
    picture = drawn(CASES[name]).astype(int)
    assert picture.shape == golden.shape
    difference = np.abs(picture - golden).max(axis=2)
    assert (difference > 8).mean() < 1e-3  # a processor may round a height to the next of the 240 colours


def write() -> None:
    for name, case in CASES.items():
        movie = pictures(*case(), fps=8)
        file = Image.frombytes("P", (movie.shape[2], movie.shape[1]), movie[1].tobytes())
        file.putpalette(movie.palette.tobytes())
        file.save(GOLDEN / f"{name}.png", optimize=True)


if __name__ == "__main__":
    write()
