"""What every step keeps to, those of plugins too: run over the registry."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS, FrameStep, MaskStep, Step
from playnano.steps.base import Extent

NEEDED = {
    "drop_frames": {"indices_to_drop": [1]},
    "drop_frame_range": {"start": 1, "end": 2},
    "select_frames": {"keep_indices": [0, 2, 3]},
}
MOVES_NAN = {"vertical_flip"}  # a step that declares that NaN is elsewhere afterwards

steps = pytest.mark.parametrize("step", [STEPS[n](**NEEDED.get(n, {})) for n in STEPS.names], ids=STEPS.names)
frame_steps = pytest.mark.parametrize(
    "step", [STEPS[n]() for n in STEPS.names if issubclass(STEPS[n], FrameStep)], ids=lambda step: step.step
)


def holed(movie: AFMImageStack, dtype: str) -> AFMImageStack:
    """The movie with some NaN and a mask, read-only."""
    data = movie.data.astype(dtype)
    data[2, 5:7, 8:11] = np.nan
    mask = data > np.nanmedian(data, axis=(1, 2), keepdims=True) + 2
    for array in (data, mask):
        array.flags.writeable = False
    times = list(movie.timestamps)
    return AFMImageStack.from_array(data, mask=mask, pixel_size_nm=2.0, timestamps=times)


@steps
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_keeps_the_float_type_and_writes_to_no_input(step: Step, dtype: str, movie: AFMImageStack) -> None:
    stack = holed(movie, dtype)
    before = stack.data.copy()
    after = step.apply(stack)
    assert after.dtype == dtype
    assert all(image.dtype == dtype for image in after)
    np.testing.assert_array_equal(stack.data, before)


@steps
def test_it_takes_integers(step: Step) -> None:
    images = np.random.default_rng(0).integers(0, 200, (4, 24, 24)).astype(np.int16)
    assert step.apply(AFMImageStack.from_array(images)).data.dtype == np.float32


@frame_steps
def test_a_frame_step_keeps_the_shape_and_nan_where_it_was(step: FrameStep, movie: AFMImageStack) -> None:
    stack = holed(movie, "float32")
    after = step.apply(stack).data
    nan = np.isnan(stack.data)
    assert after.shape == stack.shape
    np.testing.assert_array_equal(np.isnan(after), nan[:, ::-1] if step.step in MOVES_NAN else nan)


@frame_steps
def test_a_frame_step_does_not_look_at_its_neighbours(step: FrameStep, movie: AFMImageStack) -> None:
    stack = holed(movie, "float32")
    np.testing.assert_array_equal(step.apply(stack[3:4]).data[0], step.apply(stack).data[3])


@frame_steps
def test_a_frame_step_passes_the_mask_on(step: FrameStep, movie: AFMImageStack) -> None:
    stack = holed(movie, "float32")
    before, after = stack.frames[4].mask, step.apply(stack).frames[4].mask
    if step.step in ("clear", "clear_mask"):
        assert after is None
    elif isinstance(step, MaskStep):
        np.testing.assert_array_equal(after | before, after)
    else:
        np.testing.assert_array_equal(after, before[::-1] if step.step in MOVES_NAN else before)


@steps
def test_it_gives_the_same_whatever_the_number_of_threads(step: Step, movie: AFMImageStack) -> None:
    one, three = (spool(step.apply(holed(movie, "float32")), threads=threads) for threads in (1, 3))
    assert one.provenance == three.provenance
    np.testing.assert_array_equal(one.data, three.data)


@steps
def test_the_size_it_announces_is_the_size_it_gives(step: Step, movie: AFMImageStack) -> None:
    announced = step.extent(Extent(*movie.shape))
    after = step.apply(movie).shape
    assert announced.frames == after[0]
    assert announced.height in (None, after[1])
    assert announced.width in (None, after[2])


@steps
def test_it_survives_json_and_pickling(step: Step) -> None:
    assert type(step).model_validate(json.loads(step.model_dump_json())) == step
    assert pickle.loads(pickle.dumps(step)) == step


@steps
def test_it_is_valid_under_the_committed_schema(step: Step) -> None:
    import jsonschema

    folder = Path(__file__).parent.parent.parent / "schemas"
    schema = json.loads((folder / "recipe-v1.schema.json").read_text(encoding="utf-8"))
    recipe = {"version": 1, "steps": [step.model_dump(mode="json", exclude_none=True)]}
    jsonschema.validate(recipe, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**recipe, "steps": [{**recipe["steps"][0], "no_such_parameter": 1}]}, schema)


@steps
def test_it_is_described(step: Step) -> None:
    assert (type(step).__doc__ or "").strip().splitlines()[0].endswith((".", ":"))
    assert all(field.description for name, field in type(step).model_fields.items() if name != "step")
    folder = Path(__file__).parent.parent.parent / "docs" / "reference"
    assert f"## {step.step}\n" in (folder / "steps.md").read_text(encoding="utf-8")
