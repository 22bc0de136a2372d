import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from playnano.kernels.drift_path import interpolated, outlying, outward, velocities
from playnano.steps.drift_notes import listed


def straight(n: int) -> np.ndarray:
    return np.array([0.5, -1.0]) * np.arange(n)[:, None]


def test_frames_not_found_lie_between_their_neighbours() -> None:
    path, found = straight(10), np.ones(10, bool)
    path[3:6], found[3:6] = 77, False
    np.testing.assert_allclose(interpolated(path, found), straight(10))
    found[:3] = found[8:] = False
    np.testing.assert_array_equal(interpolated(path, found)[[0, 9]], path[[6, 7]])
    assert not interpolated(path, np.zeros(10, bool)).any()


def test_a_frame_that_agrees_with_no_neighbour_has_to_be_sure() -> None:
    path, found = straight(12), np.ones(12, bool)
    path[5] += 40
    unsure, sure = np.full(12, 0.8), np.full(12, 0.8)
    unsure[5] = 0.3
    assert np.flatnonzero(outlying(path, found, unsure)).tolist() == [5]
    assert not outlying(path, found, sure).any()


def test_a_lonely_frame_has_to_be_sure() -> None:
    found = np.zeros(12, bool)
    found[4] = True
    assert outlying(straight(12), found, np.full(12, 0.2)).tolist() == found.tolist()
    assert not outlying(straight(12), found, np.full(12, 0.5)).any()


def test_jitter_is_no_outlier() -> None:
    path = straight(40) + np.random.default_rng(0).normal(size=(40, 2))
    assert not outlying(path, np.ones(40, bool), np.linspace(0.2, 1, 40)).any()


def test_the_velocity_is_the_slope_of_the_path() -> None:
    found = np.ones(9, bool)
    found[2] = False
    np.testing.assert_allclose(velocities(straight(9), found), np.tile([0.5, -1.0], (9, 1)))
    assert not velocities(np.zeros((1, 2)), np.ones(1, bool)).any()


@given(st.integers(1, 30), st.data())
def test_every_frame_comes_after_a_neighbour(n: int, data: st.DataObject) -> None:
    middle = data.draw(st.integers(0, n - 1))
    order = [middle, *outward(middle, range(n))]
    assert sorted(order) == list(range(n))
    assert all(min(abs(index - before) for before in order[:k]) == 1 for k, index in enumerate(order) if k)


def test_numbers_of_frames_are_listed_as_ranges() -> None:
    assert listed([3, 7, 8, 9, 12]) == "3, 7-9, 12"
    assert listed(range(0, 40, 2)) == "0, 2, 4, 6, 8, 10, 12, 14, ..."
