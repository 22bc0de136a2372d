from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playnano.errors import PlaynanoError
from playnano.stack.frames import Frame
from playnano.steps.lines import RowMedianAlign
from playnano.steps.smoothing import GaussianFilter


@pytest.mark.parametrize("width", [1, 2, 7, 8, 65])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_median_of_each_row_is_subtracted(width: int, dtype: str) -> None:
    image = np.random.default_rng(width).normal(size=(9, width)).astype(dtype)
    np.testing.assert_array_equal(
        RowMedianAlign().process(Frame(image)).image, image - np.median(image, axis=1, keepdims=True)
    )


def test_the_median_is_that_of_the_background() -> None:
    rng = np.random.default_rng(1)
    image, mask = rng.normal(size=(12, 15)), rng.random((12, 15)) < 0.5
    image[4, 3] = np.nan
    expected = image - np.nanmedian(np.where(mask, np.nan, image), axis=1, keepdims=True)
    np.testing.assert_allclose(RowMedianAlign().process(Frame(image, mask)).image, expected, atol=1e-15)


def test_a_row_without_background_is_shifted_by_the_median_of_the_whole() -> None:
    image, mask = np.arange(12.0).reshape(3, 4), np.zeros((3, 4), bool)
    mask[1] = True
    after = RowMedianAlign().process(Frame(image, mask)).image
    np.testing.assert_array_equal(after[1], image[1] - 5.5)


def test_no_background_at_all_is_an_error() -> None:
    with pytest.raises(PlaynanoError, match="every pixel is masked or NaN"):
        RowMedianAlign().process(Frame(np.full((3, 4), np.nan)))


def test_gwyddion_aligns_a_real_frame_the_same_to_one_quantisation_step(data_folder: Path) -> None:
    with np.load(data_folder / "levelling_reference" / "gwyddion_asd_sample_0_frame0.npz") as reference:
        after = RowMedianAlign().process(Frame(reference["input"].astype(float))).image
        np.testing.assert_allclose(
            after - after.mean(), reference["row_median"] - reference["row_median"].mean(), atol=0.061
        )


@pytest.mark.parametrize("sigma", [1, 2])
def test_gwyddion_smooths_a_real_frame_the_same_up_to_the_border(data_folder: Path, sigma: int) -> None:
    with np.load(data_folder / "levelling_reference" / "gwyddion_asd_sample_0_frame0.npz") as reference:
        after = GaussianFilter(sigma=sigma).process(Frame(reference["input"].astype(float))).image
        np.testing.assert_allclose(after, reference[f"gaussian_sigma{sigma}"], atol=1e-3)


@given(st.integers(0, 2**31), st.floats(0.3, 4))
@settings(max_examples=20, deadline=None)
def test_a_gaussian_keeps_the_mean_and_commutes_with_flips(seed: int, sigma: float) -> None:
    image, step = np.random.default_rng(seed).normal(size=(25, 33)), GaussianFilter(sigma=sigma)
    after = step.process(Frame(image)).image
    assert after.mean() == pytest.approx(image.mean(), abs=1e-12)
    np.testing.assert_allclose(step.process(Frame(image[::-1])).image, after[::-1], atol=1e-12)


def test_a_gaussian_is_what_its_formula_says() -> None:
    image = np.zeros((31, 31))
    image[15, 15] = 1
    at = np.arange(-8, 9)
    kernel = np.exp(-(at**2) / (2 * 2.0**2))
    expected = np.outer(kernel, kernel) / kernel.sum() ** 2
    np.testing.assert_allclose(
        GaussianFilter(sigma=2.0).process(Frame(image)).image[7:24, 7:24], expected, atol=1e-15
    )


def test_nan_stays_and_disturbs_nothing_else() -> None:
    image = np.full((20, 20), 7.0, np.float32)
    image[5, 6:9] = np.nan
    after = GaussianFilter(sigma=1.5).process(Frame(image)).image
    np.testing.assert_array_equal(np.isnan(after), np.isnan(image))
    np.testing.assert_allclose(after[~np.isnan(after)], 7.0, rtol=1e-6)


def test_an_infinite_value_stays_and_disturbs_nothing_else() -> None:
    image = np.full((12, 12), 7.0, np.float32)
    image[5, 6] = np.inf
    after = GaussianFilter(sigma=1.5).process(Frame(image)).image
    assert after[5, 6] == np.inf
    np.testing.assert_allclose(after[np.isfinite(image)], 7.0, rtol=1e-6)
