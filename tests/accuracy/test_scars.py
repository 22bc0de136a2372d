"""Scars whose place is known: found, marked and repaired."""

from typing import Any

import numpy as np
import pytest

from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def scarred(sign: float, seed: int, count: int = 40) -> tuple[Any, Any, Any]:
    """A scene of domes and noise, the same with scars wherever they fall, and where they are."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:256, :256]
    scene = rng.normal(0, 0.1, (256, 256))
    for cy, cx in rng.uniform(0, 256, (20, 2)):
        scene += 3 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 200)
    marked = np.zeros(scene.shape, bool)
    for _ in range(count):
        row, column, length = rng.integers(2, 252), rng.integers(0, 200), rng.integers(16, 56)
        marked[row : row + rng.integers(1, 3), column : column + length] = True
    return scene, scene + sign * 1.5 * marked, marked


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("count", [20, 80])
@pytest.mark.parametrize("seed", [0, 1])
def test_scars_are_marked_and_repaired(sign: float, seed: int, count: int) -> None:
    scene, image, truth = scarred(sign, seed, count)
    stack = spool(AFMImageStack.from_array(image[None]).apply("remove_scars", name="clean"))
    marked = np.asarray(stack.masks["clean_scars"])[0]
    assert np.mean(marked[truth]) >= 0.95  # recall
    assert np.mean(truth[marked]) >= 0.9  # precision
    assert np.sqrt(np.mean((stack[0] - scene)[truth] ** 2)) < 0.3
    np.testing.assert_array_equal(stack[0][~marked], image.astype(stack.dtype)[~marked])


def test_spikes_go_and_the_rest_stays() -> None:
    scene, _, _ = scarred(1.0, 3)
    image = scene.copy()
    places = np.random.default_rng(0).integers(1, 255, (30, 2))
    image[places[:, 0], places[:, 1]] += 10
    stack = spool(AFMImageStack.from_array(image[None]).apply("despike", name="clean"))
    marked = np.asarray(stack.masks["clean_spikes"])[0]
    assert marked[places[:, 0], places[:, 1]].all()
    assert marked.sum() < 60
    assert np.abs(stack[0][places[:, 0], places[:, 1]] - scene[places[:, 0], places[:, 1]]).max() < 0.6
