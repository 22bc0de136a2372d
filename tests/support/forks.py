"""Work in processes of its own, which may hang, end the interpreter or be refused memory.

They are forked from one that has imported what they use, once, so each costs some milliseconds.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

AVAILABLE = "forkserver" in multiprocessing.get_all_start_methods()
IMPORTED = [
    *("h5py", "scipy.ndimage", "tifffile", "pydantic", "typer", "yaml", "uvicorn", "starlette.applications"),
    *("playnano.cli.app", "playnano.readers.formats.bundles.npz"),
]


class Stopped(Exception):
    """A child that gave no answer: it hung, or ended with a code."""


def context() -> ForkServerContext:
    """Whose processes are forked from the one that has imported them."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(IMPORTED)
    return made


@contextmanager
def forked(work: Callable[..., None], *arguments: Any) -> Iterator[Connection]:
    """A child that calls `work(connection, *arguments)`; what it sends comes out of the connection."""
    ours, theirs = context().Pipe()
    child = context().Process(target=work, args=(theirs, *arguments), daemon=True)
    child.start()
    theirs.close()
    try:
        yield ours
    finally:
        child.kill()
        child.join()
        ours.close()


def answer(connection: Connection, longest_s: float) -> Any:
    """The next thing that a child sends.

    Raises
    ------
    Stopped
        Where it sends nothing for that long, or has ended.
    """
    if not connection.poll(longest_s):
        raise Stopped(f"no answer within {longest_s:g} s")
    try:
        return connection.recv()
    except EOFError as error:
        raise Stopped("the child has ended") from error


def limit_memory(most: int) -> None:
    """Let this process have no more than some bytes of address space, where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
