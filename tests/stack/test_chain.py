"""Steps in a row on one frame at a time: which frame each is given, what it leaves, and how it fails."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from playnano.errors import ExportError, NothingToFitError, StepError
from playnano.stack.chain import Chain, ChainImages, Link, Maker
from playnano.stack.frames import Frame, LayerImage
from playnano.stack.lazy import ArrayFrames, DerivedFrames

HEIGHTS = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
HIGH = HEIGHTS % 6 > 3


def plus(amount: float) -> Callable[[Frame], tuple[Frame, LayerImage]]:
    def process(frame: Frame) -> tuple[Frame, LayerImage]:
        image = frame.image + np.float32(amount)
        return frame.with_image(image, amount=amount), image

    return process


def marked(frame: Frame) -> tuple[Frame, LayerImage]:
    own = frame.image % 6 > 3
    return frame.masked(own), own


def failing(error: Exception) -> Callable[[Frame], tuple[Frame, LayerImage]]:
    def process(frame: Frame) -> tuple[Frame, LayerImage]:
        raise error

    return process


def chain(*links: Link, made_by: Maker | None = None) -> Chain:
    return Chain(ArrayFrames(HEIGHTS), links, made_by)


def test_links_are_done_in_order_on_demand() -> None:
    doubled = Link("double", 1, lambda f: (f.with_image(2 * f.image), 2 * f.image))
    steps = chain(Link("plus", 0, plus(3)), doubled)
    np.testing.assert_array_equal(steps[1].image, 2 * (HEIGHTS[1] + 3))
    assert (steps.shape, steps.dtype, len(steps)) == ((4, 2, 3), np.float32, 4)


def test_then_gives_a_longer_chain_and_leaves_the_shorter() -> None:
    short = chain(Link("a", 0, plus(1)))
    long = short.then(Link("b", 1, plus(10)))
    assert [stage.name for stage in short.stages] == ["a"]
    assert [stage.name for stage in long.stages] == ["a", "b"]
    np.testing.assert_array_equal(long[0].image - short[0].image, np.full((2, 3), 10))


def test_a_frame_is_computed_alone() -> None:
    computed: list[float] = []

    def noted(frame: Frame) -> tuple[Frame, LayerImage]:
        computed.append(float(frame.image[0, 0]))
        return frame, frame.image

    steps = chain(Link("noted", 0, noted))
    steps[2]
    ChainImages(steps, "noted")[-1]
    assert computed == [12, 18]


def test_a_link_is_given_image_and_mask_and_not_the_measurements_of_the_one_before() -> None:
    inputs: list[Frame] = []

    def noted(frame: Frame) -> tuple[Frame, LayerImage]:
        inputs.append(frame)
        return frame, frame.image

    steps = chain(Link("m", 0, marked, is_mask=True), Link("p", 1, plus(1)), Link("noted", 2, noted))
    steps[0]
    np.testing.assert_array_equal(inputs[0].mask, HIGH[0])
    assert inputs[0].measured == {}


def test_each_layer_is_what_its_step_left() -> None:
    steps = chain(Link("low", 0, plus(-1)), Link("m", 1, marked, is_mask=True), Link("high", 2, plus(5)))
    low, mask, high = (ChainImages(steps, name) for name in ("low", "m", "high"))
    np.testing.assert_array_equal(np.asarray(low), HEIGHTS - 1)
    np.testing.assert_array_equal(np.asarray(mask), (HEIGHTS - 1) % 6 > 3)
    np.testing.assert_array_equal(np.asarray(high), HEIGHTS + 4)
    assert [layer.dtype for layer in (low, mask, high)] == [np.float32, bool, np.float32]
    with pytest.raises(IndexError, match="there is no frame 4: the movie has 4"):
        low[4]


def test_what_a_step_marks_beside_the_image_is_a_layer_of_its_own() -> None:
    def repaired(frame: Frame) -> tuple[Frame, LayerImage]:
        own = frame.image > 20
        image = np.where(own, 0, frame.image)
        return Frame(image, frame.mask, marked=own if own.any() else None), image

    steps = chain(Link("repair", 0, repaired, mask_name="scars"))
    assert [(stage.name, stage.is_mask) for stage in steps.stages] == [("repair", False), ("scars", True)]
    scars = np.asarray(ChainImages(steps, "scars"))
    assert scars.dtype == bool
    np.testing.assert_array_equal(scars, HEIGHTS > 20)
    assert steps[3].mask is None


def test_the_step_that_made_the_source_is_the_first_stage() -> None:
    steps = chain(Link("plus", 1, plus(1)), made_by=Maker("align", 0, mask_name="outside"))
    assert [(stage.name, stage.position) for stage in steps.stages] == [
        ("align", 0),
        ("outside", 0),
        ("plus", 1),
    ]
    np.testing.assert_array_equal(np.asarray(ChainImages(steps, "align")), HEIGHTS)
    assert not np.asarray(ChainImages(steps, "outside")).any()


def test_frames_that_a_link_leaves_pass_as_they_are() -> None:
    steps = chain(Link("plus", 0, plus(1), leaves=frozenset({1, 3}).__contains__))
    np.testing.assert_array_equal(
        np.asarray(ChainImages(steps, "plus")) - HEIGHTS, np.array([1, 0, 1, 0])[:, None, None] + 0 * HEIGHTS
    )


def test_a_frame_with_nothing_to_fit_stays_as_it_was_and_states_why() -> None:
    step = Link("fit", 0, failing(NothingToFitError("a line of 3 pixels is too short")))
    frame = chain(step)[1]
    np.testing.assert_array_equal(frame.image, HEIGHTS[1])
    assert frame.unfitted == "a line of 3 pixels is too short"
    blank = Chain(ArrayFrames(np.full((1, 2, 3), np.nan)), (step,))
    assert blank[0].unfitted == "every pixel is NaN"


def test_a_mask_with_nothing_to_fit_is_an_error_as_no_mask_would_be_true() -> None:
    step = Link("feature_mask", 2, failing(NothingToFitError("every pixel is NaN")), is_mask=True)
    with pytest.raises(StepError, match=r"^feature_mask failed on frame 0: every pixel is NaN$"):
        chain(step)[0]


@pytest.mark.parametrize(
    ("error", "text", "settings"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero", ()),
        (ExportError("no unit", settings=("unit",)), "no unit", ("unit",)),
    ],
)
def test_a_failure_names_step_and_frame_and_keeps_the_setting(
    error: Exception, text: str, settings: tuple[str, ...]
) -> None:
    steps = chain(Link("fine", 4, plus(1)), Link("bad", 5, failing(error)))
    with pytest.raises(StepError) as caught:
        steps[3]
    assert str(caught.value) == f"bad failed on frame 3: {text}"
    assert (caught.value.position, caught.value.settings) == (5, settings)
    assert caught.value.__cause__ is error


@dataclass(frozen=True, repr=False)
class Failing(DerivedFrames):
    error: Exception

    def __getitem__(self, index: int, /) -> Frame:
        raise self.error


@pytest.mark.parametrize("made_by", [None, Maker("align", 0)])
def test_a_source_that_fails_is_the_fault_of_the_step_that_made_it_if_one_did(made_by: Maker | None) -> None:
    error: Any = OSError("disk full")
    steps = Chain(Failing(ArrayFrames(HEIGHTS), error), (), made_by)
    if made_by is None:
        with pytest.raises(OSError, match=r"^disk full$"):
            steps[0]
    else:
        with pytest.raises(StepError, match=r"^align failed on frame 0: OSError: disk full$"):
            steps[0]


@pytest.mark.parametrize("error", [StepError("inner failed", 1), IndexError("there is no frame 9")])
def test_an_error_that_already_has_its_place_keeps_it(error: Exception) -> None:
    steps = Chain(Failing(ArrayFrames(HEIGHTS), error), (), Maker("align", 3))
    with pytest.raises(type(error)) as caught:
        steps[0]
    assert caught.value is error
