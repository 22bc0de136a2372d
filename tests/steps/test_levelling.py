from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playnano.errors import PlaynanoError
from playnano.stack.frames import Frame
from playnano.steps.levelling import PolynomialFlatten, RemovePlane, ZeroMean, ZeroMedian

slope = st.floats(-1, 1)


def surface(height: int = 40, width: int = 56) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height, :width].astype(float)
    return y, x


@given(slope, slope, st.floats(-1000, 1000))
@settings(max_examples=30, deadline=None)
def test_any_plane_is_removed(a: float, b: float, c: float) -> None:
    y, x = surface()
    after = RemovePlane().process(Frame(a * x + b * y + c))
    np.testing.assert_allclose(after.image, 0, atol=1e-10)
    assert after.measured["tilt_x"] == pytest.approx(a, abs=1e-10)
    assert after.measured["tilt_y"] == pytest.approx(b, abs=1e-10)


@given(st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_removing_a_plane_twice_changes_nothing(seed: int) -> None:
    image = np.random.default_rng(seed).normal(size=(30, 31))
    once = RemovePlane().process(Frame(image))
    np.testing.assert_allclose(RemovePlane().process(once).image, once.image, atol=1e-12)


@pytest.mark.parametrize(
    "step", [RemovePlane(), PolynomialFlatten(order=3), ZeroMean(), ZeroMedian()], ids=lambda s: s.step
)
def test_what_is_masked_or_nan_has_no_say_but_is_corrected(step: RemovePlane) -> None:
    y, x = surface()
    plane = 0.3 * x - 0.2 * y + 5
    mask = (y - 20) ** 2 + (x - 30) ** 2 < 90
    one, other = np.where(mask, plane + 10, plane), np.where(mask, plane - 700, plane)
    one[3, 4] = other[3, 4] = np.nan
    a, b = (step.process(Frame(image, mask)).image for image in (one, other))
    np.testing.assert_allclose(a[~mask], b[~mask], atol=1e-9)
    np.testing.assert_allclose((a - b)[mask], 710, atol=1e-6)
    np.testing.assert_array_equal(np.isnan(a), np.isnan(one))


def test_the_masked_fit_is_the_least_squares_fit() -> None:
    rng = np.random.default_rng(4)
    y, x = surface()
    image, mask = rng.normal(size=x.shape), rng.random(x.shape) < 0.4
    terms = np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=-1)
    best = np.linalg.lstsq(terms[~mask], image[~mask], rcond=None)[0]
    after = PolynomialFlatten(order=3).process(Frame(image, mask)).image
    np.testing.assert_allclose(after, image - terms @ best, atol=1e-9)


@pytest.mark.parametrize("masked", [False, True])
def test_a_high_order_is_well_conditioned(masked: bool) -> None:
    y, x = surface(200, 200)
    quadratic = 1e-4 * x**2 - 2e-4 * x * y + 3e-4 * y**2 + 0.1 * x + 3
    mask = (x < 50) & (y < 80) if masked else None
    assert np.abs(PolynomialFlatten(order=8).process(Frame(quadratic, mask)).image).max() <= 1e-9


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (2, 3)])
def test_small_images_are_levelled_too(shape: tuple[int, int]) -> None:
    image = np.arange(float(np.prod(shape))).reshape(shape)
    np.testing.assert_allclose(PolynomialFlatten(order=2).process(Frame(image)).image, 0, atol=1e-10)


@pytest.mark.parametrize("step", [RemovePlane(), ZeroMean(), ZeroMedian()], ids=lambda s: s.step)
def test_nothing_left_to_fit_is_an_error(step: RemovePlane) -> None:
    with pytest.raises(PlaynanoError, match="masked"):
        step.process(Frame(np.zeros((8, 8)), np.ones((8, 8), bool)))


def test_a_line_does_not_determine_a_plane() -> None:
    mask = np.ones((8, 8), bool)
    mask[3] = False
    with pytest.raises(PlaynanoError, match="do not determine the surface"):
        RemovePlane().process(Frame(np.random.default_rng(0).normal(size=(8, 8)), mask))


@pytest.mark.parametrize(
    ("step", "levelled"), [(RemovePlane(), "plane"), (PolynomialFlatten(order=2), "poly2d_total_deg2")]
)
def test_gwyddion_levels_a_real_frame_the_same(data_folder: Path, step: RemovePlane, levelled: str) -> None:
    with np.load(data_folder / "levelling_reference" / "gwyddion_asd_sample_0_frame0.npz") as reference:
        after = step.process(Frame(reference["input"].astype(float))).image
        np.testing.assert_allclose(after, reference[levelled], atol=1e-6)
