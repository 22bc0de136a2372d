from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from playnano.errors import StepError
from playnano.exporters.tables.frames_csv import FramesCsvExport
from playnano.kernels.canvas import canvas
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS
from playnano.steps.aligned_frames import AlignedFrames
from playnano.steps.base import Extent
from playnano.steps.drift import _order_of_rows

DRIFT = np.array([0.3, -0.17])  # px per frame


def scene(size: int, seed: int) -> np.ndarray:
    rough = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size + 80, size + 80)), 3)
    return rough / rough.std()


def drifting(
    n: int = 40, size: int = 96, *, pixel_noise: float = 0.3, line_noise: float = 0.5, seed: int = 0
) -> AFMImageStack:
    """A still scene of standard deviation 1 that drifts, with noise; `DRIFT` brings it back."""
    rng, rough = np.random.default_rng(seed), scene(size, seed)
    frames = [ndimage.shift(rough, -DRIFT * k, order=3, mode="nearest")[40:-40, 40:-40] for k in range(n)]
    noise = rng.normal(scale=pixel_noise, size=(n, size, size)) + rng.normal(
        scale=line_noise, size=(n, size, 1)
    )
    return AFMImageStack.from_array((np.array(frames) + noise).astype(np.float32))


def shifts(stack: AFMImageStack) -> np.ndarray:
    return np.array(
        [
            [f.measured["shift_y"], f.measured["shift_x"]]
            for f in (stack.frames.source[i] for i in range(len(stack)))
        ]
    )


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
def test_drift_is_found_to_a_fraction_of_a_pixel_in_noise(name: str) -> None:
    found = shifts(drifting().apply(name))
    error = found - DRIFT * np.arange(40)[:, None]
    assert (np.sqrt(np.mean((error - error[0]) ** 2, axis=0)) <= 0.15).all()


def test_any_frame_can_be_the_one_that_stays() -> None:
    found = shifts(drifting(12, pixel_noise=0, line_noise=0).apply("align_frames", reference_frame=5))
    np.testing.assert_allclose(found, DRIFT * (np.arange(12)[:, None] - 5), atol=0.1)
    np.testing.assert_array_equal(found[5], 0)


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
def test_a_scene_may_drift_out_of_the_image_it_began_in(name: str) -> None:
    drift, size = np.array([2.5, -1.5]), 64
    rng, rough = np.random.default_rng(3), scene(size + 120, 3)
    corners = np.outer(np.arange(30), drift) + np.array([20, 75])
    frames = [ndimage.shift(rough, -corner, order=3)[:size, :size] for corner in corners]
    noise = rng.normal(scale=0.1, size=(30, size, size))
    stack = AFMImageStack.from_array((np.array(frames) + noise).astype(np.float32))
    aligned = stack.apply(name)
    np.testing.assert_allclose(shifts(aligned), drift * np.arange(30)[:, None], atol=0.5)
    assert aligned.shape == (30, 64 + 73, 64 + 44)


def test_a_movie_of_nothing_stays_where_it_is() -> None:
    stack = AFMImageStack.from_array(np.full((3, 8, 9), np.nan, np.float32))
    np.testing.assert_array_equal(shifts(stack.apply("rolling_frame_align")), 0)


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
def test_a_scene_that_stands_still_is_copied(name: str, movie: AFMImageStack) -> None:
    still = AFMImageStack.from_array(np.repeat(movie.data[:1], 4, axis=0))
    np.testing.assert_array_equal(still.apply(name).data, still.data)


def test_whole_pixels_are_copied_and_the_border_is_nan() -> None:
    images = np.arange(2 * 4 * 5.0).reshape(2, 4, 5)
    path = np.array([[0.0, 0.0], [1.0, -2.0]])
    stack = AFMImageStack.from_array(images, mask=images > 30)
    padded = AlignedFrames(stack.frames, path, canvas(path, 4, 5, "pad"), ({}, {}))
    assert padded.shape == (2, 5, 7)
    np.testing.assert_array_equal(padded[0].image[:4, 2:], images[0])
    np.testing.assert_array_equal(padded[1].image[1:, :5], images[1])
    assert np.isnan(padded[1].image).sum() == 35 - 20
    np.testing.assert_array_equal(padded[1].mask[1:, :5], images[1] > 30)
    cropped = AlignedFrames(stack.frames, path, canvas(path, 4, 5, "crop"), ({}, {}))
    np.testing.assert_array_equal(cropped[1].image, images[1, :3, 2:])
    assert cropped.shape == (2, 3, 3)


def test_sub_pixel_shifts_put_the_scene_where_it_was() -> None:
    stack = drifting(4, pixel_noise=0, line_noise=0).apply("align_frames", mode="crop")
    assert np.isfinite(stack.data).all()
    np.testing.assert_allclose(stack.data[3], stack.data[0], atol=0.08)
    square = drifting(4, pixel_noise=0, line_noise=0).apply("align_frames", mode="crop_square")
    assert square.shape[1] == square.shape[2]


def test_nan_does_not_disturb_and_stays_nan() -> None:
    clean = drifting(6, pixel_noise=0.1, line_noise=0)
    data = clean.data.copy()
    data[3, 20:24, 30:33] = np.nan
    holed = AFMImageStack.from_array(data).apply("align_frames")
    np.testing.assert_allclose(shifts(holed), shifts(clean.apply("align_frames")), atol=0.05)
    assert np.isnan(holed.data[3, 21:23, 31]).all()


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
@pytest.mark.parametrize("nothing", [0.0, 450.0, np.nan])
def test_a_frame_that_shows_nothing_goes_with_its_neighbour(name: str, nothing: float) -> None:
    data = drifting(6, pixel_noise=0, line_noise=0).data.copy()
    data[3] = nothing
    aligned = AFMImageStack.from_array(data).apply(name)
    found = shifts(aligned)
    np.testing.assert_allclose(found, DRIFT * np.arange(6)[:, None], atol=0.05)
    measured = aligned.frames.source[3].measured
    assert (measured["confidence"], measured["found"], measured["fixed_y"]) == (0, 0, 0)
    assert aligned.warnings[0] == "1 of 6 frames is not good (blank: 3)"
    assert aligned.warnings[-1] == (
        f"step_1_{name}: 1 of 6 frames not found (3): their shifts are interpolated"
    )


@pytest.mark.parametrize("name", ["align_frames", "rolling_frame_align"])
def test_limits_take_a_frame_as_not_found_and_say_so(name: str) -> None:
    data = drifting(6, pixel_noise=0, line_noise=0).data.copy()
    data[2] = np.roll(data[2], 12, axis=0)
    stack = AFMImageStack.from_array(data)
    limited = stack.apply(name, max_jump=3.0)
    assert abs(shifts(limited)[2, 0] - 0.6) < 0.1
    assert any("1 of 6 frames not found (2)" in note for note in limited.warnings)
    assert any("1 frame lies further" in note and "max_jump" in note for note in limited.warnings)
    assert shifts(stack.apply(name))[2, 0] < -10


def test_a_limit_that_cuts_off_all_frames_is_named() -> None:
    data = drifting(2, pixel_noise=0, line_noise=0).data.copy()
    data[1] = np.roll(data[1], 12, axis=0)
    assert AFMImageStack.from_array(data).apply("align_frames", max_jump=3.0).warnings == (
        "step_1_align_frames: 1 of 2 frames not found (1): no frame is moved",
        "step_1_align_frames: 1 frame lies further from the frame before than max_jump or max_shift "
        "allows: 1; a larger limit aligns them",
    )


def test_a_frame_may_not_lie_further_than_max_shift() -> None:
    limited = drifting(12, pixel_noise=0, line_noise=0).apply("align_frames", max_shift=1.0)
    assert np.hypot(*shifts(limited).T).max() < 1.05
    assert limited.provenance.steps[0].estimation["not_found"] == list(range(3, 12))
    assert any("9 frames lie further" in note for note in limited.warnings)


def test_frames_of_no_quality_are_left_out() -> None:
    stack = drifting(6, pixel_noise=0, line_noise=0)
    metadata = [dict(frame) for frame in stack.frame_metadata]
    metadata[0]["quality"], metadata[3]["quality"] = "blank", "lost"
    marked = replace(stack, frame_metadata=tuple(metadata)).apply("align_frames")
    record = marked.provenance.steps[0]
    assert record.estimation["not_found"] == [0, 3]
    assert record.estimation["reference_frame"] == 1
    np.testing.assert_array_equal(shifts(marked)[:2], 0)


def test_the_provenance_holds_what_was_said() -> None:
    data = drifting(6, pixel_noise=0, line_noise=0).data.copy()
    data[0] = 450
    record = AFMImageStack.from_array(data).apply("align_frames").provenance.steps[0]
    assert record.notes == ["1 of 6 frames not found (0): their shifts are interpolated"]
    assert record.estimation["likeness_after"] > record.estimation["likeness_before"]


def test_rows_that_were_not_recorded_are_left_out() -> None:
    data = drifting(6, pixel_noise=0, line_noise=0).data.copy()
    data[3, 40:] = 7.0
    np.testing.assert_allclose(
        shifts(AFMImageStack.from_array(data).apply("align_frames")), DRIFT * np.arange(6)[:, None], atol=0.05
    )


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_shifts_can_be_read_from_a_file(tmp_path: Path) -> None:
    text = "# by hand\nframe, shift_y, shift_x, found, else\n0,0,0,1,a\n2,2,-4,1,b\n1,99,99,0,c\n"
    stack = drifting(3).apply("align_frames", path=written(tmp_path / "drift.csv", text))
    np.testing.assert_array_equal(shifts(stack), [[0, 0], [1, -2], [2, -4]])
    assert stack.shape == (3, 98, 100)
    assert [stack.frames.source[i].measured["found"] for i in range(3)] == [1, 0, 1]
    assert len(stack.provenance.steps[0].estimation["path_sha256"]) == 64
    assert any("1 of 3 frames not found (1)" in note for note in stack.warnings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("frame,shift_y\n0,0\n", "has no column 'shift_x'; it needs frame, shift_y, shift_x"),
        ("frame,shift_y,shift_x\n0,0,0\n1,0,0\n", "states no shift for frame 2; the movie has 3 frames"),
        ("frame,shift_y,shift_x\n0,0,0\n0,0,0\n", "row 3: frame 0 is there twice"),
        ("frame,shift_y,shift_x\n0,3,5,-3\n", "row 2: more cells than columns; the decimal sign is a point"),
        ("frame,shift_y,shift_y,shift_x\n0,3,5,-3\n", "has the column 'shift_y' twice"),
        ("frame,shift_y,shift_x\n3,0,0\n", r"row 2: there is no frame 3; the movie has 3 \(0 to 2\)"),
        ("frame,shift_y,shift_x\n0,nought,0\n", "row 2: frame, shift_y and shift_x have to be numbers"),
        ("frame,shift_y,shift_x\n0,nan,0\n", "row 2: no image can be shifted by"),
        ("frame,shift_y,shift_x\n0,1e300,0\n", "row 2: no image can be shifted by"),
        ("", "has no column 'frame'"),
    ],
)
def test_a_file_that_states_no_shifts_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(StepError, match=message):
        drifting(3).apply("align_frames", path=written(tmp_path / "drift.csv", text))


def test_a_file_that_is_not_there_is_refused_before_the_run(tmp_path: Path) -> None:
    step = STEPS.make("align_frames", {"path": str(tmp_path / "none.csv")})
    with pytest.raises(StepError, match=r"path: cannot read .*none\.csv: No such file"):
        step.extent(Extent(3, 96, 96))


def test_a_blank_reference_is_an_error() -> None:
    data = drifting(3).data.copy()
    data[0] = 450
    with pytest.raises(Exception, match="frame 0 shows nothing to align by; choose another reference_frame"):
        STEPS.make("align_frames", {"reference_frame": 0}).apply(AFMImageStack.from_array(data))


def test_the_table_of_frames_of_a_run_gives_its_shifts_again(tmp_path: Path) -> None:
    aligned = spool(drifting(4).apply("zero_mean").apply("align_frames", name="still"))
    table = tmp_path / "frames.csv"
    FramesCsvExport().write(aligned, table)
    again = spool(drifting(4).apply("zero_mean").apply("align_frames", path=str(table)))
    np.testing.assert_array_equal(again.data, aligned.data)
    for column in ("shift_y", "shift_x", "found"):
        assert again.provenance.steps[1].measured[column] == aligned.provenance.steps[1].measured[column]
    twice = spool(aligned.apply("align_frames", name="stiller"))
    table.unlink()
    FramesCsvExport().write(twice, table)
    with pytest.raises(StepError, match=r"shifts of several steps \(still, stiller\)"):
        drifting(4).apply("align_frames", path=str(table))


@pytest.mark.parametrize(
    ("before", "order"),
    [
        ([], 1),
        (["vertical_flip"], -1),
        (["horizontal_flip"], 1),
        ([2], -1),
        ([1, "horizontal_flip", 3], -1),
        ([1, "vertical_flip", 1], -1),
        ([1, "vertical_flip", 3], 1),
        ([1, "horizontal_flip", 1], 1),
    ],
)
def test_the_order_of_rows_after_turns_and_flips(before: list[str | int], order: int) -> None:
    stack = AFMImageStack.from_array(np.arange(16.0).reshape(1, 4, 4), pixel_size_nm=1.0)
    for step in before:
        stack = stack.apply(step) if isinstance(step, str) else stack.apply("rotate90", turns=step)
    image = stack[0]
    assert (image[0, 0] < image[-1, 0]) == (order > 0)  # what was recorded first has the lesser numbers
    assert _order_of_rows(stack) == order


def test_shifts_of_a_cut_movie_go_by_the_numbers_of_its_frames(tmp_path: Path) -> None:
    movie = drifting(8)
    whole = spool(movie.apply("align_frames"))
    FramesCsvExport().write(whole, tmp_path / "frames.csv")
    cut = spool(
        movie.apply("drop_frames", indices_to_drop=[0, 4]).apply(
            "align_frames", path=str(tmp_path / "frames.csv")
        )
    )
    shifts, kept = (stack.provenance.steps[-1].measured["shift_y"] for stack in (whole, cut))
    assert kept == [shifts[index] for index in (1, 2, 3, 5, 6, 7)]
