"""What is made once for each key, also where several threads want it at a time."""

from collections.abc import Callable, Hashable, MutableMapping
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class OncePerKey(Generic[K, T]):
    """Values by key, each made once: who wants the same one waits, who wants another one does not.

    Parameters
    ----------
    weak : bool
        Whether a value goes with its key, which it must not refer to; else it is kept.
    """

    def __init__(self, *, weak: bool = False) -> None:
        self._places: MutableMapping[K, _Place[T]] = WeakKeyDictionary() if weak else {}
        self._lock = Lock()

    def of(self, key: K, make: Callable[[], T]) -> T:
        """The value of a key. Where making it fails, the next who wants it makes it."""
        with self._lock:
            place = self._places.setdefault(key, _Place())
        with place.lock:
            if not place.made:
                place.made.append(make())
            return place.made[0]


class _Place(Generic[T]):
    """Where a value is made."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.made: list[T] = []
