"""The table of frames: what stands in the file."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playnano.exporters.tables.frames_csv import FramesCsvExport
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack

RECIPE = """
version: 1
steps:
  - step: remove_plane
    name: level
  - step: drop_frames
    indices_to_drop: [0, 3]
  - step: mask_threshold
    threshold: 1.0
    name: features
  - step: drop_frames
    indices_to_drop: [1]
  - step: align_frames
exports:
  - format: frames-csv
  - format: h5
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, AFMImageStack]:
    folder = tmp_path_factory.mktemp("frames")
    write_sample(folder / "m.h5", Sample(frames=7, height=64, width=64))
    recipe = read_recipe(RECIPE + f"output: {{folder: '{folder.as_posix()}'}}\n", "r.yaml")
    done = run_movie(recipe, folder / "m.h5")
    return folder / "m_filtered_frames.csv", done.stack


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_frame_keeps_its_number_time_and_measures_where_others_were_dropped(
    written: tuple[Path, AFMImageStack],
) -> None:
    path, stack = written
    rows = rows_of(path)
    assert [int(row["frame"]) for row in rows] == [1, 4, 5, 6]
    assert [float(row["time_s"]) for row in rows] == stack.timestamps.tolist()
    records = {record.name: record for record in stack.provenance.steps}
    tilt = records["level"].measured["tilt_x"]
    assert [float(r["level.tilt_x_nm_per_px"]) for r in rows] == [tilt[n] for n in (1, 4, 5, 6)]
    share = records["features"].measured["masked_share"]
    assert [float(r["features.masked_share"]) for r in rows] == [share[n] for n in (0, 2, 3, 4)]
    shift = records["step_5_align_frames"].measured["shift_y"]
    assert [float(r["step_5_align_frames.shift_y_px"]) for r in rows] == shift


def test_units_and_meanings_stand_beside_it(written: tuple[Path, AFMImageStack]) -> None:
    path = written[0]
    described: list[dict[str, str]] = json.loads(
        path.with_name(path.name + ".columns.json").read_text(encoding="utf-8")
    )
    assert [column["name"] for column in described] == list(rows_of(path)[0])
    tilt = next(column for column in described if column.get("column") == "tilt_x")
    assert tilt["unit"] == "nm per px"
    assert tilt["description"]


def test_a_bundle_read_again_gives_the_same_table(
    written: tuple[Path, AFMImageStack], tmp_path: Path
) -> None:
    import playnano

    path = written[0]
    FramesCsvExport().write(playnano.load(path.with_name("m_filtered.h5")), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "data",
    [np.zeros((1, 8, 8)), np.full((3, 8, 8), np.nan)],
    ids=["one frame without a time", "nothing but NaN"],
)
def test_what_is_not_known_is_empty(data: Any, tmp_path: Path) -> None:
    stack = spool(AFMImageStack.from_array(data).apply("remove_plane", name="level"))
    FramesCsvExport().write(stack, tmp_path / "f.csv")
    rows = rows_of(tmp_path / "f.csv")
    assert len(rows) == len(data)
    assert {row["time_s"] for row in rows} == {""}
    assert "nan" not in (tmp_path / "f.csv").read_text(encoding="utf-8")


def test_a_movie_without_steps_has_frames_and_times(tmp_path: Path) -> None:
    stack = AFMImageStack.from_array(np.random.default_rng(0).normal(size=(2, 8, 8)), timestamps=[0, 0.5])
    FramesCsvExport().write(stack, tmp_path / "f.csv")
    assert (tmp_path / "f.csv").read_text(encoding="utf-8") == "frame,time_s\n0,0.0\n1,0.5\n"
