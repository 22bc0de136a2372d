"""Masks from the histogram, from slopes and by place."""

from typing import Any

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.stack.stack import AFMImageStack


def scene() -> Any:
    image = np.random.default_rng(0).normal(0, 0.1, (60, 60))
    image[10:20, 10:20] += 3
    image[40:50, 40:50] += 8
    return image


def mask_of(image: Any, step: str, mask: Any = None, **parameters: Any) -> Any:
    stack = AFMImageStack.from_array(image[None], mask=None if mask is None else mask[None])
    return stack.apply(step, **parameters).frames[0].mask


@pytest.mark.parametrize(
    ("step", "parameters"),
    [
        ("mask_otsu", {"levels": 2}),
        ("mask_base_peak", {"factor": 5.0}),
        ("mask_hysteresis", {"low": 1.0, "high": 2.0}),
    ],
)
def test_what_stands_out(step: str, parameters: dict[str, Any]) -> None:
    np.testing.assert_array_equal(mask_of(scene(), step, **parameters), scene() > 1)


def test_otsu_agrees_with_a_gap_and_hysteresis_with_its_seeds() -> None:
    assert mask_of(scene(), "mask_otsu").sum() >= 100
    np.testing.assert_array_equal(mask_of(scene(), "mask_hysteresis", low=1.0, high=5.0), scene() > 5)
    with pytest.raises(PlaynanoError, match="low must not be above high"):
        mask_of(scene(), "mask_hysteresis", low=2.0, high=1.0)


def test_edges_lie_at_edges() -> None:
    mask = mask_of(scene(), "mask_edges")
    assert mask[10, 12:18].all()
    assert not mask[25:35].any(axis=1).all()


def test_growing_filling_and_rectangles() -> None:
    ring = np.zeros((60, 60), bool)
    ring[20:30, 20:30] = True
    ring[23:27, 23:27] = False
    filled = mask_of(scene(), "fill_mask_holes", ring)
    assert filled.sum() == 100
    assert mask_of(scene(), "grow_mask", filled, pixels=2).sum() == 14**2
    rectangle = mask_of(scene(), "mask_rectangle", top=55, left=0, height=10, width=3)
    assert rectangle.sum() == 15
