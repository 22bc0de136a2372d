"""Tables where the user finds them: CSV folders, bundles, provenance; errors at the recipe's line."""

import csv
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import playnano
from playnano.errors import MeasureError, PlaynanoError, RecipeError
from playnano.exporters import EXPORTS
from playnano.io.export_data import save_npz_bundle
from playnano.recipe.document import located
from playnano.recipe.reading import read_document, read_recipe, validated
from playnano.runner.running import run_movie
from playnano.runner.verify import verify
from playnano.sample.movie import Sample
from playnano.stack.stack import AFMImageStack

RECIPE = """\
version: 1
steps:
  - {step: remove_plane}
  - {step: row_median_align}
  - {step: mask_threshold, threshold: 1.5, name: particles}
analysis:
  - {measure: features, mask: particles, min_area_nm2: 100, name: molecules}
  - {measure: roughness, part: background}
exports:
  - {format: csv}
  - {format: h5}
  - {format: npz}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie, and what the recipe made of it."""
    folder = tmp_path_factory.mktemp("tables")
    stack = Sample(frames=6, height=64, width=64, molecules=4).stack()
    save_npz_bundle(folder / "movie.npz", stack)
    recipe = read_recipe(RECIPE + f"output: {{folder: '{(folder / 'output').as_posix()}'}}\n")
    run_movie(recipe, folder / "movie.npz")
    return folder


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    path = folder / "output" / "movie_filtered_tables" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("ending", ["h5", "npz"])
def test_a_bundle_gives_back_the_tables_that_the_csv_folder_holds(folder: Path, ending: str) -> None:
    stack = playnano.load(folder / "output" / f"movie_filtered.{ending}")
    assert list(stack.tables) == ["molecules", "roughness"]
    table = stack.tables["molecules"]
    written = rows(folder, "molecules")
    assert list(written[0]) == list(table.names)
    np.testing.assert_array_equal([float(row["y_nm"]) for row in written], table.column("y_nm"))
    assert [row["on_edge"] == "true" for row in written] == table.column("on_edge").tolist()
    assert table.unit("volume_nm3") == "nm3"
    assert table.sha256() == stack.provenance.all_tables()["molecules"].sha256
    assert set(table.column("frame")) == set(range(6))


def test_hdf5_columns_carry_unit_and_meaning(folder: Path) -> None:
    with h5py.File(folder / "output" / "movie_filtered.h5") as file:
        column = file["analysis/molecules/area_nm2"]
        assert column.attrs["unit"] == "nm2"
        assert column.attrs["description"] == "Area of the pixels"
        assert column.dtype == "<f8"


def test_npz_columns_open_without_playnano(folder: Path) -> None:
    with np.load(folder / "output" / "movie_filtered.npz", allow_pickle=False) as file:
        assert file["analysis__molecules__frame"].dtype == np.int64


def test_columns_json_says_how_each_table_was_made(folder: Path) -> None:
    path = folder / "output" / "movie_filtered_tables" / "columns.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    assert described["molecules"]["measure"] == "features"
    assert described["molecules"]["parameters"]["min_area_nm2"] == 100
    assert described["molecules"]["rows"] == len(rows(folder, "molecules"))
    assert {"name": "time_s", "unit": "s"}.items() <= described["roughness"]["columns"][1].items()


def test_verify_measures_again_and_sees_a_number_that_was_changed(folder: Path, tmp_path: Path) -> None:
    bundle = folder / "output" / "movie_filtered.h5"
    assert verify(bundle, folder / "movie.npz").reproduced
    changed = shutil.copy(bundle, tmp_path / "movie_filtered.h5")
    with h5py.File(changed, "r+") as file:
        file["analysis/molecules/y_nm"][1] += 1
    verdict = verify(Path(changed), folder / "movie.npz")
    assert not verdict.reproduced
    assert any("analysis/molecules/y_nm" in finding for finding in verdict.findings)


def test_another_step_drops_tables_of_the_frames_as_they_were(folder: Path) -> None:
    stack = playnano.load(folder / "output" / "movie_filtered.npz")
    assert stack.apply("gaussian_filter", sigma=1).tables == {}
    assert stack[:2].tables == {}
    assert stack.raw().tables == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("measure: features", "measure: featurs"),
            "recipe:7:15: there is no measure 'featurs'; did you mean 'features'?",
        ),
        (("min_area_nm2: 100", "min_area: 100"), "'min_area' is not a parameter of features (it takes: "),
        (
            ("measure: roughness", "measure: roughness, name: molecules"),
            "the table 'molecules' is measured above",
        ),
        (("measure: roughness", "sigma: 1"), "this does not say which measure it is: write 'measure: NAME'"),
    ],
)
def test_mistakes_are_told_at_their_line(change: tuple[str, str], told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read_recipe(RECIPE.replace(*change))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("mask: particles", "mask: partikles"),
            ":7:5: features: there is no mask 'partikles'; did you mean 'particles'?",
        ),
        (
            ("  - {step: mask_threshold, threshold: 1.5, name: particles}\n", ""),
            "there is no mask 'particles'",
        ),
        (
            ("analysis:", "  - {step: drop_frames, indices_to_drop: [1]}\nanalysis:"),
            "step_4_drop_frames moved the frames after the mask 'particles' was made",
        ),
        (("analysis:\n", "analysis: []\n#"), "csv: there is no table to write"),
    ],
)
def test_what_the_movie_lacks_is_told_before_a_frame_is_computed(
    folder: Path, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    text = RECIPE.replace(*change)
    if change[1].startswith("analysis: []"):
        text = "\n".join(line for line in text.splitlines() if "measure:" not in line)
    (tmp_path / "r.yaml").write_text(
        text + f"\noutput: {{folder: '{(tmp_path / 'o').as_posix()}'}}\n", encoding="utf-8"
    )
    document = read_document(str(tmp_path / "r.yaml"))
    with pytest.raises(PlaynanoError) as caught:
        run_movie(validated(document), folder / "movie.npz")
    assert told in located(caught.value, document)
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("stack", "told"),
    [
        (
            AFMImageStack.from_array(np.ones((2, 4, 4)), pixel_size_nm=1.0),
            "features: there is no mask: add a step",
        ),
        (AFMImageStack.from_array(np.ones((2, 4, 4))), "the movie does not state; set `pixel_size_nm`"),
    ],
)
def test_a_movie_without_mask_or_pixel_size_is_refused(stack: AFMImageStack, told: str) -> None:
    with pytest.raises(MeasureError, match="features: ") as caught:
        stack.measure("features")
    assert told in str(caught.value)
    assert "--" not in str(caught.value)


def test_frames_that_are_not_good_are_told_of() -> None:
    stack = AFMImageStack.from_array(np.ones((3, 4, 4)), pixel_size_nm=1.0)
    metadata = [
        {**frame, "quality": q}
        for frame, q in zip(stack.frame_metadata, ("good", "partial", "lost"), strict=True)
    ]
    table = replace(stack, frame_metadata=tuple(metadata)).measure("roughness").tables["roughness"]
    assert (
        table.note
        == "1 of 3 frames are lost or blank, and not measured; 1 of 3 frames that were measured are partial"
    )


def test_a_column_that_is_not_there_is_named(folder: Path) -> None:
    table = playnano.load(folder / "output" / "movie_filtered.npz").tables["roughness"]
    with pytest.raises(PlaynanoError, match="there is no column 'sq_n'; did you mean 'sq_nm'"):
        table.column("sq_n")


def test_a_hundred_thousand_features_in_a_frame() -> None:
    image = np.zeros((640, 640), np.float32)
    image[::2, ::2] = np.arange(320 * 320).reshape(320, 320) % 7 + 1
    stack = AFMImageStack.from_array(image, mask=image > 0, pixel_size_nm=1.0)
    table = stack.measure("features").tables["features"]
    assert len(table) == 320 * 320
    np.testing.assert_array_equal(np.unique(table.column("area_nm2")), [1.0])


def test_parquet_columns_come_back_with_unit_and_meaning(folder: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    stack = playnano.load(folder / "output" / "movie_filtered.npz")
    EXPORTS.make("parquet", {}).write(stack, tmp_path / "tables")
    read = parquet.read_table(tmp_path / "tables" / "molecules.parquet")
    table = stack.tables["molecules"]
    assert read.column_names == list(table.names)
    np.testing.assert_array_equal(read["y_nm"].to_numpy(), table.column("y_nm"))
    assert read.schema.field("area_nm2").metadata[b"unit"] == b"nm2"


def test_parquet_without_pyarrow_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    stack = playnano.load(folder / "output" / "movie_filtered.npz")
    with pytest.raises(PlaynanoError, match=r"pip install playnano\[parquet\]"):
        EXPORTS.make("parquet", {}).check(stack)


def test_a_data_frame_has_the_columns_and_their_units(folder: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = playnano.load(folder / "output" / "movie_filtered.npz").tables["molecules"].to_pandas()
    assert frame.attrs["units"]["area_nm2"] == "nm2"
    assert frame["frame"].dtype == np.int64
