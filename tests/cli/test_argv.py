"""Flags that take several words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playnano.cli.argv import FLAGS, Words, rewritten_argv

FORMATS = ("npz", "h5", "hdf5", "tif")
VIDEOS = ("mp4", "avi")
TAKEN = {"--export": Words(lambda: FORMATS), "--make-video": Words(lambda: VIDEOS, bare="mp4")}


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("process movie --export npz", "process movie --export=npz"),
        ("process movie --export npz hdf5", "process movie --export=npz,hdf5"),
        ("process --export npz hdf5 movie", "process --export=npz,hdf5 movie"),
        ("process --export npz,h5 tif movie", "process --export=npz,h5,tif movie"),
        ("process --export npz, h5 movie", "process --export=npz,,h5 movie"),
        ("process --export NPZ Hdf5 movie", "process --export=NPZ,Hdf5 movie"),
        ("process --export gif npz movie", "process --export=gif,npz movie"),
        ("process --export npz ./h5", "process --export=npz ./h5"),
        ("process --export npz -- h5", "process --export=npz -- h5"),
        ("process -- --export npz h5", "process -- --export npz h5"),
        ("process --export=npz h5", "process --export=npz h5"),
        ("process --export npz --export h5 movie", "process --export=npz --export=h5 movie"),
        ("process --export npz h5 --raw movie", "process --export=npz,h5 --raw movie"),
        ("process movie --export", "process movie --export"),
        ("process movie --export --raw", "process movie --export --raw"),
        ("process --make-video movie", "process --make-video=mp4 movie"),
        ("process --make-video avi movie", "process --make-video=avi movie"),
        ("process --make-video --export npz hdf5 movie", "process --make-video=mp4 --export=npz,hdf5 movie"),
        ("process movie --make-video", "process movie --make-video=mp4"),
    ],
)
def test_words_after_a_flag_are_taken_while_they_are_known(typed: str, understood: str) -> None:
    assert rewritten_argv(typed.split(), TAKEN) == understood.split()


WORDS = st.sampled_from(
    [
        "process",
        "movie.asd",
        "./npz",
        "--raw",
        "--",
        "--export",
        "--make-video",
        "",
        "npz,h5",
        *FORMATS,
        *VIDEOS,
    ]
)


@given(st.lists(WORDS, max_size=12))
def test_rewriting_twice_changes_no_more_than_once(argv: list[str]) -> None:
    once = rewritten_argv(argv, TAKEN)
    assert [word for word in rewritten_argv(once, TAKEN) if word not in TAKEN] == [
        w for w in once if w not in TAKEN
    ]


@given(st.lists(WORDS.filter(lambda word: word not in TAKEN), max_size=12))
def test_a_line_without_such_flags_stays_as_it_is(argv: list[str]) -> None:
    assert rewritten_argv(argv, TAKEN) == argv


@given(st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=6))
def test_all_after_two_dashes_stays_as_it_is(before: list[str], after: list[str]) -> None:
    before = [word for word in before if word != "--"]
    assert rewritten_argv([*before, "--", *after], TAKEN)[-len(after) - 1 :] == ["--", *after]


@given(st.lists(WORDS, max_size=12))
def test_no_word_is_lost_or_invented(argv: list[str]) -> None:
    rewritten = rewritten_argv(argv, {"--export": TAKEN["--export"]})
    assert ",".join(rewritten).replace("=", ",") == ",".join(argv)


def test_the_formats_that_are_installed_are_known() -> None:
    from playnano.exporters import EXPORTS

    assert set(EXPORTS.names) <= FLAGS["--export"].vocabulary()
    assert {"tif", "npz", "hdf5", "h5"} <= FLAGS["--export"].vocabulary()


def test_a_word_next_to_a_format_is_a_format_unless_a_movie_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    argv = ["process", "--export", "npz", "hdf", "movie"]
    assert rewritten_argv(argv) == ["process", "--export=npz,hdf", "movie"]
    (tmp_path / "hdf").mkdir()
    assert rewritten_argv(argv) == ["process", "--export=npz", "hdf", "movie"]
