"""Measurements of the recipe: measured in the background, shown, and saved as CSV."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from playnano import load
from playnano.viewer.session import Session
from playnano.viewer.tabulating import MOST_ROWS

TEXT = """version: 1
steps:
  - step: remove_plane
  - step: mask_threshold
    threshold: 1.0
analysis:
  - measure: features
  - measure: roughness
    name: heights
"""


def begun(page: TestClient, text: str) -> int:
    return int(page.post("/api/tables", json={"movie": 0, "text": text}).json()["job"])


def measured(page: TestClient, session: Session, text: str) -> dict[str, Any]:
    number = begun(page, text)
    job = session.jobs.get(number)
    assert job is not None
    job.wait(60)
    return page.get(f"/api/jobs/{number}").json()


def test_tables_are_those_of_the_measures(page: TestClient, session: Session, movie_file: Any) -> None:
    ended = measured(page, session, TEXT)
    assert ended["state"] == "done", ended
    features, heights = ended["outcome"]["tables"]
    stack = load(movie_file).apply("remove_plane").apply("mask_threshold", threshold=1.0)
    expected = stack.measure("features").tables["features"]
    assert (features["name"], heights["name"]) == ("features", "heights")
    assert features["count"] == len(expected) == len(features["rows"]) > 0
    assert [column["name"] for column in features["columns"]] == list(expected.names)
    place = expected.names.index("area_nm2")
    np.testing.assert_array_equal([row[place] for row in features["rows"]], expected.column("area_nm2"))
    assert heights["count"] == 6


def test_a_table_is_saved_whole(page: TestClient, session: Session, movie_file: Any) -> None:
    ended = measured(page, session, TEXT)
    answer = page.get(f"/api/tables/{ended['outcome']['key']}/features")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    stack = load(movie_file).apply("remove_plane").apply("mask_threshold", threshold=1.0)
    expected = stack.measure("features").tables["features"].column("y_nm")
    np.testing.assert_array_equal([float(row["y_nm"]) for row in rows], expected)
    assert page.get("/api/tables/none/features").status_code == 410


def test_a_step_over_the_whole_movie_is_waited_for(page: TestClient, session: Session) -> None:
    text = "version: 1\nsteps:\n  - step: align_frames\nanalysis:\n  - measure: roughness\n"
    ended = measured(page, session, text)
    assert ended["state"] == "done", ended
    assert ended["outcome"]["tables"][0]["count"] == 6


def test_measuring_is_cancelled(page: TestClient, session: Session) -> None:
    number = begun(page, "version: 1\nsteps:\n  - step: align_frames\nanalysis:\n  - measure: roughness\n")
    page.delete(f"/api/jobs/{number}")
    job = session.jobs.get(number)
    assert job is not None
    job.wait(60)
    assert job.state == "cancelled"


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        ("", "there is nothing to measure"),
        ("analysis:\n  - measure: features\n", "features: there is no mask"),
    ],
)
def test_why_nothing_can_be_measured_is_one_line(
    page: TestClient, session: Session, analysis: str, message: str
) -> None:
    ended = measured(page, session, f"version: 1\n{analysis}")
    assert ended["state"] == "failed"
    assert ended["message"].startswith(message)


def test_the_page_shows_the_first_rows_and_no_number_where_there_is_none() -> None:
    from playnano.stack.tables import Column, Table
    from playnano.viewer.tabulating import _shown

    table = Table.of([Column("z", "nm", "Height")], {"z": np.full(MOST_ROWS + 5, np.nan)})
    shown = _shown("heights", table)
    assert (shown["count"], len(shown["rows"]), shown["rows"][0]) == (MOST_ROWS + 5, MOST_ROWS, [None])
