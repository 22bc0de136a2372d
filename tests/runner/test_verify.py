"""Results that someone has changed: each one is caught, whatever was changed, in every format."""

import json
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_parts import FORMATS, Parts

from playnano.exporters.data.npz import NpzExport
from playnano.exporters.encoding.png import chunk
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.runner.verify import recipe_in, verify
from playnano.stack.hashing import json_sha256
from playnano.stack.stack import AFMImageStack

RECIPE = """\
version: 1
steps:
  - step: remove_plane
  - step: mask_threshold
    threshold: 2
    name: features
  - step: drop_frames
    indices_to_drop: [1]
  - step: gaussian_filter
exports:
  - {format: npz}
  - {format: h5}
  - {format: tif}
  - {format: ome-zarr}
  - {format: npz, layers: none, name: bare}
  - {format: h5, layers: none, name: bare}
  - {format: h5, raw: true}
  - {format: npz, raw: true}
"""
WHOLE = ["movie_filtered.npz", "movie_filtered.h5"]
BARE = ["bare.npz", "bare.h5"]
RAW = ["movie_raw.npz", "movie_raw.h5"]
ALONE = ["movie_filtered.ome.tif", "movie_filtered.ome.zarr"]
ALL = [*WHOLE, *BARE, *RAW, *ALONE]

Change = Callable[[Parts], Any]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a movie and what a recipe makes of it."""
    folder = tmp_path_factory.mktemp("verify")
    rng = np.random.default_rng(4)
    data = rng.normal(size=(4, 12, 16)).astype(np.float32) + np.arange(16, dtype=np.float32) / 4
    movie = AFMImageStack.from_array(data, pixel_size_nm=(2.5, 2.0), timestamps=[0, 0.5, 1.0, 1.5])
    NpzExport().write(movie, folder / "movie.npz")
    recipe = read_recipe(RECIPE)
    output = recipe.output.model_copy(update={"folder": str(folder)})
    run_movie(recipe.model_copy(update={"output": output}), folder / "movie.npz")
    return folder


def _zeros(name: str) -> Change:
    return lambda parts: parts.update({name: np.zeros_like(parts[name])})


def _pixel(name: str) -> Change:
    def change(parts: Parts) -> None:
        images = np.array(parts[name])
        images[1, 2, 3] = ~images[1, 2, 3] if images.dtype == bool else images[1, 2, 3] + 0.01
        parts[name] = images

    return change


def _swapped(name: str) -> Change:
    return lambda parts: parts.update({name: np.array(parts[name])[::-1].copy()})


def _value(name: str, value: Any) -> Change:
    return lambda parts: parts.update({name: value})


def _removed(name: str) -> Change:
    return lambda parts: parts.pop(name)


def _json(name: str, edit: Callable[[Any], Any]) -> Change:
    def change(parts: Parts) -> None:
        told = json.loads(str(parts[name]))
        edit(told)
        parts[name] = json.dumps(told)

    return change


def _provenance(edit: Callable[[Any], Any]) -> Change:
    return _json("provenance_json", edit)


def _sigma(made: Any, hashed: bool) -> None:
    made["recipe"]["steps"][3]["sigma"] = 1.5
    if hashed:
        made["steps"][3]["parameters"]["sigma"] = 1.5
        made["recipe_sha256"] = json_sha256(made["recipe"])


def _without_step(made: Any) -> None:
    del made["recipe"]["steps"][3], made["steps"][3]
    made["recipe_sha256"] = json_sha256(made["recipe"])


def _with_step(made: Any) -> None:
    made["recipe"]["steps"].append({"step": "zero_mean"})
    made["recipe_sha256"] = json_sha256(made["recipe"])


def _header(old: str, new: str) -> Change:
    def change(parts: Parts) -> None:
        assert old in parts["header"]
        parts["header"] = parts["header"].replace(old, new)

    return change


IMAGES = {"zeros": _zeros("data"), "pixel": _pixel("data"), "order": _swapped("data")}
TEXTS = {
    "time": _json("frame_metadata_json", lambda frames: frames[1].update(timestamp=0.75)),
    "order of metadata": _json("frame_metadata_json", lambda frames: frames.reverse()),
    "key": _json("frame_metadata_json", lambda frames: frames[0].update(line_rate=3.0)),
    "recipe": _provenance(lambda made: _sigma(made, False)),
    "recipe and its hash": _provenance(lambda made: _sigma(made, True)),
    "step removed": _provenance(_without_step),
    "step added": _provenance(_with_step),
    "record removed": _provenance(lambda made: made["steps"].pop()),
    "measured": _provenance(lambda made: made["steps"][0]["measured"]["tilt_x"].__setitem__(1, 0.5)),
    "hash of a step": _provenance(lambda made: made["steps"][0].update(sha256="0" * 64)),
    "hash of the input": _provenance(lambda made: made["input"].update(sha256="0" * 64)),
    "raw metadata": _json("raw_frame_metadata_json", lambda frames: frames[2].update(timestamp=9.0)),
}
FACTS = {
    "pixel size": _value("pixel_size_nm", 1.0),
    "pixel size y": _value("pixel_size_y_nm", 1.0),
    "unit": _value("unit", "V"),
    "channel": _value("channel", "phase"),
    "times": _value("timestamps", np.array([0.0, 1.0, 2.0])),
}
MASKED = {"mask in force": _zeros("mask"), "no mask in force": _removed("mask")}
LAYERS = {
    "layer": _pixel("processed/step_1_remove_plane"),
    "raw layer": _zeros("processed/raw"),
    "mask layer": _pixel("masks/features"),
    "no layer": _removed("processed/step_1_remove_plane"),
    "no raw": _removed("processed/raw"),
    "no mask layer": _removed("masks/features"),
    "another layer": _value("processed/more", np.zeros((3, 12, 16), np.float32)),
}
OF_A_HEADER = {
    "PhysicalSizeX": _header('PhysicalSizeX="0.002"', 'PhysicalSizeX="0.003"'),
    "DeltaT": _header('DeltaT="1.0"', 'DeltaT="1.25"'),
    "unit": _header('K="value_unit">nm<', 'K="value_unit">V<'),
    "exact pixel size": _header('K="pixel_size_nm">2.0<', 'K="pixel_size_nm">3.0<'),
    "resolution": _value("resolution", (1e6, 1e6)),
}
OF_ZARR = {
    "mask layer": LAYERS["mask layer"],
    "another array": _value("more", np.zeros((3, 4), np.float32)),
}
CHANGES: list[tuple[str, str, Change]] = [
    (file, what, change)
    for files, changes in (
        (WHOLE, {**IMAGES, **TEXTS, **FACTS, **MASKED, **LAYERS}),
        (BARE, {**IMAGES, **FACTS, **MASKED}),
        (RAW, {**IMAGES, "unit": FACTS["unit"], "pixel size": FACTS["pixel size"], "time": TEXTS["time"]}),
        (ALONE, {**IMAGES, **TEXTS}),
        (ALONE[:1], OF_A_HEADER),
        (ALONE[1:], {**FACTS, **OF_ZARR}),
    )
    for file in files
    for what, change in changes.items()
]


def _changed(written: Path, name: str, change: Change, folder: Path) -> Path:
    suffix = next(suffix for suffix in FORMATS if name.endswith(suffix))
    take_apart, put_together = FORMATS[suffix]
    shutil.copy(written / "movie.npz", folder)
    source, bundle = written / name, folder / name
    shutil.copytree(source, bundle) if source.is_dir() else shutil.copy(source, bundle)
    parts = take_apart(bundle)
    change(parts)
    put_together(parts, bundle)
    return bundle


@pytest.mark.parametrize("name", ALL)
def test_what_was_not_changed_is_reproduced(written: Path, name: str, tmp_path: Path) -> None:
    assert verify(written / name).findings == ()
    again = _changed(written, name, lambda parts: None, tmp_path)
    assert verify(again).findings == ()


@pytest.mark.parametrize(
    ("name", "what", "change"), CHANGES, ids=[f"{name}-{what}".replace(" ", "_") for name, what, _ in CHANGES]
)
def test_what_was_changed_is_found(
    written: Path, name: str, what: str, change: Change, tmp_path: Path
) -> None:
    verdict = verify(_changed(written, name, change, tmp_path))
    assert not verdict.reproduced
    assert verdict.findings


def test_every_format_is_tried_in_many_ways() -> None:
    tried = [next(suffix for suffix in FORMATS if name.endswith(suffix)) for name, _, _ in CHANGES]
    assert {suffix: tried.count(suffix) >= 14 for suffix in FORMATS} == dict.fromkeys(FORMATS, True)


def test_with_the_wrong_movie_that_is_said_first(written: Path, tmp_path: Path) -> None:
    other = AFMImageStack.from_array(np.ones((1, 5, 5), np.float32), pixel_size_nm=1.0, timestamps=[0])
    NpzExport().write(other, tmp_path / "other.npz")
    findings = verify(written / "movie_filtered.h5", tmp_path / "other.npz").findings
    assert findings[0].startswith("the input differs")
    assert len(findings) == 2  # the recipe drops a frame that this movie has not
    assert "there is no frame 1" in findings[1]


def _recompressed(file: Path) -> None:
    """The same PNG with its pixels compressed in another way, in several chunks."""
    content = file.read_bytes()
    place, chunks, pixels = 8, [], b""
    while place < len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        chunks.append((kind, content[place + 8 : place + 8 + size]))
        pixels += chunks[-1][1] if kind == b"IDAT" else b""
        place += 12 + size
    again = zlib.compress(zlib.decompress(pixels), 9)
    assert again != pixels
    parts = [chunk(kind, data) for kind, data in chunks if kind not in (b"IDAT", b"IEND")]
    halves = [chunk(b"IDAT", again[:20]), chunk(b"IDAT", again[20:])]
    file.write_bytes(b"".join([content[:8], *parts, *halves, chunk(b"IEND", b"")]))


PICTURES = """\
version: 1
steps: [{step: remove_plane}]
exports: [{format: gif, scale_bar: false}, {format: png, zmin: -3, scale_bar: false}]
"""


@pytest.fixture
def drawn(written: Path, tmp_path: Path) -> Path:
    shutil.copy(written / "movie.npz", tmp_path)
    recipe = read_recipe(PICTURES)
    output = recipe.output.model_copy(update={"folder": str(tmp_path)})
    run_movie(recipe.model_copy(update={"output": output}), tmp_path / "movie.npz")
    return tmp_path


@pytest.mark.parametrize("name", ["movie_filtered.gif", "movie_filtered"])
def test_pictures_are_drawn_again(drawn: Path, name: str) -> None:
    for path in (drawn / name, drawn / f"{name}.provenance.json"):
        assert verify(path).findings == ()
        assert recipe_in(path).steps == read_recipe(PICTURES).steps


def test_a_changed_picture_is_found(drawn: Path) -> None:
    content = bytearray((drawn / "movie_filtered.gif").read_bytes())
    content[len(content) // 2] ^= 1
    (drawn / "movie_filtered.gif").write_bytes(content)
    assert verify(drawn / "movie_filtered.gif").findings == (
        "the pictures are not those that the recipe makes",
    )
    (drawn / "movie_filtered" / "movie_filtered_0001.png").unlink()
    assert not verify(drawn / "movie_filtered").reproduced


def test_pictures_count_by_their_pixels_not_by_their_compression(drawn: Path) -> None:
    picture = drawn / "movie_filtered" / "movie_filtered_0001.png"
    _recompressed(picture)
    assert verify(drawn / "movie_filtered").findings == ()
    content = picture.read_bytes()
    for changed in (content + b"more", content.replace(b"IDAT", b"IDAX"), content[:-20]):
        picture.write_bytes(changed)
        assert not verify(drawn / "movie_filtered").reproduced


def test_a_tag_that_differs_alike_in_all_frames_is_one_line(written: Path, tmp_path: Path) -> None:
    import tifffile

    with tifffile.TiffFile(written / "movie_filtered.ome.tif") as file:
        images, header = file.asarray(), file.pages.first.description.encode()
    again = tmp_path / "movie_filtered.ome.tif"
    tifffile.imwrite(again, images, description=header, metadata=None, photometric="minisblack")
    findings = [found for found in verify(again, written / "movie.npz").findings if found.startswith("tag ")]
    assert len(findings) == 3
    assert findings[0].startswith("tag XResolution of frames 0-2 is ")
