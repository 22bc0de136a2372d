"""Trace and retrace as one movie: the shift between them, the three ways, and what is said of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from playnano import load, read_recipe
from playnano.errors import ReadError
from playnano.io.export_data import save_npz_bundle
from playnano.kernels.line_shift import shift_of, shifted
from playnano.readers.trace_retrace import combined
from playnano.runner.running import run_movie
from playnano.runner.verify import verify
from playnano.sample.files import write_jpk_h5
from playnano.sample.movie import Sample
from playnano.stack.stack import AFMImageStack

SAMPLE = Sample(frames=4, height=40, width=64, molecules=4)
SHIFT = 2.4
PAIR = ("height_trace", "height_retrace")
FINE = 10


def two(rng: np.random.Generator, shift: float, size: float, noise: float, width: int = 128) -> list[Any]:
    """Two looks at one scene whose features are `size` px wide, the second moved by tenths of a pixel."""
    scene = gaussian_filter(rng.normal(size=(48, (width + 80) * FINE)), (size, size * FINE))
    scene *= 1 / scene.std()
    starts = (40 * FINE, 40 * FINE - round(shift * FINE))
    looks = [scene[:, start : start + width * FINE : FINE] for start in starts]
    return [look + rng.normal(scale=noise, size=look.shape) for look in looks]


def tilted(image: Any, tilt: float, offset: float) -> Any:
    lines = np.random.default_rng(int(offset)).normal(size=(len(image), 1))
    return image + tilt * np.arange(image.shape[1]) + offset + 3 * lines


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("shift", [-11.7, -3.0, -0.5, 0.0, 0.2, 1.5, 8.3])
def test_a_shift_is_found_within_a_tenth_of_a_pixel(size: float, shift: float) -> None:
    rng = np.random.default_rng([int(size), round(200 + 10 * shift)])
    trace, retrace = two(rng, shift, size, noise=0.2)
    found = shift_of(tilted(trace, 0.5, 3), tilted(retrace, 0.45, 11))
    assert found == pytest.approx(shift, abs=0.1)


def test_a_shift_is_found_without_pixels_that_are_nan() -> None:
    rng = np.random.default_rng(4)
    trace, retrace = two(rng, 3.3, 2, noise=0.1)
    trace[rng.random(trace.shape) < 0.1] = np.nan
    retrace[5:9] = np.nan
    assert shift_of(trace, retrace) == pytest.approx(3.3, abs=0.1)


def test_no_shift_is_found_where_there_is_none_to_see() -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(2, 40, 64))
    flat, unknown = np.zeros((40, 64)), np.full((40, 64), np.nan)
    for trace, retrace in (noise, (flat, flat), (unknown, noise[0]), noise[:, :, :9], noise[:, :, :1]):
        assert shift_of(trace, retrace) is None


def test_whole_shifts_move_pixels_as_they_are() -> None:
    image = np.arange(10.0).reshape(2, 5) ** 2
    image[0, 3] = np.nan
    np.testing.assert_array_equal(shifted(image, 0), image)
    np.testing.assert_array_equal(shifted(image, 2)[:, :3], image[:, 2:])
    assert np.isnan(shifted(image, 2)[:, 3:]).all()
    np.testing.assert_array_equal(shifted(image, -1)[:, 1:], image[:, :4])
    assert np.isnan(shifted(image, -1)[:, 0]).all()
    for far in (5, -5, 7.5, -7.5):
        assert np.isnan(shifted(image, far)).all()


@pytest.mark.parametrize("shift", [0.25, 1.7, -0.5, -2.9])
def test_between_pixels(shift: float) -> None:
    x = np.arange(60.0)
    image = np.array([0.3 * x - 4, np.sin(x / 6)])
    moved = shifted(image, shift)
    there = (x + shift >= 0) & (x + shift <= x[-1])
    np.testing.assert_array_equal(np.isfinite(moved), np.tile(there, (2, 1)))
    np.testing.assert_allclose(moved[0, there], 0.3 * (x + shift)[there] - 4, atol=1e-12)
    np.testing.assert_allclose(moved[1, there], np.sin((x + shift) / 6)[there], atol=3e-3)


def retrace_of(image: Any) -> Any:
    """What the sample's retrace would show: all of it SHIFT px further to the right."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]].astype(float)
    return map_coordinates(image, [rows, columns - SHIFT], order=3, mode="nearest")


def add_retrace(path: Path, edit: Callable[[h5py.Group], Any] = lambda channel: None) -> Path:
    with h5py.File(path, "r+") as file:
        measurement = file["Measurement_000"]
        measurement.copy("Channel_000", "Channel_001")
        channel = measurement["Channel_001"]
        channel.attrs["retrace"] = np.bytes_(b"true")
        height, width = SAMPLE.stack().shape[1:]
        for index in range(channel["Height"].shape[1]):
            stored = channel["Height"][:, index].reshape(height, width)
            channel["Height"][:, index] = np.rint(retrace_of(stored.astype(float))).ravel()
        edit(channel)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie whose retrace lies 2.4 px to the right of its trace."""
    path = tmp_path_factory.mktemp("combining") / "both.h5-jpk"
    write_jpk_h5(SAMPLE.stack(), path)
    return add_retrace(path)


def test_the_mean(path: Path) -> None:
    trace, mean = load(path), load(path, PAIR, combine="mean")
    assert (mean.channel, mean.unit) == ("height_trace + height_retrace", "nm")
    assert mean.shape == trace.shape
    assert mean.dtype == mean[0].dtype == np.float32
    shift = mean.frame_metadata[0]["retrace_shift_px"]
    assert shift == pytest.approx(SHIFT, abs=0.05)
    assert mean.header["retrace_shift_px"] == shift
    assert mean.frame_metadata == tuple(
        {**frame, "retrace_shift_px": shift} for frame in trace.frame_metadata
    )
    aligned = shifted(load(path, "height_retrace")[2], shift)
    np.testing.assert_allclose(mean[2], (trace[2] + aligned) / 2, rtol=1e-6)
    known = np.isfinite(mean.data)
    assert known[:, :, :-3].all()
    assert not known[:, :, -2:].any()
    inner = np.s_[:, :, 3:-4]
    assert np.abs(mean.data[inner] - trace.data[inner]).max() < 0.3 * np.ptp(trace.data)
    apart = load(path, "height_retrace").data[inner] - trace.data[inner]
    assert np.std(mean.data[inner] - trace.data[inner]) < 0.25 * np.std(apart)


def test_the_difference(path: Path) -> None:
    trace, difference = load(path), load(path, PAIR, combine="difference")
    shift = difference.header["retrace_shift_px"]
    assert difference.channel == "height_trace - height_retrace"
    want = trace[1].astype(float) - shifted(load(path, "height_retrace")[1], shift)
    np.testing.assert_allclose(difference[1], want, atol=1e-5)


def test_both_in_turn(path: Path) -> None:
    trace, both = load(path), load(path, PAIR, combine="interleave")
    assert both.channel == "height_trace, height_retrace"
    assert both.shape == (2 * len(trace), *trace.shape[1:])
    np.testing.assert_array_equal(both[4], trace[2])
    np.testing.assert_array_equal(both[-2], trace[-1])
    aligned = shifted(load(path, "height_retrace")[2], both.header["retrace_shift_px"])
    np.testing.assert_array_equal(both[5], aligned.astype(np.float32))
    assert [frame["channel"] for frame in both.frame_metadata[:3]] == ["height_trace", *reversed(PAIR)]
    half_a_line = 0.5 / trace.frame_metadata[0]["line_rate"]
    np.testing.assert_allclose(both.timestamps[::2], trace.timestamps)
    np.testing.assert_allclose(both.timestamps[1::2], trace.timestamps + half_a_line)
    assert (np.diff(both.timestamps) > 0).all()
    with pytest.raises(IndexError):
        both.frames[8]


@pytest.mark.parametrize(
    ("times", "line_rate", "delays"),
    [
        ([0, 1, 3], None, [0.05, 0.1, 0.075]),
        ([0, 1, 3], 5.0, [0.1, 0.1, 0.1]),
        ([0, 1, 3], 0.1, [0.5, 1.0, 0.75]),
        ([0, 0, 0], None, [None] * 3),
        (None, None, [None] * 3),
    ],
)
def test_times_of_a_retrace(times: Any, line_rate: Any, delays: list[float | None]) -> None:
    stacks = [AFMImageStack.from_array(np.zeros((3, 10, 8)), timestamps=times, channel=name) for name in "tr"]
    for frame in stacks[0].frame_metadata:
        frame["line_rate"] = line_rate  # type: ignore[index]
    both = combined(*stacks, "interleave")
    found = [frame["timestamp"] for frame in both.frame_metadata[1::2]]
    want = [
        None if delay is None else time + delay for time, delay in zip(times or delays, delays, strict=True)
    ]
    assert found == (pytest.approx(want) if None not in want else want)


def test_nan_stays_nan() -> None:
    rng = np.random.default_rng(7)
    looks = [two(rng, 0.5, 2, 0.1, width=64) for _ in range(3)]
    trace, retrace = (np.array(images) for images in zip(*looks, strict=True))
    trace[1, 4, 5], retrace[1, 9, 20] = np.nan, np.nan
    stacks = [AFMImageStack.from_array(data, channel=name) for data, name in ((trace, "t"), (retrace, "r"))]
    for combination in ("mean", "difference"):
        unknown = np.isnan(combined(*stacks, combination)[1])  # type: ignore[arg-type]
        assert unknown[4, 5]
        assert unknown[9, 18:21].any()
        assert unknown[:, :-1].sum() < 8


def test_frames_are_the_same_in_any_order_and_thread(path: Path) -> None:
    mean = load(path, PAIR, combine="mean")
    again = load(path, list(PAIR), combine="mean")
    with ThreadPoolExecutor(4) as threads:
        images = list(threads.map(lambda index: again[index % 4], reversed(range(24))))
    for index, image in zip(reversed(range(24)), images, strict=True):
        np.testing.assert_array_equal(image, mean[index % 4])


def test_where_no_shift_is_seen_they_are_combined_as_they_lie() -> None:
    rng = np.random.default_rng(3)
    data = rng.normal(size=(2, 3, 20, 32))
    stacks = [AFMImageStack.from_array(part, channel=name) for part, name in zip(data, "tr", strict=True)]
    mean = combined(*stacks, "mean")
    np.testing.assert_array_equal(mean.data, data.mean(axis=0))
    assert mean.warnings == (
        "no shift between trace and retrace could be found: they are combined as they lie",
    )


def test_the_users_words_come_first(path: Path) -> None:
    both = load(path, PAIR, combine="interleave", frame_interval_s=10.0, pixel_size_nm=3.0)
    assert both.timestamps[::2].tolist() == [0, 10, 20, 30]
    assert (np.diff(both.timestamps) > 0).all()
    assert both.pixel_size_nm == both.frame_metadata[1]["frame_pixel_size_nm"] == 3.0


def test_provenance_names_both(path: Path) -> None:
    source = load(path, PAIR, combine="mean").provenance.input
    assert source is not None
    assert source.channel == "height_trace + height_retrace"
    assert source.overrides == {"channel": list(PAIR), "combine": "mean"}
    alone = load(path, "height_trace").provenance.input
    assert alone is not None
    assert (alone.channel, alone.overrides) == ("height_trace", {})


REFUSED: dict[str, tuple[Any, str | None, str]] = {
    "no combination": (
        PAIR,
        None,
        r"two channels, .* go with a combination \(mean, difference, interleave\)",
    ),
    "one channel": ("height_trace", "mean", "two channels, .* go with a combination"),
    "no channel": (None, "mean", "two channels, .* go with a combination"),
    "three": ((*PAIR, "x"), "mean", "channel: list should have at most 2 items"),
    "unknown": (PAIR, "median", "combine: input should be 'mean', 'difference' or 'interleave'"),
    "twice": (("height_trace", "Height_Trace"), "mean", "'height_trace' is named twice"),
    "not there": (("height_trace", "phase"), "mean", "both.h5-jpk: there is no channel 'phase'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(path: Path, name: str) -> None:
    channel, combine, message = REFUSED[name]
    with pytest.raises(ReadError, match=message):
        load(path, channel, combine=combine)


def test_channels_that_do_not_fit(tmp_path: Path) -> None:
    def in_volts(channel: h5py.Group) -> None:
        channel.attrs["net-encoder.scaling.unit.unit"] = np.bytes_(b"V")

    path = tmp_path / "units.h5-jpk"
    write_jpk_h5(SAMPLE.stack(), path)
    with pytest.raises(
        ReadError, match="'height_trace' and 'height_retrace' cannot be combined: their units"
    ):
        load(add_retrace(path, in_volts), PAIR, combine="mean")
    stacks = [AFMImageStack.from_array(np.zeros((n, 4, 8)), channel=str(n)) for n in (2, 3)]
    with pytest.raises(ReadError, match="they have 2 frames of 4 x 8 and 3 frames of 4 x 8 pixels"):
        combined(*stacks, "mean")


@pytest.mark.parametrize("combine", ["mean", "difference", "interleave"])
def test_a_run_can_be_verified(path: Path, tmp_path: Path, combine: str) -> None:
    recipe = read_recipe(
        f"version: 1\ninput: {{channel: [height_trace, height_retrace], combine: {combine}}}\n"
        f"steps: [{{step: remove_plane}}]\n"
        f"exports: [{{format: h5}}]\noutput: {{folder: '{tmp_path.as_posix()}'}}\n"
    )
    done = run_movie(recipe, path, threads=2)
    assert verify(done.outputs[0], path, threads=1).reproduced
    made = load(done.outputs[0])
    assert made.frame_metadata[0]["retrace_shift_px"] == pytest.approx(SHIFT, abs=0.05)
    assert made.provenance.history[-1].recipe["input"]["channel"] == list(PAIR)


def test_a_notebooks_recipe_says_it_too(path: Path, tmp_path: Path) -> None:
    stack = load(path, PAIR, combine="mean").apply("remove_plane")
    save_npz_bundle(tmp_path / "made.npz", stack)
    assert verify(tmp_path / "made.npz", path).reproduced


@pytest.mark.parametrize("kind", ["height", "phase"])
def test_a_real_movie(data_folder: Path, kind: str) -> None:
    real = data_folder / "h5-jpk" / "sample_0.h5-jpk"
    pair = (f"{kind}_trace", f"{kind}_retrace")
    difference = load(real, pair, combine="difference")
    assert difference.header["retrace_shift_px"] == pytest.approx(-2.25, abs=0.15)
    apart = load(real, pair[0]).data - load(real, pair[1]).data
    assert np.nanstd(difference.data) < np.std(apart)
