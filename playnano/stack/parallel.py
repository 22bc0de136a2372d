"""Frames in parallel, in order, in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from playnano.stack.frames import Images

TASK_BYTES = 2**20  # frames smaller than this share a task


def tasks(images: Images) -> Iterator[range]:
    """Frames in order, as many together as are worth a thread's while."""
    n, height, width = images.shape
    size = max(1, TASK_BYTES // max(1, height * width * images.dtype.itemsize))
    return (range(start, min(start + size, n)) for start in range(0, n, size))


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
