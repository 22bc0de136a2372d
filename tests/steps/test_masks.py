import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from playnano.kernels.morphology import closed_by_square
from playnano.stack.frames import Frame
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps.masks import (
    Clear,
    ClearMask,
    MaskAdaptive,
    MaskBelowThreshold,
    MaskMeanOffset,
    MaskMorphological,
    MaskThreshold,
)

IMAGE = np.random.default_rng(2).normal(size=(37, 41))


def test_thresholds() -> None:
    np.testing.assert_array_equal(MaskThreshold(threshold=0.5).features(Frame(IMAGE)), IMAGE > 0.5)
    np.testing.assert_array_equal(MaskBelowThreshold(threshold=-0.5).features(Frame(IMAGE)), IMAGE < -0.5)


def test_mean_offset_is_in_standard_deviations() -> None:
    expected = IMAGE - IMAGE.mean() > 1.5 * IMAGE.std()
    np.testing.assert_array_equal(MaskMeanOffset(factor=1.5).features(Frame(IMAGE)), expected)


def test_closing_fills_a_gap_smaller_than_the_square_and_no_larger_one() -> None:
    image = np.zeros((21, 21))
    image[8:13, 4:9] = 5
    image[8:13, 10:15] = -5
    closed = MaskMorphological(threshold=1, structure_size=3).features(Frame(image))
    assert closed[10, 9]
    assert not closed[10, 3]
    assert not MaskMorphological(threshold=1, structure_size=1).features(Frame(image))[10, 9]


@given(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 25), st.integers(1, 25))
@settings(max_examples=60, deadline=None)
def test_closing_is_the_binary_closing_of_a_mask_with_a_margin(
    seed: int, side: int, height: int, width: int
) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < 0.25
    closed = ndimage.binary_closing(np.pad(mask, side), np.ones((side, side)))[side:-side, side:-side]
    np.testing.assert_array_equal(closed_by_square(mask, side), closed)
    assert closed[mask].all()  # nothing is lost at the border


def test_the_share_that_is_masked_is_measured(movie: AFMImageStack) -> None:
    stack = movie.apply("mask_threshold", threshold=4.0).apply("mask_below_threshold", threshold=0.5)
    first, both = (record.measured["masked_share"] for record in spool(stack).provenance.steps)
    high, low = movie.data > 4, movie.data < 0.5
    np.testing.assert_allclose(first, high.mean(axis=(1, 2)))
    np.testing.assert_allclose(both, (high | low).mean(axis=(1, 2)))


def test_adaptive_compares_with_the_mean_of_the_tile() -> None:
    expected = np.zeros(IMAGE.shape, bool)
    for top in range(0, 37, 15):
        for left in range(0, 41, 15):
            tile = IMAGE[top : top + 15, left : left + 15]
            expected[top : top + 15, left : left + 15] = tile > tile.mean() + 0.2
    np.testing.assert_array_equal(MaskAdaptive(offset=0.2).features(Frame(IMAGE)), expected)


@pytest.mark.parametrize(
    "step",
    [
        MaskThreshold(threshold=-9),
        MaskBelowThreshold(threshold=9),
        MaskMeanOffset(factor=-9),
        MaskMorphological(),
        MaskAdaptive(offset=-9),
    ],
    ids=lambda step: step.step,
)
def test_nan_is_no_feature_and_has_no_say(step: MaskThreshold) -> None:
    image = IMAGE.copy()
    image[10:20, 5:9] = np.nan
    mask = step.features(Frame(image))
    np.testing.assert_array_equal(mask, np.isfinite(image))
    assert not step.features(Frame(np.full((4, 4), np.nan))).any()


@pytest.mark.parametrize("clear", [Clear(), ClearMask()], ids=lambda step: step.step)
def test_clearing_drops_the_mask_and_nothing_else(clear: ClearMask) -> None:
    after = clear.process(Frame(IMAGE, IMAGE > 0))
    assert after.mask is None
    assert after.image is IMAGE


def test_a_step_after_a_mask_fits_on_the_background_only(movie: AFMImageStack) -> None:
    plain = movie.apply("remove_plane")
    masked = movie.apply("remove_plane").apply("mask_threshold", threshold=1.0).apply("remove_plane")
    background = ~np.asarray(masked.masks["step_2_mask_threshold"])
    spread = [np.std(stack.data[background]) for stack in (plain, masked)]
    assert spread[1] < spread[0]
