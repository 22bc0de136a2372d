import numpy as np
import pytest
from scipy import ndimage

from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS

DRIFT = np.array([0.3, -0.17])  # px per frame


def scene(size: int, seed: int) -> np.ndarray:
    rough = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size + 80, size + 80)), 3)
    return rough / rough.std()


def drifting(
    n: int = 40, size: int = 96, *, pixel_noise: float = 0.3, line_noise: float = 0.5, seed: int = 0
) -> AFMImageStack:
    """A still scene of standard deviation 1 that drifts, with noise; `DRIFT` brings it back."""
    rng, rough = np.random.default_rng(seed), scene(size, seed)
    frames = [ndimage.shift(rough, -DRIFT * k, order=3, mode="nearest")[40:-40, 40:-40] for k in range(n)]
    noise = rng.normal(scale=pixel_noise, size=(n, size, size)) + rng.normal(
        scale=line_noise, size=(n, size, 1)
    )
    return AFMImageStack.from_array((np.array(frames) + noise).astype(np.float32))


def shifts(stack: AFMImageStack) -> np.ndarray:
    return np.array(
        [
            [f.measured["shift_y"], f.measured["shift_x"]]
            for f in (stack.frames.source[i] for i in range(len(stack)))
        ]
    )


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
def test_drift_is_found_to_a_fraction_of_a_pixel_in_noise(name: str) -> None:
    found = shifts(drifting().apply(name))
    error = found - DRIFT * np.arange(40)[:, None]
    assert (np.sqrt(np.mean((error - error[0]) ** 2, axis=0)) <= 0.15).all()


def test_any_frame_can_be_the_one_that_stays() -> None:
    found = shifts(drifting(12, pixel_noise=0, line_noise=0).apply("align_frames", reference_frame=5))
    np.testing.assert_allclose(found, DRIFT * (np.arange(12)[:, None] - 5), atol=0.1)
    np.testing.assert_array_equal(found[5], 0)


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
def test_a_scene_may_drift_out_of_the_image_it_began_in(name: str) -> None:
    drift, size = np.array([2.5, -1.5]), 64
    rng, rough = np.random.default_rng(3), scene(size + 120, 3)
    corners = np.outer(np.arange(30), drift) + np.array([20, 75])
    frames = [ndimage.shift(rough, -corner, order=3)[:size, :size] for corner in corners]
    noise = rng.normal(scale=0.1, size=(30, size, size))
    stack = AFMImageStack.from_array((np.array(frames) + noise).astype(np.float32))
    aligned = stack.apply(name)
    np.testing.assert_allclose(shifts(aligned), drift * np.arange(30)[:, None], atol=0.5)
    assert aligned.shape == (30, 64 + 73, 64 + 44)


def test_a_movie_of_nothing_stays_where_it_is() -> None:
    stack = AFMImageStack.from_array(np.full((3, 8, 9), np.nan, np.float32))
    np.testing.assert_array_equal(shifts(stack.apply("rolling_frame_align")), 0)


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
def test_a_scene_that_stands_still_is_copied(name: str, movie: AFMImageStack) -> None:
    still = AFMImageStack.from_array(np.repeat(movie.data[:1], 4, axis=0))
    np.testing.assert_array_equal(still.apply(name).data, still.data)


def test_whole_pixels_are_copied_and_the_border_is_nan() -> None:
    from playnano.kernels.registration import EstimatedShift
    from playnano.steps.drift import Aligned, _canvas

    images = np.arange(2 * 4 * 5.0).reshape(2, 4, 5)
    found = (EstimatedShift(np.zeros(2), 1.0), EstimatedShift(np.array([1.0, -2.0]), 1.0))
    stack = AFMImageStack.from_array(images, mask=images > 30)
    padded = Aligned(stack.frames, found, _canvas([f.shift for f in found], 4, 5, "pad"))
    assert padded.shape == (2, 5, 7)
    np.testing.assert_array_equal(padded[0].image[:4, 2:], images[0])
    np.testing.assert_array_equal(padded[1].image[1:, :5], images[1])
    assert np.isnan(padded[1].image).sum() == 35 - 20
    np.testing.assert_array_equal(padded[1].mask[1:, :5], images[1] > 30)
    cropped = Aligned(stack.frames, found, _canvas([f.shift for f in found], 4, 5, "crop"))
    np.testing.assert_array_equal(cropped[1].image, images[1, :3, 2:])
    assert cropped.shape == (2, 3, 3)


def test_sub_pixel_shifts_put_the_scene_where_it_was() -> None:
    stack = drifting(4, pixel_noise=0, line_noise=0).apply("align_frames", mode="crop")
    assert np.isfinite(stack.data).all()
    np.testing.assert_allclose(stack.data[3], stack.data[0], atol=0.08)
    square = drifting(4, pixel_noise=0, line_noise=0).apply("align_frames", mode="crop_square")
    assert square.shape[1] == square.shape[2]


def test_nan_does_not_disturb_and_stays_nan() -> None:
    clean = drifting(6, pixel_noise=0.1, line_noise=0)
    data = clean.data.copy()
    data[3, 20:24, 30:33] = np.nan
    holed = AFMImageStack.from_array(data).apply("align_frames")
    np.testing.assert_allclose(shifts(holed), shifts(clean.apply("align_frames")), atol=0.05)
    assert np.isnan(holed.data[3, 21:23, 31]).all()


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
@pytest.mark.parametrize("nothing", [0.0, 450.0, np.nan])
def test_a_frame_that_shows_nothing_goes_with_its_neighbour(name: str, nothing: float) -> None:
    data = drifting(6, pixel_noise=0, line_noise=0).data.copy()
    data[3] = nothing
    aligned = AFMImageStack.from_array(data).apply(name)
    found = shifts(aligned)
    np.testing.assert_array_equal(found[3], found[2])
    np.testing.assert_allclose(found[5], DRIFT * 5, atol=0.15)
    assert aligned.frames.source[3].measured["confidence"] == 0


def test_limits_take_a_frame_as_not_found() -> None:
    data = drifting(6, pixel_noise=0, line_noise=0).data.copy()
    data[2] = np.roll(data[2], 12, axis=0)
    found = shifts(AFMImageStack.from_array(data).apply("rolling_frame_align", max_jump=3.0))
    assert abs(found[2, 0] - 0.6) < 3
    limited = shifts(AFMImageStack.from_array(data).apply("align_frames", max_shift=1.0))
    assert np.hypot(*limited.T).max() < 1.05


def test_a_blank_reference_is_an_error() -> None:
    data = drifting(3).data.copy()
    data[0] = 450
    with pytest.raises(Exception, match="frame 0 shows nothing to align by; choose another reference_frame"):
        STEPS.make("align_frames", {}).apply(AFMImageStack.from_array(data))
