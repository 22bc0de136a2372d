"""Dropping, filling and leaving out frames that show nothing."""

from pathlib import Path

import numpy as np
import pytest

import playnano
from playnano.errors import PlaynanoError
from playnano.exporters.data.npz import NpzExport
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import STEPS, Extent


@pytest.fixture
def spoilt() -> AFMImageStack:
    """Eight frames of a drifting blob; 3 is without contact, 5 partial, 6 blank."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :64]
    data = np.array([4 * np.exp(-((y - 30 - t) ** 2 + (x - 30) ** 2) / 90) for t in range(8)])
    data += rng.normal(0, 0.05, data.shape) + 0.02 * x
    data[3] = rng.normal(0, 2, (64, 1)) + rng.normal(0, 2, (64, 1)) * np.linspace(-1, 1, 64)
    data[5, 40:] = 1.0
    data[6] = 7.0
    times = [0.0, 1.0, 2.0, 2.5, 4.0, 5.0, 6.0, 7.0]
    return AFMImageStack.from_array(data.astype(np.float32), pixel_size_nm=1.0, timestamps=times)


def test_levelling_leaves_them_as_they_are(spoilt: AFMImageStack) -> None:
    after = spoilt.apply("remove_plane").apply("row_median_align").apply("polynomial_flatten")
    for index in (3, 5, 6):
        np.testing.assert_array_equal(after[index], spoilt[index])
    assert not any(np.array_equal(after[index], spoilt[index]) for index in (0, 1, 2, 4, 7))


def test_the_run_says_so_once_and_the_bundle_holds_it(
    spoilt: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    NpzExport().write(spoilt, tmp_path / "movie.npz")
    text = "version: 1\nsteps: [{step: remove_plane}, {step: zero_median}]\nexports: [{format: h5}]\n"
    done = run_movie(read_recipe(text), tmp_path / "movie.npz")
    assert done.stack.warnings == (
        "3 of 8 frames are not good (lost: 3; partial: 5; blank: 6)",
        "1 frame holds a stretch of one value, where nothing may have been recorded: "
        "frame 5 (the last 24 lines, 1 nm)",
    )
    stored = playnano.load(done.outputs[0])
    made = stored.provenance.history[-1]
    assert made.frame_quality == {"lost": (3,), "partial": (5,), "blank": (6,)}
    assert [frame["quality"] for frame in stored.frame_metadata][2:5] == ["good", "lost", "good"]
    assert stored.frame_metadata[3]["line_correlation"] < 0.15
    assert made.steps[0].measured["offset"][3] is None


def test_drop_bad_frames(spoilt: AFMImageStack) -> None:
    assert list(spoilt.apply("drop_bad_frames").timestamps) == [0, 1, 2, 4, 7]
    assert list(spoilt.apply("drop_bad_frames", kinds=["lost"]).timestamps) == [0, 1, 2, 4, 5, 6, 7]
    assert list(spoilt.apply("drop_blank_frames").timestamps) == [0, 1, 2, 2.5, 4, 5, 7]


def test_drop_by_a_measured_column(spoilt: AFMImageStack) -> None:
    levelled = spool(spoilt.apply("remove_plane"))
    offsets = levelled.provenance.steps[0].measured["offset"]
    limit = sorted(value for value in offsets if value is not None)[3]
    after = levelled.apply("drop_bad_frames", column="offset", above=limit)
    assert len(after) == 7  # the one above the limit goes; those without a number stay
    with pytest.raises(PlaynanoError, match="no step before measures 'ofset'; did you mean 'offset'"):
        levelled.apply("drop_bad_frames", column="ofset", above=0.0)
    with pytest.raises(PlaynanoError, match="put drop_bad_frames right after it"):
        after.apply("drop_bad_frames", column="offset", above=0.0)
    with pytest.raises(PlaynanoError, match="column needs above or below"):
        levelled.apply("drop_bad_frames", column="offset")


def test_filled_by_time(spoilt: AFMImageStack) -> None:
    after = spool(spoilt.apply("interpolate_frames"))
    expected = 0.75 * spoilt[2] + 0.25 * spoilt[4]  # at 2.5 s, between 2 s and 4 s
    np.testing.assert_allclose(after[3], expected, atol=1e-5)
    np.testing.assert_allclose(after[6], spoilt[4] / 3 + spoilt[7] * 2 / 3, atol=1e-5)
    assert [frame["quality"] for frame in after.frame_metadata][3:7] == [
        "interpolated", "good", "interpolated", "interpolated",
    ]  # fmt: skip
    np.testing.assert_array_equal(after[7], spoilt[7])


def gapped(times: list[float]) -> AFMImageStack:
    """Frames whose heights are their times; with texture, so that they are good."""
    texture = np.random.default_rng(0).normal(size=(32, 32)).cumsum(axis=0)
    data = np.array([texture + time for time in times], np.float32)
    return AFMImageStack.from_array(data, pixel_size_nm=1.0, timestamps=times)


def test_missing_frames_are_inserted_by_time(tmp_path: Path) -> None:
    movie = gapped([0.0, 1.0, 2.0, 5.0, 6.1, 7.0, 9.0])
    after = spool(movie.apply("interpolate_frames", fill_gaps=True, name="whole"))
    np.testing.assert_allclose(after.timestamps, [0, 1, 2, 3, 4, 5, 6.1, 7, 8, 9])
    np.testing.assert_allclose((after.data - movie.data[:1]).mean(axis=(1, 2)), after.timestamps, atol=1e-5)
    filled = [index for index, frame in enumerate(after.frame_metadata) if frame["quality"] == "interpolated"]
    assert filled == [3, 4, 8]
    assert [frame["original_frame"] for frame in after.frame_metadata] == [0, 1, 2, 2, 2, 3, 4, 5, 5, 6]
    assert "whole: 3 frames are inserted where times show a gap (after 2, 5)" in after.warnings
    NpzExport().write(after, tmp_path / "whole.npz")
    np.testing.assert_array_equal(playnano.load(tmp_path / "whole.npz").data, after.data)
    kept = after.apply("drop_frames", indices_to_drop=[9])
    assert len(kept) == 9


def test_a_bad_frame_beside_a_gap_is_filled_from_good_ones() -> None:
    movie = gapped([0.0, 1.0, 2.0, 4.0, 5.0])
    data = movie.data.copy()
    data[2] = 7.0
    spoilt = AFMImageStack.from_array(data, pixel_size_nm=1.0, timestamps=[0.0, 1.0, 2.0, 4.0, 5.0])
    after = spool(spoilt.apply("interpolate_frames", fill_gaps=True))
    np.testing.assert_allclose((after.data - data[:1]).mean(axis=(1, 2)), [0, 1, 2, 3, 4, 5], atol=1e-5)


def test_even_times_insert_nothing_and_unknown_ones_are_an_error() -> None:
    even = gapped([0.0, 1.0, 2.1, 3.0])
    after = spool(even.apply("interpolate_frames", fill_gaps=True))
    assert len(after) == 4
    assert not after.warnings
    unknown = AFMImageStack.from_array(even.data, pixel_size_nm=1.0)
    with pytest.raises(PlaynanoError, match="fill_gaps needs the times of the frames"):
        unknown.apply("interpolate_frames", fill_gaps=True)
    with pytest.raises(PlaynanoError, match="97 frames would be inserted, more than the movie's 4"):
        gapped([0.0, 1.0, 2.0, 100.0]).apply("interpolate_frames", fill_gaps=True)


def test_a_plan_says_that_there_may_be_more_frames() -> None:
    filled = STEPS.make("interpolate_frames", {"fill_gaps": True}).extent(Extent(6, 24, 32))
    assert filled == Extent(6, 24, 32, at_least=True)
    later = STEPS.make("drop_frames", {"indices_to_drop": [8]}).extent(filled)
    assert later == Extent(6, 24, 32, at_least=True, at_most=True)
    assert STEPS.make("align_frames", {"reference_frame": 8}).extent(filled).frames == 6


def test_nothing_left_is_an_error() -> None:
    blank = AFMImageStack.from_array(np.zeros((3, 8, 8), np.float32))
    with pytest.raises(PlaynanoError, match="no frame would be left of 3"):
        blank.apply("drop_blank_frames")
    with pytest.raises(PlaynanoError, match="nothing to interpolate from"):
        blank.apply("interpolate_frames")
