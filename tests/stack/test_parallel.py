"""Frames in parallel: in order, in bounded memory, and with a BLAS that uses one thread."""

from contextlib import ExitStack
from itertools import count
from threading import Barrier, Event
from typing import Literal

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from playnano.stack import parallel
from playnano.stack.frames import Frame
from playnano.stack.parallel import (
    StoppedError,
    ahead,
    batches,
    one_thread_blas,
    side_by_side,
    threads_for,
)
from playnano.stack.spool import spool
from playnano.stack.stack import AFMImageStack
from playnano.steps import FrameStep


class CountBlasThreads(FrameStep):
    """Measure how many threads the BLAS may use while a frame is computed."""

    step: Literal["count_blas_threads"] = "count_blas_threads"

    def process(self, frame: Frame) -> Frame:
        threads = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        assert threads
        return frame.with_image(frame.image, blas_threads=max(threads))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_blas_has_one_thread_while_frames_are_computed(threads: int, movie: AFMImageStack) -> None:
    (record,) = spool(movie.apply(CountBlasThreads()), threads=threads).provenance.steps
    assert record.measured == {"blas_threads": [1] * len(movie)}


def test_results_are_in_order_and_only_a_few_ahead() -> None:
    taken: list[int] = []
    items = (taken.append(number) or number for number in range(100))
    results = ahead(lambda number: number * number, items, threads=3)
    assert next(results) == 0
    assert len(taken) <= 5
    assert list(results) == [number * number for number in range(1, 100)]


@pytest.mark.parametrize(
    ("count", "size", "most", "sizes"),
    [(5, 2, None, [2, 2, 1]), (3, 0, None, [1, 1, 1]), (9, 100, 4, [4, 4, 1]), (0, 3, None, [])],
)
def test_batches(count: int, size: int, most: int | None, sizes: list[int]) -> None:
    runs = list(batches(count, size, most))
    assert [len(run) for run in runs] == sizes
    assert [number for run in runs for number in run] == list(range(count))


def test_tasks_side_by_side_give_their_results_in_order() -> None:
    both = Barrier(2, timeout=10)
    waited: list[int] = []

    def square(number: int) -> int:
        both.wait()  # two run at the same time, or this raises
        return number * number

    assert side_by_side(square, [3, 1, 2, 5], 2, waited.append) == [9, 1, 4, 25]
    assert waited == [0, 1, 2, 3]


def test_where_one_task_fails_the_others_end_at_their_next_item() -> None:
    begun, ended = Event(), []

    def work(name: str) -> None:
        if name == "broken":
            begun.wait(10)
            raise ValueError(name)
        try:
            for _ in ahead(lambda number: number, count(), threads=1):  # would go on for ever
                begun.set()
        except StoppedError:
            ended.append(name)
            raise

    with pytest.raises(ValueError, match="broken"):
        side_by_side(work, ["broken", "endless", "never begun"], 2)
    assert "endless" in ended
    assert list(ahead(lambda number: number, range(3), threads=1)) == [0, 1, 2]


def test_an_interrupt_ends_tasks_side_by_side() -> None:
    def interrupted(place: int) -> None:
        raise KeyboardInterrupt

    def endless(name: str) -> None:
        for _ in ahead(lambda number: number, count(), threads=2):
            pass

    with pytest.raises(KeyboardInterrupt):
        side_by_side(endless, ["one", "another"], 2, interrupted)


def blas_threads() -> int:
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def test_work_that_overlaps_keeps_one_blas_thread_and_leaves_as_many_as_there_were() -> None:
    first, second, seen = ExitStack(), ExitStack(), []
    with threadpool_limits(2, user_api="blas"):
        first.enter_context(one_thread_blas())
        second.enter_context(one_thread_blas())
        for ended in (first, second):
            seen.append(blas_threads())
            ended.close()
        seen.append(blas_threads())
    assert seen == [1, 1, 2]


@pytest.mark.parametrize(("side", "threads"), [(256, 1), (512, 4)])
def test_small_frames_are_computed_by_one_thread(
    side: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "LEAST_PIXELS", 2**17)
    assert threads_for(AFMImageStack.from_array(np.zeros((1, side, side), np.float32)).frames, 4) == threads
