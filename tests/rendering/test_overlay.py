"""What was measured, drawn on the pictures: at its place, in the colours of the overlay."""

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
