"""Crops of tracks, means of particles and maps of their tips, against scenes whose truth is known."""

import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import playnano
from playnano.errors import MeasureError, PlaynanoError
from playnano.io.export_data import save_npz_bundle
from playnano.kernels.localisation import resolution, ring_correlation
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.runner.verify import verify
from playnano.stack.stack import AFMImageStack
from playnano.testing.measures import particles_movie

PIXEL = 1.0


def tracked(frames: int = 6) -> AFMImageStack:
    return particles_movie(frames).measure("features").measure("tracks", of="features")


# crops


@pytest.mark.parametrize("settings", [{"size_nm": 30}, {}, {"follow": False}, {"margin_nm": 300}])
def test_a_crop_holds_the_pixels_of_its_box(settings: dict[str, float]) -> None:
    stack = tracked().measure("crops", of="tracks", **settings)
    table = stack.tables["crops"]
    assert list(stack.images) == ["crops_1", "crops_2"]
    for track in (1, 2):
        rows, movie = table.select(table.column("track") == track), stack.images[f"crops_{track}"]
        np.testing.assert_array_equal(movie.axis("frame"), rows.column("frame"))
        for place, (frame, y, x) in enumerate(
            zip(*(rows.column(name).tolist() for name in ("frame", "box_y_px", "box_x_px")), strict=True)
        ):
            padded = np.pad(stack[frame], 300, constant_values=np.nan)
            height, width = movie.shape[1:]
            expected = padded[y + 300 : y + 300 + height, x + 300 : x + 300 + width]
            np.testing.assert_array_equal(movie.values[place], expected)


def test_a_box_follows_its_track_or_stands_still() -> None:
    stack = tracked()
    still = stack.measure("crops", of="tracks", follow=False).tables["crops"]
    moving = stack.measure("crops", of="tracks", size_nm=20).tables["crops"]
    assert len(set(still.column("box_y_px")[:6].tolist())) == 1
    assert len(set(moving.column("box_y_px")[:6].tolist())) > 1
    assert still.column("box_height_px")[0] > 11


def test_a_gap_is_crossed_on_the_straight_way() -> None:
    stack = tracked()
    table = stack.tables["features"]
    kept = table.select((table.column("frame") != 2) & (table.column("frame") != 3))
    gapped = replace(stack, tables={"features": kept}).measure("tracks", of="features", max_gap_s=3)
    crops = gapped.measure("crops", of="tracks", size_nm=20).tables["crops"]
    assert crops.column("seen")[:6].tolist() == [True, True, False, False, True, True]
    assert (np.diff(crops.column("box_y_px")[:6]) >= 0).all()


def test_a_box_far_larger_than_the_image_is_refused() -> None:
    with pytest.raises(MeasureError, match=r"crops failed: the box would be \d+ x \d+ px, of images of"):
        tracked().measure("crops", of="tracks", size_nm=1e6)


def test_a_table_without_sizes_needs_one() -> None:
    peaks = particles_movie().measure("peaks", min_height=2).measure("tracks", of="peaks")
    with pytest.raises(MeasureError, match="does not state how large its features are; set `size_nm`"):
        peaks.measure("crops", of="tracks")


RECIPE = """\
version: 1
steps:
  - {step: zero_median}
  - {step: mask_threshold, threshold: 1.5, name: particles}
analysis:
  - {measure: features, mask: particles, min_area_nm2: 50}
  - {measure: tracks, of: features, max_distance_nm: 30}
  - {measure: crops, of: tracks, size_nm: 40}
  - {measure: temporal_maps, name: maps}
"""
FORMATS = {
    "npz": "crops_1.npz",
    "h5": "crops_1.h5",
    "tif": "crops_1.ome.tif",
    "imagej-tiff": "crops_1.tif",
    "gif": "crops_1.gif",
    "mp4": "crops_1.mp4",
    "png": "crops_1",
    "gsf": "crops_1",
    "montage": "crops_1_montage.png",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie, and its crops in the usual formats."""
    folder = tmp_path_factory.mktemp("crops")
    save_npz_bundle(folder / "movie.npz", particles_movie(masked=False))
    exports = "".join(f"  - {{format: {name}, of: crops}}\n" for name in FORMATS)
    exports += "  - {format: npz}\n  - {format: gsf, of: maps_std}\n"
    run_movie(read_recipe(f"{RECIPE}exports:\n{exports}{output(folder)}"), folder / "movie.npz")
    return folder


def output(folder: Path) -> str:
    return f"output: {{folder: '{(folder / 'output').as_posix()}'}}\n"


def test_every_format_writes_a_folder_with_a_file_for_each_track(folder: Path) -> None:
    for path in (folder / "output").glob("movie_filtered_crops_*"):
        name = FORMATS[path.name.removeprefix("movie_filtered_crops_")]
        assert {name, name.replace("crops_1", "crops_2")} <= {file.name for file in path.iterdir()}
    assert len(list((folder / "output").glob("movie_filtered_crops_*"))) == len(FORMATS)
    assert (folder / "output" / "movie_filtered_maps_std_gsf" / "maps_std").is_dir()


@pytest.mark.parametrize("format", ["npz", "h5", "tif"])
def test_what_is_read_back_is_the_crop(folder: Path, format: str) -> None:
    whole = playnano.load(folder / "output" / "movie_filtered.npz")
    crop = playnano.load(folder / "output" / f"movie_filtered_crops_{format}" / FORMATS[format])
    np.testing.assert_array_equal(crop.data, np.asarray(whole.images["crops_1"]))
    np.testing.assert_allclose(crop.timestamps, whole.timestamps)
    assert crop.pixel_size_nm == pytest.approx(2.0)
    assert crop.pixel_size_y_nm == pytest.approx(2.5)
    assert [record.step for record in crop.provenance.all_steps()] == ["zero_median", "mask_threshold"]


def test_verify_makes_a_crop_again_and_sees_a_changed_one(folder: Path, tmp_path: Path) -> None:
    bundle = folder / "output" / "movie_filtered_crops_h5" / "crops_2.h5"
    assert verify(bundle, folder / "movie.npz").reproduced
    changed = Path(shutil.copy(bundle, tmp_path / "crops_2.h5"))
    with h5py.File(changed, "r+") as file:
        file["data"][0, 0, 0] += 1
    assert verify(changed, folder / "movie.npz").findings == ("data is not what was written",)


def test_overwrite_replaces_such_a_folder_and_no_other(folder: Path) -> None:
    text = f"{RECIPE}exports: [{{format: gif, of: crops}}, {{format: gsf, of: crops}}]\n{output(folder)}"
    run_movie(read_recipe(text), folder / "movie.npz", overwrite=True)
    mine = folder / "output" / "movie_filtered_crops_gif" / "mine.txt"
    mine.write_text("keep", encoding="utf-8")
    with pytest.raises(PlaynanoError, match=r"holds files that playnano did not write \(mine\.txt\)"):
        run_movie(read_recipe(text), folder / "movie.npz", overwrite=True)
    mine.unlink()


@pytest.mark.parametrize(
    ("export", "message"),
    [
        ("gif, of: crop", "gif: of: there are no images 'crop'; did you mean 'crops'? (images: crops, maps)"),
        ("gif, of: tracks", "of: there are no images 'tracks'"),
        ("gif, of: crops, raw: true", "there is no raw movie of measured images; leave `of` out"),
        ("csv, of: crops", "this writes no images; leave `of` out"),
        ("report, of: crops", "this writes no images; leave `of` out"),
        ("gif, of: crops_99", "of: there are no images 'crops_99'"),
    ],
)
def test_bad_requests_are_one_line(folder: Path, tmp_path: Path, export: str, message: str) -> None:
    text = f"{RECIPE}exports: [{{format: {export}}}]\n{output(tmp_path)}"
    with pytest.raises(PlaynanoError) as caught:
        run_movie(read_recipe(text), folder / "movie.npz")
    assert message in str(caught.value)
    assert not (tmp_path / "output").exists()


def test_a_kymograph_is_not_a_movie(folder: Path, tmp_path: Path) -> None:
    text = "version: 1\nanalysis: [{measure: kymograph, from_nm: [9, 9], to_nm: [9, 60], name: line}]\n"
    text += f"exports: [{{format: gif, of: line}}]\n{output(tmp_path)}"
    with pytest.raises(PlaynanoError, match="'line' is not a movie: its axes are frame, distance_nm"):
        run_movie(read_recipe(text), folder / "movie.npz")


def test_no_track_is_an_empty_folder_and_a_note(folder: Path, tmp_path: Path) -> None:
    text = RECIPE.replace("min_area_nm2: 50", "min_area_nm2: 50000")
    text += f"exports: [{{format: gif, of: crops}}]\n{output(tmp_path)}"
    outcome = run_movie(read_recipe(text), folder / "movie.npz")
    assert any("there are no images of 'crops': the folder is empty" in note for note in outcome.notes)
    assert list(outcome.outputs[0].iterdir()) == []


# means and maps


def tripods(count: int, *, noise: float, turned: bool, seed: int = 0) -> tuple[AFMImageStack, np.ndarray]:
    """Frames of one particle each: three tips 5 px from the middle, one of them higher."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:48, :48]
    truth = np.column_stack(
        [random.uniform(23, 25, (count, 2)), random.choice(np.arange(0, 360, 30), count) * turned]
    )
    images = []
    for cy, cx, angle in truth:
        image = 1.5 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 60)
        for arm, height in ((0, 3.0), (120, 2.0), (240, 2.0)):
            a = np.deg2rad(angle + arm)
            image += height * np.exp(-((y - cy - 5 * np.cos(a)) ** 2 + (x - cx - 5 * np.sin(a)) ** 2) / 5)
        images.append(image + random.normal(scale=noise, size=image.shape))
    data = np.array(images, np.float32)
    stack = AFMImageStack.from_array(data, mask=data > 1.2, pixel_size_nm=PIXEL)
    return stack.measure("features", min_area_nm2=60), truth


def test_the_mean_of_turned_particles_shows_their_arms() -> None:
    stack, truth = tripods(60, noise=0.2, turned=True)
    stack = stack.measure(
        "particle_average", of="features", size_nm=22, angle_step_deg=15, name="mean", max_shift_nm=3
    )
    table, mean = stack.tables["mean"], np.asarray(stack.images["mean_mean"])
    assert np.median(table.column("score")) > 0.9
    turn = (table.column("angle_deg") - truth[table.column("frame"), 2]) % 360
    offset = turn - np.median(turn)
    assert np.mean(np.abs((offset + 180) % 360 - 180) < 16) > 0.95
    single, _ = tripods(1, noise=0.0, turned=False)
    assert np.nanmax(mean) > 0.9 * single[0].max()
    assert np.nanmean(np.asarray(stack.images["mean_std"])) < 0.35


def test_without_angles_centres_are_found_to_a_fraction_of_a_pixel() -> None:
    stack, truth = tripods(40, noise=0.1, turned=False)
    table = stack.measure("particle_average", of="features", size_nm=22).tables["particle_average"]
    away = np.column_stack([table.column("y_nm"), table.column("x_nm")]) - truth[:, :2]
    assert np.std(away, axis=0).max() < 0.15
    assert table.column("used").all()


def test_particles_at_the_edge_are_left_out() -> None:
    data = np.zeros((1, 40, 40), np.float32)
    data[0, :4, :4] = data[0, 18:22, 18:22] = 3
    stack = AFMImageStack.from_array(data, mask=data > 1, pixel_size_nm=1.0).measure("features")
    table = stack.measure("particle_average", of="features", size_nm=8).tables["particle_average"]
    assert table.column("feature").tolist() == [2]


def test_a_map_of_tips_is_sharper_than_the_pixels() -> None:
    stack, _ = tripods(150, noise=0.1, turned=False)
    stack = stack.measure("particle_average", of="features", size_nm=22, name="mean")
    stack = stack.measure("lafm", of="mean", size_nm=18, min_height=1.9, sigma_nm=0.25)
    density = stack.images["lafm_density"]
    y, x = density.axis("y_nm"), density.axis("x_nm")
    values = np.asarray(density)
    tips = [(5 * np.cos(a), 5 * np.sin(a)) for a in np.deg2rad([0, 120, 240])]
    near = np.min([np.hypot(y[:, None] - ty, x - tx) for ty, tx in _shifted(tips, values, y, x)], axis=0)
    assert values[near < 1].sum() > 0.9 * values.sum()
    assert values.sum() * (y[1] - y[0]) ** 2 == pytest.approx(3, abs=0.3)  # tips of a particle
    assert "raise `expand`" in stack.tables["lafm"].note
    finer = stack.measure("lafm", of="mean", size_nm=18, min_height=1.9, sigma_nm=0.1, expand=15, name="fine")
    assert 0.1 < finer.tables["fine"].column("resolution_nm")[0] < 0.5


def _shifted(
    tips: list[tuple[float, float]], values: np.ndarray, y: np.ndarray, x: np.ndarray
) -> list[tuple[float, float]]:
    """The tips, moved by the one shift that the mean's middle may have."""
    cy, cx = (values.sum(1) @ y) / values.sum(), (values.sum(0) @ x) / values.sum()
    my, mx = np.mean(tips, axis=0)
    return [(ty + cy - my, tx + cx - mx) for ty, tx in tips]


def test_ring_correlation_is_one_for_like_images_and_none_for_noise() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 65, 65))
    assert ring_correlation(one, one).min() == pytest.approx(1)
    assert np.abs(ring_correlation(one, other)[8:]).mean() < 0.15
    frequency = np.arange(33) / 65.0
    assert np.isnan(resolution(np.ones(33), frequency))
    assert resolution(np.where(np.arange(33) < 13, 1.0, 0.0), frequency) == pytest.approx(65 / 13, rel=0.25)


def test_two_particles_are_needed_for_a_map() -> None:
    stack, _ = tripods(1, noise=0.1, turned=False)
    stack = stack.measure("particle_average", of="features", size_nm=22, name="mean")
    table = stack.measure("lafm", of="mean", size_nm=18).tables["lafm"]
    assert table.note == "no rows: there are fewer than two particles"
