"""The z-range: percentiles equal to numpy's, and what happens where there is nothing to take them of."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import playnano
from playnano.errors import PlaynanoError
from playnano.exporters import EXPORTS
from playnano.kernels.percentiles import leading, order_statistics, percentiles
from playnano.quality import judged
from playnano.rendering.zrange import frame_range, movie_range
from playnano.stack.lazy import ReadFrames
from playnano.stack.scratch import StoredFrames, StoredImages
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack


def parts_of(kind):
    bits = np.dtype(kind).itemsize * 8
    numbers = st.floats(width=bits, allow_nan=False, allow_infinity=False)
    return st.lists(arrays(kind, st.integers(1, 40), elements=numbers), min_size=1, max_size=4)


PARTS = st.sampled_from([np.float32, np.float64]).flatmap(parts_of)


def summing(parts):
    return lambda count: sum(count(part) for part in parts)


@settings(max_examples=60, deadline=None)
@given(PARTS, st.data())
def test_order_statistics_are_those_of_a_sort(parts, data):
    everything = np.sort(np.concatenate(parts))
    rank = data.draw(st.integers(0, len(everything) - 1))
    found = order_statistics([rank], summing(parts)(leading), summing(parts), everything.dtype)
    assert found[rank] == everything[rank]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e9])
def test_percentiles_are_numpys(kind, scale):
    rng = np.random.default_rng(2)
    parts = [(rng.normal(size=n) * scale).astype(kind) for n in (1000, 1, 37)]
    percents = (0, 1, 12.5, 50, 99, 100)
    expected = np.percentile(np.concatenate(parts).astype(float), percents)
    assert percentiles(percents, summing(parts)(leading), summing(parts), np.dtype(kind)) == tuple(expected)


def test_percentiles_among_many_equal_numbers():
    values = np.repeat(np.array([-1, -0.0, 0, 0, 2], np.float32), 77)
    expected = np.percentile(values.astype(float), [1, 60, 99])
    assert percentiles((1, 60, 99), leading(values), lambda count: count(values), values.dtype) == tuple(
        expected
    )


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    data = rng.normal(size=(9, 20, 30)).astype(np.float32)
    data[2] = 1000.0  # blank
    data[5] = np.nan  # nothing at all
    data[7, 3:] = np.nan
    data[8, 0, 0] = np.inf
    return data


def test_partial_and_blank_frames_and_nan_are_left_out(data):
    found = movie_range(AFMImageStack.from_array(data), "auto", "auto")
    heights = data[[0, 1, 3, 4, 6, 8]]
    expected = np.percentile(heights[np.isfinite(heights)].astype(float), [1, 99])
    assert (found.zmin, found.zmax) == tuple(expected)
    assert found.left_out == (2, 5, 7)


def test_the_number_of_threads_and_batches_does_not_matter(data, monkeypatch):
    stack = AFMImageStack.from_array(data)
    once = movie_range(stack, "auto", "auto")
    monkeypatch.setattr("playnano.rendering.zrange._BATCH_PIXELS", 1300)
    assert movie_range(stack, "auto", "auto", threads=3) == once


def test_pictures_of_one_computed_movie_look_at_it_once(data, monkeypatch):
    stack = judged(spool(AFMImageStack.from_array(data)))
    assert isinstance(stack.frames, StoredFrames)
    reads = []
    read = StoredImages.__getitem__
    monkeypatch.setattr(StoredImages, "__getitem__", lambda self, at: reads.append(at) or read(self, at))
    whole = movie_range(stack, "auto", "auto")
    looked = len(reads)
    assert looked
    assert movie_range(stack, "auto", "auto") == whole
    assert movie_range(stack, "auto", 7.5).zmin == whole.zmin
    assert len(reads) == looked
    narrow = movie_range(stack, "auto", "auto", percents=(25.0, 75.0))
    assert whole.zmin < narrow.zmin < narrow.zmax < whole.zmax
    assert len(reads) > looked


@pytest.mark.parametrize("ending", ["h5", "npz", "ome.zarr", "ome.tif"])
def test_a_result_that_was_read_has_a_range(data, tmp_path, ending):
    path = tmp_path / f"movie.{ending}"
    stack = AFMImageStack.from_array(data, channel="height", pixel_size_nm=1.0, timestamps=range(len(data)))
    EXPORTS.make({"ome.zarr": "ome-zarr", "ome.tif": "tif"}.get(ending, ending), {}).write(stack, path)
    expected = movie_range(stack, "auto", "auto")
    assert movie_range(playnano.load(path), "auto", "auto") == expected


def test_an_array_that_was_changed_is_looked_at_again(data):
    stack = AFMImageStack.from_array(data)
    before = movie_range(stack, "auto", "auto")
    data[[0, 1, 3, 4, 6]] *= 2
    assert movie_range(stack, "auto", "auto").zmax > before.zmax


def test_a_frame_that_its_reader_calls_blank_is_blank(data):
    stack = AFMImageStack.from_array(data)
    metadata = tuple({**frame, "blank": index == 0} for index, frame in enumerate(stack.frame_metadata))
    flagged = AFMImageStack(stack.frames, "height", "nm", frame_metadata=metadata)
    assert movie_range(flagged, "auto", "auto").left_out == (0, 2, 5, 7)


@pytest.mark.parametrize(("zmin", "zmax"), [(1.0, "auto"), ("auto", 0.5), (-3.0, 8.0)])
def test_what_is_given_holds(data, zmin, zmax):
    auto = movie_range(AFMImageStack.from_array(data), "auto", "auto")
    found = movie_range(AFMImageStack.from_array(data), zmin, zmax)
    assert found.zmin == (auto.zmin if zmin == "auto" else zmin)
    assert found.zmax == (auto.zmax if zmax == "auto" else zmax)


@pytest.mark.parametrize(("zmin", "zmax", "missing"), [(50.0, "auto", "zmax"), ("auto", -50.0, "zmin")])
def test_a_bound_beyond_the_heights_asks_for_the_other(data, zmin, zmax, missing):
    with pytest.raises(PlaynanoError, match=f"give {missing} too"):
        movie_range(AFMImageStack.from_array(data), zmin, zmax)


def test_constant_heights_get_a_unit_around_them():
    found = movie_range(AFMImageStack.from_array(np.full((3, 4, 5), 7.0)), "auto", "auto")
    assert (found.zmin, found.zmax, found.left_out) == (6.5, 7.5, (0, 1, 2))


def test_blank_frames_alone_are_compared_with_one_another():
    found = movie_range(AFMImageStack.from_array(np.ones((2, 4, 5)) * [[[1.0]], [[4.0]]]), "auto", "auto")
    assert (found.zmin, found.zmax) == (1.0, 4.0)


def test_few_features_on_a_flat_ground_are_seen():
    data = np.zeros((2, 50, 50), np.float32)
    data[:, 3, 3] = 5
    found = movie_range(AFMImageStack.from_array(data), "auto", "auto")
    assert (found.zmin, found.zmax) == (0.0, 5.0)


def test_nothing_but_nan_is_refused():
    with pytest.raises(PlaynanoError, match="every pixel of the movie is NaN"):
        movie_range(AFMImageStack.from_array(np.full((2, 4, 5), np.nan)), "auto", "auto")


def test_a_frame_by_itself(data):
    found = frame_range(data[0], "auto", "auto")
    assert (found.zmin, found.zmax) == tuple(np.percentile(data[0].astype(float), [1, 99]))
    assert frame_range(data[5], "auto", "auto").zmin < frame_range(data[5], "auto", "auto").zmax


def test_memory_does_not_grow_with_the_movie():
    def peak(frames):
        rng = np.random.default_rng(0)
        image = rng.normal(size=(64, 64)).astype(np.float32)
        stack = AFMImageStack(ReadFrames(lambda index: image + index, (frames, 64, 64)), "height", "nm")
        tracemalloc.start()
        movie_range(stack, "auto", "auto", threads=1)
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    assert peak(450) < 1.3 * peak(150)
