"""What the server answers."""

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from playnano import AFMImageStack, load
from playnano.rendering.palette import palette
from playnano.rendering.zrange import movie_range
from playnano.stack.lazy import FrameImages
from playnano.viewer.description import described_layers
from playnano.viewer.development import Layer
from playnano.viewer.heights import SampledRanges, exact
from playnano.viewer.page_files import PAGE
from playnano.viewer.session import Session

LEVEL = (
    "version: 1\nsteps:\n  - step: remove_plane\n    name: level\n  - step: mask_threshold\n    name: high\n"
)
ALIGN = """version: 1
steps:
  - step: remove_plane
  - step: align_frames
  - step: zero_median
    name: zero
"""


def developed(page: TestClient, text: str) -> dict[str, Any]:
    response = page.post("/api/recipes", json={"movie": 0, "text": text})
    assert response.status_code == 200, response.text
    return response.json()


def image(page: TestClient, key: str, layer: str, index: int) -> np.ndarray:
    content = page.get(f"/api/frames/0/{key}/{layer}/{index}").content
    magic, kind, height, width = struct.unpack("<4sBxxxII", content[:16])
    assert magic == b"PNF1"
    return np.frombuffer(content[16:], np.uint8 if kind else "<f4").reshape(height, width)


def test_frames_are_the_numbers_of_the_layers(page: TestClient, movie_file: Path) -> None:
    shown = developed(page, LEVEL)
    stack = load(movie_file)
    level = stack.apply("remove_plane")
    assert [layer["name"] for layer in shown["layers"]] == ["raw", "level", "high", "result"]
    np.testing.assert_array_equal(image(page, shown["key"], "raw", 2), stack[2])
    np.testing.assert_array_equal(image(page, shown["key"], "result", 3), level[3])
    np.testing.assert_array_equal(
        image(page, shown["key"], "high", 3), level.apply("mask_threshold").frames[3].mask
    )


def test_what_the_viewer_begins_with_is_its_recipe_on_the_first_movie_and_the_range_to_show_it_in(
    page: TestClient, session: Session
) -> None:
    session.recipe_text = LEVEL
    begun = page.get("/api/beginning").json()
    zrange = begun.pop("range")
    assert begun == {key: value for key, value in developed(page, LEVEL).items() if key != "range"}
    assert zrange == page.get(f"/api/ranges/0/{begun['key']}/result").json()
    session.recipe_text = "version: 1\nsteps:\n  - step: nothing\n"
    unprocessed = page.get("/api/beginning").json()
    assert [layer["name"] for layer in unprocessed["layers"]] == ["raw", "result"]
    assert "recipe:3:" in unprocessed["problem"]["message"]


def test_a_movie_that_is_chosen_comes_with_the_range_of_the_layer_that_is_looked_at(page: TestClient) -> None:
    def ranged(layer: str) -> Any:
        return page.post("/api/recipes", json={"movie": 0, "text": LEVEL, "ranged": layer}).json()

    raw, key = ranged("raw"), ranged("raw")["key"]
    assert raw["range"] == page.get(f"/api/ranges/0/{key}/raw").json() != ranged("result")["range"]
    assert ranged("of another recipe")["range"] == ranged("result")["range"]
    assert ranged("high")["range"] is None, "a mask has no heights"


def test_the_browser_is_told_at_once_of_every_module_and_keeps_none_without_asking(page: TestClient) -> None:
    answer = page.get("/")
    modules = [path.name for path in PAGE.glob("modules/*.js")]
    preloaded = re.findall(r"<modules/([^>]+)>; rel=modulepreload", answer.headers["link"])
    assert sorted(preloaded) == sorted(modules)
    for name in ["", "style.css", *(f"modules/{name}" for name in modules)]:
        got = page.get(f"/{name}")
        assert (got.status_code, got.headers["cache-control"]) == (200, "no-cache")
        assert got.headers["content-type"].split(";")[0] in ("text/html", "text/css", "text/javascript")


def test_a_frame_never_changes_under_its_address(page: TestClient) -> None:
    response = page.get(f"/api/frames/0/{developed(page, LEVEL)['key']}/raw/0")
    assert "immutable" in response.headers["cache-control"]
    other = developed(page, LEVEL.replace("remove_plane", "zero_mean"))
    assert other["key"] != developed(page, LEVEL)["key"]


def test_a_step_that_looks_at_no_other_frame_computes_none(page: TestClient, movie_file: Path) -> None:
    text = (
        "version: 1\nsteps:\n  - step: remove_plane\n  - {step: drop_frames, indices_to_drop: [1]}\n"
        "  - {step: crop, top: 4, left: 6, height: 20, width: 30}\n  - step: row_median_align\n"
    )
    shown = developed(page, text)
    assert (shown["complete"], shown["job"]) == (True, None)
    after = load(movie_file).apply("remove_plane").apply("drop_frames", indices_to_drop=[1])
    after = after.apply("crop", top=4, left=6, height=20, width=30).apply("row_median_align")
    for index in range(5):
        np.testing.assert_array_equal(image(page, shown["key"], "result", index), after[index])
    assert shown["layers"][-1]["times_s"] == list(after.timestamps)


def test_a_step_over_the_whole_movie_is_computed_in_the_background(
    page: TestClient, session: Session
) -> None:
    begun = developed(page, ALIGN)
    assert [layer["name"] for layer in begun["layers"]] == ["raw", "step_1_remove_plane"], "no result yet"
    assert page.get(f"/api/frames/0/{begun['key']}/result/0").status_code == 410
    job = session.jobs.get(begun["job"])
    assert job is not None
    job.wait(60)
    assert page.get(f"/api/jobs/{begun['job']}").json()["state"] == "done"
    done = developed(page, ALIGN)
    assert done["job"] is None
    assert [layer["name"] for layer in done["layers"]][-2:] == ["zero", "result"]
    changed = developed(page, ALIGN.replace("zero_median", "zero_mean"))
    assert changed["job"] is None, "the aligned movie is not computed again"


def test_a_layer_says_where_its_pixels_and_frames_come_from(tmp_path: Path) -> None:
    data = np.random.default_rng(2).normal(size=(4, 24, 32)).astype(np.float32)
    data[:, :5] = data[:, :, :3] = np.nan
    movie = AFMImageStack.from_array(data)
    session = Session([tmp_path / "array"], tmp_path, tmp_path / "output", stack=movie)
    text = """version: 1
steps:
  - {step: drop_frames, indices_to_drop: [1], name: fewer}
  - {step: intersection_crop, name: valid}
  - {step: crop, top: 2, left: 4, name: part}
  - {step: vertical_flip, name: mirrored}
"""
    _, development = session.develop(0, session.recipe(text))
    assert development.job is not None
    development.job.wait(60)
    layers = {layer["name"]: layer for layer in described_layers(development)["layers"]}
    places = {name: (layer["plane"], *layer["corner"]) for name, layer in layers.items()}
    assert places == {
        "raw": ("", 0, 0),
        "fewer": ("", 0, 0),
        "valid": ("", 5, 3),
        "part": ("", 7, 7),
        "mirrored": ("mirrored", 0, 0),
        "result": ("mirrored", 0, 0),
    }
    assert (layers["raw"]["as_read"], layers["result"]["as_read"]) == (None, [0, 2, 3])
    session.close()


def test_mistakes_are_told_with_their_line(page: TestClient) -> None:
    response = page.post(
        "/api/recipes", json={"movie": 0, "text": "version: 1\nsteps:\n  - step: remove_plan\n"}
    )
    assert response.status_code == 422
    assert response.json()["message"].startswith("recipe:3:11: there is no step 'remove_plan'; did you mean")


def test_the_range_is_that_of_the_exports(page: TestClient, movie_file: Path) -> None:
    key = developed(page, LEVEL)["key"]
    answer = page.get(f"/api/ranges/0/{key}/result").json()
    expected = movie_range(load(movie_file).apply("remove_plane"), "auto", "auto")
    assert answer["exact"]
    assert (answer["zmin"], answer["zmax"]) == (expected.zmin, expected.zmax)
    assert sum(answer["histogram"]["counts"]) > 0
    wide = movie_range(load(movie_file).apply("remove_plane"), "auto", "auto", percents=(0.1, 99.5))
    answer = page.get(f'/api/ranges/0/{key}/result?look={{"percentiles":[0.1,99.5]}}').json()
    assert (answer["zmin"], answer["zmax"]) == (wide.zmin, wide.zmax) != (expected.zmin, expected.zmax)
    assert page.get(f'/api/ranges/0/{key}/result?look={{"percentiles":[99,1]}}').status_code == 400


def test_the_input_is_edited_and_the_channels_are_offered(page: TestClient, movie_file: Path) -> None:
    channels = page.get("/api/movies/0/channels").json()["channels"]
    assert "height_trace" in channels
    edit = {"kind": "input", "key": "pixel_size_nm", "value": 2.5}
    answer = page.post("/api/edits", json={"text": "version: 1\nsteps:\n", "edit": edit}).json()
    assert answer["input"] == {"pixel_size_nm": 2.5}
    assert developed(page, answer["text"])["layers"][0]["pixel_size_nm"] == [2.5, 2.5]


def test_palettes_are_those_of_the_exports(page: TestClient) -> None:
    offered = page.get("/api/palettes").json()
    assert offered[0]["name"] == "afm_brown"
    strip = next(one["colours"] for one in offered if one["name"] == "viridis")
    ends = palette("viridis")[[0, 239]]
    assert [strip[0], strip[-1]] == [f"#{bytes(colour).hex()}" for colour in ends]
    assert page.get("/api/palettes/viridis").content == palette("viridis")[:241].tobytes()
    assert page.get("/api/palettes/no_such_map").status_code == 422


def test_edits_keep_comments(page: TestClient) -> None:
    text = "version: 1\nsteps:\n  # why\n  - step: gaussian_filter\n    sigma: 1.0\n"
    edit = {"kind": "set", "section": "steps", "position": 0, "key": "sigma", "value": 2.0}
    answer = page.post("/api/edits", json={"text": text, "edit": edit}).json()
    assert answer["text"] == text.replace("1.0", "2.0")
    assert answer["steps"] == [{"off": False, "value": {"step": "gaussian_filter", "sigma": 2.0}}]
    assert "developed" not in answer


def test_an_edit_on_a_movie_comes_with_its_layers(page: TestClient) -> None:
    def edited(value: Any) -> Any:
        edit = {"kind": "set", "section": "steps", "position": 0, "key": "name", "value": value}
        return page.post("/api/edits", json={"text": LEVEL, "edit": edit, "movie": 0}).json()

    answer = edited("flat")
    assert answer["developed"] == developed(page, LEVEL.replace("name: level", "name: flat"))
    refused = edited("high")
    assert "name: high\n  - step: mask_threshold" in refused["text"], "the text is changed all the same"
    assert refused["developed"]["message"].startswith("recipe:")


@pytest.mark.parametrize("edit", [{}, {"kind": "set"}, {"kind": "x", "section": "steps"}, 3, [1]])
def test_an_edit_that_makes_no_sense_is_one_line(page: TestClient, edit: Any) -> None:
    response = page.post("/api/edits", json={"text": "version: 1\n", "edit": edit})
    assert response.status_code == 422
    assert response.json()["message"] == "this edit does not fit the recipe"


def test_what_is_not_there(page: TestClient) -> None:
    key = developed(page, LEVEL)["key"]
    assert page.get(f"/api/frames/0/{key}/raw/99").status_code == 404
    assert page.get(f"/api/frames/0/{key}/nothing/0").status_code == 410
    assert page.get("/api/movies/7/channels").status_code == 404
    assert page.get("/api/jobs/7").status_code == 404


def test_frames_that_are_lost_leave_the_histogram_of_the_whole_movie_readable() -> None:
    data = np.random.default_rng(2).normal(size=(30, 32, 32)).astype(np.float32)
    data[1:20] = -500.0
    layer = Layer("raw", stack := AFMImageStack.from_array(data), FrameImages(stack.frames))
    zrange = exact(layer, 1, lambda stage, done, total: None)
    assert zrange["bad"]["blank"] == tuple(range(1, 20))
    histogram = zrange["histogram"]
    assert histogram["high"] - histogram["low"] <= 3 * (zrange["zmax"] - zrange["zmin"])
    assert sum(histogram["counts"]) > 0.99 * 32 * 32 * 11, "of every good frame"


def test_frames_that_are_lost_are_not_in_the_histogram_of_a_short_movie() -> None:
    data = np.random.default_rng(2).normal(size=(6, 32, 32)).astype(np.float32)
    data[1:3] = 0.5
    layer = Layer("raw", stack := AFMImageStack.from_array(data), FrameImages(stack.frames))
    zrange = SampledRanges().of(layer)
    assert zrange["exact"]
    assert 0.99 * 32 * 32 * 4 < sum(zrange["histogram"]["counts"]) <= 32 * 32 * 4


def test_a_frame_far_from_all_others_leaves_the_histogram_readable() -> None:
    data = np.random.default_rng(2).normal(size=(6, 32, 32)).astype(np.float32)
    data[4] = -500.0
    layer = Layer("raw", stack := AFMImageStack.from_array(data), FrameImages(stack.frames))
    zrange = SampledRanges().of(layer)
    low, high = zrange["histogram"]["low"], zrange["histogram"]["high"]
    assert low < zrange["zmin"] < zrange["zmax"] < high
    assert high - low <= 3 * (zrange["zmax"] - zrange["zmin"])
