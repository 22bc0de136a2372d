"""What every step keeps to."""

import json
import pickle
from typing import Any

import numpy as np
import pytest

from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import Extent, FrameStep, MaskStep, StackStep, Step
from playnano.testing.descriptions import undescribed
from playnano.testing.examples import example_movie


class StepTests:
    """Contract of a step. Override the fixture `step`."""

    @pytest.fixture
    def step(self) -> Step:
        """The step to be tested."""
        raise NotImplementedError("override the fixture `step`")

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_it_keeps_the_float_type_and_writes_to_no_input(self, step: Step, dtype: str) -> None:
        stack = example_movie(dtype)
        before = stack.data.copy()
        after = step.apply(stack)
        assert after.dtype == dtype
        assert all(image.dtype == dtype for image in after)
        np.testing.assert_array_equal(stack.data, before)

    def test_it_takes_integers(self, step: Step) -> None:
        images = np.random.default_rng(0).integers(0, 200, (4, 24, 32)).astype(np.int16)
        stack = AFMImageStack.from_array(images, pixel_size_nm=1.0, timestamps=[0.0, 1.0, 2.0, 3.0])
        assert step.apply(stack).data.dtype == np.float32

    def test_it_gives_the_same_whatever_the_number_of_threads(self, step: Step) -> None:
        one, three = (spool(step.apply(example_movie()), threads=threads) for threads in (1, 3))
        assert one.provenance == three.provenance
        np.testing.assert_array_equal(one.data, three.data)

    def test_the_size_it_announces_is_the_size_it_gives(self, step: Step) -> None:
        movie = example_movie(masked=False)
        announced = step.extent(Extent(*movie.shape))
        after = step.apply(movie)
        assert announced.at_most or announced.frames <= len(after)
        assert announced.at_least or announced.frames >= len(after)
        assert len(after) == len(after.frame_metadata)
        assert announced.height in (None, after.shape[1])
        assert announced.width in (None, after.shape[2])

    def test_its_record_names_the_step_and_every_parameter(self, step: Step) -> None:
        after = spool(step.apply(example_movie()))
        (record,) = after.provenance.steps
        assert record.step == step.step
        assert set(record.parameters) == set(type(step).model_fields) - {"step", "name"}
        assert record.sha256 is not None
        assert all(len(column) == len(after) for column in record.measured.values())

    def test_it_measures_what_it_declares(self, step: Step) -> None:
        (record,) = spool(step.apply(example_movie())).provenance.steps
        assert set(record.measured) == {column.name for column in step.measures}
        assert all(column.unit and column.description for column in step.measures)

    def test_it_survives_json_and_pickling(self, step: Step) -> None:
        assert type(step).model_validate(json.loads(step.model_dump_json())) == step
        assert pickle.loads(pickle.dumps(step)) == step

    def test_it_is_described(self, step: Step) -> None:
        assert (type(step).__doc__ or "").strip().splitlines()[0].endswith((".", ":"))
        assert undescribed(step, "step") == []


class FrameStepTests(StepTests):
    """Contract of a `FrameStep`. Override the fixture `step`."""

    def test_it_keeps_the_shape_and_the_number_of_nan(self, step: FrameStep) -> None:
        stack = example_movie()
        after, before = np.isnan(step.apply(stack).data), np.isnan(stack.data)
        assert after.shape == before.shape
        np.testing.assert_array_equal(*(_placed(step, nan) for nan in (after, before)))

    def test_it_does_not_look_at_other_frames(self, step: FrameStep) -> None:
        stack = example_movie()
        np.testing.assert_array_equal(step.apply(stack[3:4]).data[0], step.apply(stack).data[3])

    def test_it_passes_the_mask_on(self, step: FrameStep) -> None:
        stack = example_movie()
        before, after = stack.frames[4].mask, step.apply(stack).frames[4].mask
        assert before is not None
        if step.drops_mask:
            assert after is None
        else:
            assert after is not None
            self.check_mask(step, before, after)

    def check_mask(self, step: FrameStep, before: Any, after: Any) -> None:
        """Compare the mask in force before and after the step."""
        np.testing.assert_array_equal(*(_placed(step, mask[None]) for mask in (after, before)))


class MaskStepTests(FrameStepTests):
    """Contract of a `MaskStep`. Override the fixture `step`."""

    def check_mask(self, step: FrameStep, before: Any, after: Any) -> None:
        """What is masked stays masked, but for a step that declares `reduces_mask`."""
        assert isinstance(step, MaskStep)
        if not step.reduces_mask:
            np.testing.assert_array_equal(after | before, after)

    def test_a_mask_that_takes_from_the_one_in_force_is_its_layer(self, step: MaskStep) -> None:
        stack = step.apply(example_movie())
        (layer,) = stack.masks.values()
        in_force = [stack.frames[index].mask for index in range(len(stack))]
        own = np.asarray(layer)
        both = own if step.reduces_mask else own | [example_movie().frames[i].mask for i in range(len(own))]
        np.testing.assert_array_equal(in_force, both)

    def test_its_layer_is_a_mask_that_leaves_out_nan(self, step: MaskStep) -> None:
        stack = spool(step.apply(example_movie()))
        (name,) = stack.masks
        layer = np.asarray(stack.masks[name])
        assert layer.dtype == bool
        assert not (layer & np.isnan(stack.data)).any()


class StackStepTests(StepTests):
    """Contract of a `StackStep`. Override the fixture `step`."""

    def test_its_frames_are_the_same_in_any_order(self, step: StackStep) -> None:
        after = step.apply(example_movie())
        backwards = [after.frames[index].image for index in reversed(range(len(after)))]
        np.testing.assert_array_equal(after.data, backwards[::-1])

    def test_a_preview_is_what_it_gives(self, step: StackStep) -> None:
        if step.looks_at_frames():
            return
        levelled = example_movie().apply("remove_plane")
        preview, after = step.preview(levelled), step.apply(levelled)
        for index in range(len(after)):
            np.testing.assert_array_equal(preview.frames[index].image, after.frames[index].image)
            np.testing.assert_array_equal(preview.frames[index].mask, after.frames[index].mask)
        np.testing.assert_array_equal(preview.timestamps, after.timestamps)

    def test_masks_have_the_shape_of_the_frames(self, step: StackStep) -> None:
        after = step.apply(example_movie())
        masks = [after.frames[index].mask for index in range(len(after))]
        assert all(mask is None or mask.shape == after.shape[1:] for mask in masks)


def _placed(step: FrameStep, layers: Any) -> Any:
    """Where pixels are, or only how many in each frame for a step that moves them."""
    return layers.sum((1, 2)) if step.moves_pixels else layers
