import json
import os
from pathlib import Path

import numpy as np
import pytest

import playnano
from playnano.errors import ExportError, PlaynanoError, StepError
from playnano.exporters.data.npz import NpzExport
from playnano.recipe.reading import read_recipe
from playnano.runner.planning import plan
from playnano.runner.running import run, run_movie
from playnano.runner.verify import recipe_in, verify
from playnano.stack.stack import AFMImageStack

RECIPE = """\
version: 1
steps:
  - step: remove_plane
  - step: mask_threshold
    threshold: 2
    name: feature_mask
  - step: row_median_align
  - step: drop_frames
    indices_to_drop: [1]
  - step: gaussian_filter
exports:
  - format: npz
  - format: h5
  - format: tif
  - format: h5
    raw: true
"""


@pytest.fixture
def movie_file(movie: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run_0.5nm.npz"
    NpzExport().write(movie, path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_recipe_runs_end_to_end(movie_file: Path) -> None:
    done = run_movie(read_recipe(RECIPE), movie_file)
    outputs, data = done.outputs, done.stack.data
    del done  # and with it the scratch files
    stem = "run_0.5nm_filtered"
    assert names(Path("output")) == sorted(
        [f"{stem}.h5", f"{stem}.npz", f"{stem}.ome.tif", "run_0.5nm_raw.h5"]
    )
    for path in outputs[:3]:
        np.testing.assert_array_equal(playnano.load(path).data, data)
    raw = playnano.load(outputs[3])
    np.testing.assert_array_equal(raw.data, playnano.load(movie_file).data)
    assert raw.provenance.history[-1].steps == ()


def test_every_file_says_how_it_was_made(movie_file: Path) -> None:
    recipe = read_recipe(RECIPE)
    done = run_movie(recipe, movie_file, command=["playnano", "run", "r.yaml"])
    made = playnano.load(done.outputs[0]).provenance.history[-1]
    assert made.input is not None
    assert (made.input.name, made.input.size) == (movie_file.name, movie_file.stat().st_size)
    assert [r.name for r in made.steps] == [
        "step_1_remove_plane",
        "feature_mask",
        "step_3_row_median_align",
        "step_4_drop_frames",
        "step_5_gaussian_filter",
    ]
    assert made.recipe is not None
    assert made.recipe["steps"][4]["sigma"] == 1.0
    assert made.run is not None
    assert made.run.command == ("playnano", "run", "r.yaml")
    assert made.run.outputs == tuple(path.name for path in done.outputs)
    assert {"playnano", "python", "numpy", "scipy", "h5py", "tifffile"} <= set(made.software)


def test_the_numbers_do_not_depend_on_the_number_of_threads(movie_file: Path) -> None:
    recipe, stack = read_recipe(RECIPE), playnano.load(movie_file)
    one, three = (run(recipe, stack, threads=threads) for threads in (1, 3))
    assert one.provenance == three.provenance


def test_whole_files_are_equal_with_source_date_epoch(
    movie_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    recipe = read_recipe(RECIPE)
    first = [p.read_bytes() for p in run_movie(recipe, movie_file, threads=1, command=["a"]).outputs]
    second = [
        p.read_bytes()
        for p in run_movie(recipe, movie_file, threads=3, command=["b"], overwrite=True).outputs
    ]
    assert first == second


def test_nothing_is_overwritten_unasked(movie_file: Path) -> None:
    recipe = read_recipe(RECIPE)
    run_movie(recipe, movie_file)
    before = {p.name: p.read_bytes() for p in Path("output").iterdir()}
    with pytest.raises(
        ExportError, match=r"0.5nm_filtered.npz exists; set `overwrite` to replace it$"
    ) as caught:
        run_movie(recipe, movie_file)
    assert caught.value.position == 0
    assert {p.name: p.read_bytes() for p in Path("output").iterdir()} == before


def test_a_run_that_fails_leaves_nothing(movie_file: Path) -> None:
    text = RECIPE.replace("step: gaussian_filter", "step: replace_nan\n    mode: constant\n  - step: fails")
    recipe = read_recipe(text.replace("  - step: fails\n", ""))
    recipe = recipe.model_copy(
        update={"steps": (*recipe.steps, recipe.steps[0].model_copy(update={"name": "raw"}))}
    )
    with pytest.raises(StepError) as caught:
        run_movie(recipe, movie_file)
    assert caught.value.position == 5
    assert names(movie_file.parent) == [movie_file.name]


def test_a_disk_that_refuses_is_one_line(movie_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, stack: object, path: Path, threads: int = 1) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("playnano.exporters.data.ome_tiff.OmeTiffExport.write", refuse)
    with pytest.raises(ExportError, match="No space left on device"):
        run_movie(read_recipe(RECIPE), movie_file)
    assert names(movie_file.parent) == [movie_file.name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("indices_to_drop: [1]", "indices_to_drop: [6]"), "drop_frames: there is no frame 6"),
        (("format: npz", "format: npz\n    layers: [step_9]"), "npz: there is no layer 'step_9'"),
    ],
)
def test_what_the_header_tells_is_told_before_work_starts(
    movie_file: Path, change: tuple[str, str], message: str
) -> None:
    with pytest.raises(PlaynanoError, match=message):
        plan(read_recipe(RECIPE.replace(*change)), movie_file)


def test_numbering_goes_on_after_a_reload(movie_file: Path) -> None:
    first = run_movie(read_recipe(RECIPE), movie_file).outputs[1]
    more = "version: 1\nsteps: [{step: zero_mean}]\nexports: [{format: npz}]\noutput: {folder: more}\n"
    second = run_movie(read_recipe(more), first).outputs[0]
    again = playnano.load(second)
    assert list(again.processed)[-2:] == ["step_5_gaussian_filter", "step_6_zero_mean"]
    assert [record.index for record in again.provenance.all_steps()] == [1, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(again.raw().data, playnano.load(movie_file).data)
    assert again.raw().shape[0] == 6


def test_raw_of_a_bundle_without_a_raw_layer_is_one_line(movie_file: Path) -> None:
    small = RECIPE.split("exports:", maxsplit=1)[0] + "exports: [{format: npz, layers: none}]\n"
    bundle = run_movie(read_recipe(small), movie_file).outputs[0]
    with pytest.raises(ExportError, match="npz: there is no raw layer"):
        run_movie(read_recipe("version: 1\nexports: [{format: npz, raw: true}]\n"), bundle)


def test_a_bundle_can_be_made_again(movie_file: Path) -> None:
    outputs = run_movie(read_recipe(RECIPE), movie_file).outputs
    for bundle in outputs[:3]:
        assert verify(bundle).reproduced
    assert verify(outputs[3], movie_file).reproduced
    assert recipe_in(outputs[0]).steps == read_recipe(RECIPE).steps


def test_one_pixel_of_the_input_changed_is_found(movie_file: Path, movie: AFMImageStack) -> None:
    bundle = run_movie(read_recipe(RECIPE), movie_file).outputs[1]
    data = movie.data.copy()
    data[2, 3, 4] += 0.01
    movie_file.unlink()
    NpzExport().write(AFMImageStack.from_array(data, pixel_size_nm=2.0), movie_file)
    verdict = verify(bundle)
    assert not verdict.reproduced
    assert "the input differs" in verdict.findings[0]
    assert "step 1 (remove_plane) is the first that gives another result" in verdict.findings[1]


def test_a_kernel_that_changed_is_named(movie_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = run_movie(read_recipe(RECIPE), movie_file).outputs[1]
    from playnano.steps.lines import RowMedianAlign

    process = RowMedianAlign.process
    monkeypatch.setattr(
        RowMedianAlign,
        "process",
        lambda self, frame: process(self, process(self, frame)).with_image(frame.image),
    )
    verdict = verify(bundle)
    assert verdict.findings == ("step 3 (row_median_align) is the first that gives another result",)


def test_a_bundle_that_was_changed_is_found(movie_file: Path) -> None:
    import h5py

    bundle = run_movie(read_recipe(RECIPE), movie_file).outputs[1]
    with h5py.File(bundle, "r+") as file:
        file["processed/step_3_row_median_align"][0, 0, 0] += 1
    assert verify(bundle).findings == (
        "the layer 'step_3_row_median_align' in the bundle is not the one that was written",
    )


def test_provenance_is_valid_under_the_committed_schema(movie_file: Path) -> None:
    import jsonschema

    schema = json.loads(
        (Path(__file__).parents[2] / "schemas" / "provenance-v1.schema.json").read_text(encoding="utf-8")
    )
    done = run_movie(read_recipe(RECIPE), movie_file)
    made = json.loads(done.stack.provenance.to_json())
    jsonschema.validate(made, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**made, "steps": [{"step": "a"}]}, schema)


def test_scratch_does_not_outlive_the_run(movie_file: Path) -> None:
    run_movie(read_recipe(RECIPE), movie_file)
    assert not [name for name in os.listdir("output") if name.startswith(".")]  # noqa: PTH208
