"""Surfaces fitted beside a mask: of a large frame, two copies as float64 are in memory, not five."""

import tracemalloc

import numpy as np
import pytest

from playnano.kernels.surfaces import fit_surface
from playnano.stack.frames import Frame


@pytest.mark.parametrize("order", [1, 4])
def test_memory_of_a_fit_beside_a_mask(order: int) -> None:
    y, x = np.mgrid[:1024, :1024] / 1024
    image, mask = (3 * x - 2 * y + x * y).astype(np.float32), np.zeros((1024, 1024), bool)
    mask[100:400, 200:500] = True
    frame = Frame(image, mask)
    fit_surface(frame, order)  # what is kept for the next frame
    tracemalloc.start()
    surface = fit_surface(frame, order)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.3 * surface.nbytes
    if order == 4:
        np.testing.assert_allclose(surface, image, atol=1e-6)
