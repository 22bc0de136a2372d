"""The fast median of 3 x 3 pixels, against scipy's."""

import numpy as np
import pytest

from playnano.kernels.denoising import median_of_nine


@pytest.mark.parametrize("shape", [(40, 50), (1, 7), (7, 1), (3, 3), (1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_the_median(shape: tuple[int, int], dtype: str) -> None:
    from scipy.ndimage import median_filter

    image = np.random.default_rng(0).normal(size=shape).astype(dtype).round(1)
    np.testing.assert_array_equal(median_of_nine(image), median_filter(image, 3, mode="nearest"))
