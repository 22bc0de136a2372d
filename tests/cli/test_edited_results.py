"""Results in which any array or fact was changed: a run and `info` say what, and --strict refuses it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_parts import FORMATS, Parts

from playnano import load
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample

CHANGED = "not what was written: the file was changed after playnano wrote it"
RECIPE = """\
version: 1
steps:
  - step: remove_plane
  - step: mask_threshold
    threshold: 1
    name: features
  - step: gaussian_filter
analysis:
  - {measure: features, mask: features}
exports:
  - {format: h5}
  - {format: npz}
  - {format: tif}
  - {format: ome-zarr}
  - {format: h5, raw: true}
  - {format: npz, raw: true}
  - {format: tif, raw: true}
  - {format: ome-zarr, raw: true}
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a recipe makes of a movie, in every format, with and without steps."""
    from typer.testing import CliRunner

    from playnano.cli.app import app

    folder = tmp_path_factory.mktemp("edited")
    write_sample(folder / "a.asd", Sample(frames=3, height=16, width=24, molecules=2))
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    line = ["run", str(folder / "recipe.yaml"), str(folder / "a.asd"), "--output-folder", str(folder)]
    made = CliRunner().invoke(app, line, prog_name="playnano")
    assert made.exit_code == 0, made.stderr
    return folder


def one_pixel(name: str) -> Callable[[Parts], Any]:
    def change(parts: Parts) -> None:
        images = np.array(parts[name])
        images[1, 2, 3] = ~images[1, 2, 3] if images.dtype == bool else images[1, 2, 3] + 1
        parts[name] = images

    return change


def in_json(name: str, edit: Callable[[Any], Any]) -> Callable[[Parts], Any]:
    def change(parts: Parts) -> None:
        document = json.loads(str(parts[name]))
        edit(document)
        parts[name] = json.dumps(document)

    return change


def first_frame(key: str, value: Any) -> Callable[[Parts], Any]:
    return in_json("frame_metadata_json", lambda frames: frames[0].update({key: value}))


PROVENANCE = {
    "name of the input": in_json("provenance_json", lambda made: made["input"].update(name="b.asd")),
    "platform": in_json("provenance_json", lambda made: made.update(platform="another")),
    "time of the run": in_json("provenance_json", lambda made: made["run"].update(started="2001")),
}
FACTS: dict[str, tuple[Callable[[Parts], Any], str]] = {
    "pixel_size_nm": (lambda parts: parts.update(pixel_size_nm=9.0), "`pixel_size_nm` (9.0, not 4.0) "),
    "pixel_size_y_nm": (
        lambda parts: parts.update(pixel_size_y_nm=9.0),
        "`pixel_size_y_nm` (9.0, not 4.0) is ",
    ),
    "unit": (lambda parts: parts.update(unit="pm"), "`unit` (pm, not nm) is "),
    "channel": (lambda parts: parts.update(channel="phase"), "`channel` (phase, not "),
    "direction": (first_frame("scan_direction", "sideways"), "`frame_metadata` is "),
    **{name: (change, "the provenance is ") for name, change in PROVENANCE.items()},
}
ARRAYS: dict[str, tuple[str, str]] = {
    "data": ("data", "its images are "),
    "raw": ("processed/raw", "its layer 'raw' is "),
    "first step": ("processed/step_1_remove_plane", "its layer 'step_1_remove_plane' is "),
    "mask": ("masks/features", "its layer 'features' is "),
    "mask in force": ("mask", "its mask in force is "),
}
ENDINGS = [f"{kind}{ending}" for ending in FORMATS for kind in ("filtered", "raw")]


def edited(written: Path, folder: Path, ending: str, change: Callable[[Parts], Any]) -> Path | None:
    """A copy of a result, changed; None where it has no such part."""
    path, (read, write) = (
        written / f"a_{ending}",
        FORMATS[ending.removeprefix("filtered").removeprefix("raw")],
    )
    copy = folder / path.name
    shutil.rmtree(copy, ignore_errors=True) if path.is_dir() else copy.unlink(missing_ok=True)
    shutil.copytree(path, copy) if path.is_dir() else shutil.copyfile(path, copy)
    parts = read(copy)
    try:
        change(parts)
    except KeyError:
        return None
    write(parts, copy)
    return copy


def warnings_of(path: Path) -> str:
    source = load(path).provenance.input
    return " ".join(text for text in source.warnings if "a mask was in force" not in text) if source else ""


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_not_edited_is_silent(written: Path, tmp_path: Path, ending: str) -> None:
    assert warnings_of(written / f"a_{ending}") == ""
    again = edited(written, tmp_path, ending, lambda parts: None)
    assert again is not None
    assert warnings_of(again) == ""


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_array_is_compared(written: Path, tmp_path: Path, ending: str) -> None:
    changed = 0
    for case, (part, words) in ARRAYS.items():
        path = edited(written, tmp_path, ending, one_pixel(part))
        if path is not None:
            said = warnings_of(path)
            assert words in said, (case, said)
            assert CHANGED in said
            changed += 1
    assert changed == {"filtered.npz": 5, "filtered.h5": 5, "filtered.ome.zarr": 2}.get(ending, 1)


@pytest.mark.parametrize("ending", [name for name in ENDINGS if not name.endswith(".tif")])
def test_every_fact_is_compared(written: Path, tmp_path: Path, ending: str) -> None:
    for case, (change, words) in FACTS.items():
        path = edited(written, tmp_path, ending, change)
        assert path is not None
        said = warnings_of(path)
        assert words in said, (case, said)
        assert said.count(CHANGED) == 1, (case, said)


@pytest.mark.parametrize("ending", ["filtered.ome.tif", "raw.ome.tif"])
@pytest.mark.parametrize("case", ["direction", *PROVENANCE])
def test_facts_of_ome_tiff_are_compared(written: Path, tmp_path: Path, ending: str, case: str) -> None:
    change, words = FACTS[case]
    path = edited(written, tmp_path, ending, change)
    assert path is not None
    assert words in warnings_of(path)


TABLES = {"filtered.h5": "analysis/features/area_nm2", "filtered.npz": "analysis__features__area_nm2"}


@pytest.mark.parametrize("ending", TABLES)
def test_tables_are_compared(written: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a_{ending}"
    shutil.copyfile(written / path.name, path)
    if ending.endswith("h5"):
        import h5py

        with h5py.File(path, "r+") as file:
            file[TABLES[ending]][0] += 1
    else:
        with np.load(path) as file:
            arrays = dict(file)
        arrays[TABLES[ending]][0] += 1
        np.savez(path, **arrays)
    assert f"its table 'features' is {CHANGED}" in warnings_of(path)


def zarr_attributes(path: Path, edit: Callable[[Any], Any]) -> None:
    document = json.loads((path / "zarr.json").read_text(encoding="utf-8"))
    edit(document["attributes"]["ome"]["multiscales"][0])
    (path / "zarr.json").write_text(json.dumps(document), encoding="utf-8")


def scaled(axis: int) -> Callable[[Any], Any]:
    def edit(multiscale: Any) -> None:
        multiscale["datasets"][0]["coordinateTransformations"][0]["scale"][axis] *= 2

    return edit


ZARR = {
    "scale along t": scaled(0),
    "scale along y": scaled(1),
    "scale along x": scaled(2),
    "name": lambda multiscale: multiscale.update(name="other"),
}


@pytest.mark.parametrize("fact", [*ZARR, "`timestamps`", "no `timestamps`"])
def test_what_ome_zarr_states_for_others_is_compared(written: Path, tmp_path: Path, fact: str) -> None:
    import zarr

    path = tmp_path / "a.ome.zarr"
    shutil.copytree(written / "a_filtered.ome.zarr", path)
    right = load(path)
    if fact in ZARR:
        zarr_attributes(path, ZARR[fact])
    elif fact.startswith("no"):
        shutil.rmtree(path / "timestamps")
    else:
        zarr.open_group(str(path), mode="r+")["timestamps"][:] = right.timestamps * 3
    words = (
        f"what the OME-Zarr states ({fact.removeprefix('no ')}) is not what playnano's attributes in it do"
    )
    assert words in warnings_of(path)
    np.testing.assert_array_equal(load(path).timestamps, right.timestamps)


def test_a_mask_in_force_that_was_removed(written: Path, tmp_path: Path) -> None:
    path = edited(written, tmp_path, "filtered.npz", lambda parts: parts.pop("mask"))
    assert path is not None
    assert "`mask` is missing in it: the file was edited" in warnings_of(path)


@pytest.mark.parametrize("ending", ["filtered.h5", "filtered.npz"])
def test_layers_that_were_removed_or_added(written: Path, tmp_path: Path, ending: str) -> None:
    for part, name in (("processed/raw", "layer 'raw'"), ("masks/features", "mask 'features'")):
        path = edited(written, tmp_path, ending, lambda parts, part=part: parts.pop(part))
        assert path is not None
        assert f"{name}: missing in it; the file was edited" in warnings_of(path)
    more = np.zeros((3, 16, 24), np.float32)
    path = edited(written, tmp_path, ending, lambda parts: parts.update({"processed/more": more}))
    assert path is not None
    assert "layer 'more': not of the run that wrote it; the file was edited" in warnings_of(path)


def test_a_run_and_info_say_it(written: Path, tmp_path: Path, playnano) -> None:
    path = edited(written, tmp_path, "raw.h5", one_pixel("data"))
    assert path is not None
    words = f"its images are {CHANGED}"
    line = ("process", str(path), "--export", "npz", "--output-folder", str(tmp_path / "out"))
    done = playnano(*line, "--quiet")
    assert (done.exit_code, " ".join(done.stderr.split()).count(words)) == (0, 1)
    assert words in " ".join(playnano("info", str(path)).stdout.split())
    refused = playnano(*line, "--overwrite", "--strict")
    assert (refused.exit_code, words in " ".join(refused.stderr.split())) == (1, True)


def test_what_is_converted_is_not_called_changed(written: Path, tmp_path: Path, playnano) -> None:
    for source, name in [("filtered.h5", "b.npz"), ("raw.npz", "b.h5"), ("raw.h5", "b.ome.tif")]:
        place = tmp_path / name
        assert playnano("convert", str(written / f"a_{source}"), str(place)).exit_code == 0
        assert warnings_of(place) == ""
    line = ("process", str(written / "a_filtered.h5"), "--frames", "1:3", "--export", "h5")
    assert playnano(*line, "--output-folder", str(tmp_path)).exit_code == 0
    assert warnings_of(tmp_path / "a_filtered.h5") == ""


def test_verify_sees_another_name_of_the_input(written: Path, tmp_path: Path, playnano) -> None:
    path = edited(written, tmp_path, "filtered.npz", PROVENANCE["name of the input"])
    assert path is not None
    done = playnano("verify", str(path), str(written / "a.asd"))
    assert done.exit_code == 1
    words = "the provenance is not what was written: its checksum is another"
    assert words in " ".join((done.stdout + done.stderr).split())


def test_verify_sees_what_was_changed_beside_pictures(tmp_path: Path, playnano) -> None:
    write_sample(tmp_path / "a.asd", Sample(frames=3, height=16, width=24, molecules=2))
    line = ("process", str(tmp_path / "a.asd"), "--processing", "remove_plane", "--make-gif")
    assert playnano(*line, "--output-folder", str(tmp_path)).exit_code == 0
    (gif,) = tmp_path.glob("*.gif")
    beside = gif.with_name(f"{gif.name}.provenance.json")
    assert playnano("verify", str(gif), str(tmp_path / "a.asd")).exit_code == 0
    document = json.loads(beside.read_text(encoding="utf-8"))
    document["provenance"]["input"]["name"] = "b.asd"
    beside.write_text(json.dumps(document), encoding="utf-8")
    done = playnano("verify", str(gif), str(tmp_path / "a.asd"))
    assert done.exit_code == 1
    words = "the provenance is not what was written: its checksum is another"
    assert words in " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("ending", ["h5", "npz", "tif", "ome-zarr"])
def test_what_was_made_of_an_edited_result_says_so(
    written: Path, tmp_path: Path, playnano, ending: str
) -> None:
    source = edited(written, tmp_path, "filtered.h5", one_pixel("data"))
    more = ("--processing", "gaussian_filter", "--quiet", "--output-folder")
    made = playnano("process", str(source), "--export", ending, *more, str(tmp_path / "made"))
    assert (made.exit_code, CHANGED in " ".join(made.stderr.split())) == (0, True)
    (result,) = (path for path in (tmp_path / "made").iterdir() if path.suffix != ".json")
    remark = "it was made from a_filtered.h5, which had been changed after playnano wrote it"
    assert " ".join(playnano("info", str(result)).stdout.split()).count(remark) == 1
    verified = playnano("verify", str(result), str(source))
    assert (verified.exit_code, " ".join(verified.stderr.split()).count(remark)) == (0, 1)
    playnano("process", str(result), "--export", "h5", *more, str(tmp_path / "again"))
    (again,) = (tmp_path / "again").iterdir()
    assert any(remark in text for text in load(again).provenance.history[-1].input.warnings)
    assert load(again).warnings.count(remark) == 1


def test_what_was_made_of_a_whole_result_is_silent(written: Path, tmp_path: Path, playnano) -> None:
    more = ("--processing", "gaussian_filter", "--export", "h5", "--output-folder", str(tmp_path))
    assert playnano("process", str(written / "a_filtered.h5"), *more).exit_code == 0
    assert load(tmp_path / "a_filtered.h5").warnings == ()


def test_a_layer_of_an_edited_input_is_not_blamed_on_the_result(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from playnano.cli.app import app

    changed = edited(written, tmp_path, "filtered.h5", one_pixel("processed/step_1_remove_plane"))
    assert changed is not None
    line = ["process", str(changed), "--processing", "zero_mean", "--export", "h5", "--quiet"]
    done = CliRunner().invoke(app, [*line, "--output-folder", str(tmp_path / "two")], prog_name="playnano")
    assert done.exit_code == 0
    (result,) = (tmp_path / "two").glob("*.h5")
    assert (
        warnings_of(result)
        == f"it was made from {changed.name}, which had been changed after playnano wrote it"
    )
