"""Every number of a table through every format, and the same bytes whatever the number of threads."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playnano
from playnano.exporters import EXPORTS
from playnano.io.export_data import save_npz_bundle
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.stack.stack import AFMImageStack
from playnano.stack.tables import TYPES, Column, Table
from playnano.testing.measures import particles_movie

COLUMNS = (
    Column("frame", "", "Integers of 64 bits", "integer"),
    Column("height_nm", "nm", "Numbers of 64 bits, NaN where there is none"),
    Column("on_edge", "", "Flags", "flag"),
)
ROWS = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(width=64, allow_infinity=False), st.booleans()),
    max_size=8,
)


def stack_with(rows: list[tuple[int, float, bool]]) -> tuple[AFMImageStack, Table]:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    values = {c.name: np.array(v, TYPES[c.kind]) for c, v in zip(COLUMNS, columns, strict=True)}
    table = Table.of(COLUMNS, values, "frame", "" if rows else "no rows: a test")
    return replace(AFMImageStack.from_array(np.ones((1, 3, 4))), tables={"t": table}), table


@pytest.mark.parametrize("format", ["npz", "h5"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_bundles(format: str, rows: list[tuple[int, float, bool]], tmp_path: Path) -> None:
    stack, table = stack_with(rows)
    path = tmp_path / f"a.{format}"
    path.unlink(missing_ok=True)
    EXPORTS.make(format, {}).write(stack, path)
    read = playnano.load(path).tables["t"]
    for column in COLUMNS:
        values = np.asarray(read.column(column.name))
        assert values.dtype == TYPES[column.kind]
        assert values.tobytes() == table.column(column.name).tobytes()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_csv(rows: list[tuple[int, float, bool]], tmp_path_factory: pytest.TempPathFactory) -> None:
    stack, table = stack_with(rows)
    folder = tmp_path_factory.mktemp("csv") / "tables"
    EXPORTS.make("csv", {}).write(stack, folder)
    with (folder / "t.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in read] == table.column("frame").tolist()
    heights = np.array([float(row["height_nm"] or "nan") for row in read], "<f8")
    assert heights.tobytes() == table.column("height_nm").tobytes()
    assert [row["on_edge"] == "true" for row in read] == table.column("on_edge").tolist()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_parquet(rows: list[tuple[int, float, bool]], tmp_path_factory: pytest.TempPathFactory) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    stack, table = stack_with(rows)
    folder = tmp_path_factory.mktemp("parquet") / "tables"
    EXPORTS.make("parquet", {}).write(stack, folder)
    read = parquet.read_table(folder / "t.parquet")
    assert read["frame"].to_pylist() == table.column("frame").tolist()
    heights = read["height_nm"].to_numpy()
    assert np.array_equal(heights, table.column("height_nm"), equal_nan=True)
    assert read["on_edge"].to_pylist() == table.column("on_edge").tolist()


RECIPE = """\
version: 1
steps:
  - {step: zero_median}
  - {step: mask_threshold, threshold: 1.5, name: particles}
analysis:
  - {measure: features, mask: particles, split: watershed}
  - {measure: tracks, of: features, max_distance_nm: 30, max_gap_s: 1}
  - {measure: crops, of: tracks}
  - {measure: particle_average, of: tracks, size_nm: 30}
  - {measure: kymograph, from_nm: [60, 10], to_nm: [60, 180]}
  - {measure: temporal_maps}
exports:
  - {format: csv}
  - {format: npz}
  - {format: h5}
  - {format: plots, dpi: 72}
  - {format: gif, overlay: [tracks]}
  - {format: tif, of: crops}
"""


def test_files_are_the_same_for_any_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    save_npz_bundle(tmp_path / "movie.npz", particles_movie(masked=False))
    files = []
    for threads in (1, 3):
        folder = tmp_path / str(threads)
        folder.mkdir()
        monkeypatch.chdir(folder)
        run_movie(read_recipe(RECIPE), tmp_path / "movie.npz", threads=threads)
        written = sorted(path for path in folder.rglob("*") if path.is_file())
        files.append({path.relative_to(folder).as_posix(): path.read_bytes() for path in written})
    assert len(files[0]) > 15
    assert files[0].keys() == files[1].keys()
    assert [name for name, content in files[0].items() if content != files[1][name]] == []
