"""Numbers of what is drawn on the picture, against numpy."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from playnano import load
from playnano.viewer.session import Session

LINE = {"y0": 10, "x0": 5, "y1": 10, "x1": 25}


@pytest.fixture
def layer(page: TestClient) -> str:
    key = page.post("/api/recipes", json={"movie": 0, "text": "version: 1\n"}).json()["key"]
    return f"0/{key}/raw"


def test_a_profile_along_a_row_is_that_row(page: TestClient, layer: str, movie_file: Path) -> None:
    stack = load(movie_file)
    answer = page.get(f"/api/profiles/{layer}/2", params=LINE).json()
    row = stack[2][10, 5:26].astype(float)
    np.testing.assert_allclose(answer["heights"], row, rtol=0, atol=1e-12)
    np.testing.assert_allclose(answer["distance"], np.arange(21) * stack.pixel_size_nm)
    assert answer["height_difference"] == pytest.approx(row[-1] - row[0])
    assert (answer["length_unit"], answer["unit"]) == ("nm", "nm")


def test_a_wide_profile_is_the_mean_across(page: TestClient, layer: str, movie_file: Path) -> None:
    stack = load(movie_file)
    width = 4 * stack.pixel_size_nm
    answer = page.get(f"/api/profiles/{layer}/1", params={**LINE, "width": width}).json()
    np.testing.assert_allclose(answer["heights"], stack[1][8:13, 5:26].astype(float).mean(axis=0))


def test_a_slanting_profile_is_linear_between_pixels(page: TestClient, layer: str, movie_file: Path) -> None:
    image = load(movie_file)[0].astype(float)
    line = {"y0": 4.0, "x0": 6.0, "y1": 20.0, "x1": 30.0}
    answer = page.get(f"/api/profiles/{layer}/0", params=line).json()
    share = np.array(answer["distance"]) / answer["length"]
    y, x = 4 + 16 * share, 6 + 24 * share
    row, column = np.minimum(y.astype(int), 46), np.minimum(x.astype(int), 62)
    dy, dx = y - row, x - column
    expected = (
        image[row, column] * (1 - dy) * (1 - dx)
        + image[row, column + 1] * (1 - dy) * dx
        + image[row + 1, column] * dy * (1 - dx)
        + image[row + 1, column + 1] * dy * dx
    )
    np.testing.assert_allclose(answer["heights"], expected, atol=1e-9)


def test_a_kymograph_holds_the_profile_of_each_frame(
    page: TestClient, session: Session, layer: str, movie_file: Path
) -> None:
    number = page.post(f"/api/kymographs/{layer}", params=LINE).json()["job"]
    job = session.jobs.get(number)
    assert job is not None
    job.wait(60)
    outcome = page.get(f"/api/jobs/{number}").json()["outcome"]
    heights = np.frombuffer(base64.b64decode(outcome["heights"]), "<f8").reshape(outcome["frames"], -1)
    expected = np.array([image[10, 5:26] for image in load(movie_file)], float)
    np.testing.assert_allclose(heights, expected, atol=1e-12)


def test_a_rectangle_is_measured(page: TestClient, layer: str, movie_file: Path) -> None:
    stack = load(movie_file)
    corners = {"y0": 20, "x0": 30, "y1": 8, "x1": 12}
    answer = page.get(f"/api/regions/{layer}/3", params=corners).json()
    part = stack[3][8:21, 12:31].astype(float)
    assert answer["area"] == pytest.approx(part.size * stack.pixel_size_nm**2)
    assert answer["mean"] == pytest.approx(part.mean())
    assert answer["sq"] == pytest.approx(part.std())
    assert (answer["lowest"], answer["highest"]) == (part.min(), part.max())
    assert (answer["top"], answer["left"], answer["height"], answer["width"]) == (8, 12, 13, 19)


@pytest.mark.parametrize(
    ("what", "drawn", "status"),
    [
        ("profiles", {**LINE, "x1": 5}, 422),
        ("profiles", {**LINE, "width": 1e9}, 422),
        ("profiles", {**LINE, "x1": 1e12}, 422),
        ("profiles", {**LINE, "x1": "nan"}, 400),
        ("profiles", {}, 400),
        ("profiles", {**LINE, "more": 1}, 400),
        ("polygons", {"vertices": "[[1, 1], [1, 9]]"}, 400),
        ("polygons", {"vertices": "no list"}, 400),
        ("polygons", {"vertices": "[[-9, -9], [-9, -5], [-5, -5]]"}, 422),
        ("regions", {"y0": -9, "x0": -9, "y1": -5, "x1": -5}, 422),
    ],
)
def test_drawings_that_make_no_sense(
    page: TestClient, layer: str, what: str, drawn: dict[str, Any], status: int
) -> None:
    assert page.get(f"/api/{what}/{layer}/0", params=drawn).status_code == status
