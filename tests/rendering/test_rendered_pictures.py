"""Pictures of whole movies, and what is refused before one is made."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from rendering_scenes import bordered, hills

from playnano.errors import PlaynanoError
from playnano.rendering.look import Look
from playnano.rendering.palette import MAP_COLOURS, NAN, WHITE
from playnano.rendering.pictures import check_look, pictures
from playnano.stack.stack import AFMImageStack

BARE = {"timestamp": False, "scale_bar": False}


def test_heights_become_colours_by_the_range_of_the_movie():
    stack = hills(512, 512)
    drawn = pictures(stack, Look(**BARE))
    low, high = np.percentile(stack.data.astype(float), [1, 99])
    expected = np.clip(np.floor((stack.data[1].astype(float) - low) / (high - low) * 240), 0, 239)
    assert drawn[1].dtype == np.uint8
    assert np.abs(drawn[1].astype(int) - expected).max() <= 1
    assert (drawn[1] == expected).mean() > 0.999


def test_the_range_is_written_down_with_the_share_of_clipped_pixels():
    stack = hills(64, 64)
    drawn = pictures(stack, Look())
    for index in range(len(drawn)):
        drawn[index]
    record = json.loads(json.dumps(drawn.record))
    low, high = np.percentile(stack.data.astype(float), [1, 99])
    assert (record["zmin"], record["zmax"]) == (low, high)
    assert record["clipped_below"] == (stack.data < low).mean()
    assert record["clipped_above"] == (stack.data > high).mean()
    assert record["scale_bar"] == {"nm": 100.0, "px": 128, "drawn_nm": 100.0, "differs_between_frames": False}


def test_bounds_that_are_given_clip():
    drawn = pictures(hills(64, 64), Look(zmin=1, zmax=2, **BARE))
    assert {0, MAP_COLOURS - 1} <= set(np.unique(drawn[0]))
    assert drawn.record["zmin_from"] == "given"


@pytest.mark.parametrize("enlarge", ["nearest", "bicubic"])
def test_nan_has_its_own_colour_and_nothing_else_has(enlarge):
    stack = bordered(hills(64, 64), 5)
    drawn = pictures(stack, Look(enlarge=enlarge, **BARE))
    assert np.array_equal(drawn[0] == NAN, np.isnan(stack.data[0]).repeat(8, 0).repeat(8, 1))


def test_nearest_gives_the_same_as_scaling_the_heights_first():
    stack = bordered(hills(30, 50), 3)
    larger = AFMImageStack.from_array(stack.data.repeat(18, 1).repeat(18, 2))
    look = Look(zmin=0.0, zmax=3.0, **BARE)
    assert np.array_equal(pictures(stack, look)[1], pictures(larger, look)[1])


def test_bicubic_scales_heights_and_not_colours():
    drawn = pictures(hills(64, 64), Look(enlarge="bicubic", zmin=-1, zmax=6, **BARE))
    steps = np.abs(np.diff(drawn[0].astype(int), axis=1))
    assert steps.max() < 6  # nearest leaps by 30 where the hill is steep


def test_pixels_that_are_not_square_are_shown_in_true_proportions():
    drawn = pictures(hills(300, 512, aspect=512 / 300), Look())
    assert drawn.shape == (3, 512, 512)
    assert drawn.pixel_size_nm == pytest.approx((400 / 512, 400 / 512))


def test_each_frame_by_itself_when_asked():
    data = hills(64, 64).data
    data[1] *= 10
    drawn = pictures(AFMImageStack.from_array(data), Look(zscale="frame", **BARE))
    whole = pictures(AFMImageStack.from_array(data), Look(**BARE))
    assert drawn[0].max() == MAP_COLOURS - 1 > whole[0].max()
    assert drawn[1].max() == MAP_COLOURS - 1
    assert drawn.record["zmin"] is None
    assert len(drawn.record["z_ranges"]) == 2


def test_blank_frames_are_told():
    data = hills(64, 64).data
    data[1] = 1e6
    drawn = pictures(AFMImageStack.from_array(data), Look(**BARE))
    assert drawn.notes == ("1 of 3 frames is lost, partial or blank and left out of the z-range",)
    assert drawn.record["left_out_frames"] == [1]
    assert drawn.record["zmax"] < 10


def test_a_colour_bar_stands_beside_the_picture():
    plain, barred = pictures(hills(64, 64), Look()), pictures(hills(64, 64), Look(colour_bar=True))
    assert barred.shape[2] > plain.shape[2]
    assert np.array_equal(barred[2][:, : plain.shape[2]], plain[2])


def test_pictures_do_not_depend_on_threads_or_order():
    stack = hills(64, 64, frames=8)
    alone = [picture.tobytes() for picture in map(pictures(stack, Look()).__getitem__, range(8))]
    shared = pictures(stack, Look(), threads=3)
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda index: shared[index].tobytes(), reversed(range(8))))
    assert together[::-1] == alone
    assert shared.counted[:, 2].tolist() == [64 * 64] * 8


def test_a_picture_is_the_callers_own():
    drawn = pictures(hills(512, 512), Look())
    drawn[0][:] = 7
    assert (drawn[0] != 7).any()


def test_float64_with_a_large_offset_keeps_its_relief():
    relief = hills(512, 512).data.astype(float)
    look = Look(**BARE)
    near, far = (
        pictures(AFMImageStack.from_array(relief), look)[0],
        pictures(AFMImageStack.from_array(relief + 1e8), look)[0],
    )
    assert np.abs(near.astype(int) - far).max() <= 1


def test_the_speed_label_tells_how_fast_the_movie_plays():
    drawn = pictures(hills(64, 64), Look(speed_label=True), fps=8)
    assert drawn.record["speed"] == "\N{MULTIPLICATION SIGN} 4.0"
    silent = pictures(hills(64, 64), Look(speed_label=True))
    assert silent.record["speed"] is None
    assert "no speed label" in silent.notes[0]


def test_a_pixel_size_that_changes_changes_the_bar():
    stack = hills(64, 64)
    sizes = [400 / 64, 200 / 64, 400 / 64]
    metadata = [
        {**frame, "frame_pixel_size_nm": size}
        for frame, size in zip(stack.frame_metadata, sizes, strict=True)
    ]
    drawn = pictures(replace(stack, frame_metadata=tuple(metadata)), Look(timestamp=False))
    rows = [int((drawn[index] == WHITE).sum(axis=1).max()) for index in range(2)]
    assert rows == [128, 256]
    assert "each has a scale bar of its own" in drawn.notes[0]


UNSIZED, UNTIMED = hills(64, 64, width_nm=None), hills(64, 64, interval_s=None)
CHINESE = "\N{CJK UNIFIED IDEOGRAPH-4E2D}"
REFUSED = {
    "no pixel size": (UNSIZED, Look(), "set `pixel_size_nm` .*`scale_bar: false`"),
    "no times": (UNTIMED, Look(), "set `frame_interval_s` .*`timestamp: false`"),
    "bar too long": (hills(64, 64), Look(scale_bar_nm=1000), "does not fit .*; `scale_bar_nm: 200` does"),
    "bar too short": (hills(64, 64), Look(scale_bar_nm=0.01), "shorter than a pixel"),
    "no frames": (AFMImageStack.from_array(np.zeros((0, 4, 4))), Look(), "there are no frames"),
    "no such letter": (hills(64, 64), Look(text=CHINESE), "no character"),
    "speed without times": (UNTIMED, Look(speed_label=True, timestamp=False), "speed_label: false"),
}


@pytest.mark.parametrize(("stack", "look", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line_before_a_frame_is_read(stack, look, message, monkeypatch):
    monkeypatch.setattr("playnano.stack.lazy.ArrayFrames.__getitem__", None)
    with pytest.raises(PlaynanoError, match=message) as error:
        check_look(stack, look)
    assert "\n" not in str(error.value)


def test_what_is_switched_off_need_not_be_known():
    check_look(hills(64, 64, width_nm=None, interval_s=None), Look(**BARE))
    with pytest.raises(PlaynanoError, match="times of the frames are not known"):
        check_look(hills(64, 64, interval_s=None), Look(**BARE), needs_time_for_speed=True)


def test_all_nan_and_constant_heights():
    with pytest.raises(PlaynanoError, match="every pixel of the movie is NaN"):
        pictures(AFMImageStack.from_array(np.full((2, 8, 8), np.nan)), Look(**BARE))
    drawn = pictures(AFMImageStack.from_array(np.full((2, 8, 8), 3.0)), Look(**BARE))
    assert np.unique(drawn[0]).tolist() == [MAP_COLOURS // 2]
    assert drawn.notes == ("no frame is good: each is lost, partial or blank",)


WRONG = {
    "range upside down": ({"zmin": 5, "zmax": 1}, "zmin (5) must be less than zmax (1)"),
    "unknown colormap": ({"cmap": "afm_bron"}, "there is no colormap 'afm_bron'; did you mean 'afm_brown'?"),
    "bar of many ranges": ({"colour_bar": True, "zscale": "frame"}, "a colour bar holds for the whole movie"),
    "no length": ({"scale_bar_nm": 0}, "greater than 0"),
    "a word for a number": ({"zmin": "low"}, "'auto'"),
}


@pytest.mark.parametrize(("settings", "message"), WRONG.values(), ids=WRONG)
def test_a_look_that_means_nothing_cannot_be_made(settings, message):
    with pytest.raises(ValidationError) as error:
        Look(**settings)
    assert message in str(error.value)
