import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playnano.errors import PlaynanoError, RecipeError, StepError
from playnano.kernels.rectangles import Region, largest_square, largest_valid
from playnano.stack.lazy import ArrayFrames
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS
from playnano.steps.base import Extent


@pytest.mark.parametrize(
    ("step", "parameters", "kept"),
    [
        ("drop_frames", {"indices_to_drop": [4, 0, 0]}, [1, 2, 3, 5]),
        ("drop_frame_range", {"start": 1, "end": 3}, [0, 3, 4, 5]),
        ("select_frames", {"keep_indices": [5, 0]}, [5, 0]),
        ("drop_final_frames", {}, [0, 1, 2, 3, 4]),
        ("drop_final_frames", {"n_frames_to_drop": 5}, [0]),
    ],
)
def test_frames_that_stay(
    movie: AFMImageStack, step: str, parameters: dict[str, object], kept: list[int]
) -> None:
    after = movie.apply(step, **parameters)
    np.testing.assert_array_equal(after.data, movie.data[kept])
    assert [m["timestamp"] for m in after.frame_metadata] == [kept_index * 0.5 for kept_index in kept]
    assert STEPS.make(step, parameters).extent(Extent(6, 24, 32)) == Extent(len(kept), 24, 32)


@pytest.mark.parametrize(
    ("step", "parameters", "message"),
    [
        ("drop_frames", {"indices_to_drop": [2, 6]}, "there is no frame 6: the movie has 6 (0 to 5)"),
        ("drop_frames", {"indices_to_drop": [0, 1, 2, 3, 4, 5]}, "no frame would be left of 6"),
        ("drop_frame_range", {"start": 3, "end": 3}, "3 to 3 is not a range of frames: the movie has 6"),
        ("drop_frame_range", {"start": 3, "end": 7}, "3 to 7 is not a range of frames: the movie has 6"),
        ("drop_frame_range", {"start": 0, "end": 6}, "no frame would be left of 6"),
        ("select_frames", {"keep_indices": [9]}, "there is no frame 9: the movie has 6 (0 to 5)"),
        ("drop_final_frames", {"n_frames_to_drop": 6}, "no frame would be left of 6"),
        ("align_frames", {"reference_frame": 6}, "there is no frame 6: the movie has 6 (0 to 5)"),
    ],
)
def test_frames_that_are_not_there(
    movie: AFMImageStack, step: str, parameters: dict[str, object], message: str
) -> None:
    for attempt in (
        lambda: movie.apply(step, **parameters),
        lambda: STEPS.make(step, parameters).extent(Extent(6, 24, 32)),
    ):
        with pytest.raises(StepError) as caught:
            attempt()
        assert str(caught.value) == message


def test_two_edits_in_a_row(movie: AFMImageStack) -> None:
    after = (
        movie.apply("drop_frames", indices_to_drop=[0])
        .apply("drop_final_frames")
        .apply("select_frames", keep_indices=[1, 3])
    )
    np.testing.assert_array_equal(after.data, movie.data[[2, 4]])
    np.testing.assert_array_equal(np.asarray(after.processed["raw"]), movie.data)
    assert after.raw().frame_metadata == movie.frame_metadata


def test_the_mask_travels_with_its_frame(movie: AFMImageStack) -> None:
    after = (
        movie.apply("mask_threshold", threshold=4.0)
        .apply("drop_frames", indices_to_drop=[0])
        .apply("vertical_flip")
    )
    np.testing.assert_array_equal(after.frames[3].mask, (movie.data[4] > 4)[::-1])


def holed() -> AFMImageStack:
    data = np.arange(2 * 4 * 5.0).reshape(2, 4, 5)
    data[0, 0, 0] = data[1, 3, 2:4] = np.nan
    return AFMImageStack.from_array(data)


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({}, (0, 0)),
        ({"mode": "mean"}, (10.0, (590 - 37 - 38) / 18)),
        ({"mode": "median"}, (10.0, 28.5)),
        ({"mode": "global_mean"}, ((190 + 590 - 37 - 38) / 37,) * 2),
        ({"mode": "constant", "value": -3.5}, (-3.5, -3.5)),
    ],
)
def test_nan_is_replaced(parameters: dict[str, object], numbers: tuple[float, float]) -> None:
    before, after = holed().data, holed().apply("replace_nan", **parameters).data
    np.testing.assert_array_equal(after[np.isfinite(before)], before[np.isfinite(before)])
    np.testing.assert_allclose(after[0, 0, 0], numbers[0])
    np.testing.assert_allclose(after[1, 3, 2:4], numbers[1])


@pytest.mark.parametrize("mode", ["zero", "mean", "median", "global_mean"])
def test_a_number_that_would_not_be_used_is_refused(mode: str) -> None:
    with pytest.raises(RecipeError, match="value: only mode: constant takes a value"):
        STEPS.make("replace_nan", {"mode": mode, "value": 3.0})


def test_a_frame_of_nan_has_no_mean() -> None:
    stack = AFMImageStack.from_array(np.full((1, 3, 3), np.nan)).apply("replace_nan", mode="mean")
    assert np.isnan(stack.data).all()


@given(st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_the_largest_rectangle_is_the_largest(seed: int) -> None:
    valid = np.random.default_rng(seed).random((6, 7)) < 0.7
    region = (
        largest_valid(ArrayFrames(np.where(valid, 0.0, np.nan)[None])) if valid.any() else Region(0, 0, 0, 0)
    )
    assert valid[region.slices].all()
    sizes = [
        (b - t) * (r - s)
        for t in range(6) for b in range(t + 1, 7) for s in range(7) for r in range(s + 1, 8)
        if valid[t:b, s:r].all()
    ]  # fmt: skip
    assert region.height * region.width == max(sizes, default=0)


def test_cropping_to_what_all_frames_show() -> None:
    data = np.zeros((2, 10, 12))
    data[0, :2] = data[1, :, 9:] = np.nan
    stack = AFMImageStack.from_array(data)
    assert stack.apply("intersection_crop").shape == (2, 8, 9)
    assert stack.apply("intersection_crop", pad=1).shape == (2, 9, 10)
    assert stack.apply("crop_square").shape == (2, 8, 8)
    assert largest_square(Region(2, 0, 8, 9)) == Region(2, 0, 8, 8)
    with pytest.raises(PlaynanoError, match="the frames share no pixel"):
        AFMImageStack.from_array(np.full((1, 3, 3), np.nan)).apply("crop_square")
