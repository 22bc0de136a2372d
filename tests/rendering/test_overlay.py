"""What was measured, drawn on the pictures: at its place, in the colours of the overlay."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playnano.errors import PlaynanoError
from playnano.exporters import EXPORTS
from playnano.rendering.look import Look
from playnano.rendering.palette import NAN, OVERLAY, palette
from playnano.rendering.pictures import check_look, pictures
from playnano.stack.stack import AFMImageStack
from playnano.testing import particles_movie


def tracked() -> AFMImageStack:
    return particles_movie().measure("features").measure("tracks", of="features", max_distance_nm=30)


LOOK = {"timestamp": False, "scale_bar": False, "overlay_labels": False, "min_height": 16}


def test_a_ring_stands_around_each_feature() -> None:
    stack = tracked()
    shown = pictures(stack, Look(overlay=("features",), **LOOK))
    picture, table = shown[2], stack.tables["features"]
    drawn = (picture >= OVERLAY) & (picture < NAN)
    here = table.select(table.column("frame") == 2)
    assert len(here) == 2
    scale = np.array(shown.shape[1:]) / stack.shape[1:]
    for number in range(len(here)):
        place = np.array([here.column("y_nm")[number] / 2.5, here.column("x_nm")[number] / 2.0])
        place = (place + 0.5) * scale - 0.5
        y, x = np.nonzero(drawn & (picture == OVERLAY + number))
        assert np.hypot(y.mean() - place[0], x.mean() - place[1]) < 1
        radius = here.column("radius_nm")[number] / 2.0 * scale[1]
        assert np.hypot(y - place[0], x - place[1]).mean() == pytest.approx(radius, abs=1)


def drawn_pixels(picture: np.ndarray) -> np.ndarray:
    return (picture >= OVERLAY) & (picture < NAN)


@pytest.mark.parametrize("least", [16, 300])
@pytest.mark.parametrize("table", ["features", "tracks"])
def test_outlines_run_along_the_edge_of_the_mask(table: str, least: int) -> None:
    made = particles_movie()
    masks = np.array([made.frames[index].mask for index in range(len(made))])
    stack = AFMImageStack.from_array(made.data, mask=masks, pixel_size_nm=2.0).measure("features")
    stack = stack.measure("tracks", of="features", max_distance_nm=30)
    look = Look(overlay=(table,), overlay_tail=0, **{**LOOK, "min_height": least})
    shown = pictures(stack, look)
    times = shown.shape[1] // 96
    assert times == (1 if least < 96 else 4)
    for index, mask in enumerate(masks):
        large = np.kron(mask, np.ones((times, times), bool))
        padded = np.pad(large, 1, mode="edge")
        neighbours = [padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]]
        drawn = drawn_pixels(shown[index])
        assert drawn[large & ~np.all(neighbours, axis=0)].all()
        assert not drawn[~(np.any(neighbours, axis=0) | large)].any()


def test_a_track_that_is_left_out_has_no_outline() -> None:
    stack = tracked().measure("tracks", of="features", max_distance_nm=30, name="one")
    kept = stack.tables["one"].select(stack.tables["one"].column("track") == 2)
    stack = replace(stack, tables={**stack.tables, "one": kept})
    picture = pictures(stack, Look(overlay=("one",), **LOOK))[1]
    assert set(np.unique(picture[drawn_pixels(picture)])) == {OVERLAY + 1}


def test_positions_without_a_mask_have_circles() -> None:
    stack = particles_movie().measure("peaks", min_height=2.0, min_distance_nm=10)
    assert drawn_pixels(pictures(stack, Look(overlay=("peaks",), **LOOK))[0]).any()
    stack = tracked()
    without = replace(stack, provenance=stack.provenance.model_copy(update={"analysis": ()}))
    assert drawn_pixels(pictures(without, Look(overlay=("features",), **LOOK))[0]).any()


def test_colours_stand_for_a_column_in_equal_steps() -> None:
    stack = tracked()
    look = Look(overlay=("features",), overlay_colour="height_max_nm", **LOOK)
    shown = pictures(stack, look)
    table = stack.tables["features"].select(stack.tables["features"].column("frame") == 2)
    high, low = np.argmax(table.column("height_max_nm")), np.argmin(table.column("height_max_nm"))
    picture = shown[2]
    for row, colours in ((high, {OVERLAY + 6, OVERLAY + 5}), (low, {OVERLAY, OVERLAY + 1})):
        y = int(table.column("y_nm")[row] / 2.5 * shown.shape[1] / 96)
        x = int(table.column("x_nm")[row] / 2.0 * shown.shape[2] / 100)
        part = picture[max(0, y - 15) : y + 15, max(0, x - 15) : x + 15]
        assert set(np.unique(part[drawn_pixels(part)])) <= colours
    light = shown.palette[OVERLAY:NAN].astype(int).sum(axis=1)
    assert (np.diff(light) > 0).all()
    assert any("colours of 'features' stand for height_max_nm from" in note for note in shown.notes)
    assert shown.record["overlay_colour"] == "height_max_nm"


def test_heights_keep_out_of_the_overlays_colours() -> None:
    stack = tracked()
    plain = pictures(stack, Look(overlay=("tracks",), **{**LOOK, "overlay_tail": 0}))
    other = palette("afm_brown", overlay=True)
    np.testing.assert_array_equal(plain.palette, other)
    empty = AFMImageStack.from_array(stack.data, mask=np.zeros(stack.shape, bool), pixel_size_nm=(2.5, 2.0))
    nothing = pictures(empty.measure("features"), Look(overlay=("features",), **LOOK))
    assert not ((nothing[0] >= OVERLAY) & (nothing[0] < NAN)).any()


@pytest.mark.parametrize("format", ["gif", "png", "montage", "mp4"])
def test_every_picture_format_draws_it(format: str, tmp_path: Path) -> None:
    export = EXPORTS.make(format, {"overlay": ["tracks"]})
    export.write(tracked(), tmp_path / export.file_name("movie", True))
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "track",
            "overlay: there is no table 'track'; did you mean 'tracks'? "
            "(tables: features, tracks, roughness)",
        ),
        ("roughness", "overlay: the table 'roughness' has no column 'y_nm'"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(name: str, told: str) -> None:
    with pytest.raises(PlaynanoError) as caught:
        check_look(tracked().measure("roughness"), Look(overlay=(name,)))
    assert str(caught.value) == told


def test_a_column_that_is_not_there_is_refused() -> None:
    look = Look(overlay=("tracks",), overlay_colour="height_max")
    with pytest.raises(PlaynanoError, match="has no column 'height_max'; did you mean 'height_max_nm'"):
        check_look(tracked(), look)
