"""Stretches of one value, undefined and impossible pixels of an image, by hand-made damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playnano.kernels.recording import oddities


def image(seed: int = 0, levels: int = 4096) -> np.ndarray:
    """64 x 80 pixels of steps of 0.1, as a converter of 12 bits gives them."""
    rng = np.random.default_rng(seed)
    rough = rng.normal(0, 8, (64, 80)) + np.linspace(0, 40, 80)
    return np.round(rough).clip(-levels, levels).astype(np.float32) * np.float32(0.1)


def lines_of(image: np.ndarray) -> tuple[int, int]:
    odd = oddities(image, "nm")
    return odd.first_line, odd.last_line


@given(st.integers(0, 2**32 - 1))
def test_noise_holds_nothing_odd(seed: int) -> None:
    assert oddities(image(seed), "nm")[:4] == (0, 0, -1, -1)


@pytest.mark.parametrize("upside_down", [False, True])
@given(start=st.integers(0, 64 * 80 - 1), count=st.integers(48 + 80, 2000))
def test_a_block_of_the_file_is_found_whichever_way_up(upside_down: bool, start: int, count: int) -> None:
    stored = image()
    stored.reshape(-1)[start : start + count] = 777
    stop = min(start + count, stored.size)
    if stop - start < 2 * 48:
        return
    first, last = lines_of(stored[::-1] if upside_down else stored)
    expected = (start // 80, (stop - 1) // 80)
    expected = (63 - expected[1], 63 - expected[0]) if upside_down else expected
    assert abs(first - expected[0]) <= 1
    assert abs(last - expected[1]) <= 1


def test_sixteen_pixels_at_the_end_of_a_file_are_found() -> None:
    stored = image()
    stored.reshape(-1)[-16:] = 0
    assert lines_of(stored) == (63, 63)
    assert lines_of(stored[::-1]) == (0, 0)
    assert lines_of(stored[::-1, ::-1]) == (0, 0)


def test_a_background_is_no_stretch() -> None:
    scene = image()
    scene[scene < 2] = 0
    scene[:, :50] = 0
    assert lines_of(scene) == (-1, -1)


def test_a_limit_of_the_converter_is_no_stretch() -> None:
    clipped = image() + np.linspace(-40, 40, 80, dtype=np.float32)
    assert lines_of(clipped.clip(-10, 10)) == (-1, -1)


def test_an_image_without_noise_has_no_stretch() -> None:
    ramp = np.repeat(np.arange(64, dtype=np.float32)[:, None], 80, axis=1)
    assert lines_of(ramp) == (-1, -1)
    assert lines_of(ramp[:, :20]) == (-1, -1)


def test_undefined_and_impossible_pixels_are_counted() -> None:
    holed = image()
    holed[3, 4:9] = np.nan
    holed[5, 5] = 2e30
    holed[6, 6] = -2e6
    assert oddities(holed, "nm")[:2] == (5, 2)
    assert oddities(holed, "V")[:2] == (5, 1)
    assert oddities(np.full((4, 5), np.nan, np.float32), "nm")[:2] == (20, 0)


def test_small_values_of_another_unit_are_possible() -> None:
    assert oddities(image() * np.float32(1e-12), "A").absurd == 0
    assert oddities(image() * np.float32(1e5), "Hz").absurd == 0
