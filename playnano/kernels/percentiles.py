"""Exact percentiles of more numbers than memory holds.

The bits of a floating-point number, read as an integer, rise with the number (those of negative numbers
fall). So an order statistic is found 16 bits at a time: count how often each leading half-word occurs, see in
which of them the sought rank lies, and count the next half-word among the numbers that begin with it. Two
passes settle float32, four float64, each in 65,536 counters. It is a radix selection; the definition of the
percentile is numpy's `linear` (Hyndman and Fan 1996, number 7).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Counts = NDArray[np.int64]
Summed = Callable[[Callable[[Image], Counts]], Counts]
_DIGIT = 16
_BINS = 1 << _DIGIT


@dataclass(frozen=True)
class OrderStatistic:
    """An order statistic found so far: its leading bits, and its rank among the numbers that share them."""

    rank: int
    prefix: int = 0


def leading(values: Image) -> Counts:
    """How often each leading half-word occurs in numbers without NaN (1-D, float32 or float64); (65,536,)."""
    bits = values.view(f"u{values.dtype.itemsize}")
    return np.bincount((bits >> (values.dtype.itemsize * 8 - _DIGIT)).astype(np.intp), minlength=_BINS)


def following(values: Image, prefixes: Sequence[int], done: int) -> Counts:
    """How often each half-word follows each prefix of `done` bits, (prefixes, 65,536)."""
    width = values.dtype.itemsize * 8
    bits = values.view(f"u{values.dtype.itemsize}")
    leading_bits = (bits >> (width - done)).astype(np.min_scalar_type(2**done - 1))
    low = bits.dtype.type(_BINS - 1)
    chosen = [(bits[leading_bits == prefix] >> (width - done - _DIGIT)) & low for prefix in prefixes]
    return np.stack([np.bincount(half_words.astype(np.intp), minlength=_BINS) for half_words in chosen])


def narrowed(sought: OrderStatistic, counts: Counts, done: int, width: int) -> OrderStatistic:
    """`sought` with 16 more leading bits known, from how often each half-word follows those known before."""
    order = _rising(sought.prefix, done, width)
    cumulated = np.cumsum(counts[order])
    place = int(np.searchsorted(cumulated, sought.rank, side="right"))
    before = int(cumulated[place - 1]) if place else 0
    return OrderStatistic(sought.rank - before, (sought.prefix << _DIGIT) | int(order[place]))


def _rising(prefix: int, done: int, width: int) -> NDArray[np.int64]:
    """Half-words in the order of the numbers that hold them after `prefix`."""
    half_words = np.arange(_BINS)
    if done == 0:
        return np.concatenate([half_words[: _BINS // 2 - 1 : -1], half_words[: _BINS // 2]])
    negative = prefix >> (done - 1) & 1
    return half_words[::-1] if negative else half_words


def order_statistics(
    ranks: Iterable[int], first: Counts, summed: Summed, dtype: np.dtype[Any]
) -> dict[int, float]:
    """The numbers of given ranks, counted from 0 for the least.

    Parameters
    ----------
    first : counts (65,536,)
        How often each leading half-word occurs: the first pass, in which a caller may do other things too.
    summed : callable
        Makes a further pass: given a function of some of the numbers (1-D), the sum of it over all of them.
    dtype : float32 or float64
    """
    width = dtype.itemsize * 8
    sought = {rank: narrowed(OrderStatistic(rank), first, 0, width) for rank in set(ranks)}
    for done in range(_DIGIT, width, _DIGIT):
        prefixes = tuple({one.prefix for one in sought.values()})
        counts = summed(partial(following, prefixes=prefixes, done=done))
        sought = {
            rank: narrowed(one, counts[prefixes.index(one.prefix)], done, width)
            for rank, one in sought.items()
        }
    return {
        rank: float(np.array(one.prefix, f"u{dtype.itemsize}").view(dtype)) for rank, one in sought.items()
    }


def percentiles(
    percents: Sequence[float], first: Counts, summed: Summed, dtype: np.dtype[Any]
) -> tuple[float, ...]:
    """Percentiles as `numpy.percentile` defines them; the arguments are those of `order_statistics`."""
    count = int(first.sum())
    places = [(count - 1) * (percent / 100) for percent in percents]
    ranks = [(int(place), min(int(place) + 1, count - 1)) for place in places]
    numbers = order_statistics({rank for pair in ranks for rank in pair}, first, summed, dtype)
    return tuple(
        between(numbers[low], numbers[high], place - low)
        for (low, high), place in zip(ranks, places, strict=True)
    )


def between(low: float, high: float, share: float) -> float:
    """The number at `share` of the way from `low` to `high`, exact at both ends."""
    step = high - low
    return high - step * (1 - share) if share >= 0.5 else low + step * share
