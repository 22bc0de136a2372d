import numpy as np
import pytest

from playnano.errors import PlaynanoError, RecipeError
from playnano.stack.stack import AFMImageStack


@pytest.mark.parametrize(
    ("given", "inside"),
    [
        ("uint8", "float32"),
        ("int16", "float32"),
        ("int32", "float64"),
        ("float32", "float32"),
        ("float64", "float64"),
    ],
)
def test_integers_become_the_smallest_float_that_holds_them(given: str, inside: str) -> None:
    stack = AFMImageStack.from_array(np.full((2, 3, 4), 100, given))
    assert stack.data.dtype == stack.dtype == inside
    assert stack.shape == (2, 3, 4)


def test_an_integer_stack_does_not_wrap_around() -> None:
    stack = AFMImageStack.from_array(np.array([[[0, 255], [0, 255]]], np.uint8)).apply("zero_mean")
    np.testing.assert_array_equal(stack.data[0], [[-127.5, 127.5]] * 2)


@pytest.mark.parametrize(
    "bad", [np.zeros(3), np.zeros((2, 0, 3)), np.array([["a"]]), np.zeros((1, 2, 2), complex)]
)
def test_what_is_no_movie_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(PlaynanoError, match="a stack needs real numbers"):
        AFMImageStack.from_array(bad)


def test_one_time_a_frame() -> None:
    with pytest.raises(PlaynanoError, match="3 times were given for 2 frames"):
        AFMImageStack.from_array(np.zeros((2, 2, 2)), timestamps=[0, 1, 2])


def test_indexing_and_iteration(movie: AFMImageStack) -> None:
    assert len(movie) == 6
    np.testing.assert_array_equal(movie[-1], movie.data[5])
    np.testing.assert_array_equal(list(movie), movie.data)
    shorter = movie[1:5:2]
    assert [m["timestamp"] for m in shorter.frame_metadata] == [0.5, 1.5]
    np.testing.assert_array_equal(shorter.data, movie.data[1:5:2])
    with pytest.raises(IndexError, match="there is no frame 6: the movie has 6"):
        movie[6]


def test_a_step_gives_a_new_stack_and_leaves_the_old(movie: AFMImageStack) -> None:
    levelled = movie.apply("remove_plane")
    assert movie.processed == {}
    assert list(levelled.processed) == ["raw", "step_1_remove_plane"]
    np.testing.assert_array_equal(np.asarray(levelled.processed["raw"]), movie.data)
    np.testing.assert_array_equal(np.asarray(levelled.processed["step_1_remove_plane"]), levelled.data)
    assert [r.step for r in levelled.provenance.steps] == ["remove_plane"]


def test_masks_are_layers_of_their_own_and_add_up(movie: AFMImageStack) -> None:
    stack = movie.apply("mask_threshold", threshold=3.0, name="high").apply(
        "mask_below_threshold", threshold=0.0
    )
    assert list(stack.masks) == ["high", "step_2_mask_below_threshold"]
    high, low = (np.asarray(mask) for mask in stack.masks.values())
    np.testing.assert_array_equal(high, movie.data > 3)
    np.testing.assert_array_equal(low, movie.data < 0)
    np.testing.assert_array_equal(stack.frames[2].mask, high[2] | low[2])
    assert stack.apply("clear_mask").frames[2].mask is None


def test_raw_is_the_movie_as_it_was_read(movie: AFMImageStack) -> None:
    raw = movie.apply("remove_plane").apply("drop_frames", indices_to_drop=[0, 3]).raw()
    np.testing.assert_array_equal(raw.data, movie.data)
    assert raw.frame_metadata == movie.frame_metadata
    assert raw.provenance.steps == ()


def test_a_mistyped_parameter_is_refused(movie: AFMImageStack) -> None:
    with pytest.raises(
        RecipeError, match=r"'sigmo' is not a parameter of gaussian_filter \(it takes: sigma\)"
    ):
        movie.apply("gaussian_filter", sigmo=2)
    with pytest.raises(RecipeError, match="did you mean 'gaussian_filter'"):
        movie.apply("gausian_filter")


def test_the_repr_says_what_it_is(movie: AFMImageStack) -> None:
    assert repr(movie) == "<AFMImageStack height in nm: 6 frames of 24 x 32, pixel 2 nm>"
