"""Denoising keeps edges, NaN and levels."""

import importlib.util
from typing import Any

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS, Extent

OF_SCIKIT_IMAGE = ("non_local_means", "total_variation", "wavelet")
EVERY = (*OF_SCIKIT_IMAGE, "median_filter", "butterworth")


def clean() -> Any:
    image = np.zeros((64, 72))
    image[20:44, 24:50] = 4
    return image


def noisy(scale: float = 0.3) -> Any:
    return clean() + np.random.default_rng(1).normal(0, scale, clean().shape)


def done(image: Any, step: str, **parameters: Any) -> Any:
    return AFMImageStack.from_array(image).apply(step, **parameters).frames[0].image


@pytest.mark.parametrize("step", OF_SCIKIT_IMAGE)
@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e4])
def test_noise_goes_and_edges_stay_whatever_the_unit(step: str, factor: float) -> None:
    rest = done(noisy() * factor, step) / factor - clean()
    assert rest.std() < 0.6 * 0.3
    assert abs(rest[21:43, 25:49].mean()) < 0.05


def test_the_median_takes_single_pixels_out() -> None:
    spiky = clean()
    spiky[5, 5], spiky[30, 30] = 50, -50
    np.testing.assert_allclose(done(spiky, "median_filter")[1:19], clean()[1:19])
    assert done(spiky, "median_filter")[30, 30] == 4


@pytest.mark.parametrize("step", EVERY)
def test_nan_stays_and_offsets_and_flat_images_too(step: str) -> None:
    image = noisy()
    image[10:14, 30:40] = np.nan
    after = done(image, step)
    np.testing.assert_array_equal(np.isnan(after), np.isnan(image))
    np.testing.assert_allclose(done(image + 1e6, step), after + 1e6, atol=1e-6)
    flat = np.full((9, 9), 1e6 + 0.1)
    np.testing.assert_array_equal(done(flat, step), flat)


@pytest.mark.parametrize("step", EVERY)
@pytest.mark.parametrize("shape", [(3, 3), (1, 20), (20, 1), (2, 5)])
def test_images_of_few_pixels(step: str, shape: tuple[int, int]) -> None:
    after = done(np.random.default_rng(0).normal(size=shape), step)
    assert after.shape == shape
    assert np.isfinite(after).all()


def test_butterworth_halves_its_wavelength_and_moves_nothing() -> None:
    x = np.arange(400)
    for wavelength in (10.0, 40.0):
        wave = np.tile(np.sin(2 * np.pi * x / wavelength), (3, 1)) + 7
        low = done(wave, "butterworth", wavelength=wavelength)[:, 100:300]
        np.testing.assert_allclose(low - 7, (wave[:, 100:300] - 7) / 2, atol=1e-3)
        high = done(wave, "butterworth", wavelength=wavelength, kind="highpass")[:, 100:300]
        np.testing.assert_allclose(high, (wave[:, 100:300] - 7) / 2, atol=1e-3)


@pytest.mark.parametrize("step", OF_SCIKIT_IMAGE)
def test_without_scikit_image_the_plan_says_what_to_install(step: str, monkeypatch: Any) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "playnano.steps.denoising.find_spec", lambda name: None if name == "skimage" else found(name)
    )
    with pytest.raises(PlaynanoError, match=r"needs scikit-image: pip install 'playnano\[denoise\]'"):
        STEPS.make(step, {}).extent(Extent(1, 8, 8))
    with pytest.raises(PlaynanoError, match="needs scikit-image"):
        done(clean(), step)
