import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from playnano.kernels.mosaic import MedianMosaic, Mosaic
from playnano.kernels.refinement import Moved, shifted
from playnano.kernels.registration import Scale, register
from playnano.kernels.registration_copies import Copy
from playnano.kernels.translation import between_pixels, moved, placed, sheared

fraction = st.floats(-0.5, 0.5)


def hill(height: int = 80, width: int = 90) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(float)
    return 20 * np.exp(-((x - 40) ** 2 + (y - 40) ** 2) / 450) + 0.05 * x


def rough(size: int, seed: int = 0) -> np.ndarray:
    image = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), 3)
    return (image / image.std()).astype(np.float32)


@given(fraction, fraction)
@settings(max_examples=20, deadline=None)
def test_one_axis_after_the_other_is_what_scipy_does_at_once(y: float, x: float) -> None:
    image = np.random.default_rng(5).normal(size=(20, 31)) + 450
    expected = ndimage.shift(image, (y, x), order=3, mode="mirror")
    after = between_pixels(image, np.array([y, x]))
    np.testing.assert_allclose(after, expected, atol=1e-11)


@given(fraction, fraction, st.floats(-1, 1), st.floats(-1, 1))
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


def part(value: float, corner: tuple[int, int]) -> Moved:
    rows = value * np.arange(5, dtype=np.float32)
    return Moved(Copy(np.tile(rows, (4, 1)), np.ones((4, 5), bool)), np.array(corner))


def test_a_mosaic_is_the_mean_of_what_lies_on_a_place() -> None:
    mosaic = Mosaic([part(1, (0, 0)), part(3, (0, 0)), part(2, (3, 0))])
    view = mosaic.view(np.array([-1, 0]), (9, 5))
    np.testing.assert_array_equal(view.valid.all(axis=1), [False] + 7 * [True] + [False])
    np.testing.assert_allclose(view.image[1:8] - view.image[1:8, 2:3], np.tile([-4, -2, 0, 2, 4], (7, 1)))
    assert not mosaic.view(np.array([100, 100]), (4, 5)).valid.any()
    assert not Mosaic().view(np.array([0, 0]), (4, 5)).valid.any()


def test_a_mosaic_can_be_seen_without_one_of_its_parts() -> None:
    parts = [part(1, (0, 0)), part(3, (0, 0)), part(8, (2, 0))]
    view = Mosaic(parts).view_without(parts[2], np.zeros(2, np.int64), (6, 5))
    np.testing.assert_array_equal(view.valid.any(axis=1), [True] * 4 + [False] * 2)
    np.testing.assert_allclose(
        view.image[:4] - view.image[:4, :1], np.tile([0, 2, 4, 6, 8], (4, 1)), atol=1e-5
    )


def test_a_median_mosaic_forgets_what_moved_over_a_place() -> None:
    images = np.zeros((5, 6, 7), np.float32)
    for index, image in enumerate(images):
        image[index, 2:4] = 30
    mosaic = MedianMosaic([Moved(Copy(image, np.ones((6, 7), bool)), np.zeros(2, int)) for image in images])
    view = mosaic.view(np.array([0, 0]), (6, 9))
    assert not view.image.any()
    np.testing.assert_array_equal(view.valid[0], [True] * 7 + [False] * 2)


@given(st.floats(-12, 12), st.floats(-12, 12), st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_any_shift_is_found_to_a_fraction_of_a_pixel(y: float, x: float, seed: int) -> None:
    scene = rough(136, seed)
    there = ndimage.shift(scene, (-y, -x), order=3)[20:-20, 20:-20]
    scale = Scale.of(there.shape, 1.0)
    reference, moving = (scale.copy(image) for image in (scene[20:-20, 20:-20], there))
    assert reference is not None
    assert moving is not None
    registration = register(Mosaic([shifted(reference, np.zeros(2))]), moving, np.zeros(2), scale)
    np.testing.assert_allclose(registration.shift, (y, x), atol=0.05)
    assert registration.fixed == (True, True)
    assert registration.confidence > 0.9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("y", [0.3, -0.45, 0.0])
def test_a_spline_does_not_ring_around_a_spike(dtype: type, y: float) -> None:
    spike = np.zeros((21, 25), dtype)
    spike[10, 12] = 30
    after = moved(spike, np.array([y, 0.3]))
    assert np.nanmin(after) >= -0.05 * 30
    assert after.dtype == dtype


def test_a_spline_keeps_the_height_of_what_is_smooth() -> None:
    y, x = np.mgrid[:40, :40].astype(float)
    bump = 5 * np.exp(-((y - 20) ** 2 + (x - 20) ** 2) / (2 * 2.5**2))
    expected = 5 * np.exp(-((y - 20.5) ** 2 + (x - 20.4) ** 2) / (2 * 2.5**2))
    after = moved(bump, np.array([0.5, 0.4]))
    assert np.nanmax(np.abs(after - expected)) < 0.01


def test_shear_puts_each_row_where_the_scene_was_halfway() -> None:
    rows, columns = np.mgrid[:64, :64].astype(float)
    after = sheared(2 * rows - 3 * columns, np.array([2.0, 3.0]), np.array([4.0, -2.0]), (70, 70))
    canvas_y, canvas_x = np.mgrid[:70, :70].astype(float)
    row = canvas_y / (1 + 4 / 64)
    column = canvas_x - 3 + 2 * (row / 64 - 0.5)
    known = np.isfinite(after)
    assert known.sum() > 60 * 60
    np.testing.assert_allclose(after[known], (2 * row - 3 * column)[known], atol=1e-3)
    assert not np.isfinite(sheared(np.full((4, 5), np.nan), np.zeros(2), np.ones(2), (6, 6))).any()
