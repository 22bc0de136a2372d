"""Levelling by facets, by the base, and of terraces; agreement with Gwyddion on a real frame."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.stack.stack import AFMImageStack

SLOPE_Y, SLOPE_X = 0.02, -0.035


def tilt(height: int = 120, width: int = 150) -> Any:
    y, x = np.mgrid[:height, :width]
    return SLOPE_Y * y + SLOPE_X * x


def noise(shape: tuple[int, int], scale: float = 0.05) -> Any:
    return np.random.default_rng(3).normal(0, scale, shape)


def done(image: Any, step: str, pixel_size_nm: Any = 2.0, mask: Any = None, **parameters: Any) -> Any:
    stack = AFMImageStack.from_array(image, pixel_size_nm=pixel_size_nm, mask=mask)
    return stack.apply(step, **parameters).frames[0]


def stairs() -> Any:
    """Three terraces of unequal size, with oblique borders."""
    y, x = np.mgrid[:120, :150]
    return 3.0 * ((x + 0.3 * y > 60).astype(float) + (x + 0.3 * y > 130))


@pytest.mark.parametrize("step", ["facet_level", "multi_terrace_plane"])
@pytest.mark.parametrize("pixel_size_nm", [None, 2.0, (4.0, 2.0)])
def test_terraces_come_out_level_where_a_plane_tilts_them(step: str, pixel_size_nm: Any) -> None:
    after = done(stairs() + tilt() + noise((120, 150)), step, pixel_size_nm)
    assert after.measured["tilt_x"] == pytest.approx(SLOPE_X, abs=1e-3)
    assert after.measured["tilt_y"] == pytest.approx(SLOPE_Y, abs=1e-3)
    plane = done(stairs() + tilt() + noise((120, 150)), "remove_plane")
    assert abs(plane.measured["tilt_x"] - SLOPE_X) > 0.03


def test_terraces_are_counted_and_small_ones_left_out() -> None:
    image = stairs() + tilt() + noise((120, 150))
    assert done(image, "multi_terrace_plane").measured["terraces"] == 3
    assert done(image, "multi_terrace_plane", min_share=0.3).measured["terraces"] < 3


def test_offsets_of_terraces_are_exact_without_noise() -> None:
    after = done(stairs() + tilt(), "multi_terrace_plane")
    inside = after.image[::40, ::149] - after.image[0, 0]
    np.testing.assert_allclose(inside, stairs()[::40, ::149], atol=1e-9)


def test_the_base_is_flat_and_at_zero_under_particles_that_cover_a_quarter() -> None:
    y, x = np.mgrid[:120, :150]
    bow = 3 * (((y - 60) / 60) ** 2 + ((x - 75) / 75) ** 2)
    particles = np.where((y % 24 < 12) & (x % 25 < 13), 6.0, 0.0)
    after = done(particles + tilt() + bow + noise((120, 150)), "flatten_base")
    base = after.image[particles == 0]
    assert abs(np.median(base)) < 0.02
    assert base.std() == pytest.approx(0.05, rel=0.2)
    assert after.measured["background_rms"] == pytest.approx(0.05, rel=0.2)
    assert np.median(after.image[particles > 0]) == pytest.approx(6, abs=0.05)


@pytest.mark.parametrize("step", ["facet_level", "flatten_base", "multi_terrace_plane"])
def test_what_is_masked_or_nan_does_not_count(step: str) -> None:
    image = tilt() + noise((120, 150), 0.005)
    clean = done(image, step).image
    mask = np.zeros((120, 150), bool)
    mask[20:60, 30:90] = True
    image[mask] += 0.3 * np.mgrid[:120, :150][1][mask]
    image[100:110, 5:20] = np.nan
    after = done(image, step, mask=mask).image
    assert np.isnan(after).sum() == 150
    np.testing.assert_allclose(after[mask == 0][::50], clean[mask == 0][::50], atol=0.1)


@pytest.mark.parametrize("step", ["facet_level", "flatten_base", "multi_terrace_plane"])
@pytest.mark.parametrize("shape", [(1, 8), (8, 1), (2, 2), (3, 3)])
def test_images_too_small_to_level_are_left_with_a_reason_or_levelled(
    step: str, shape: tuple[int, int]
) -> None:
    after = done(noise(shape, 1.0) + 1e6, step)
    assert np.isfinite(after.image).all()


@pytest.fixture
def gwyddion(data_folder: Path) -> Any:
    return np.load(data_folder / "levelling_reference" / "gwyddion_asd_sample_0_frame0.npz")


@pytest.mark.parametrize(
    ("name", "step", "parameters"),
    [
        ("plane", "remove_plane", {}),
        ("poly2d_total_deg2", "polynomial_flatten", {"order": 2}),
        *(
            (f"row_poly_deg{order}", "align_rows", {"method": "polynomial", "order": order})
            for order in range(4)
        ),
        ("facet", "facet_level", {"tolerance": 1e-3}),  # where Gwyddion stops, at a slope of 1e-4
    ],
)
def test_agreement_with_gwyddion(name: str, step: str, parameters: dict[str, Any], gwyddion: Any) -> None:
    ours = done(gwyddion["input"], step, None, **parameters).image
    theirs = gwyddion[name].astype(float)
    difference = (ours - np.mean(ours)) - (theirs - np.mean(theirs))
    assert np.abs(difference).max() < (1e-5 if name == "facet" else 2e-6)  # nm; float32 holds 1e-7 of 1 nm
