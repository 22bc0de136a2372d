"""Linking: which feature of one frame is which of the next, and which track goes on after a gap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
MOST_PAIRS = 20_000_000
"""Pairs within reach of each other that are considered at a time."""


@dataclass(frozen=True)
class Links:
    """Which of the first points goes with which of the second."""

    first: Integers
    second: Integers


def linked(first: Floats, second: Floats, reach: float) -> Links:
    """The assignment of points to points with the least sum of squared distances (LAP).

    Leaving a point alone costs half of what a link over the full reach does: two points are linked rather
    than both left alone.

    Parameters
    ----------
    first, second : arrays (n, 2), (m, 2)
        Positions.
    reach : float
        Longest distance of two points that are linked.

    References
    ----------
    Jaqaman, K. et al. (2008), Nature Methods 5, 695-702.
    """
    if not len(first) or not len(second):
        return Links(np.empty(0, np.int64), np.empty(0, np.int64))
    pairs, squares = _near_pairs(first, second, reach)
    return assigned(pairs, squares, (len(first), len(second)), reach**2)


def assigned(pairs: Integers, costs: Floats, shape: tuple[int, int], limit: float) -> Links:
    """The cheapest assignment among candidate pairs, each group of connected pairs solved for itself.

    Parameters
    ----------
    pairs : array (k, 2)
        Candidates: index of a row, index of a column.
    costs : array (k,)
        Cost of each.
    shape : (int, int)
        Number of rows and of columns.
    limit : float
        What it costs to leave one row and one column alone.
    """
    if not len(pairs):
        return Links(np.empty(0, np.int64), np.empty(0, np.int64))
    groups = _groups(pairs, shape)
    order = np.argsort(groups, kind="stable")
    pairs, costs, groups = pairs[order], costs[order], groups[order]
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    ends = np.append(starts[1:], len(groups))
    alone = ends - starts == 1
    chosen = [starts[alone][costs[starts[alone]] < limit]]
    for start, end in zip(starts[~alone], ends[~alone], strict=True):
        chosen.append(start + _solved(pairs[start:end], costs[start:end], limit))
    links = pairs[np.sort(np.concatenate(chosen))]
    links = links[np.argsort(links[:, 0], kind="stable")]
    return Links(links[:, 0], links[:, 1])


def _groups(pairs: Integers, shape: tuple[int, int]) -> Integers:
    """A number for each pair, the same for all that share rows and columns."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = shape[0] + shape[1]
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], shape[0] + pairs[:, 1])), shape=(size, size))
    _, names = connected_components(graph, directed=False)
    return np.asarray(names[pairs[:, 0]], np.int64)


def _solved(pairs: Integers, costs: Floats, limit: float) -> Integers:
    """Which candidates the cheapest assignment takes; leaving a row and a column alone costs `limit`."""
    from scipy.optimize import linear_sum_assignment

    rows, row = np.unique(pairs[:, 0], return_inverse=True)
    columns, column = np.unique(pairs[:, 1], return_inverse=True)
    n, m = len(rows), len(columns)
    if (n + m) ** 2 > MOST_PAIRS:
        raise PlaynanoError(
            f"{n} and {m} features are within reach of each other; give a smaller `max_distance_nm`"
        )
    whole = np.full((n + m, n + m), np.inf)
    whole[row, column] = costs
    whole[np.arange(n), m + np.arange(n)] = limit / 2
    whole[n + np.arange(m), np.arange(m)] = limit / 2
    whole[n + column, m + row] = 0.0
    first, second = linear_sum_assignment(whole)
    taken = np.zeros((n, m), bool)
    real = (first < n) & (second < m)
    taken[first[real], second[real]] = True
    return np.flatnonzero(taken[row, column])


def _near_pairs(first: Floats, second: Floats, reach: float) -> tuple[Integers, Floats]:
    from scipy.spatial import cKDTree

    near = cKDTree(first), cKDTree(second)
    count = near[0].count_neighbors(near[1], reach)
    if count > MOST_PAIRS:
        raise PlaynanoError(
            f"{count:,} pairs of features are within reach of each other; give a smaller `max_distance_nm`"
        )
    distances = near[0].sparse_distance_matrix(near[1], reach, output_type="ndarray")
    pairs = np.stack([distances["i"], distances["j"]], axis=1).astype(np.int64)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order], distances["v"][order] ** 2


@dataclass(frozen=True)
class LinkRule:
    """How far a particle may go."""

    reach: float
    """Longest distance from one frame to the next."""
    gap_reach: float
    """Longest way over a gap."""
    longest_gap: float
    """Longest time from where a track ends to where it goes on; 0 = no gaps are closed."""


def tracks_of(frames: Integers, times: Floats, places: Floats, rule: LinkRule) -> Integers:
    """The track of each point, numbered from 1 in the order in which tracks appear.

    Parameters
    ----------
    frames : int array (n,)
        Frame of each point, not falling.
    times : array (n,)
        Time of each point.
    places : array (n, 2)
        Positions.
    """
    following = _followers(frames, places, rule.reach)
    if rule.longest_gap > 0:
        following = _over_gaps(following, times, places, rule)
    return _numbered(following)


def _followers(frames: Integers, places: Floats, reach: float) -> Integers:
    """The point of the next frame that each point becomes; -1 for none."""
    following = np.full(len(frames), -1, np.int64)
    numbers, starts = np.unique(frames, return_index=True)
    bounds = np.append(starts, len(frames))
    for place in range(len(numbers) - 1):
        if numbers[place + 1] != numbers[place] + 1:
            continue
        here, then = slice(bounds[place], bounds[place + 1]), slice(bounds[place + 1], bounds[place + 2])
        links = linked(places[here], places[then], reach)
        following[here.start + links.first] = then.start + links.second
    return following


def _over_gaps(following: Integers, times: Floats, places: Floats, rule: LinkRule) -> Integers:
    """Ends of tracks joined to later starts: one assignment over the whole movie."""
    is_start = np.ones(len(following), bool)
    is_start[following[following >= 0]] = False
    ends, starts = np.flatnonzero(following < 0), np.flatnonzero(is_start)
    pairs = _gap_pairs(ends, starts, times, places, rule)
    costs = np.sum((places[ends[pairs[:, 0]]] - places[starts[pairs[:, 1]]]) ** 2, axis=1)
    links = assigned(pairs, costs, (len(ends), len(starts)), rule.gap_reach**2)
    joined = following.copy()
    joined[ends[links.first]] = starts[links.second]
    return joined


def _gap_pairs(ends: Integers, starts: Integers, times: Floats, places: Floats, rule: LinkRule) -> Integers:
    """Ends and later starts within reach in space and time; found in blocks of the ends, in order of time."""
    pairs: list[Integers] = []
    order = np.argsort(times[starts], kind="stable")
    start_times = times[starts][order]
    low = np.searchsorted(start_times, times[ends], "right")
    high = np.searchsorted(start_times, times[ends] + rule.longest_gap * (1 + 1e-9), "right")
    for end, (first, last) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        candidates = order[first:last]
        away = np.sum((places[starts[candidates]] - places[ends[end]]) ** 2, axis=1)
        near = np.sort(candidates[away <= rule.gap_reach**2])
        pairs.append(np.stack([np.full(len(near), end), near], axis=1))
    return np.concatenate(pairs) if pairs else np.empty((0, 2), np.int64)


def _numbered(following: Integers) -> Integers:
    numbers = np.zeros(len(following), np.int64)
    count = 0
    for index, after in enumerate(following.tolist()):
        if numbers[index] == 0:
            count += 1
            numbers[index] = count
        if after >= 0:
            numbers[after] = numbers[index]
    return numbers


def branches(frames: Integers, places: Floats, tracks: Integers, reach: float) -> tuple[Integers, Integers]:
    """For each point the track that its own split from, and the one that its own merges into; 0 for none.

    A track splits from the nearest other one that, in the frame before it begins, is within reach and goes
    on; it merges into the nearest that, in the frame after its end, is within reach and was there before.

    Parameters
    ----------
    frames, tracks : int arrays (n,)
    places : array (n, 2)
        Positions.
    """
    order = np.argsort(frames, kind="stable")
    ordered = frames[order]

    def beside(row: int, step: int, ends: dict[int, int]) -> int:
        """The nearest other track a frame away that does not itself end (or begin) there; 0 for none."""
        span = np.searchsorted(ordered, [frames[row] + step, frames[row] + step + 1])
        rows = [one for one in order[slice(*span)].tolist() if ends[int(tracks[one])] != one]
        away = np.hypot(*(places[rows] - places[row]).T) if rows else np.empty(0)
        return int(tracks[rows[int(np.argmin(away))]]) if len(away) and away.min() <= reach else 0

    first, last = _ends(tracks, frames)
    parents = {track: beside(row, -1, last) for track, row in first.items()}
    heirs = {track: beside(row, +1, first) for track, row in last.items()}
    own = tracks.tolist()
    return np.array([parents[n] for n in own], np.int64), np.array([heirs[n] for n in own], np.int64)


def _ends(tracks: Integers, frames: Integers) -> tuple[dict[int, int], dict[int, int]]:
    """Of each track the row where it begins and the one where it ends."""
    order = np.lexsort((frames, tracks)).tolist()
    first, last = dict[int, int](), dict[int, int]()
    for row in order:
        first.setdefault(int(tracks[row]), row)
        last[int(tracks[row])] = row
    return first, last
