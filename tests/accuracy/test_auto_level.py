"""`auto_level` against scenes whose truth is known, and on real movies."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from levelling_scenes import Scene, block, discs, recorded, stairs

import playnano
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def levelled(scene: Scene, **parameters: Any) -> Any:
    return AFMImageStack.from_array(scene.image).apply("auto_level", **parameters)[0].astype(float)


@pytest.mark.parametrize("dome", [False, True], ids=["discs", "domes"])
@pytest.mark.parametrize("coverage", [0.0, 0.05, 0.3, 0.6, 0.7])
def test_particles_at_any_coverage(coverage: float, dome: bool) -> None:
    scenes = [recorded(discs(coverage, seed, dome=dome), seed) for seed in range(4)]
    movie = AFMImageStack.from_array(np.array([scene.image for scene in scenes]))
    after = movie.apply("auto_level").data.astype(float)
    levels = [image[scene.background].mean() for scene, image in zip(scenes, after, strict=True)]
    assert np.abs(levels).max() < 0.02
    assert np.std(levels) < 0.03  # flicker
    for scene, image in zip(scenes, after, strict=True):
        assert np.nanstd(scene.background_line_errors(image)) < 0.05
        assert coverage == 0 or abs(scene.height_error(image)) < 0.05


@pytest.mark.parametrize("coverage", [0.3, 0.6])
def test_particles_eight_times_as_high_as_the_noise(coverage: float) -> None:
    scene = recorded(np.where(discs(coverage, 1) > 0, 1.6, 0.0), 1, noise=0.2)
    image = levelled(scene)
    assert abs(np.median(image[scene.background])) < 0.1
    assert np.nanstd(scene.background_line_errors(image)) < 0.1


def errors(truth: Any, tilt: float = 10.0) -> Any:
    """What is left of a tilt and noise of 0.1 where the truth is taken away."""
    height, width = truth.shape
    slope = tilt * np.linspace(0, 1, width) + np.linspace(0, 5, height)[:, None]
    noise = np.random.default_rng(5).normal(0, 0.1, truth.shape)
    movie = AFMImageStack.from_array(truth + slope + noise).apply("auto_level")
    return np.asarray(movie[0]) - truth


@pytest.mark.parametrize("width", [512, 1023])
def test_a_steep_tilt_of_a_wide_image(width: int) -> None:
    truth = np.zeros((128, width))
    truth[40:60, 100:140] = 3.0
    error = errors(truth, tilt=1000.0)
    assert abs(error.mean()) < 0.01
    assert np.abs(error.mean(axis=0)).max() < 0.05


@pytest.mark.parametrize("angle", [0.5, 2.0, 10.0])
def test_a_grating_too_fine_for_flanks(angle: float) -> None:
    y, x = np.mgrid[:256, :1024]
    along = x * np.cos(np.deg2rad(angle)) + y * np.sin(np.deg2rad(angle))
    error = errors(np.where(along % 8 < 3.2, 2.0, 0.0))
    assert abs(error.mean()) < 0.05
    assert error.std() < 0.15


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_edges_of_small_particles_are_not_taken_for_rounded_heights(share: float) -> None:
    rng = np.random.default_rng(0)
    truth, (y, x) = np.zeros((128, 1024)), np.mgrid[:128, :1024]
    while (truth > 0).mean() < share:
        truth[(y - rng.uniform(0, 128)) ** 2 + (x - rng.uniform(0, 1024)) ** 2 < 81] = 4.0
    error = errors(truth)
    assert abs(error.mean()) < 0.02
    assert np.std(error.mean(axis=1)) < 0.02


@pytest.mark.parametrize(("height", "said"), [(0.8, True), (1.6, False)])
def test_low_features_taken_for_background_are_said(height: float, said: bool) -> None:
    scene = recorded(np.where(discs(0.45, 1) > 0, height, 0.0), 1, noise=0.2)
    movie = AFMImageStack.from_array(scene.image).apply("auto_level")
    assert any("low features" in warning for warning in movie.warnings) is said


@pytest.mark.parametrize("noise", [0.15, 0.2, 0.4])
@pytest.mark.parametrize("truth", [discs(0.2, 8, height=3.6), block(3.6, 0.62), -discs(0.1, 9)])
def test_heights_rounded_by_a_converter(truth: Any, noise: float) -> None:
    scene = recorded(truth, 7, noise=noise)
    scene = Scene(np.round(scene.image / 0.25) * np.float32(0.25), truth)
    image = levelled(scene)
    assert np.abs(np.median(image - truth, axis=1)).max() < 0.25
    assert abs(np.median(image[scene.background])) < 0.1


def test_holes() -> None:
    scene = recorded(-2 * discs(0.15, 4), 4)
    image = levelled(scene)
    assert abs(image[scene.background].mean()) < 0.02
    assert np.nanstd(scene.background_line_errors(image)) < 0.05


def test_a_block_over_most_of_every_row() -> None:
    scene = recorded(block(5, 0.62), 1)
    image = levelled(scene)
    assert abs(image[scene.background].mean()) < 0.05
    assert np.abs(scene.line_errors(image)).max() < 0.05


@pytest.mark.parametrize(("low", "high"), [(0.3, 0.3), (0.5, 0.5), (0.6, 0.6), (0.6, 0.3), (0.3, 0.6)])
def test_low_and_high_parts_in_one_picture(low: float, high: float) -> None:
    truth = block(3, low, slice(30, 110)) + block(12, high, slice(140, 230))
    scene = recorded(truth, 2)
    assert np.abs(scene.line_errors(levelled(scene))).max() < 0.2


@pytest.mark.parametrize("step", [0.5, 2.0])
def test_terraces_share_one_slope(step: float) -> None:
    scene = recorded(stairs(step), 3, bow=0.0, rows=0.3, noise=0.05)
    image = levelled(scene, surface="terraces")
    difference = image - scene.truth
    means = [difference[scene.truth == level].mean() for level in np.unique(scene.truth)]
    assert np.ptp(means) < 0.1 * step
    assert np.std(difference) < 0.07


def test_a_mask_in_force_is_respected_and_its_own_is_a_layer() -> None:
    scene = recorded(discs(0.1, 5), 5)
    image = scene.image.copy()
    image[100:140, 60:200] += 40.0
    mask = np.zeros(image.shape, bool)
    mask[100:140, 60:200] = True
    stack = spool(AFMImageStack.from_array(image[None], mask=mask[None]).apply("auto_level", name="flat"))
    outside = scene.background & ~mask
    assert abs(stack[0][outside].mean()) < 0.02
    own = np.asarray(stack.masks["flat_mask"])[0]
    assert own[scene.truth > 3].mean() > 0.99
    assert own[outside].mean() < 0.1
    np.testing.assert_array_equal(stack.frames[0].mask, own | mask)


def test_what_is_measured() -> None:
    scene = recorded(discs(0.3, 6), 6)
    (record,) = spool(AFMImageStack.from_array(scene.image + 100).apply("auto_level")).provenance.steps
    measured = {name: values[0] for name, values in record.measured.items()}
    assert measured["coverage"] == pytest.approx(np.mean(scene.truth > 0), abs=0.02)
    assert measured["background_rms"] == pytest.approx(0.1, abs=0.01)
    assert measured["level_before"] == pytest.approx(100, abs=5)


def test_the_patch_of_a_real_movie_lies_flat(data_folder: Path) -> None:
    movie = playnano.load(data_folder / "asd" / "202110200146.asd")
    for image in movie.apply("auto_level"):
        patch, mica = image[120:180, 80:170], image[:50]
        assert np.median(patch) - np.median(mica) == pytest.approx(2.9, abs=0.15)
        assert np.median(mica) == pytest.approx(0, abs=0.05)
        assert np.std(np.median(mica, axis=1)) < 0.05  # no bands
        assert np.std(np.median(patch, axis=1)) < 0.25


def test_no_line_of_a_real_movie_lies_below_the_others(data_folder: Path) -> None:
    """Whose heights are rounded to 0.2 nm, and where the tip is in contact from frame 7 on."""
    after = spool(playnano.load(data_folder / "asd" / "extra_sample.asd").apply("auto_level"))
    lowest = [np.percentile(after[index], 30, axis=1).min() for index in range(7, 63)]
    assert min(lowest) > -1


@pytest.mark.parametrize("name", ["asd/asd_sample_0.asd", "asd/extra_sample.asd"])
def test_real_movies_do_not_flicker(data_folder: Path, name: str) -> None:
    after = spool(playnano.load(data_folder / name).apply("auto_level"))
    good = [index for index, frame in enumerate(after.frame_metadata) if frame["quality"] == "good"]
    levels = [np.median(after[index][~after.frames[index].mask]) for index in good]
    assert np.std(levels) < 0.03
