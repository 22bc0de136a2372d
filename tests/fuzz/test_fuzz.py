"""A short run of the fuzzer for each reader, `make fuzz` being the long one; and that it notices faults."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import forks
import numpy as np
import pytest
from damages import DAMAGES, Promise, damaged, name_of
from fuzz import fuzzed
from judging import Contents, verdict
from specimens import specimens

import playnano
from playnano.readers import READERS

pytestmark = pytest.mark.skipif(not forks.AVAILABLE, reason="children are forked")
COPIES = 100


@pytest.fixture(scope="module")
def to_damage(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return specimens(tmp_path_factory.mktemp("fuzz"), real=False)


@pytest.mark.parametrize("reader", READERS.builtins)
def test_a_damaged_file_is_refused_or_read_right(reader: str, to_damage: dict[str, list[Path]]) -> None:
    path = min(to_damage[reader], key=lambda path: path.stat().st_size)
    verdicts = fuzzed(path, COPIES)
    assert verdicts.faults == []
    assert verdicts.counts.total() == COPIES
    assert verdicts.counts["refused"] > COPIES // 5


# the fuzzer


@pytest.mark.parametrize("number", range(len(DAMAGES)), ids=name_of)
def test_a_damage_changes_the_file_and_is_the_same_again(number: int) -> None:
    whole = b"width 24\r\nheight 16\r\n\n\0" + np.arange(500.0).tobytes()
    numbers = range(number, 40 * len(DAMAGES), len(DAMAGES))
    copies = [damaged(whole, "a.dat", n) for n in numbers]
    assert [damaged(whole, "a.dat", n) for n in numbers] == copies
    assert sum(copy != whole for copy in copies) > 30
    assert len(set(copies)) > {"line ends": 1, "seven bits": 8}.get(name_of(number), 20)


def contents(
    heights: float = 1.0, frames: int = 3, warnings: tuple[str, ...] = (), channel: str = "TP"
) -> Contents:
    images = np.full((frames, 2, 3), heights)
    return Contents(
        images, np.arange(frames), (1.0, 1.0, "nm", channel), {}, frozenset(warnings), ("TP", "PH")
    )


@pytest.mark.parametrize(
    ("promise", "read", "kept"),
    [
        (Promise.BEGINNING, contents(frames=2), True),
        (Promise.BEGINNING, contents(2.0, frames=2), False),
        (Promise.NOTICED, contents(), True),
        (Promise.NOTICED, contents(2.0), False),
        (Promise.NOTICED, contents(2.0, warnings=("bytes were lost",)), True),
        (Promise.NOTICED, contents(frames=2), False),
        (Promise.PLAUSIBLE, contents(2.0), True),
        (Promise.PLAUSIBLE, contents(channel="PH"), False),
        (Promise.PLAUSIBLE, contents(channel="PH", warnings=("TP is damaged",)), True),
    ],
)
def test_a_promise_that_is_not_kept_is_noticed(promise: Promise, read: Contents, kept: bool) -> None:
    assert read.keeps(promise, contents(), Path("a.asd")) is kept


def ending(connection: Connection, code: int) -> None:
    os._exit(code)


def hanging(connection: Connection) -> None:
    time.sleep(60)


def test_a_child_that_ends_or_hangs_is_noticed() -> None:
    with forks.forked(ending, 3) as child, pytest.raises(forks.Stopped, match="has ended"):
        forks.answer(child, 20)
    with forks.forked(hanging) as child, pytest.raises(forks.Stopped, match="no answer within"):
        forks.answer(child, 0.1)


def test_a_wrong_answer_of_a_reader_is_a_fault(
    to_damage: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = to_damage["asd"][0]
    whole = Contents.of(path)
    load = playnano.load
    monkeypatch.setattr("judging.load", lambda *given, **more: load(*given, **more).apply("zero_mean"))
    content = path.read_bytes()
    verdicts = [verdict(path, whole, number) for number in range(3 * len(DAMAGES))]
    assert path.read_bytes() == content
    assert "FAULT: silently wrong" in {text[:21] for text in verdicts}
