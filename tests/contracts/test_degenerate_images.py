"""Every step on images that hardly are images: a right answer, or one clear line."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS, Step
from playnano.testing import example_step

SHAPE = (4, 24, 32)


def movie(data: Any, mask: Any = None) -> AFMImageStack:
    times = [float(index) for index in range(len(data))]
    return AFMImageStack.from_array(data, pixel_size_nm=1.0, timestamps=times, mask=mask)


def noise(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def degenerate() -> Iterator[tuple[str, AFMImageStack]]:
    holes = noise(*SHAPE)
    holes[:, 3:6] = np.nan
    holes[1] = np.nan
    yield "constant", movie(np.full(SHAPE, 2.5, np.float32))
    yield "one frame", movie(noise(1, 24, 32))
    yield "all masked", movie(noise(*SHAPE), np.ones(SHAPE, bool))
    yield "rows and a frame of NaN", movie(holes)
    yield "nothing but NaN", movie(np.full(SHAPE, np.nan, np.float32))
    yield "far from zero", movie(noise(*SHAPE) + np.float32(1e6))
    for height, width in ((3, 3), (2, 2), (1, 32), (24, 1), (1, 1)):
        yield f"{height} x {width}", movie(noise(4, height, width))


def outcome(step: Step, stack: AFMImageStack) -> tuple[AFMImageStack, str]:
    """What the step makes of the movie; the movie itself, and why, where it refuses it."""
    try:
        return spool(step.apply(stack)), ""
    except PlaynanoError as error:
        return stack, str(error)


@pytest.mark.parametrize("name", STEPS.names)
def test_a_right_answer_or_one_clear_line(name: str) -> None:
    step = example_step(STEPS[name])
    for case, stack in degenerate():
        after, message = outcome(step, stack)
        assert "\n" not in message, case
        assert "Error:" not in message, case
        assert not np.isinf(after.data).any(), case
        assert len(after) == len(after.frame_metadata), case


LEVELLING = (
    "auto_level", "remove_plane", "polynomial_flatten", "facet_level", "flatten_base", "multi_terrace_plane",
    "align_rows", "row_median_align", "remove_scars", "despike", "median_filter", "gaussian_filter",
    "butterworth", "temporal_median", "temporal_mean", "total_variation", "wavelet", "non_local_means",
)  # fmt: skip


@pytest.mark.parametrize("name", LEVELLING)
def test_heights_far_from_zero_come_out_as_those_near_it(name: str) -> None:
    images = noise(*SHAPE).astype(np.float64)
    step = example_step(STEPS[name])
    near, far = (spool(step.apply(movie(images + offset))).data for offset in (0.0, 1e6))
    difference = far - near
    np.testing.assert_allclose(difference, difference.mean(), atol=1e-6)
