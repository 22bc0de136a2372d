"""A part of the frames as the picture: its pixels, its sizes, what is drawn on it, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from playnano.errors import ExportError, PlaynanoError
from playnano.exporters import EXPORTS
from playnano.io.export_data import save_h5_bundle
from playnano.recipe.reading import validated
from playnano.recipe.yamltext import compose
from playnano.rendering.look import Look
from playnano.rendering.palette import OVERLAY
from playnano.rendering.pictures import pictures
from playnano.runner.planning import plan
from playnano.stack.stack import AFMImageStack
from playnano.testing import particles_movie

BARE = {"timestamp": False, "scale_bar": False, "min_height": 16}
REGION = (4, 6, 20, 30)


def movie() -> AFMImageStack:
    heights = np.random.default_rng(3).normal(size=(2, 40, 60)).astype(np.float32)
    return AFMImageStack.from_array(heights, pixel_size_nm=2.0, timestamps=[0.0, 1.0])


@pytest.mark.parametrize("zscale", ["movie", "frame"])
def test_it_is_cut_from_the_whole_picture_with_the_same_colours(zscale: str) -> None:
    whole = pictures(movie(), Look(zscale=zscale, **BARE))
    part = pictures(movie(), Look(zscale=zscale, region=REGION, **BARE))
    assert part.plan.enlargement.is_identity
    for index in range(2):
        np.testing.assert_array_equal(part[index], whole[index][4:24, 6:36])


def test_a_small_one_is_enlarged_and_its_pixels_keep_their_size_in_nm() -> None:
    part = pictures(movie(), Look(region=REGION, **{**BARE, "min_height": 100}))
    assert part.shape == (2, 100, 150)
    assert part.pixel_size_nm == pytest.approx((0.4, 0.4))


def test_the_scale_bar_is_that_of_the_region() -> None:
    look = {"timestamp": False, "min_height": 200}
    whole, part = (pictures(movie(), Look(region=region, **look)) for region in (None, REGION))
    assert whole.plan.bars is not None
    assert part.plan.bars is not None
    assert part.plan.bars.px[0] / part.plan.bars.length.nm == pytest.approx(200 / (20 * 2.0), rel=0.02)
    assert whole.plan.bars.px[0] / whole.plan.bars.length.nm == pytest.approx(200 / (40 * 2.0), rel=0.02)


def test_what_was_measured_stays_at_its_place() -> None:
    stack = particles_movie().measure("features")
    assert stack.shape[1:] == (96, 100)
    settings = {**BARE, "overlay": ("features",), "overlay_labels": False}
    whole = pictures(stack, Look(**settings))
    part = pictures(stack, Look(region=(24, 25, 48, 50), **settings))
    assert whole.shape[1:] == (120, 100), "pixels are 2.5 nm high and 2 nm wide"
    for index in range(len(stack)):
        cut = whole[index][30:90, 25:75]
        inner = np.s_[2:-2, 2:-2]  # at its border an outline goes around the part that is seen
        np.testing.assert_array_equal((part[index] >= OVERLAY)[inner], (cut >= OVERLAY)[inner])


def test_numbers_of_what_lies_outside_are_not_drawn() -> None:
    stack = particles_movie().measure("features")
    settings = {**BARE, "overlay": ("features",), "region": (0, 0, 16, 16)}
    labelled, plain = (pictures(stack, Look(overlay_labels=labels, **settings)) for labels in (True, False))
    for index in range(len(stack)):
        np.testing.assert_array_equal(labelled[index], plain[index])


@pytest.mark.parametrize("format", ["gif", "png", "montage", "mp4"])
def test_every_picture_format_takes_it(format: str, tmp_path: Path) -> None:
    export = EXPORTS.make(format, {"region": list(REGION)})
    path = tmp_path / export.file_name("movie", True)
    notes = export.write(movie(), path)
    document = json.loads(notes.sidecars[".provenance.json"])
    assert document["picture"]["region"] == list(REGION)
    assert path.exists()


def test_one_that_is_not_within_the_frames_is_refused() -> None:
    with pytest.raises(PlaynanoError, match=r"region: lines 30 to 50 .* frames of 40 x 60 px") as refusal:
        pictures(movie(), Look(region=(30, 0, 20, 10), **BARE))
    assert refusal.value.settings == ("region",)


def test_it_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    file = save_h5_bundle(tmp_path / "movie.h5", movie())
    steps = "steps:\n  - step: crop\n    height: 10\n"
    text = f"version: 1\n{steps}exports:\n  - format: png\n    region: [0, 0, 20, 20]\n"
    with pytest.raises(ExportError, match="region: lines 0 to 20"):
        plan(validated(compose(text, "recipe")), file)
