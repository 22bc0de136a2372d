"""The functions of the documentation: save, and load again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from still_files import stored, write_jpk

import playnano.io.loaders
from playnano.errors import ExportError, PlaynanoError
from playnano.io import data_loaders
from playnano.io.data_loaders import load_h5_bundle, load_npz_bundle, load_ome_tiff_stack
from playnano.io.export_data import export_bundles, save_h5_bundle, save_npz_bundle, save_ome_tiff_stack
from playnano.io.gif_export import export_gif
from playnano.quality import judged
from playnano.recipe.reading import read_recipe
from playnano.runner.running import run_movie
from playnano.stack.stack import AFMImageStack

PAIRS: dict[str, tuple[Any, Any]] = {
    ".ome.tif": (save_ome_tiff_stack, load_ome_tiff_stack),
    ".npz": (save_npz_bundle, load_npz_bundle),
    ".h5": (save_h5_bundle, load_h5_bundle),
}


@pytest.fixture
def levelled(movie: AFMImageStack) -> AFMImageStack:
    return movie.apply("remove_plane").apply("gaussian_filter", sigma=1.5)


@pytest.mark.parametrize("ending", PAIRS)
def test_save_and_load(ending: str, levelled: AFMImageStack, tmp_path: Path) -> None:
    save, load = PAIRS[ending]
    path = save(str(tmp_path / "new" / "folder" / f"stack{ending}"), levelled)
    assert path == tmp_path / "new" / "folder" / f"stack{ending}"
    stack = load(str(path))
    assert np.array_equal(stack.data, levelled.data)
    assert stack.frame_metadata == judged(levelled).frame_metadata  # judged as they are written
    assert [record.step for record in stack.provenance.all_steps()] == ["remove_plane", "gaussian_filter"]
    if ending != ".ome.tif":
        assert list(stack.processed) == ["raw", "step_1_remove_plane", "step_2_gaussian_filter"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", PAIRS)
def test_provenance_says_what_was_done_and_when(ending: str, levelled: AFMImageStack, tmp_path: Path) -> None:
    save, load = PAIRS[ending]
    provenance = load(save(tmp_path / f"stack{ending}", levelled)).provenance
    assert provenance.input.name == f"stack{ending}"
    (past,) = provenance.history
    assert past.run.outputs == (f"stack{ending}",)
    assert past.run.started <= past.run.finished
    assert past.software["numpy"] == np.__version__
    assert all(record.sha256 for record in past.steps)


@pytest.mark.parametrize("ending", PAIRS)
def test_raw(ending: str, movie: AFMImageStack, levelled: AFMImageStack, tmp_path: Path) -> None:
    save, load = PAIRS[ending]
    stack = load(save(tmp_path / f"stack_raw{ending}", levelled, raw=True))
    assert np.array_equal(stack.data, movie.data)
    assert not stack.provenance.all_steps()
    assert not stack.processed


@pytest.mark.parametrize("ending", PAIRS)
def test_nothing_is_replaced_unasked(
    ending: str, movie: AFMImageStack, levelled: AFMImageStack, tmp_path: Path
) -> None:
    save, load = PAIRS[ending]
    path = save(tmp_path / f"stack{ending}", movie)
    before = path.read_bytes()
    with pytest.raises(ExportError, match=r"exists; set `overwrite`") as caught:
        save(path, levelled)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    save(path, levelled, overwrite=True)
    assert np.array_equal(load(path).data, levelled.data)


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_a_bundle_goes_on_where_it_was_left(ending: str, levelled: AFMImageStack, tmp_path: Path) -> None:
    save, load = PAIRS[ending]
    again = load(save(tmp_path / f"first{ending}", levelled)).apply("zero_mean")
    stack = load(save(tmp_path / f"second{ending}", again))
    assert list(stack.processed)[-2:] == ["step_2_gaussian_filter", "step_3_zero_mean"]
    assert [record.index for record in stack.provenance.all_steps()] == [1, 2, 3]
    assert np.array_equal(stack.raw().data, levelled.raw().data)


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_a_bundle_can_replace_itself(ending: str, levelled: AFMImageStack, tmp_path: Path) -> None:
    save, load = PAIRS[ending]
    path = save(tmp_path / f"stack{ending}", levelled)
    save(path, load(path).apply("zero_mean"), overwrite=True)
    assert list(load(path).processed)[-1] == "step_3_zero_mean"
    assert np.array_equal(load(path).processed["step_2_gaussian_filter"], levelled.data)


def test_data_stay_a_link_when_a_bundle_is_written_again(levelled: AFMImageStack, tmp_path: Path) -> None:
    save_npz_bundle(tmp_path / "a.npz", levelled)
    save_h5_bundle(tmp_path / "b.h5", load_npz_bundle(tmp_path / "a.npz"))
    save_h5_bundle(tmp_path / "c.h5", load_h5_bundle(tmp_path / "b.h5"))
    for name in ("b.h5", "c.h5"):
        with h5py.File(tmp_path / name) as file:
            assert file["data"] == file["processed/step_2_gaussian_filter"]


def test_masks(movie: AFMImageStack, tmp_path: Path) -> None:
    stack = movie.apply("mask_threshold", threshold=6.0, name="feature_mask").apply("zero_median")
    read = load_npz_bundle(save_npz_bundle(tmp_path / "stack.npz", stack))
    assert np.array_equal(read.masks["feature_mask"], movie.data > 6)
    assert np.array_equal(read.frames[2].mask, movie.data[2] > 6)


def test_export_bundles(levelled: AFMImageStack, tmp_path: Path) -> None:
    paths = export_bundles(
        afm_stack=levelled,
        output_folder=tmp_path / "exports",
        base_name="my_stack",
        formats=["tif", "npz", "hdf5", "h5"],
        raw=False,
    )
    assert [path.name for path in paths] == [
        "my_stack_filtered.ome.tif",
        "my_stack_filtered.npz",
        "my_stack_filtered.h5",
    ]
    assert sorted(path.name for path in (tmp_path / "exports").iterdir()) == sorted(p.name for p in paths)
    with np.load(paths[1], allow_pickle=False) as loaded:
        outputs = json.loads(str(loaded["provenance_json"]))["run"]["outputs"]
    assert outputs == [path.name for path in paths]


def test_names_of_export_bundles(
    movie: AFMImageStack, levelled: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert export_bundles(movie, formats=["npz"]) == [Path("output/array.npz")]
    assert (
        export_bundles(movie, formats=["npz"], raw=True, base_name="run_0.5nm")[0].name == "run_0.5nm_raw.npz"
    )
    loaded = load_npz_bundle(save_npz_bundle("run_0.5nm.npz", levelled))
    assert export_bundles(loaded, formats=["h5"])[0].name == "run_0.5nm_filtered.h5"
    loaded = load_ome_tiff_stack(save_ome_tiff_stack("run_0.5nm.ome.tif", movie))
    assert export_bundles(loaded, "elsewhere", formats=["h5"]) == [Path("elsewhere/run_0.5nm.h5")]


def test_all_files_or_none(levelled: AFMImageStack, tmp_path: Path) -> None:
    (tmp_path / "x_filtered.h5").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"x_filtered\.h5 exists"):
        export_bundles(levelled, tmp_path, "x", ["npz", "h5"])
    assert [file.name for file in tmp_path.iterdir()] == ["x_filtered.h5"]


def test_a_format_that_is_not_there(movie: AFMImageStack, tmp_path: Path) -> None:
    with pytest.raises(PlaynanoError, match=r"there is no export format 'npy'; did you mean 'npz'\?"):
        export_bundles(movie, tmp_path, formats=["npy"])


def test_a_file_of_another_format(movie: AFMImageStack, tmp_path: Path) -> None:
    path = save_npz_bundle(tmp_path / "stack.npz", movie)
    for load in (load_h5_bundle, load_ome_tiff_stack):
        with pytest.raises(PlaynanoError, match="intact") as caught:
            load(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(PlaynanoError, match="there is no such file"):
        load_npz_bundle(tmp_path / "missing.npz")


def test_both_modules_offer_the_loaders() -> None:
    for name in playnano.io.loaders.__all__:
        assert getattr(playnano.io.loaders, name) is getattr(data_loaders, name)


def test_the_instruments_own_movie(data_folder: Path, tmp_path: Path) -> None:
    """From a real file to a bundle and back: the input's name and hash stay with it."""
    import playnano

    stack = playnano.load(data_folder / "h5-jpk" / "sample_0.h5-jpk").apply("remove_plane")
    for ending, (save, load) in PAIRS.items():
        read = load(save(tmp_path / f"stack{ending}", stack))
        assert np.array_equal(read.data, stack.data.astype(np.float32))
        assert read.frame_metadata == judged(stack).frame_metadata
        assert read.provenance.history[0].input == stack.provenance.input
        assert read.pixel_size_nm == stack.pixel_size_nm


def day_of_images(folder: Path) -> Path:
    """A folder named by its day, of two images."""
    folder.mkdir()
    for number in range(2):
        write_jpk(folder / f"{number}.jpk", samples=stored(seed=number))
    return folder


def test_folders_named_by_their_day_stay_apart(tmp_path: Path) -> None:
    """The same names from Python, bundles and pictures alike, as from the command line."""
    days = [day_of_images(tmp_path / name) for name in ("2024.05.17", "2024.05.18")]
    for day in days:
        run_movie(read_recipe(f"version: 1\nexports: [format: npz]\noutput: {{folder: {tmp_path}/cli}}"), day)
        export_bundles(playnano.load(day), tmp_path / "python", formats=["npz"])
        export_gif(playnano.load(day), output_folder=tmp_path / "python")
    names = [f"{day.name}{ending}" for day in days for ending in (".gif", ".gif.provenance.json", ".npz")]
    assert sorted(file.name for file in (tmp_path / "python").iterdir()) == names
    assert sorted(file.name for file in (tmp_path / "cli").iterdir()) == ["2024.05.17.npz", "2024.05.18.npz"]


@pytest.mark.parametrize(
    ("format", "name"), [("npz", "a.b.npz"), ("tif", "a.b.ome.tif"), ("ome-zarr", "a.b.ome.zarr")]
)
def test_a_bundle_is_called_by_its_name_without_its_endings(
    format: str, name: str, movie: AFMImageStack, tmp_path: Path
) -> None:
    (bundle,) = export_bundles(movie, tmp_path, "a.b", [format])
    assert bundle.name == name
    (again,) = export_bundles(playnano.load(bundle), tmp_path / "again", formats=["gsf"])
    assert again.name == "a.b"


RAW_WORDS = "raw: input should be a valid boolean"
WRONG: dict[str, tuple[Callable[[AFMImageStack, Path], Any], str]] = {
    "save_ome_tiff_stack": (lambda s, p: save_ome_tiff_stack(p / "a.ome.tif", s, raw="yes"), RAW_WORDS),  # type: ignore[arg-type]
    "save_npz_bundle": (lambda s, p: save_npz_bundle(p / "a.npz", s, raw="yes"), RAW_WORDS),  # type: ignore[arg-type]
    "save_h5_bundle": (lambda s, p: save_h5_bundle(p / "a.h5", s, raw="yes"), RAW_WORDS),  # type: ignore[arg-type]
    "export_bundles": (lambda s, p: export_bundles(s, p, raw="yes"), RAW_WORDS),  # type: ignore[arg-type]
    "export_bundles, format": (
        lambda s, p: export_bundles(s, p, formats="npy"),
        "there is no export format 'npy'; did you mean 'npz'?",
    ),
    "export_gif": (lambda s, p: export_gif(s, output_folder=p, fps=0), "fps: input should be greater than 0"),
    "stack.apply": (
        lambda s, p: s.apply("gaussian_filter", sigm=2),
        "'sigm' is not a parameter of gaussian_filter (it takes: sigma)",
    ),
    "load, option": (
        lambda s, p: playnano.load(p / "a.npz", pixelsize=2),
        "'pixelsize' is not an option of load (it takes: channel, combine, reader, unit, pixel_size_nm, "
        "frame_interval_s, frames, strict)",
    ),
    "load, value": (
        lambda s, p: playnano.load(p / "a.npz", pixel_size_nm=-1.0),
        "pixel_size_nm: input should be greater than 0",
    ),
    "load, type": (
        lambda s, p: playnano.load(p / "a.npz", strict="yes"),
        "strict: input should be a valid boolean",
    ),
    "load, frames": (
        lambda s, p: playnano.load(p / "a.npz", frames="1-2"),
        "frames: input should be two frame numbers with a colon between them, such as 0:20",
    ),
}


@pytest.mark.parametrize("door", WRONG)
def test_every_door_speaks_of_a_mistake_in_the_words_of_a_recipe(
    door: str, movie: AFMImageStack, tmp_path: Path
) -> None:
    call, words = WRONG[door]
    with pytest.raises(PlaynanoError) as caught:
        call(movie, tmp_path)
    assert str(caught.value) == words
    assert not list(tmp_path.iterdir())
