import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from playnano.kernels.resampling import Enlargement, cubic_weights

SHAPES = {
    "small": ((64, 64), 1.0, (512, 512)),
    "not a divisor": ((200, 150), 1.0, (600, 450)),
    "large enough": ((512, 600), 1.0, (512, 600)),
    "high pixels": ((300, 512), 512 / 300, (512, 512)),
    "wide pixels": ((512, 300), 300 / 512, (512, 512)),
    "small and high": ((32, 128), 4.0, (512, 512)),
    "rounded by the instrument": ((512, 512), 1.0004, (512, 512)),
    "a strip": ((8, 2000), 1.0, (16, 4000)),
    "a narrow strip": ((512, 40), 1.0, (2048, 160)),
}


@pytest.mark.parametrize(("image", "aspect", "picture"), SHAPES.values(), ids=SHAPES)
def test_size_of_the_picture(image, aspect, picture):
    assert Enlargement.of(image, aspect, 512).picture == picture


def test_nearest_repeats_pixels():
    image = np.arange(6.0).reshape(2, 3)
    enlarged = Enlargement((2, 3), (4, 9), 2).nearest(image)
    assert np.array_equal(enlarged, image.repeat(2, 0).repeat(3, 1))


def test_nearest_takes_the_pixel_that_lies_below_the_centre():
    image = np.arange(3.0)[:, None]
    rows = Enlargement((3, 1), (5, 1), 1).nearest(image)[:, 0]
    assert rows.tolist() == [0, 0, 1, 2, 2]


def test_bicubic_keeps_a_ramp_away_from_the_edges():
    y, x = np.mgrid[:12, :16].astype(float)
    enlarged = Enlargement((12, 16), (48, 80), 4).bicubic(2 * y - x)
    at_y, at_x = (np.arange(48) + 0.5) / 4 - 0.5, (np.arange(80) + 0.5) / 5 - 0.5
    expected = 2 * at_y[:, None] - at_x[None]
    assert np.allclose(enlarged[8:-8, 10:-10], expected[8:-8, 10:-10])


def test_bicubic_is_near_a_spline_on_smooth_heights():
    y, x = np.mgrid[:32, :32] / 5
    image = np.sin(y) * np.cos(x)
    places = (np.arange(128) + 0.5) / 4 - 0.5
    spline = map_coordinates(image, np.meshgrid(places, places, indexing="ij"), order=3, mode="nearest")
    enlarged = Enlargement((32, 32), (128, 128), 4).bicubic(image)
    assert np.abs(enlarged - spline)[8:-8, 8:-8].max() < 5e-3


def test_weights_add_up_to_one():
    assert np.allclose(cubic_weights(7, 23)[1].sum(axis=0), 1)


def test_nan_stays_where_it_is_and_spreads_nowhere():
    image = np.full((10, 10), 3.0, np.float32)
    image[:3] = np.nan
    image[6, 6] = np.nan
    enlargement = Enlargement((10, 10), (35, 40), 3)
    enlarged = enlargement.bicubic(image)
    assert np.array_equal(np.isnan(enlarged), enlargement.nearest(np.isnan(image)))
    assert np.allclose(enlarged[~np.isnan(enlarged)], 3.0)
    assert enlarged.dtype == np.float32
