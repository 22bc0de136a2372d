"""Frames in parallel, in order, in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from playnano.stack.frames import Frames, Images

TASK_BYTES = 2**20  # frames smaller than this share a task: thousands of futures cost more than the work


def tasks(images: Images | Frames, most: int | None = None) -> Iterator[range]:
    """Frames in order, as many together as are worth a thread's while, at most `most`."""
    n, height, width = images.shape
    return batches(n, TASK_BYTES // max(1, height * width * images.dtype.itemsize), most)


def batches(count: int, size: int, most: int | None = None) -> Iterator[range]:
    """The numbers from 0 to `count` in runs of `size`, of one at least, of `most` at most."""
    size = max(1, size if most is None else min(size, most))
    return (range(start, min(start + size, count)) for start in range(0, count, size))


T = TypeVar("T")


R = TypeVar("R")


def ahead(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """`map` by threads, in order, only a few items ahead: memory does not grow with their number."""
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


def one_thread_blas() -> Any:
    """Frames are the unit of parallel work; a BLAS that splits one rounds by the number of cores."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")
