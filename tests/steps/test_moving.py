import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from playnano.kernels.mosaic import Mosaic, tile
from playnano.kernels.registration import prepared, register
from playnano.kernels.translation import between_pixels, moved, placed, spline_coefficients

part = st.floats(-0.5, 0.5)


def hill(height: int = 80, width: int = 90) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(float)
    return 20 * np.exp(-((x - 40) ** 2 + (y - 40) ** 2) / 450) + 0.05 * x


def rough(size: int, seed: int = 0) -> np.ndarray:
    image = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), 3)
    return (image / image.std()).astype(np.float32)


@given(part, part)
@settings(max_examples=20, deadline=None)
def test_one_axis_after_the_other_is_what_scipy_does_at_once(y: float, x: float) -> None:
    image = np.random.default_rng(5).normal(size=(20, 31)) + 450
    expected = ndimage.shift(image, (y, x), order=3, mode="mirror")
    after = between_pixels(spline_coefficients(image), np.array([y, x]))
    np.testing.assert_allclose(after, expected, atol=1e-11)


@given(part, part, st.floats(-1, 1), st.floats(-1, 1))
@settings(max_examples=20, deadline=None)
def test_a_plane_is_moved_exactly_up_to_the_border(y: float, x: float, a: float, b: float) -> None:
    rows, columns = np.mgrid[:17, :23].astype(float)
    after = moved(a * rows + b * columns + 450, np.array([y, x]))
    known = np.isfinite(after)
    assert known[1:-1, 1:-1].all()
    np.testing.assert_allclose(after[known], (a * (rows - y) + b * (columns - x) + 450)[known], atol=1e-4)


@pytest.mark.parametrize(
    ("shift", "rows", "columns"),
    [((0.5, 0.3), (0,), (0,)), ((-0.5, 0.3), (-1,), (0,)), ((0.0, -0.2), (), (-1,)), ((0.0, 0.0), (), ())],
)
def test_nan_is_where_there_is_nothing_to_look_between(
    shift: tuple[float, float], rows: tuple[int, ...], columns: tuple[int, ...]
) -> None:
    expected = np.zeros((80, 90), bool)
    expected[list(rows)] = expected[:, list(columns)] = True
    np.testing.assert_array_equal(np.isnan(moved(hill(), np.array(shift))), expected)


def test_a_hole_disturbs_nothing_around_it() -> None:
    holed = hill()
    holed[36:44, 36:44] = np.nan
    whole, after = (moved(image, np.array([0.5, 0.3])) for image in (hill(), holed))
    assert np.isnan(after).sum() - np.isnan(whole).sum() == 9 * 9
    known = np.isfinite(after)
    assert np.abs(after - whole)[known].max() < 0.1  # of 20; filled by the median it would be 2


def test_a_border_of_nan_disturbs_nothing_beside_it() -> None:
    holed = hill() + 450
    holed[:20] = np.nan
    whole, after = (moved(image, np.array([0.5, 0.3])) for image in (hill() + 450, holed))
    assert np.nanmax(np.abs(after - whole)) < 0.1
    assert np.isnan(moved(np.full((5, 6), np.nan), np.array([0.5, 0.3]))).all()


@pytest.mark.parametrize("corner", [(0, 0), (2, -1), (-3, 4), (50, 50), (-50, 0)])
def test_whole_pixels_are_copied(corner: tuple[int, int]) -> None:
    image = np.arange(12.0).reshape(3, 4)
    expected = np.full((6, 7), np.nan)
    for (y, x), value in np.ndenumerate(image):
        if 0 <= y + corner[0] < 6 and 0 <= x + corner[1] < 7:
            expected[y + corner[0], x + corner[1]] = value
    np.testing.assert_array_equal(placed(image, corner, (6, 7), np.nan), expected)


def test_a_mosaic_is_the_mean_of_what_lies_on_a_place() -> None:
    ones = np.ones((4, 5), np.float32)
    mosaic = Mosaic([tile(ones, np.zeros(2)), tile(3 * ones, np.array([-2.0, 3.0]))])
    np.testing.assert_allclose(
        mosaic.view(np.array([-2, 0]), (4, 5)),
        [[0, 0, 0, 3, 3], [0, 0, 0, 3, 3], [1, 1, 1, 2, 2], [1, 1, 1, 2, 2]],
        atol=1e-6,
    )
    assert not mosaic.view(np.array([100, 100]), (4, 5)).any()
    assert not Mosaic().view(np.array([0, 0]), (4, 5)).any()


@given(st.floats(-12, 12), st.floats(-12, 12), st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_any_shift_is_found_to_a_fraction_of_a_pixel(y: float, x: float, seed: int) -> None:
    scene = rough(136, seed)
    there = ndimage.shift(scene, (-y, -x), order=3)[20:-20, 20:-20]
    reference, moving = (prepared(image, 1.0) for image in (scene[20:-20, 20:-20], there))
    assert reference is not None
    assert moving is not None
    found = register(reference, moving, np.zeros(2))
    np.testing.assert_allclose(found.shift, (y, x), atol=0.3)
    assert found.confidence > 0.5
