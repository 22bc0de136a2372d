"""Exports from the page: planned first, never over what is there unless it is said so."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from playnano.runner.running import run_movie
from playnano.viewer.session import Session

TEXT = "version: 1\nsteps:\n  - step: remove_plane\nexports:\n  - format: npz\n  # a movie\n  - format: gif\n"
NAMES = ["molecules_filtered.npz", "molecules_filtered.gif"]


def exported(page: TestClient, session: Session, text: str, **more: Any) -> dict[str, Any]:
    job = page.post("/api/exports", json={"movie": 0, "text": text, **more}).json()["job"]
    made = session.jobs.get(job)
    assert made is not None
    made.wait(60)
    return page.get(f"/api/jobs/{job}").json()


def test_the_plan_names_the_files_and_writes_nothing(page: TestClient, session: Session) -> None:
    plan = page.post("/api/exports/plan", json={"movie": 0, "text": TEXT}).json()
    assert [file["name"] for file in plan["files"]] == NAMES
    assert all(file["bytes"] >= 6 * 48 * 64 * 4 and not file["exists"] for file in plan["files"])
    assert not session.output_folder.exists()


def test_of_a_part_of_the_frames_the_size_is_that_of_the_part(page: TestClient) -> None:
    def planned(text: str) -> list[int]:
        files = page.post("/api/exports/plan", json={"movie": 0, "text": text}).json()["files"]
        assert all(file["is_size_known"] for file in files)
        return [file["bytes"] for file in files]

    part = "region: [4, 6, 10, 20]"
    exports = f"exports:\n  - {{format: gif, {part}}}\n  - {{format: png, raw: true, {part}}}\n"
    size = 4 * 6 * 10 * 20
    assert planned(f"version: 1\nsteps:\n  - step: remove_plane\n{exports}") == [size, size]
    nm = "version: 1\nsteps:\n  - {step: crop, height: 100, unit: nm}\nexports:\n"
    assert planned(f"{nm}  - {{format: gif, {part}}}\n") == [size], "the result's is not known"


def test_exports_are_those_of_a_run(
    page: TestClient, session: Session, movie_file: Path, tmp_path: Path
) -> None:
    ended = exported(page, session, TEXT)
    assert ended["state"] == "done", ended
    recipe = session.recipe(TEXT)
    output = recipe.output.model_copy(update={"folder": str(tmp_path / "run")})
    run_movie(recipe.model_copy(update={"output": output}), movie_file)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {path.name for path in session.output_folder.iterdir()} == names
    gif = next(name for name in names if name.endswith(".gif"))
    assert (session.output_folder / gif).read_bytes() == (tmp_path / "run" / gif).read_bytes()


def test_the_folder_of_the_recipe_is_not_written_to(
    page: TestClient, session: Session, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    ended = exported(page, session, f"{TEXT}output:\n  folder: {elsewhere}\n")
    assert ended["state"] == "done"
    assert not elsewhere.exists()


def test_nothing_is_replaced_unless_it_is_said(page: TestClient, session: Session) -> None:
    assert exported(page, session, TEXT)["state"] == "done"
    before = {path: path.stat().st_mtime_ns for path in session.output_folder.iterdir()}
    refused = exported(page, session, TEXT)
    assert refused["state"] == "failed"
    assert "exists" in refused["message"]
    assert {path: path.stat().st_mtime_ns for path in session.output_folder.iterdir()} == before
    assert all(
        file["exists"]
        for file in page.post("/api/exports/plan", json={"movie": 0, "text": TEXT}).json()["files"]
    )
    assert exported(page, session, TEXT, replace=True)["state"] == "done"


def test_a_cancelled_export_leaves_nothing(page: TestClient, session: Session) -> None:
    text = TEXT.replace("remove_plane", "align_frames")
    job = page.post("/api/exports", json={"movie": 0, "text": text}).json()["job"]
    page.delete(f"/api/jobs/{job}")
    made = session.jobs.get(job)
    assert made is not None
    made.wait(60)
    assert made.state == "cancelled"
    assert not session.output_folder.exists()


def test_what_is_seen_goes_into_the_picture_exports(page: TestClient) -> None:
    seen = {
        "cmap": "viridis",
        "zmin": -1.5,
        "zmax": 4.0,
        "scale_bar": True,
        "timestamp": False,
        "colour_bar": True,
        "fps": 12.0,
    }
    text = page.post("/api/exports/seen", json={"text": TEXT, "seen": seen}).json()["text"]
    assert "  # a movie\n  - format: gif\n" in text
    for line in (
        "cmap: viridis",
        "zmin: -1.5",
        "zmax: 4.0",
        "timestamp: false",
        "colour_bar: true",
        "fps: 12.0",
    ):
        assert f"    {line}\n" in text
    assert "scale_bar" not in text, "the default need not be said"
    back = page.post(
        "/api/exports/seen", json={"text": text, "seen": {"zmin": "auto", "zmax": "auto"}}
    ).json()
    assert "zmin" not in back["text"]


def test_an_export_that_is_added_is_as_seen_and_leaves_the_others(page: TestClient) -> None:
    def added(name: str, seen: Any) -> str:
        return page.post("/api/exports/seen", json={"text": TEXT, "seen": seen, "add": name}).json()["text"]

    assert added("mp4", {"cmap": "viridis", "fps": 12.0}) == (
        f"{TEXT}  - format: mp4\n    cmap: viridis\n    fps: 12.0\n"
    )
    assert added("csv", {"cmap": "viridis"}) == f"{TEXT}  - format: csv\n"
    assert added("mp4", {}) == f"{TEXT}  - format: mp4\n"


def test_without_pictures_there_is_nothing_to_take_over(page: TestClient) -> None:
    answer = page.post("/api/exports/seen", json={"text": "version: 1\nexports:\n  - format: npz\n"})
    assert answer.status_code == 422
    assert answer.json()["message"].startswith("no export makes pictures")


@pytest.mark.parametrize("body", [{}, {"movie": 0}, {"movie": "0", "text": ""}, {"movie": 9, "text": ""}])
def test_a_request_that_makes_no_sense_writes_nothing(page: TestClient, body: dict[str, Any]) -> None:
    assert page.post("/api/exports", json=body).status_code in (400, 404)
    assert page.post("/api/exports/plan", json=body).status_code in (400, 404)
