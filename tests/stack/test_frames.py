"""A frame and its mask, the type that holds a movie's numbers, and sequences that are read on demand."""

import numpy as np
import pytest

from playnano.stack.frames import Frame, checked_index, float_type
from playnano.stack.lazy import ArrayFrames, FrameImages, FrameMasks, LayerFrames, ReadFrames, Selection

NAN, INF = np.nan, np.inf
IMAGE = np.arange(6, dtype=np.float32).reshape(2, 3)
CORNER = np.array([[True, False, False], [False, False, False]])


def test_another_image_keeps_the_mask_and_not_what_was_measured_before() -> None:
    frame = Frame(IMAGE, CORNER).with_image(IMAGE + 1, tilt=2.0).with_image(IMAGE + 2, level=1.0)
    np.testing.assert_array_equal(frame.image, IMAGE + 2)
    assert frame.mask is CORNER
    assert frame.measured == {"level": 1.0}


def test_masks_add_up_and_the_first_stays_as_it_was() -> None:
    first, last = CORNER, CORNER[::-1, ::-1]
    both = Frame(IMAGE).masked(first).masked(last)
    np.testing.assert_array_equal(both.mask, [[True, False, False], [False, False, True]])
    assert first.sum() == 1


def test_background_is_finite_and_not_masked() -> None:
    image = np.array([[0, NAN, 2], [INF, -INF, 5]], np.float32)
    np.testing.assert_array_equal(Frame(image).background(), [[True, False, True], [False, False, True]])
    np.testing.assert_array_equal(
        Frame(image, CORNER).background(), [[False, False, True], [False, False, True]]
    )


@pytest.mark.parametrize(
    ("image", "mask", "reason"),
    [
        ([[1.0, NAN]], None, ""),
        ([[1.0, NAN]], [[False, True]], ""),
        ([[NAN, NAN]], None, "every pixel is NaN"),
        ([[NAN, INF]], None, "every pixel is NaN or infinite"),
        ([[1.0, 2.0]], [[True, True]], "every pixel is masked"),
        ([[1.0, NAN]], [[True, False]], "every pixel is masked or NaN"),
    ],
)
def test_an_empty_frame_states_why(
    image: list[list[float]], mask: list[list[bool]] | None, reason: str
) -> None:
    assert Frame(np.array(image), None if mask is None else np.array(mask)).emptiness() == reason


@pytest.mark.parametrize("kind", [bool, "i1", "u1", "i2", "u2", "i4", "u4", "f2", "f4", "f8"])
def test_the_float_type_holds_every_value_exactly(kind: str) -> None:
    dtype = np.dtype(kind)
    edges = [0, 1] if dtype.kind == "b" else [_limits(dtype).min, _limits(dtype).max]
    values = np.array(edges, dtype)
    np.testing.assert_array_equal(values.astype(float_type(dtype)).astype(dtype), values)
    assert float_type(dtype) == ("f8" if dtype.itemsize > 2 and dtype != "f4" else "f4")


def _limits(dtype: np.dtype) -> np.iinfo | np.finfo:
    return np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)


def test_an_index_counts_from_either_end() -> None:
    assert [checked_index(index, 3) for index in (0, 2, -1, -3)] == [0, 2, 2, 0]
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"there is no frame {index}: the movie has 3"):
            checked_index(index, 3)
    with pytest.raises(IndexError):
        checked_index(0, 0)


# sequences


@pytest.fixture
def images() -> np.ndarray:
    return np.arange(24, dtype=np.int16).reshape(4, 2, 3)


def counting(images: np.ndarray) -> tuple[ReadFrames, list[int]]:
    """Frames that are read one by one, and the list of those read so far."""
    read: list[int] = []
    return ReadFrames(lambda index: (read.append(index), images[index])[1], images.shape), read


def test_a_frame_is_read_alone_and_each_time_anew(images: np.ndarray) -> None:
    frames, read = counting(images)
    assert (len(frames), read) == (4, [])
    np.testing.assert_array_equal(frames[-1].image, images[3])
    np.testing.assert_array_equal(frames[2].image, images[2])
    assert frames[2].image.dtype == np.float32
    assert read == [3, 2, 2]


def test_a_selection_reads_its_own_frames_in_its_own_order(images: np.ndarray) -> None:
    frames, read = counting(images)
    chosen = FrameImages(Selection(frames, (3, 1, 1)))
    assert chosen.shape == (3, 2, 3)
    assert read == []
    np.testing.assert_array_equal(np.asarray(chosen), images[[3, 1, 1]])
    assert read == [3, 1, 1]


def test_printing_a_layer_reads_nothing(images: np.ndarray) -> None:
    frames, read = counting(images)
    assert repr(FrameImages(frames)) == "<4 x 2 x 3 float32, read on demand>"
    assert read == []


def test_a_layer_becomes_an_array_of_the_type_asked_for(images: np.ndarray) -> None:
    layer = FrameImages(ArrayFrames(images))
    np.testing.assert_array_equal(list(layer), images)
    assert np.asarray(layer).dtype == np.float32
    assert np.asarray(layer, np.float64).dtype == np.float64
    with pytest.raises(IndexError, match="there is no frame 4"):
        layer[4]


def test_masks_are_false_where_a_frame_has_none(images: np.ndarray) -> None:
    mask = images > 20
    np.testing.assert_array_equal(np.asarray(FrameMasks(ArrayFrames(images, mask))), mask)
    none = FrameMasks(ArrayFrames(images))
    assert (none.dtype, none.shape) == (bool, (4, 2, 3))
    assert not np.asarray(none).any()
    with pytest.raises(IndexError, match="there is no frame -5"):
        none[-5]


def test_a_layer_as_frames_has_no_mask(images: np.ndarray) -> None:
    frames = LayerFrames(FrameImages(ArrayFrames(images, images > 20)))
    assert (frames.shape, frames.dtype) == ((4, 2, 3), np.float32)
    np.testing.assert_array_equal(frames[1].image, images[1])
    assert frames[3].mask is None
