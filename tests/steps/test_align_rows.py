"""Row alignment by every method, on scenes whose offsets are known and against Gwyddion."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.kernels.rows import row_polynomials
from playnano.stack.stack import AFMImageStack

METHODS = ["median", "mean", "trimmed_mean", "median_of_differences", "modus", "polynomial", "facet"]
RNG = np.random.default_rng(0)


def aligned(image: Any, method: str, mask: Any = None, **parameters: Any) -> Any:
    stack = AFMImageStack.from_array(image[None], mask=None if mask is None else mask[None])
    return stack.apply("align_rows", method=method, **parameters)[0]


@pytest.mark.parametrize("method", [m for m in METHODS if m != "facet"])
def test_offsets_of_lines_are_removed(method: str) -> None:
    offsets = RNG.normal(0, 2, (60, 1))
    after = aligned(RNG.normal(0, 0.05, (60, 80)) + offsets, method)
    drifts = method == "median_of_differences"  # errors of differences add up from line to line
    assert np.std(after.mean(axis=1)) < (0.5 if drifts else 0.05)
    assert np.std(np.diff(np.median(after, axis=1))) < 0.1


def test_differences_hold_beside_a_block_and_keep_tilt_and_level() -> None:
    y, x = np.mgrid[:60, :80]
    scene = 3.0 + 0.1 * y + 5.0 * (x < 50)
    after = aligned(scene + RNG.normal(0, 0.5, (60, 1)) * (y > -1), "median_of_differences")
    assert after.mean() == pytest.approx(scene.mean(), abs=0.2)
    block, ground = after[:, :50].mean(axis=1), after[:, 50:].mean(axis=1)
    np.testing.assert_allclose(block - ground, 5.0, atol=1e-9)
    assert np.std(np.diff(ground)) < 1e-6


def test_facet_levels_the_flat_parts_of_a_line_with_a_step() -> None:
    line = 0.05 * np.arange(80) + 4.0 * (np.arange(80) > 30)
    after = aligned(np.tile(line, (5, 1)), "facet")
    np.testing.assert_allclose(np.diff(after[:, :30], axis=1), 0, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_masks_and_nan_do_not_count(method: str) -> None:
    image = RNG.normal(0, 0.05, (40, 50)) + RNG.normal(0, 1, (40, 1))
    mask = np.zeros(image.shape, bool)
    mask[:, 10:20] = True
    spoilt = image.copy()
    spoilt[mask] = 50.0
    nan = image.copy()
    nan[mask] = np.nan
    clear = aligned(image, method, mask)[~mask]
    np.testing.assert_allclose(aligned(spoilt, method, mask)[~mask], clear)
    np.testing.assert_allclose(aligned(nan, method)[~mask], clear, atol=1e-12)


@pytest.mark.parametrize("method", ["median", "mean", "trimmed_mean", "modus", "polynomial"])
def test_a_line_without_background_is_shifted_like_its_neighbours(method: str) -> None:
    image = np.zeros((21, 40)) + np.linspace(0, 10, 21)[:, None]
    mask = np.zeros(image.shape, bool)
    image[10] += 7.0
    mask[10] = True
    after = aligned(image, method, mask)
    np.testing.assert_allclose(after[10], 7.0)
    np.testing.assert_allclose(after[9], 0.0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(3, 3), (1, 9), (9, 1)])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_small_and_far_away(method: str, shape: tuple[int, int], offset: float) -> None:
    image = RNG.normal(size=shape) + offset
    after = aligned(image, method)
    assert np.isfinite(after).all()
    np.testing.assert_allclose(
        after - after.mean(),
        aligned(image - offset, method) - (aligned(image - offset, method)).mean(),
        atol=1e-6,
    )


def test_polynomials_agree_with_gwyddion(data_folder: Path) -> None:
    stored = np.load(data_folder / "levelling_reference" / "gwyddion_asd_sample_0_frame0.npz")
    image = stored["input"].astype(float)
    for order in range(4):
        ours = image - row_polynomials(image, np.isfinite(image), order)
        np.testing.assert_allclose(ours, stored[f"row_poly_deg{order}"], atol=1e-7)


@pytest.mark.parametrize("step", [0.1, 0.25, 0.5])
def test_rounded_heights_do_not_make_lines_wander(step: float) -> None:
    rng = np.random.default_rng(3)
    offsets, noise = rng.normal(0, 0.5, 200), rng.normal(0, 0.2, (200, 256))
    image = 0.03 * np.arange(256) + offsets[:, None] + noise
    after = aligned(np.round(image / step) * step, "median_of_differences") - (image - offsets[:, None])
    rows = after.mean(axis=1)
    place = np.linspace(-1, 1, len(rows))
    rows -= rows.mean() + place * (rows @ place) / (place @ place)  # tilt is kept
    assert np.std(rows) < 0.15


def test_edges_of_small_particles_do_not_make_lines_wander() -> None:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:200, :256]
    dots = 20.0 * ((x % 10 < 3) & (y % 40 < 20))
    image = dots + rng.normal(0, 0.1, dots.shape)
    after = aligned(image + rng.normal(0, 0.5, (200, 1)), "median_of_differences") - dots
    rows = np.median(after, axis=1)
    place = np.linspace(-1, 1, len(rows))
    rows -= rows.mean() + place * (rows @ place) / (place @ place)  # tilt is kept
    assert np.std(rows) < 0.15
