"""Lines of two directions brought onto each other."""

from typing import Any

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.stack.stack import AFMImageStack


def scene(shift: float, frames: int = 4) -> Any:
    """Blobs on a slope, where every second line lies further right by a shift."""
    y, x = np.mgrid[:96, :128].astype(float)
    x[1::2] -= shift
    rng = np.random.default_rng(5)
    images = []
    for _ in range(frames):
        image = 0.01 * x + rng.normal(0, 0.05, x.shape)
        for cy, cx in rng.uniform(8, [88, 120], (14, 2)):
            image = image + 3 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 30)
        images.append(image)
    return np.array(images)


@pytest.mark.parametrize("shift", [2.4, -5.7, 11.0])
def test_the_shift_is_estimated_and_undone(shift: float) -> None:
    after = AFMImageStack.from_array(scene(shift)).apply("line_shift")
    assert np.asarray(after.frames[0].measured["line_shift"]) == pytest.approx(shift, abs=0.1)
    inner = slice(16, -16)
    rest = (after.data - scene(0.0))[:, :, inner]
    assert np.nanstd(rest) < 0.1
    assert (scene(shift) - scene(0.0))[:, :, inner].std() > 0.15


def test_a_stated_shift_moves_lines_and_their_mask() -> None:
    images = np.tile(np.arange(12.0), (1, 6, 1))
    mask = np.zeros((1, 6, 12), bool)
    mask[:, :, 5] = True
    after = AFMImageStack.from_array(images, mask=mask).apply("line_shift", shift=2.0)
    np.testing.assert_array_equal(after.data[0, 1], [*range(2, 12), np.nan, np.nan])
    np.testing.assert_array_equal(after.data[0, 0], range(12))
    both = after.frames[0].mask
    assert both is not None
    assert np.flatnonzero(both[1]).tolist() == [3]
    assert np.flatnonzero(both[2]).tolist() == [5]


def test_where_nothing_shows_a_shift_the_movie_stays_and_the_run_says_so() -> None:
    noise = np.random.default_rng(0).normal(size=(3, 40, 60))
    after = AFMImageStack.from_array(noise).apply("line_shift")
    np.testing.assert_array_equal(after.data, noise)
    assert "no frame shows a shift" in after.warnings[0]
    assert "no frame shows a shift" in after.provenance.steps[0].model_dump()["notes"][0]


def test_a_shift_beyond_the_line_is_refused() -> None:
    with pytest.raises(PlaynanoError, match="lines of 60 px cannot be moved by 80 px"):
        AFMImageStack.from_array(np.zeros((1, 4, 60))).apply("line_shift", shift=80.0)
