"""Frames in parallel, in order, in bounded memory; and whole tasks side by side."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Event, Lock
from typing import Any, TypeVar

from playnano.errors import PlaynanoError
from playnano.stack.frames import Frames, Images

TASK_BYTES = 2**20  # frames smaller than this share a task: thousands of futures cost more than the work

LEAST_PIXELS = 2**17
"""Of a frame that is worth a thread of its own: by two, 256 x 256 takes 1.1 times as long, 512 x 512 0.7."""


def tasks(images: Images | Frames, most: int | None = None) -> Iterator[range]:
    """Frames in order, as many together as are worth a thread's while, at most `most`."""
    n, height, width = images.shape
    return batches(n, TASK_BYTES // max(1, height * width * images.dtype.itemsize), most)


def batches(count: int, size: int, most: int | None = None) -> Iterator[range]:
    """The numbers from 0 to `count` in runs of `size`, of one at least, of `most` at most."""
    size = max(1, size if most is None else min(size, most))
    return (range(start, min(start + size, count)) for start in range(0, count, size))


def threads_for(frames: Frames, threads: int) -> int:
    """As many threads as compute frames faster than one does: of small frames, one.

    What is computed on a small frame is done before another thread has woken up, and Python lets one thread
    at a time call it.
    """
    _, height, width = frames.shape
    return threads if height * width >= LEAST_PIXELS else 1


T = TypeVar("T")
R = TypeVar("R")

_stop: ContextVar[Event] = ContextVar("stop", default=Event())  # noqa: B039 - this one is never set


class StoppedError(PlaynanoError):
    """Raised in a task whose results nobody waits for any more."""


def side_by_side(
    work: Callable[[T], R],
    items: Sequence[T],
    at_once: int,
    waiting: Callable[[int], None] = lambda place: None,
) -> list[R]:
    """`map` by threads for tasks that take long; where one fails, or at an interrupt, the others end early.

    They end at their next frame: where they come to `ahead`. What is raised is the error of the first item
    that fails, in the order of the items.

    Parameters
    ----------
    waiting : callable
        Called with the place of the item whose result is waited for.
    """
    stop = Event()

    def stoppable(item: T) -> R:
        _stop.set(stop)  # each thread of the pool has a context of its own
        return work(item)

    def result(place: int, task: Future[R]) -> R:
        waiting(place)
        return task.result()

    with ThreadPoolExecutor(at_once) as pool:
        try:
            tasks = [pool.submit(stoppable, item) for item in items]
            return [result(place, task) for place, task in enumerate(tasks)]
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def ahead(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """`map` by threads, in order, only a few items ahead: memory does not grow with their number.

    Raises
    ------
    StoppedError
        Where it is part of a task of `side_by_side` that is to end.
    """
    for result in _ahead(work, items, threads):
        if _stop.get().is_set():
            raise StoppedError("stopped")
        yield result


def _ahead(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    if threads <= 1:
        yield from map(work, items)
        return
    pending: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) > threads:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _OneThread:
    """The limit of the BLAS libraries: the first holder sets it, the last restores what was there before.

    It is one for the whole process. Were each of several threads to set and restore it, one would end the
    limit of the others, and the last would leave it behind.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holders = 0
        self._limited: Any = None
        self._limits = ExitStack()

    def hold(self) -> None:
        with self._lock:
            libraries = _libraries(len(sys.modules))
            if libraries is not self._limited:  # the first holder, or modules were imported meanwhile
                self._limits.enter_context(libraries.limit(limits=1, user_api="blas"))
                self._limited = libraries
            self._holders += 1

    def release(self) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders:
                self._limited = None
                self._limits.close()


_one_thread = _OneThread()


@contextmanager
def one_thread_blas() -> Iterator[None]:
    """Frames are the unit of parallel work; a BLAS that splits one rounds by the number of cores."""
    _one_thread.hold()
    try:
        yield
    finally:
        _one_thread.release()


@lru_cache(maxsize=1)
def _libraries(modules: int) -> Any:
    """The libraries of this process; looked for again, at a millisecond, only where modules were imported."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
