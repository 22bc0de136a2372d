"""Images that measures make, where the user finds them: bundles, plots, Python."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

import playnano
from playnano.errors import ExportError, MeasureError, PlaynanoError, RecipeError
from playnano.io.export_data import save_npz_bundle
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.runner.verify import verify
from playnano.stack.stack import AFMImageStack
from playnano.testing.measures import particles_movie

RECIPE = """\
version: 1
steps:
  - {step: zero_median}
analysis:
  - {measure: kymograph, from_nm: [60, 10], to_nm: [60, 180], width_nm: 6, name: line}
  - {measure: temporal_maps, statistics: [mean, std, max, min, range], name: maps}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie, and what the recipe made of it."""
    folder = tmp_path_factory.mktemp("images")
    save_npz_bundle(folder / "movie.npz", particles_movie())
    exports = "exports: [{format: h5}, {format: npz}, {format: plots}, {format: csv}]\n"
    run_movie(read_recipe(RECIPE + exports + output(folder)), folder / "movie.npz")
    return folder


def output(folder: Path) -> str:
    return f"output: {{folder: '{(folder / 'output').as_posix()}'}}\n"


@pytest.mark.parametrize("ending", ["h5", "npz"])
def test_a_bundle_gives_them_back_with_axes_and_units(folder: Path, ending: str) -> None:
    stack = playnano.load(folder / "output" / f"movie_filtered.{ending}")
    assert list(stack.images) == ["line", "maps_mean", "maps_std", "maps_max", "maps_min", "maps_range"]
    line, made = stack.images["line"], particles_movie().apply("zero_median")
    expected = made.measure("kymograph", from_nm=[60, 10], to_nm=[60, 180], width_nm=6).images["kymograph"]
    np.testing.assert_array_equal(np.asarray(line), np.asarray(expected))
    np.testing.assert_array_equal(line.axis("time_s"), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
    assert line.axis("distance_nm")[-1] == pytest.approx(170)
    assert (line.unit, [axis.unit for axis in line.axes]) == ("nm", ["s", "nm"])
    for name, images in stack.images.items():
        assert images.sha256() == stack.provenance.all_images()[name][1].sha256
    assert "images: line" in repr(stack)


def test_maps_are_those_of_numpy(folder: Path) -> None:
    stack = playnano.load(folder / "output" / "movie_filtered.npz")
    data = stack.data.astype(np.float64)
    expected = {"mean": np.nanmean, "std": np.nanstd, "min": np.nanmin, "max": np.nanmax}
    for name, function in expected.items():
        image = stack.images[f"maps_{name}"]
        np.testing.assert_allclose(np.asarray(image), function(data, axis=0), rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(image.axis("y_nm")[:2], [0, 2.5])
    with pytest.raises(PlaynanoError, match=r"there is no axis 'x' \(axes: y_nm, x_nm\)"):
        image.axis("x")


def test_hdf5_programs_find_the_axes_as_dimension_scales(folder: Path) -> None:
    with h5py.File(folder / "output" / "movie_filtered.h5") as file:
        values = file["images/line/values"]
        assert values.dtype == "<f4"
        assert values.attrs["unit"] == "nm"
        scales = [dimension[0] for dimension in values.dims]
        assert [scale.name for scale in scales] == ["/images/line/time_s", "/images/line/distance_nm"]
        assert [scale.attrs["unit"] for scale in scales] == ["s", "nm"]


def test_npz_opens_without_playnano(folder: Path) -> None:
    with np.load(folder / "output" / "movie_filtered.npz", allow_pickle=False) as file:
        assert file["images__line__values"].shape == (6, len(file["images__line__distance_nm"]))


def test_each_has_a_figure_and_the_kymograph_a_table(folder: Path) -> None:
    plots = sorted(file.name for file in (folder / "output" / "movie_filtered_plots").iterdir())
    assert plots[:2] == ["line.png", "maps_max.png"]
    text = (folder / "output" / "movie_filtered_tables" / "line.csv").read_text(encoding="utf-8")
    assert text.startswith("frame,time_s,distance_nm,height_nm\n")


@pytest.mark.parametrize("part", ["line/values", "line/distance_nm", "maps_std/values"])
def test_verify_sees_a_number_that_was_changed(folder: Path, tmp_path: Path, part: str) -> None:
    bundle = folder / "output" / "movie_filtered.h5"
    assert verify(bundle, folder / "movie.npz").reproduced
    changed = Path(shutil.copy(bundle, tmp_path / "movie_filtered.h5"))
    with h5py.File(changed, "r+") as file:
        file[f"images/{part}"][1] += 1
    findings = verify(changed, folder / "movie.npz").findings
    assert findings == (f"images/{part} is not what was written",)


def test_an_axis_that_does_not_fit_is_an_error_at_opening(folder: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copy(folder / "output" / "movie_filtered.h5", tmp_path / "a.h5"))
    with h5py.File(changed, "r+") as file:
        del file["images/line/distance_nm"]
        file["images/line/distance_nm"] = np.zeros(3)
    with pytest.raises(PlaynanoError, match="the axes of the images 'line' do not fit their shape"):
        playnano.load(changed)


def test_frames_without_times_are_numbered() -> None:
    stack = AFMImageStack.from_array(np.ones((3, 8, 8)), pixel_size_nm=1.0)
    image = stack.measure("kymograph", from_nm=[1, 1], to_nm=[1, 5]).images["kymograph"]
    np.testing.assert_array_equal(image.axis("frame"), [0, 1, 2])


def test_another_step_drops_images_of_the_frames_as_they_were(folder: Path) -> None:
    stack = playnano.load(folder / "output" / "movie_filtered.npz")
    assert stack.apply("gaussian_filter", sigma=1).images == stack[:2].images == stack.raw().images == {}


def test_maps_without_pixel_size_say_so() -> None:
    image = AFMImageStack.from_array(np.ones((2, 4, 4))).measure("temporal_maps").images["temporal_maps_std"]
    assert image.note == "the pixel size is unknown: a pixel counts as 1 nm"


@pytest.mark.parametrize(
    ("analysis", "exports", "message"),
    [
        ("{measure: temporal_maps}", "csv", "there are images and no table: `h5`, `npz` and `plots`"),
        ("{measure: temporal_maps, name: a}, {measure: tracks, of: a}", "h5", "there is no table 'a'"),
        ("{measure: kymograph, from_nm: [1, 1], to_nm: [1, 1]}", "h5", "are the same point"),
        ("{measure: temporal_maps, statistics: []}", "h5", "statistics"),
    ],
)
def test_bad_requests_are_one_line(
    folder: Path, tmp_path: Path, analysis: str, exports: str, message: str
) -> None:
    text = f"version: 1\nanalysis: [{analysis}]\nexports: [{{format: {exports}}}]\n" + output(tmp_path)
    with pytest.raises((ExportError, MeasureError, RecipeError)) as caught:
        run_movie(read_recipe(text), folder / "movie.npz")
    assert message in str(caught.value)
    assert not (tmp_path / "output").exists()
