"""Values that are made once for each key."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from playnano.stack.once import OncePerKey


class Key:
    """What can be referred to weakly."""


def test_who_wants_the_same_one_waits_and_who_wants_another_does_not() -> None:
    once: OncePerKey[str, object] = OncePerKey()
    begun, may_end = Event(), Event()

    def make() -> object:
        begun.set()
        assert may_end.wait(20)
        return object()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(once.of, "a", make)
        assert begun.wait(20)
        second = threads.submit(once.of, "a", object)
        assert once.of("b", lambda: "other") == "other"
        may_end.set()
        assert first.result(20) is second.result(20)


def test_what_could_not_be_made_is_made_by_the_next() -> None:
    once: OncePerKey[str, float] = OncePerKey()
    with pytest.raises(ZeroDivisionError):
        once.of("a", lambda: 1 / 0)
    assert once.of("a", lambda: 2.0) == once.of("a", lambda: 3.0) == 2.0


def test_a_value_goes_with_a_key_that_is_held_weakly() -> None:
    once: OncePerKey[Key, Key] = OncePerKey(weak=True)
    key = Key()
    value = weakref.ref(once.of(key, Key))
    assert once.of(key, Key) is value()
    del key
    gc.collect()
    assert value() is None
