"""Flags that take several words, or none: typer knows neither."""

import re
import sys
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from playnano.cli.output import report_error
from playnano.cli.picture_flags import SEQUENCES, VIDEOS

NEARLY = 0.8
"""`hdf` is nearly `hdf5`, but `movie` is not nearly `mov`."""


@dataclass(frozen=True)
class Words:
    """What may follow a flag."""

    vocabulary: Callable[[], Collection[str]]
    """The words that are taken, in lower case."""
    bare: str | None = None
    """The flag's value when no known word follows; without it, the next word is taken in any case."""


def export_names() -> frozenset[str]:
    """Names and other names of the formats that are installed."""
    from playnano.exporters import EXPORTS

    return frozenset(EXPORTS.names).union(*(export.aliases for export in EXPORTS))


FLAGS: Mapping[str, Words] = {
    "--export": Words(export_names),
    "--make-video": Words(lambda: VIDEOS, bare="mp4"),
    "--make-sequence": Words(lambda: SEQUENCES, bare="png"),
}


def rewritten_argv(argv: Sequence[str], flags: Mapping[str, Words] = FLAGS) -> list[str]:
    """`--export npz hdf5 movie.asd` as typer understands it: `--export=npz,hdf5 movie.asd`.

    What follows `--` is left alone, and `./npz` is not a format: both name a file that is called like one.
    """
    words, rewritten = deque(argv), list[str]()
    while words:
        word = words.popleft()
        if word == "--":
            return [*rewritten, word, *words]
        rewritten.append(_joined(word, flags[word], words) if word in flags else word)
    return rewritten


def before_separator(argv: Sequence[str]) -> Sequence[str]:
    """The words among which flags are read: those before `--`."""
    return argv[: argv.index("--")] if "--" in argv else argv


def refuse_names_like_flags(argv: Sequence[str]) -> None:
    """Say of `-1.asd` what to do, before it is taken for flags.

    Raises
    ------
    SystemExit
        With 2, wrong usage.
    """
    for word in before_separator(argv):
        if re.fullmatch(r"-[^-=][^=]*\.[A-Za-z][\w-]*", word):
            report_error(f"{word}: a name that begins with '-' is taken for a flag: put -- before it")
            sys.exit(2)


def refuse_other_formats(argv: Sequence[str]) -> None:
    """Say of a format that another flag takes which one does, before it is taken for a movie.

    Raises
    ------
    SystemExit
        With 2, wrong usage.
    """
    for flag, word in pairwise(before_separator(argv)):
        taken, name = FLAGS.get(flag), word.lower()
        if taken is None or taken.bare is None or name in taken.vocabulary() or Path(word).exists():
            continue
        if name in export_names():
            listing = ", ".join(sorted(taken.vocabulary()))
            report_error(f"{flag} {word}: it takes {listing}; --export {name} writes that format")
            sys.exit(2)


def _joined(flag: str, taken: Words, words: deque[str]) -> str:
    values = list[str]()
    if taken.bare is None and words and not words[0].startswith("-"):
        values.append(words.popleft())  # right or wrong, it is the flag's: who reads it says what is wrong
    vocabulary = taken.vocabulary() if words else ()
    while words and (_all_known(words[0], vocabulary) or _is_misspelt(words[0], vocabulary)):
        values.append(words.popleft())
    values = values or ([taken.bare] if taken.bare else [])
    return f"{flag}={','.join(values)}" if values else flag


def _all_known(word: str, vocabulary: Collection[str]) -> bool:
    parts = [part for part in word.lower().split(",") if part]
    return bool(parts) and all(part in vocabulary for part in parts)


def _is_misspelt(word: str, vocabulary: Collection[str]) -> bool:
    """Whether a word resembles a known one and is neither another flag nor the name of a movie."""
    if word.startswith("-"):
        return False
    return bool(get_close_matches(word.lower(), vocabulary, cutoff=NEARLY)) and not Path(word).exists()
