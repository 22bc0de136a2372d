"""Frames with nothing to fit: they stay as they are, the others are done, and the run says so once."""

from pathlib import Path

import numpy as np
import pytest

import playnano
from playnano.exporters.data.npz import NpzExport
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS, FrameStep, MaskStep

FRAME_STEPS = [s for s in STEPS if issubclass(s, FrameStep) and not issubclass(s, MaskStep)]
PARAMETERS = {"drop_frames": {"indices_to_drop": [0]}}


def _movie(blank: str) -> AFMImageStack:
    rng = np.random.default_rng(3)
    data = rng.normal(size=(4, 12, 10)).astype(np.float32)
    mask = np.zeros(data.shape, bool)
    if blank == "NaN":
        data[2] = np.nan
    elif blank == "constant":
        data[2] = 5.0
    elif blank == "masked":
        mask[2] = True
    else:
        mask[2] = True
        mask[2, 0, 0] = False
    return AFMImageStack.from_array(data, mask=mask, pixel_size_nm=1.0, timestamps=[0, 1, 2, 3])


@pytest.mark.parametrize("blank", ["NaN", "constant", "masked", "all but one masked"])
@pytest.mark.parametrize("step", FRAME_STEPS, ids=lambda s: s.model_fields["step"].default)
def test_no_frame_step_ends_a_movie(step: type[FrameStep], blank: str) -> None:
    movie = _movie(blank)
    name = step.model_fields["step"].default
    after = spool(movie.apply(name))
    (record,) = after.provenance.steps
    for reason, frames in record.unfitted.items():
        assert frames == (2,)
        assert reason in ("every pixel is NaN", "every pixel is masked") or blank == "all but one masked"
        np.testing.assert_array_equal(after[2], movie[2])
    others = spool(_movie("constant").apply(name))
    for index in (0, 1, 3):
        np.testing.assert_array_equal(after[index], others[index])


@pytest.mark.parametrize(
    ("blank", "reason"),
    [
        ("masked", "every pixel is masked"),
        ("all but one masked", "too few pixels are left unmasked to fit the surface"),
    ],
)
def test_the_run_and_the_bundle_say_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    NpzExport().write(_movie(blank), tmp_path / "movie.npz")
    recipe = read_recipe(
        "version: 1\nsteps: [{step: remove_plane}, {step: polynomial_flatten}]\nexports: [{format: h5}]\n"
    )
    done = run_movie(recipe, tmp_path / "movie.npz")
    assert done.stack.warnings == (
        f"frame 2 stays as it is in remove_plane, polynomial_flatten: {reason} (1 in all)",
    )
    made = playnano.load(done.outputs[0]).provenance.history[-1]
    assert [dict(record.unfitted) for record in made.steps] == [{reason: (2,)}, {reason: (2,)}]


@pytest.mark.parametrize("mode", ["mean", "median", "zero"])
def test_filling_goes_on(mode: str) -> None:
    after = spool(_movie("NaN").apply("replace_nan", mode=mode))
    assert np.isnan(after[2]).all() == (mode != "zero")
    assert dict(after.provenance.steps[0].unfitted) == (
        {} if mode == "zero" else {"every pixel is NaN": (2,)}
    )


@pytest.mark.parametrize("step", ["intersection_crop", "crop_square"])
def test_a_blank_frame_does_not_crop_the_others_away(step: str) -> None:
    after = spool(_movie("NaN").apply(step))
    assert after.shape[1:] == ((12, 10) if step == "intersection_crop" else (10, 10))


def test_a_mask_over_everything_leaves_the_frame(tmp_path: Path) -> None:
    stack = _movie("constant").apply("mask_threshold", threshold=-100.0).apply("remove_plane")
    after = spool(stack)
    assert after.warnings == (
        "1 of 4 frames is not good (blank: 2)",
        "frames 0, 1, 3 stay as they are in remove_plane: every pixel is masked (3 in all)",
    )
