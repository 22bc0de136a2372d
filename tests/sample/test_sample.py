"""The synthetic movie: its truth is what is in it, and its files are read back by the readers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playnano.errors import ExportError, PlaynanoError
from playnano.readers.opening import load
from playnano.sample.files import write_asd, write_sample
from playnano.sample.movie import Sample

SMALL = Sample(frames=6, height=64, width=96, molecules=4)


def test_default_is_large_enough_to_look_at() -> None:
    sample = Sample()
    assert sample.frames == 60
    assert sample.width * sample.pixel_size_nm >= 400
    assert sample.stack().shape == (60, 128, 128)


def test_equal_fields_give_equal_movies() -> None:
    again = Sample(frames=6, height=64, width=96, molecules=4)
    np.testing.assert_array_equal(SMALL.stack().data, again.stack().data)
    assert SMALL.truth() == again.truth()
    assert (SMALL.stack()[3] != Sample(frames=6, height=64, width=96, molecules=4, seed=8).stack()[3]).any()


def test_frames_do_not_depend_on_the_order_they_are_asked_for_in() -> None:
    backwards = [SMALL.stack()[index] for index in (5, 2, 0)]
    stack = Sample(frames=6, height=64, width=96, molecules=4).stack()
    for index, image in zip((5, 2, 0), backwards, strict=True):
        np.testing.assert_array_equal(stack[index], image)


def test_the_layers_add_up() -> None:
    quiet = Sample(frames=3, height=64, width=96, molecules=4, line_noise_nm=0, pixel_noise_nm=0)
    np.testing.assert_allclose(quiet.image(2), quiet.surface(2) + quiet.background(), atol=1e-6)
    noise = SMALL.image(2) - SMALL.surface(2) - SMALL.background()
    assert np.median(np.ptp(noise, axis=1)) < 8 * SMALL.pixel_noise_nm
    assert noise.mean(axis=1).std() == pytest.approx(SMALL.line_noise_nm, rel=0.3)


def test_background_is_the_stated_tilt() -> None:
    background = Sample(bow_nm=0).background()
    y, x = Sample().tilt_nm
    assert background[-1, 0] - background[0, 0] == pytest.approx(y)
    assert background[0, -1] - background[0, 0] == pytest.approx(x)
    assert background.mean() == pytest.approx(0, abs=1e-12)
    bowed = Sample(tilt_nm=(0, 0)).background()
    assert bowed[0, 0] - bowed[64, 64] == pytest.approx(Sample().bow_nm, rel=1e-3)


@pytest.mark.parametrize("index", [0, 30, 59])
def test_molecules_are_where_the_truth_says(index: int) -> None:
    sample = Sample()
    surface = sample.surface(index)
    for (y, x), kind in zip(sample.positions()[index], sample.kinds(), strict=True):
        if 8 < y < 120 and 8 < x < 120:
            around = surface[round(y) - 7 : round(y) + 8, round(x) - 7 : round(x) + 8]
            assert around.max() == pytest.approx(kind.height_nm, rel=0.2)
            centre = surface[round(y), round(x)]
            assert (centre < 0.6 * kind.height_nm) if kind.is_ring else (centre > 0.8 * kind.height_nm)
    assert all(3 <= kind.height_nm <= 5 for kind in sample.kinds())


def test_the_motor_walks_along_the_filament() -> None:
    sample = Sample(drift_nm=0)
    walked = np.hypot(*(sample.walker() - sample.walker()[0]).T) * sample.pixel_size_nm
    steps = np.diff(walked)
    assert (steps > -1e-9).all()
    np.testing.assert_allclose(np.unique(steps.round(6)), [0, 36])
    for y, x in sample.heads()[25]:
        assert sample.surface(25)[round(y), round(x)] > 4


def test_drift_moves_the_whole_surface() -> None:
    """Rough mica, that all of the correlation comes from, is found to be moved by the stated drift."""
    sample = Sample(frames=9, molecules=0, roughness_nm=5)
    moved = sample.drift()[-1]
    assert np.hypot(*moved) * sample.pixel_size_nm == pytest.approx(40, rel=0.2)
    first, last = (np.fft.fft2(sample.clean_stack()[index][4:60, 8:120]) for index in (0, -1))
    correlation = np.fft.ifft2(last * first.conj()).real
    peak = np.unravel_index(correlation.argmax(), correlation.shape)
    assert peak == pytest.approx(tuple(moved), abs=0.5)


def test_drift_starts_at_nothing() -> None:
    assert (Sample().drift()[0] == 0).all()
    assert (Sample(drift_nm=0).drift() == 0).all()


def test_times() -> None:
    np.testing.assert_array_equal(SMALL.times_s(), np.arange(6) * 0.5)
    late = Sample(time_jitter_s=0.2).times_s()
    assert late[0] == 0
    assert (np.diff(late) > 0).all()
    assert np.diff(late).std() > 0.05


def test_metadata() -> None:
    stack = SMALL.stack()
    assert (stack.unit, stack.channel, stack.pixel_size_nm) == ("nm", "height_trace", 4.0)
    np.testing.assert_array_equal(stack.timestamps, SMALL.times_s())
    assert stack.dtype == stack[0].dtype == np.float32


@pytest.mark.parametrize("sample", [Sample(frames=1, height=5, width=7), Sample(frames=2, molecules=0)])
def test_odd_sizes(sample: Sample) -> None:
    assert np.isfinite(sample.stack().data).all()


def test_senseless_fields_are_refused() -> None:
    with pytest.raises(PlaynanoError, match="are greater than 0"):
        Sample(frames=0)


@pytest.mark.parametrize("suffix", [".h5-jpk", ".asd", ".npz", ".h5"])
def test_files_are_read_back(tmp_path: Path, suffix: str) -> None:
    movie, truth = write_sample(tmp_path / f"demo{suffix}", SMALL)
    stack = load(movie)
    level = 2.04 * np.abs(SMALL.stack().data).max() / 4096 if suffix == ".asd" else 1e-6
    np.testing.assert_allclose(stack.data, SMALL.stack().data, atol=0.51 * level + 1e-7)
    assert stack.pixel_size_nm == pytest.approx(4.0)
    np.testing.assert_allclose(stack.timestamps, SMALL.times_s(), atol=1e-6)
    assert json.loads(truth.read_text(encoding="utf-8")) == json.loads(json.dumps(SMALL.truth()))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"demo{suffix}", f"demo{suffix}.truth.json"]


def test_instrument_files_are_equal_byte_for_byte(tmp_path: Path) -> None:
    for name in ("a.asd", "b.asd"):
        write_sample(tmp_path / name, SMALL)
    assert (tmp_path / "a.asd").read_bytes() == (tmp_path / "b.asd").read_bytes()


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "demo.asd"
    path.write_bytes(b"precious")
    with pytest.raises(ExportError) as caught:
        write_sample(path, SMALL)
    assert str(caught.value) == f"{path} exists; set `overwrite` to replace it"
    assert path.read_bytes() == b"precious"
    assert [file.name for file in tmp_path.iterdir()] == ["demo.asd"]
    with pytest.raises(ExportError, match="is not a sample"):
        write_sample(path, SMALL, overwrite=True)
    assert path.read_bytes() == b"precious"
    path.unlink()
    for _ in range(2):
        write_sample(path, SMALL, overwrite=True)
    assert load(path).shape == (6, 64, 96)


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"whole nanometres, and the scan is 124\.8 nm wide"):
        write_sample(tmp_path / "demo.asd", Sample(frames=1, height=64, width=96, pixel_size_nm=1.3))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["demo.gif", "demo"])
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(ExportError) as caught:
        write_sample(path, SMALL)
    suffix = path.suffix
    assert (
        str(caught.value) == f"{path}: a sample can be written as .h5-jpk, .asd, .npz, .h5, not as '{suffix}'"
    )


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    movie, truth = write_sample(tmp_path / "new" / "demo.npz", Sample(frames=2))
    assert movie.exists()
    assert truth.exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "demo.npz"
    with pytest.raises(ExportError, match=r"demo\.npz: cannot be written"):
        write_sample(path, Sample(frames=2))


def test_an_instrument_file_needs_the_pixel_size(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="needs the pixel size"):
        write_asd(replace(SMALL.stack(), pixel_size_nm=None), tmp_path / "demo.asd")
