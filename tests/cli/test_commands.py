"""The commands that show and check."""

import json
from pathlib import Path

import jsonschema
import pytest
from bundle_parts import FORMATS

from playnano import read_recipe


@pytest.fixture
def bundle(playnano, folder: Path) -> str:
    assert playnano("run", "recipe.yaml", "movie.asd", "-q").exit_code == 0
    return "output/movie_filtered.h5"


def within_80_columns(text: str) -> bool:
    return all(len(line) <= 80 and line.isascii() for line in text.splitlines())


def test_check_names_every_fault_of_every_recipe(playnano, folder: Path) -> None:
    (folder / "bad.yaml").write_text("version: 1\nsteps: [{step: x}, {step: y}]\n", encoding="utf-8")
    result = playnano("check", "recipe.yaml", "bad.yaml", "gone.yaml")
    assert result.exit_code == 1
    assert result.stdout == "recipe.yaml: ok (2 steps, 2 exports)\n"
    assert result.stderr.count("there is no step") == 2
    assert "gone.yaml: there is no such file" in result.stderr


def test_check_looks_at_the_recipes_movie(playnano, folder: Path) -> None:
    text = "version: 1\ninput: {path: movie.asd}\nsteps: [{step: drop_frames, indices_to_drop: [3]}]\n"
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    assert playnano("check", "a.yaml").stdout == "a.yaml: ok (1 step, 0 exports; fits movie.asd)\n"
    (folder / "a.yaml").write_text(text.replace("[3]", "[4]"), encoding="utf-8")
    result = playnano("check", "a.yaml")
    assert result.exit_code == 1
    assert result.stderr.startswith("a.yaml:3:9: drop_frames: ")
    (folder / "a.yaml").write_text(text.replace("movie", "gone"), encoding="utf-8")
    assert playnano("check", "a.yaml").stdout == "a.yaml: ok (1 step, 0 exports; gone.asd is not there)\n"


def test_info_of_a_movie(playnano) -> None:
    result = playnano("info", "movie.asd")
    assert result.exit_code == 0
    assert within_80_columns(result.stdout)
    told = dict(line.split(maxsplit=1) for line in result.stdout.split("\nheader")[0].splitlines())
    assert told["channel"] == "TP in nm"
    assert told["frames"] == "4"
    assert told["image"] == "24 x 32 pixels (height x width), 96 x 128 nm"
    assert told["time"] == "0.5 s a frame, the last at 1.5 s"
    assert "\n  x_pixels: 32\n" in result.stdout


INFO_KEYS = [
    "file",
    "size_bytes",
    "reader",
    "channel",
    "channels",
    "channel_details",
    "unit",
    "frames",
    "height",
    "width",
    "pixel_size_nm",
    "image_size_nm",
    "time",
    "lost_frames",
    "partial_frames",
    "blank_frames",
    "empty_frames",
    "undefined_frames",
    "absurd_frames",
    "one_value_frames",
    "warnings",
    "layers",
    "masks",
    "made_from",
    "made_from_missing_frames",
    "made_from_warnings",
    "steps",
    "recipe_sha256",
    "header",
]


def test_info_as_json_has_the_same_keys_for_every_file(playnano, bundle: str) -> None:
    for file in ("movie.asd", bundle, "output/movie_filtered.npz"):
        known = json.loads(playnano("info", file, "--json").stdout)
        assert list(known) == INFO_KEYS
        assert list(known["time"]) == [
            "start_utc",
            "interval_s",
            "irregular",
            "last_frame_s",
            "unknown",
        ]
        assert known["pixel_size_nm"] == {"y": 4.0, "x": 4.0}


def test_info_of_a_bundle_tells_how_it_was_made(playnano, bundle: str) -> None:
    known = json.loads(playnano("info", bundle, "--json").stdout)
    assert known["layers"] == ["raw", "step_1_remove_plane", "step_2_gaussian_filter"]
    assert [step["step"] for step in known["steps"]] == ["remove_plane", "gaussian_filter"]
    assert known["made_from"] == "movie.asd"
    assert len(known["recipe_sha256"]) == 64
    assert "1 remove_plane, 2 gaussian_filter" in playnano("info", bundle).stdout


def test_info_of_one_frame_without_times_or_sizes(playnano, folder: Path) -> None:
    import numpy as np

    from playnano.io.export_data import save_npz_bundle
    from playnano.stack.stack import AFMImageStack

    save_npz_bundle(folder / "one.npz", AFMImageStack.from_array(np.zeros((1, 4, 5), np.float32)))
    result = playnano("info", "one.npz")
    assert result.exit_code == 0, result.output
    assert "size not known" in result.stdout
    known = json.loads(playnano("info", "one.npz", "--json").stdout)
    assert known["pixel_size_nm"] is None
    assert known["time"] == dict.fromkeys(known["time"]) | {"unknown": 1}


def test_info_of_real_files(playnano, data_folder: Path, reference: dict[str, dict[str, object]]) -> None:
    for name in ("h5-jpk/sample_0.h5-jpk", "asd/202110200146.asd"):
        known = json.loads(playnano("info", str(data_folder / name), "--json").stdout)
        assert known["size_bytes"] == reference[name]["size"]
        assert playnano("info", str(data_folder / name)).exit_code == 0


@pytest.mark.parametrize("name", ["gone.asd", "recipe.yaml", "."])
def test_info_of_what_is_no_movie(playnano, name: str, folder: Path) -> None:
    (folder / "movie.asd").unlink()
    result = playnano("info", name)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_steps_are_listed(playnano) -> None:
    from playnano.steps import STEPS

    result = playnano("steps")
    assert within_80_columns(result.stdout)
    assert [line.split()[0] for line in result.stdout.splitlines() if line[0] != " "] == list(STEPS.names)


def test_every_step_is_described_and_its_example_is_right(playnano) -> None:
    from playnano.steps import STEPS

    for name in STEPS.names:
        result = playnano("steps", name)
        assert result.exit_code == 0
        assert result.stdout.startswith(f"{name}\n\n  ")
        _, example = result.stdout.split("\nexample\n")
        (step,) = read_recipe(f"version: 1\nsteps:\n{example}").steps
        assert step.step == STEPS.canonical(name)


def test_a_parameter_is_told_with_type_unit_limit_and_default(playnano) -> None:
    lines = playnano("steps", "gaussian_filter").stdout.splitlines()
    assert "  sigma  number in px, greater than 0, at most 1000; default 1.0" in lines
    assert "  indices_to_drop  list of integers" in playnano("steps", "drop_frames").stdout


def test_an_unknown_step_is_named(playnano) -> None:
    result = playnano("steps", "gausian_filter")
    assert result.exit_code == 1
    assert result.stderr == "error: there is no step 'gausian_filter'; did you mean 'gaussian_filter'?\n"


def test_formats(playnano) -> None:
    from playnano.exporters import EXPORTS
    from playnano.readers import READERS

    result = playnano("formats")
    assert within_80_columns(result.stdout)
    for name in (*READERS.names, *EXPORTS.names, ".ome.tif", "hdf5"):
        assert name in result.stdout


def test_plugins_that_were_set_aside_are_listed() -> None:
    from playnano.cli.commands.steps import set_aside

    lines = list(set_aside({"shear of lab-tools": "ModuleNotFoundError: No module named 'lab'"}))
    assert lines == ["\nset aside", "  shear of lab-tools  ModuleNotFoundError: No module named 'lab'"]
    assert not list(set_aside({}))


def test_schemas(playnano, folder: Path) -> None:
    import yaml

    schema = json.loads(playnano("schema").stdout)
    jsonschema.validate(yaml.safe_load((folder / "recipe.yaml").read_text(encoding="utf-8")), schema)
    assert json.loads(playnano("schema", "provenance").stdout) != schema
    assert playnano("schema", "nonsense").exit_code == 2


def test_the_recipe_in_a_bundle_runs_again(playnano, bundle: str, folder: Path) -> None:
    (folder / "again.yaml").write_text(playnano("recipe", bundle).stdout, encoding="utf-8")
    assert playnano("run", "again.yaml", "--overwrite").exit_code == 0
    result = playnano("recipe", "movie.asd")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: movie.asd: this is not a playnano bundle")


def test_verify(playnano, bundle: str, folder: Path) -> None:
    result = playnano("verify", bundle)
    assert (result.exit_code, result.stdout) == (0, f"{Path(bundle)}: reproduced\n")
    content = bytearray((folder / "movie.asd").read_bytes())
    content[-1] ^= 1
    (folder / "changed.asd").write_bytes(content)
    result = playnano("verify", bundle, "changed.asd")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == f"{Path(bundle)}: not reproduced"
    assert "step 1 (remove_plane) is the first" in result.stdout
    (folder / "movie.asd").unlink()
    assert "movie.asd" in playnano("verify", bundle).stderr


@pytest.mark.parametrize("format", ["npz", "h5", "ome-tiff", "ome-zarr"])
def test_verify_says_where_a_bundle_does_not_list_its_contents(playnano, folder: Path, format: str) -> None:
    """As those of the versions before the list: what was removed of them is not noticed."""
    line = ("process", "movie.asd", "--processing", "remove_plane", "--export", format)
    assert playnano(*line).exit_code == 0
    (written,) = (folder / "output").iterdir()
    suffix = next(suffix for suffix in FORMATS if written.name.endswith(suffix))
    take_apart, put_together = FORMATS[suffix]
    parts = take_apart(written)
    made = json.loads(str(parts["provenance_json"]))
    made.pop("contents")
    parts["provenance_json"] = json.dumps(made)
    put_together(parts, written)
    result = playnano("verify", str(written))
    assert result.exit_code == 0
    assert f"{written.name}: what it holds is reproduced; it does not list its contents" in result.stdout


@pytest.mark.parametrize("suffix", ["h5", "npz", "asd", "h5-jpk"])
def test_sample(playnano, folder: Path, suffix: str) -> None:
    line = f"sample new.{suffix} --frames 3 --size 16 --seed 2 --pixel-size-nm 2 --frame-interval-s 0.25"
    assert playnano(*line.split()).exit_code == 0
    known = json.loads(playnano("info", f"new.{suffix}", "--json").stdout)
    assert (known["frames"], known["height"], known["width"]) == (3, 16, 16)
    assert known["time"]["interval_s"] == pytest.approx(0.25)
    assert json.loads((folder / f"new.{suffix}.truth.json").read_text(encoding="utf-8"))["seed"] == 2
    assert playnano(*line.split()).exit_code == 1
    assert playnano(*line.split(), "--overwrite").exit_code == 0


def test_a_sample_of_an_unknown_kind(playnano) -> None:
    assert playnano("sample", "new.xyz").exit_code == 1
    assert playnano("sample", "new.h5", "--frames", "0").exit_code == 2
    unknown = playnano("sample", "new.h5", "--scenario", "teraces")
    assert unknown.exit_code == 1
    assert "there is no scenario 'teraces'; choose one of molecules, terraces" in unknown.stderr


def test_a_scenario_and_its_truth(playnano, folder: Path) -> None:
    line = "sample new.npz --scenario blank-frames --frames 10 --size 16"
    assert playnano(*line.split()).exit_code == 0
    truth = json.loads((folder / "new.npz.truth.json").read_text(encoding="utf-8"))
    assert truth["quality"] == ["good"] * 4 + ["lost"] * 2 + ["good"] * 4
