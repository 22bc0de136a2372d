"""Medians by selection and by a network, and the Sobel filter by slices, against numpy and scipy."""

import numpy as np
import pytest

from playnano.kernels.medians import median, medians_of_rows, ordered_images
from playnano.kernels.slopes import squared_slopes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 2, 7, 64])
def test_the_median_of_rows_and_of_all(width: int, dtype: str) -> None:
    image = np.random.default_rng(width).normal(size=(5, width)).astype(dtype)
    np.testing.assert_array_equal(medians_of_rows(image), np.median(image, axis=1))
    assert median(image[0]) == pytest.approx(np.median(image[0].astype(float)), abs=0)


def test_nothing_has_the_median_zero() -> None:
    assert median(np.empty(0)) == 0


@pytest.mark.parametrize("count", range(1, 18))
def test_images_come_in_order(count: int) -> None:
    images = np.random.default_rng(count).integers(0, 6, (count, 9, 8)).astype(np.float32)
    before = images.copy()
    np.testing.assert_array_equal(ordered_images(images), np.sort(images, axis=0))
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("shape", [(20, 30), (1, 5), (5, 1), (1, 1), (2, 2)])
def test_slopes_are_those_of_sobel(shape: tuple[int, int]) -> None:
    from scipy.ndimage import sobel

    heights = np.random.default_rng(0).normal(size=shape)
    expected = sobel(heights, 0) ** 2 + sobel(heights, 1) ** 2
    np.testing.assert_allclose(squared_slopes(heights), expected, rtol=1e-12, atol=1e-12)
