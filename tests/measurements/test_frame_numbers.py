"""Tables name frames by their numbers in the movie as it was read, whichever of them are left."""

import csv
from pathlib import Path

import numpy as np
import pytest

import playnano
from playnano.exporters import EXPORTS
from playnano.io.export_data import save_npz_bundle
from playnano.recipe.reading import read_recipe
from playnano.rendering.look import Look
from playnano.rendering.palette import NAN, OVERLAY
from playnano.rendering.pictures import pictures
from playnano.runner.running import run_movie
from playnano.stack.stack import AFMImageStack
from playnano.testing.measures import particles_movie

LEFT = [1, 2, 4, 5]


@pytest.fixture(scope="module")
def whole() -> AFMImageStack:
    return particles_movie(6).measure("features").measure("tracks", of="features")


@pytest.fixture(scope="module")
def cut() -> AFMImageStack:
    """The same without frames 0 and 3."""
    return (
        particles_movie(6)
        .apply("drop_frames", indices_to_drop=[0, 3])
        .measure("features")
        .measure("tracks", of="features")
    )


def test_rows_are_those_of_the_whole_movie(whole: AFMImageStack, cut: AFMImageStack) -> None:
    table = whole.tables["features"]
    kept = table.select(np.isin(table.column("frame"), LEFT))
    assert sorted(set(cut.tables["features"].column("frame").tolist())) == LEFT
    for name in ("frame", "time_s", "y_nm", "x_nm"):
        np.testing.assert_array_equal(cut.tables["features"].column(name), kept.column(name))


def test_marks_are_drawn_on_their_frames(whole: AFMImageStack, cut: AFMImageStack) -> None:
    look = Look(overlay=("features",), timestamp=False, scale_bar=False, zmin=0.0, zmax=5.0)
    before, after = pictures(whole, look), pictures(cut, look)
    for place, frame in enumerate(LEFT):
        drawn = [(picture >= OVERLAY) & (picture < NAN) for picture in (before[frame], after[place])]
        assert drawn[0].any()
        np.testing.assert_array_equal(*drawn)


def test_crops_and_averages_are_of_their_frames(whole: AFMImageStack, cut: AFMImageStack) -> None:
    crops = [stack.measure("crops", of="tracks", size_nm=30) for stack in (whole, cut)]
    before, after = (stack.images["crops_1"] for stack in crops)
    np.testing.assert_array_equal(after.axis("frame"), LEFT)
    np.testing.assert_array_equal(np.asarray(after), np.asarray(before)[LEFT])
    assert sorted(set(crops[1].tables["crops"].column("frame").tolist())) == LEFT
    average = cut.measure("particle_average", of="features", size_nm=30)
    assert set(average.tables["particle_average"].column("frame").tolist()) <= set(LEFT)


@pytest.mark.parametrize(
    ("measure", "settings"),
    [
        ("height_histogram", {"per": "frame"}),
        ("kymograph", {"from_nm": [60, 10], "to_nm": [60, 180]}),
        ("roughness", {}),
        ("template", {"frame": 1, "centre_nm": [50, 50], "radius_nm": 20, "min_score": 0.1}),
    ],
)
def test_every_kind_of_measure_numbers_alike(
    cut: AFMImageStack, measure: str, settings: dict[str, object]
) -> None:
    table = cut.measure(measure, **settings).tables[measure]
    assert set(table.column("frame").tolist()) == set(LEFT)


def test_a_stay_that_the_movie_cuts_off_is_known_as_such(cut: AFMImageStack) -> None:
    stays = cut.measure("dwell_times", of="tracks", column="height_max_nm", above=-1e3).tables["dwell_times"]
    assert len(stays) == 2
    assert stays.column("first_frame").tolist() == [1, 1]


def test_where_numbers_do_not_rise_frames_are_counted() -> None:
    turned = particles_movie(4)[::-1].measure("features")
    assert sorted(set(turned.tables["features"].column("frame").tolist())) == [0, 1, 2, 3]


def test_in_the_file_and_after_analyzing_again(tmp_path: Path) -> None:
    save_npz_bundle(tmp_path / "movie.npz", particles_movie(6))
    text = f"""\
version: 1
input: {{frames: "2:6"}}
analysis: [{{measure: features}}]
exports: [{{format: csv}}, {{format: npz}}]
output: {{folder: '{(tmp_path / "output").as_posix()}'}}
"""
    outcome = run_movie(read_recipe(text), tmp_path / "movie.npz")
    tables = next(path for path in outcome.outputs if path.is_dir())
    with (tables / "features.csv").open(encoding="utf-8") as file:
        assert {row["frame"] for row in csv.DictReader(file)} == {"2", "3", "4", "5"}
    again = playnano.load(next(path for path in outcome.outputs if path.suffix == ".npz"))
    crops = again.measure("tracks", of="features").measure("crops", of="tracks", size_nm=20)
    np.testing.assert_array_equal(crops.images["crops_1"].axis("frame"), [2, 3, 4, 5])


def test_lags_of_an_evenly_thinned_movie_are_those_of_its_frames() -> None:
    movie = particles_movie(24)
    frames = list(range(0, 24, 3))
    thinned = movie.apply("select_frames", keep_indices=frames).measure("features")
    curve = thinned.measure("tracks", of="features", max_distance_nm=200).measure("msd", of="tracks")
    lags = curve.tables["msd"].column("lag")
    assert set(lags.tolist()) >= {1, 2, 3}
    assert curve.tables["msd"].column("lag_s")[lags == 1] == pytest.approx(1.5)
    assert np.isfinite(curve.tables["msd"].column("d_nm2_per_s")).all()


def test_tables_and_frames_csv_number_alike(cut: AFMImageStack, tmp_path: Path) -> None:
    EXPORTS.make("frames-csv", {}).write(cut, tmp_path / "frames.csv")
    with (tmp_path / "frames.csv").open(encoding="utf-8") as file:
        assert [int(row["frame"]) for row in csv.DictReader(file)] == LEFT
