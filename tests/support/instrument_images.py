"""What the tests of other makers' images share: comparing with reference values, and damaging files."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano import AFMImageStack, load
from playnano.errors import ReadError


def agrees_with_reference(stack: AFMImageStack, told: dict[str, Any]) -> None:
    """Compare an image with what Gwyddion says of it."""
    image = np.asarray(stack.data[0], np.float64)
    assert (len(stack), *image.shape) == (1, *told["shape"])
    assert stack.unit == told["unit"]
    size = max(abs(told["min"]), abs(told["max"]))
    near = {"rel": 1e-6, "abs": 1e-6 * size}
    assert image.min() == pytest.approx(told["min"], **near)
    assert image.max() == pytest.approx(told["max"], **near)
    assert image.mean() == pytest.approx(told["mean"], **near)
    assert image.std() == pytest.approx(told["std"], **near)
    assert image[0, :3] == pytest.approx(told["row0_first3"], **near)
    assert image[-1, :3] == pytest.approx(told["lastrow_first3"], **near)
    assert (stack.pixel_size_nm, stack.pixel_size_y_nm) == pytest.approx(tuple(told["pixel_nm"]))


def damaged(whole: bytes, header: int, seed: int = 1) -> Iterator[bytes]:
    """Copies of a file, cut short or with bytes of its header changed."""
    dice = random.Random(seed)
    for _ in range(25):
        yield whole[: dice.randrange(len(whole))]
    for _ in range(75):
        copy = bytearray(whole)
        for _ in range(dice.randrange(1, 4)):
            copy[dice.randrange(header)] = dice.choice([0, 1, 0x7F, 0xFF, dice.randrange(256)])
        yield bytes(copy)


def is_refused_or_read(path: Path, whole: bytes, header: int, shapes: set[tuple[int, int]]) -> None:
    """Every damaged copy gives one clear line, or an image of a shape that it may have."""
    refused = read = 0
    copies = list(damaged(whole, header))
    for copy in copies:
        path.write_bytes(copy)
        try:
            stack = load(path)
            shape = np.asarray(stack.data).shape
        except ReadError as error:
            refused += "\n" not in str(error)
        else:
            assert shape[1:] in shapes
            read += 1
    assert refused > 20
    assert refused + read == len(copies)
