"""Numbers in the names of a folder's images: of which series an image is, and which ones are missing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

_LAST_NUMBER = re.compile(r"(.*?)(\d+)\D*\Z", re.DOTALL)
_CLOCK = re.compile(
    r"""(?<!\d) \d\d\D[0-5]\d\D[0-5]\d (?:\D\d+)? \D*\Z    # 12.08.49 or 12.08.49.026
    | \d{6,} \D+ \d+ \D*\Z                                  # 20230216-026 or 120849_026
    | (?<!\d) (?:0[1-9]|1\d|2[0-3]) [0-5]\d [0-5]\d \D*\Z   # 120849""",
    re.VERBOSE,
)
_COUNTED_BY_DAY = re.compile(
    r"(?:.*\D)?(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\D+(\d{1,5})\D*", re.DOTALL
)
"""20230216_0026: a date, and a number that may count images or be an hour and a minute."""
_MOST_SERIES = 4
"""More numbers than so many before the last are a clock or another counter."""
_FEWEST = 4
"""Images from which on a gap is seen."""
_NAMED = 3
_LAST_OF_A_CLOCK = 59


def series_of(names: Sequence[str]) -> list[str]:
    """The series of each image: its letters or, where all share them, the number before the last."""
    letters = [re.sub(r"[^a-z]+", " ", name.lower()).strip() for name in names]
    if len(set(letters)) > 1 or _are_by_the_clock(names):
        return letters
    counted = _by_series(names)
    return [_split(name)[0] for name in names] if _are_series(list(counted.values())) else letters


def _are_by_the_clock(names: Sequence[str]) -> bool:
    """Whether the last numbers of the names are times of day."""
    return any(map(_CLOCK.search, names)) and not _are_counted_by_day(names)


def _are_counted_by_day(names: Sequence[str]) -> bool:
    """Whether names are dates and counters: below 100 or with 60 to 99 at the end, no minutes."""
    matches = [_COUNTED_BY_DAY.fullmatch(name.rpartition(".")[0] or name) for name in names]
    counters = [int(match[1]) for match in matches if match]
    within_hours = [counter % 100 < 60 for counter in counters]
    return len(counters) == len(names) and (max(counters) < 100 or not all(within_hours))


def _split(name: str) -> tuple[str, int | None]:
    """What precedes the last number of a name, and that number, which counts the images of a series."""
    match = _LAST_NUMBER.match(name.lower())
    return (match[1], int(match[2])) if match else (name, None)


def _by_series(names: Sequence[str]) -> Mapping[str, list[int]]:
    """The numbers of the images of each series, sorted; nothing where a name has none."""
    counted: dict[str, list[int]] = {}
    for series, number in map(_split, names):
        if number is None:
            return {}
        counted.setdefault(series, []).append(number)
    return {series: sorted(numbers) for series, numbers in counted.items()}


def _are_series(counted: Sequence[Sequence[int]]) -> bool:
    """Whether each of a few lists counts images anew; minutes that follow hours do not."""
    if not 2 <= len(counted) <= _MOST_SERIES or not all(map(_rises_by_one, counted)):
        return False
    if all(numbers[-1] == _LAST_OF_A_CLOCK for numbers in counted[:-1]):
        return False
    return max(numbers[0] for numbers in counted) <= min(numbers[-1] for numbers in counted)


def _rises_by_one(numbers: Sequence[int]) -> bool:
    """Whether most numbers are the next after another."""
    steps = [after - before for before, after in pairwise(numbers)]
    return 2 * steps.count(1) > len(steps)


def missing_numbers(names: Sequence[str]) -> Iterator[str]:
    """What to say of images that are missing in the one series that names count."""
    counted = list(_by_series(names).values())
    if len(counted) != 1 or len(names) < _FEWEST or _are_by_the_clock(names):
        return
    gaps = [(before + 1, after - 1) for before, after in pairwise(counted[0]) if after - before > 1]
    if gaps and _rises_by_one(counted[0]):
        yield f"{_missing(gaps)} missing in the numbering of the names"


def repeated_numbers(names: Sequence[str]) -> Iterator[str]:
    """What to say of images that are there twice by the one series that names count."""
    counted = list(_by_series(names).values())
    if len(counted) != 1 or len(names) < _FEWEST or _are_by_the_clock(names):
        return
    twice = [one for one, other in pairwise(counted[0]) if one == other]
    if twice and _rises_by_one(counted[0]):
        same = " and ".join(name for name in names if _split(name)[1] == twice[0])
        yield f"image {twice[0]} is there more than once by the numbering of the names: {same}"


def misplaced(names: Sequence[str]) -> Iterator[str]:
    """What to say of images in the order of their times where the one series of their names is another."""
    counted = list(_by_series(names).values())
    if len(counted) != 1 or len(names) < _FEWEST or _are_by_the_clock(names) or not _rises_by_one(counted[0]):
        return
    numbers = [_split(name)[1] or 0 for name in names]
    odd = next((index for index, (one, other) in enumerate(pairwise(numbers)) if other < one), None)
    if odd is not None:
        yield (
            f"times and names disagree on the order: {names[odd + 1]} comes after {names[odd]} by its time, "
            "which is the order that is read"
        )


def _missing(gaps: Sequence[tuple[int, int]]) -> str:
    """`images 4-6 and 9 are`."""
    spans = [str(first) if first == last else f"{first}-{last}" for first, last in gaps]
    if len(spans) > _NAMED:
        spans = [*spans[:_NAMED], f"{len(spans) - _NAMED} more gaps"]
    if spans == [str(gaps[0][0])]:
        return f"image {spans[0]} is"
    return f"images {' and '.join(filter(None, (', '.join(spans[:-1]), spans[-1])))} are"
