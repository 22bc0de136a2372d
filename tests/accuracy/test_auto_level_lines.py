"""Which jumps between lines `auto_level` takes for offsets, and which for features."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from levelling_scenes import Scene, block, discs, recorded

import playnano
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def levelled(scene: Scene, **parameters: Any) -> tuple[Any, dict[str, Any]]:
    stack = spool(AFMImageStack.from_array(scene.image).apply("auto_level", **parameters))
    measured = stack.provenance.steps[-1].measured
    return stack[0].astype(float), {name: values[0] for name, values in measured.items()}


@pytest.mark.parametrize("jump", [3.0, -3.0, 30.0])
@pytest.mark.parametrize("column", [0, 80, 200])
def test_a_tip_that_jumps_within_a_line_shifts_all_lines_after_it(jump: float, column: int) -> None:
    scene = recorded(discs(0.1, 3), 3)
    scene.image[120, column:] += jump
    scene.image[121:] += jump
    image, measured = levelled(scene)
    errors = scene.background_line_errors(image)
    assert np.nanmax(np.abs(np.delete(errors, 120))) < 0.15
    assert measured["coverage"] < 0.2


@pytest.mark.parametrize("share", [0.7, 0.85])
def test_a_block_over_nearly_whole_lines_stays(share: float) -> None:
    scene = recorded(block(3, share, slice(60, 200)), 4)
    image, measured = levelled(scene)
    assert np.nanmax(np.abs(scene.background_line_errors(image))) < 0.2
    assert scene.height_error(image) == pytest.approx(0, abs=0.2)
    assert measured["whole_line_jumps"] == 0


@pytest.mark.parametrize("seed", range(4, 8))
def test_lines_that_jump_where_particles_begin_are_no_edges(seed: int) -> None:
    """Beside line offsets of 2 nm, a jump of the line is as large as one at the edge of a patch."""
    scene = recorded(discs(0.6, seed), seed, rows=2.0, noise=0.03)
    assert np.nanstd(scene.background_line_errors(levelled(scene)[0])) < 0.05


@pytest.mark.parametrize("seed", [0, 2, 3, 5])
@pytest.mark.parametrize(("height", "lines"), [(3.0, 4), (5.0, 15), (3.0, 40)])
@pytest.mark.parametrize("share", [0.45, 0.7])
def test_patches_whose_edge_falls_on_a_line_that_jumps(
    share: float, height: float, lines: int, seed: int
) -> None:
    scene = recorded(block(height, share, slice(70, 70 + lines)), seed, rows=1.0)
    assert np.nanmax(np.abs(scene.background_line_errors(levelled(scene)[0]))) < 0.2


def test_what_fills_whole_lines_is_levelled_away_and_counted() -> None:
    truth = np.zeros((256, 256))
    truth[100:150] = 8.0
    scene = recorded(truth, 5)
    image, measured = levelled(scene)
    assert measured["whole_line_jumps"] == 2
    assert np.median(image[110:140]) == pytest.approx(0, abs=0.1)
    kept, _ = levelled(recorded(truth, 5, bow=0.0), surface="terraces")
    assert np.median(kept[110:140]) - np.median(kept[:90]) == pytest.approx(8, abs=1.0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lines", [slice(100, 150), slice(120, 132)])
def test_a_layer_not_far_beyond_the_line_noise_is_counted_too(lines: slice, seed: int) -> None:
    truth = discs(0.2, seed)
    assert levelled(recorded(truth, seed))[1]["whole_line_jumps"] == 0
    truth[lines] += 3.0
    assert levelled(recorded(truth, seed))[1]["whole_line_jumps"] == 2


def test_lines_that_are_alike_keep_their_offsets() -> None:
    y, x = np.mgrid[:160, :160]
    honeycomb = sum(np.cos(0.16 * (np.cos(a) * x + np.sin(a) * y)) for a in np.deg2rad([7.0, 67.0, 127.0]))
    image = (honeycomb + 0.05 * x + 0.02 * y).astype(np.float32)
    stack = spool(AFMImageStack.from_array(image).apply("auto_level", name="flat"))
    difference = stack[0] - honeycomb
    assert np.std(difference.mean(axis=1) - difference.mean()) < 0.15
    assert np.std(np.diff(difference.mean(axis=1))) < 0.01
    assert stack.warnings == (
        "flat: line offsets are not corrected: correcting them makes neighbouring lines less alike",
    )


@pytest.mark.parametrize("height", [1, 2, 3, 6])
@pytest.mark.parametrize("share", [0.3, 0.62])
@pytest.mark.parametrize("tail", [1, 3])
def test_patches_of_any_height_and_flank(height: float, share: float, tail: int) -> None:
    """The trailing flank of a patch, which the feedback draws out over `tail` pixels, is not background."""
    truth = block(height, share)
    drawn_out = truth.copy()
    for column in range(1, truth.shape[1]):
        lower = truth[:, column] < drawn_out[:, column - 1]
        decayed = drawn_out[:, column - 1] * np.exp(-1 / tail)
        drawn_out[:, column] = np.where(lower, np.maximum(decayed, truth[:, column]), truth[:, column])
    scene = recorded(drawn_out, 1)
    image, _ = levelled(scene)
    flat = truth > 0
    assert (image - truth)[flat].mean() - image[:, :20].mean() == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize(
    ("name", "limit"),
    [("spm/Veeco_20160622.003", 0.6), ("wsxm/sample_0.top", 0.02), ("sxm/probeflow_nanonis.sxm", 0.003)],
)
def test_real_images_have_no_bands(data_folder: Path, name: str, limit: float) -> None:
    image = playnano.load(data_folder / name).apply("auto_level")[0]
    assert np.std(np.median(np.diff(image, axis=0), axis=1)) < limit


def test_an_image_without_noise_has_its_background_unmasked(data_folder: Path) -> None:
    stack = playnano.load(data_folder / "gwy" / "file_landscape.gwy").apply("auto_level", name="flat")
    assert np.mean(np.asarray(stack.masks["flat_mask"])) == pytest.approx(0.36, abs=0.05)
