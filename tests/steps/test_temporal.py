"""Filters over time, and what stands still subtracted."""

import numpy as np
import pytest

from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack

RNG = np.random.default_rng(0)


def movie() -> AFMImageStack:
    data = RNG.normal(size=(7, 30, 40))
    data[3] = 5.0  # blank
    data[2, 4, 5] = np.nan
    return AFMImageStack.from_array(data, timestamps=[0, 1, 2, 3, 4, 10, 11])


@pytest.mark.parametrize(
    ("step", "function"), [("temporal_mean", np.nanmean), ("temporal_median", np.nanmedian)]
)
def test_mean_and_median_leave_out_blank_frames_and_nan(step: str, function: object) -> None:
    stack = movie()
    after = spool(stack.apply(step, window=3))
    np.testing.assert_allclose(after[5], function(stack.data[4:7], axis=0))  # type: ignore[operator]
    np.testing.assert_allclose(after[2], function(stack.data[1:3], axis=0))  # type: ignore[operator]
    np.testing.assert_array_equal(after[3], stack[3])
    assert after.provenance.steps[0].measured["frames_used"] == [2, 3, 2, None, 2, 3, 2]


def test_the_gaussian_goes_by_times() -> None:
    stack = movie()
    after = spool(stack.apply("temporal_gaussian", sigma=1.0))
    weight = np.exp(-0.5)
    np.testing.assert_allclose(after[6], (stack[6] + weight * stack[5]) / (1 + weight))


def test_what_stands_still_is_subtracted() -> None:
    still = RNG.normal(size=(30, 40))
    data = still + RNG.normal(0, 0.01, (9, 30, 40))
    data[4, 10:15, 10:15] += 3
    stack = AFMImageStack.from_array(data)
    for step in ("subtract_background", "subtract_mean_frame"):
        after = stack.apply(step).data
        assert np.abs(after[[0, 8], :8]).max() < 0.1
        assert after[4, 12, 12] == pytest.approx(3, abs=0.5)


def test_a_step_along_x_that_all_lines_share_goes() -> None:
    x = np.arange(100)
    step = 5 * np.tanh((x - 10) / 2)
    data = step + RNG.normal(0, 0.1, (3, 50, 100))
    after = AFMImageStack.from_array(data).apply("subtract_row_profile").data
    profile = after.mean(axis=(0, 1))
    assert np.ptp(profile) < 0.1
