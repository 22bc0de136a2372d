"""How well drift is found, on scenes whose truth is known: standard deviation 1 nm, 128 x 128."""

import numpy as np
import pytest
from scenes import DRIFT, SIZE, Array, drifting, jittering, scene, with_movers, without_contact
from scipy import ndimage

from playnano.errors import PlaynanoError
from playnano.stack.stack import AFMImageStack


def aligned(frames: Array, **parameters: object) -> AFMImageStack:
    return AFMImageStack.from_array(frames.astype(np.float32)).apply("align_frames", **parameters)


def path_of(stack: AFMImageStack) -> Array:
    measured = [stack.frames.source[i].measured for i in range(len(stack))]
    return np.array([[m["shift_y"], m["shift_x"]] for m in measured])


def rms(stack: AFMImageStack, truth: Array) -> Array:
    error = path_of(stack) - truth
    return np.sqrt(np.mean((error - error[0]) ** 2, axis=0))


def test_drift_of_a_clean_movie() -> None:
    assert (rms(aligned(drifting(DRIFT)), DRIFT) <= 0.05).all()


def test_drift_in_noise_of_pixels_and_lines() -> None:
    assert (rms(aligned(drifting(DRIFT, pixel=0.3, line=0.5)), DRIFT) <= 0.15).all()


def test_drift_that_jitters_by_a_pixel() -> None:
    path = jittering(5)
    assert (rms(aligned(drifting(path, pixel=0.3, line=0.5)), path) <= 0.15).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_drift_while_a_fifth_of_the_area_moves(seed: int) -> None:
    movie = aligned(with_movers(drifting(DRIFT, pixel=0.1, seed=seed), 0.2, seed))
    assert (rms(movie, DRIFT) <= 0.15).all()
    assert movie.provenance.steps[-1].estimation["mosaic"] == "median"


def test_drift_with_jitter_while_a_fifth_of_the_area_moves() -> None:
    path = jittering(6)
    assert (rms(aligned(with_movers(drifting(path, pixel=0.1), 0.2)), path) <= 0.15).all()


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_drift_of_a_smooth_scene(noise: float) -> None:
    movie = aligned(drifting(DRIFT, sigma=14, pixel=noise, line=2 * noise))
    assert (rms(movie, DRIFT) <= 0.15).all()


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
@pytest.mark.parametrize("kind", ["ramps", "garbage"])
def test_frames_without_contact_are_left_out(kind: str, name: str) -> None:
    path = np.array([0.3, -0.17]) * np.arange(32)[:, None]
    frames = without_contact(drifting(path, pixel=0.2, line=0.3), np.s_[12:20], kind)
    movie = AFMImageStack.from_array(frames).apply(name)
    assert np.abs(path_of(movie)[[11, 20, 31]] - path[[11, 20, 31]]).max() <= 0.2
    np.testing.assert_allclose(path_of(movie)[12:20], path[12:20], atol=0.2)
    assert np.abs(np.array(movie.shape[1:]) - np.ceil(SIZE + np.abs(path[-1]))).max() <= 2
    assert any("8 of 32 frames not found (12-19)" in note for note in movie.warnings)


def bare_mica(rng: np.random.Generator) -> Array:
    return np.zeros((SIZE, SIZE))


def fibre_along_the_lines(rng: np.random.Generator) -> Array:
    return np.repeat(5 * np.exp(-((np.arange(SIZE) - 60.0) ** 2) / 18)[:, None], SIZE, axis=1)


def vertical_stripes(rng: np.random.Generator) -> Array:
    return np.tile(np.cumsum(rng.normal(size=SIZE)), (SIZE, 1))


@pytest.mark.parametrize("still", [bare_mica, fibre_along_the_lines, vertical_stripes])
def test_what_a_scene_does_not_fix_is_held(still: object) -> None:
    rng = np.random.default_rng(9)
    scene = still(rng)  # type: ignore[operator]
    noise = rng.normal(scale=0.3, size=(12, SIZE, SIZE)) + rng.normal(scale=0.3, size=(12, SIZE, 1))
    movie = aligned(scene + noise)
    assert np.abs(path_of(movie)).max() <= 0.3
    assert any("shows nothing to align by" in note or "fixes no shift" in note for note in movie.warnings)


def test_a_lattice_says_that_its_period_is_ambiguous() -> None:
    y, x = np.mgrid[:SIZE, :SIZE]
    jumps = np.where(np.arange(10) < 5, 0, 9)
    frames = np.array([np.cos(np.pi * (y - jump) / 12) ** 2 * np.cos(np.pi * x / 12) ** 2 for jump in jumps])
    movie = aligned(frames + np.random.default_rng(1).normal(scale=0.05, size=frames.shape))
    np.testing.assert_allclose(path_of(movie)[-1], [3, 0], atol=0.1)  # -9, taken for 3
    assert any("repeats every 12.0 px" in note and "ambiguous" in note for note in movie.warnings)


def sheared_movie() -> tuple[Array, Array]:
    """Frames whose rows are recorded one after the other while the scene drifts by 4 px per frame, and it."""
    velocity, still = np.array([1.5, -4.0]), scene(4, 3)
    pad, rows = (len(still) - SIZE) // 2, np.arange(SIZE, dtype=float)
    frames = []
    for number in range(10):
        moved = velocity[:, None] * (number + rows / SIZE - 0.5)
        at_y = (rows + moved[0])[:, None] + pad + np.zeros(SIZE)
        at_x = rows[None, :] + moved[1][:, None] + pad
        frames.append(ndimage.map_coordinates(still, [at_y, at_x], order=3))
    return np.array(frames), still[pad:-pad, pad:-pad]


def test_shear_by_drift_is_undone() -> None:
    frames, expected = sheared_movie()
    errors = {}
    for correct in (False, True):
        movie = aligned(frames, correct_shear=correct)
        canvas = movie.frames.source.canvas
        region = np.s_[24 - canvas.top : 104 - canvas.top, 24 - canvas.left : 104 - canvas.left]
        errors[correct] = float(np.sqrt(np.nanmean((movie.data[0][region] - expected[24:104, 24:104]) ** 2)))
    assert errors[True] < 0.05
    assert errors[False] > 4 * errors[True]


def test_shear_is_undone_after_a_flip_and_a_turn_too() -> None:
    movie = AFMImageStack.from_array(sheared_movie()[0][:5].astype(np.float32))
    upright = movie.apply("align_frames", correct_shear=True).data
    flipped = movie.apply("vertical_flip").apply("align_frames", correct_shear=True).data
    turned = movie.apply("rotate90", turns=2).apply("align_frames", correct_shear=True).data
    for other in (flipped[:, ::-1], turned[:, ::-1, ::-1]):
        inner = np.s_[:, 12:100, 12:100]
        assert np.nanstd(other[inner] - upright[: len(other)][inner]) < 0.05
    with pytest.raises(PlaynanoError, match="put it after this step"):
        movie.apply("rotate90", turns=1).apply("align_frames", correct_shear=True)


@pytest.mark.parametrize("seed", [9, 21])
def test_two_estimates_that_differ_are_said_where_movers_and_noise_hide_a_smooth_scene(seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = np.array([1.2, -0.9]) * np.arange(16)[:, None] + rng.normal(0, 3, (16, 2))
    movie = aligned(with_movers(drifting(path, sigma=10, pixel=0.6, line=1.0, seed=seed), 0.2, seed))
    assert (rms(movie, path) > 0.3).any()
    assert any("two estimates" in note for note in movie.provenance.steps[-1].notes)


def test_estimates_that_agree_are_passed_over() -> None:
    movie = aligned(with_movers(drifting(DRIFT, pixel=0.3, line=0.5), 0.2))
    assert not any("two estimates" in note for note in movie.provenance.steps[-1].notes)
