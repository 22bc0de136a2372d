"""Bundles that were edited, names of odd characters, files that point into others: refused or said."""

import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from topostats_file import topostats

from playnano.sample.files import write_jpk_h5, write_sample
from playnano.sample.movie import Sample


def edit_h5(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        name = list(file["processed"])[-1]
        file[f"processed/{name}"][1, 2, 3] += 1


def edit_npz(path: Path) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    arrays["data"][1, 2, 3] += 1
    np.savez(path, **arrays)


def edit_tiff(path: Path) -> None:
    with tifffile.TiffFile(path) as file:
        place = file.series[0].dataoffset
    whole = bytearray(path.read_bytes())
    whole[place + 40] ^= 0x40
    path.write_bytes(whole)


EDITS = {"h5": edit_h5, "npz": edit_npz, "ome.tif": edit_tiff}


@pytest.mark.parametrize("ending", EDITS)
def test_an_edited_bundle_is_said(tmp_path: Path, playnano, monkeypatch, ending: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_sample(Path("a.asd"), Sample(frames=3, height=16, width=24, molecules=2))
    export = "tif" if ending == "ome.tif" else ending
    made = playnano("process", "a.asd", "--processing", "remove_plane", "--export", export)
    assert made.exit_code == 0, made.stderr
    bundle = Path(f"output/a_filtered.{ending}")
    line = ("process", str(bundle), "--processing", "gaussian_filter", "--export", "h5", "--quiet")
    words = "its images are not what was written: the file was changed after playnano wrote it"
    right = playnano(*line, "--output-folder", "right", "--strict")
    assert (right.exit_code, right.stderr) == (0, "")
    EDITS[ending](bundle)
    done = playnano(*line, "--output-folder", "edited")
    assert (done.exit_code, words in " ".join(done.stderr.split())) == (0, True)
    assert words in " ".join(playnano("info", str(bundle)).stdout.split())
    assert playnano(*line, "--output-folder", "strict", "--strict").exit_code == 1
    assert not Path("strict").exists()


def test_info_of_a_movie_with_one_time_missing(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.h5-jpk"
    write_jpk_h5(Sample(frames=3, height=16, width=16, molecules=2).stack(), path)
    with h5py.File(path, "r+") as file:
        file["Measurement_000/meta-data/start-times"][1] = -1
    assert "time      not known of 1 frame" in playnano("info", str(path)).stdout
    assert json.loads(playnano("info", str(path), "--json").stdout)["time"]["unknown"] == 1


def test_a_recipe_is_not_saved_over_another_yaml(tmp_path: Path, playnano, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_sample(Path("a.asd"), Sample(frames=2, height=16, width=24, molecules=2))
    Path("notes.yaml").write_text("a: 1", encoding="utf-8")
    line = ("process", "a.asd", "--processing", "remove_plane", "--save-recipe", "notes.yaml", "--overwrite")
    refused = playnano(*line)
    assert refused.exit_code == 1
    assert "notes.yaml exists and is not a recipe, so it is not replaced" in refused.stderr
    assert Path("notes.yaml").read_text(encoding="utf-8") == "a: 1"


@pytest.mark.skipif(sys.platform == "win32", reason="names of Windows hold no such characters")
def test_a_name_with_a_line_end_is_one_line(tmp_path: Path, playnano, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "ev\nil\x1b[31m.asd"
    write_sample(Path("a.asd"), Sample(frames=2, height=16, width=24, molecules=2))
    Path(name).write_bytes(Path("a.asd").read_bytes())
    done = playnano("process", name, "a.asd", "--processing", "remove_plane", "--export", "npz")
    assert done.exit_code == 0, done.stderr
    Path(name).write_bytes(b"")
    refused = playnano("info", name)
    for text in (done.stdout, refused.stderr, playnano("process", name, "--export", "npz").stderr):
        assert r"ev\x0ail\x1b[31m" in text
        assert "ev\n" not in text
        assert "\x1b" not in text


def elsewhere(path: Path, values: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        file["values"] = values
    return path


def stored_elsewhere(file: h5py.File, name: str, values: np.ndarray, folder: Path) -> None:
    """A dataset whose bytes are in another file."""
    (folder / "bytes").write_bytes(values.tobytes())
    external = [(str(folder / "bytes"), 0, values.nbytes)]
    file.create_dataset(name, values.shape, values.dtype, external=external)


@pytest.mark.parametrize("kind", ["link", "storage"])
def test_masks_of_topostats_lie_in_the_file(tmp_path: Path, playnano, kind: str) -> None:
    path, mask = topostats(tmp_path / "a.topostats"), np.ones((2, 3), np.int32)
    with h5py.File(path, "r+") as file:
        if kind == "link":
            other = elsewhere(tmp_path / "other.h5", mask)
            file["grain_masks/above"] = h5py.ExternalLink(str(other), "values")
        else:
            stored_elsewhere(file, "grain_masks/above", mask, tmp_path)
    refused = playnano("info", str(path))
    assert refused.exit_code == 1
    assert "lies in another file" in refused.stderr


@pytest.mark.parametrize("kind", ["link", "storage"])
def test_times_of_jpk_movies_lie_in_the_file(tmp_path: Path, playnano, kind: str) -> None:
    path = tmp_path / "a.h5-jpk"
    write_jpk_h5(Sample(frames=3, height=16, width=16, molecules=2).stack(), path)
    with h5py.File(path, "r+") as file:
        name = "Measurement_000/meta-data/start-times"
        times = file[name][()]
        del file[name]
        if kind == "link":
            file[name] = h5py.ExternalLink(str(elsewhere(tmp_path / "other.h5", times)), "values")
        else:
            stored_elsewhere(file, name, times, tmp_path)
    refused = playnano("info", str(path))
    assert refused.exit_code == 1
    assert "lies in another file" in refused.stderr
