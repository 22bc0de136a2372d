"""Jumps from one scan line to the next: of the whole line, or the edge of what fills most of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image, Mask

Floats = NDArray[np.float64]

SHARE = 0.3
"""Share of a line that the densest part of its differences to the next line holds."""
SETTLING = 5
STEP = 8
"""Jumps beyond so many times the noise, and beyond those of other lines, may be the edge of a feature."""
REST_SHARE = 0.1
"""So much of a line that does not take part in its jump shows that the jump is the edge of a feature."""
FEW_LINES = 3
"""So few lines between two opposite jumps are lines with an offset, not a feature that fills them."""
LASTING = 8
"""So many lines before and after a jump show whether their level stays another."""
SURE = 3.0
"""So many times nearer to the level before lines have to stay, where their jump is nothing unusual."""
LONGEST_TEAR = 12
"""So many torn lines are bridged."""
NEARNESS = 0.15
"""Cost of a jump between lines, against the width of the densest part: of two, the nearer counts."""


def densest(ordered: Image, usual: float) -> tuple[Floats, Floats]:
    """Middle and width of the narrowest window that holds `SHARE` of each row; near `usual` preferred."""
    width = ordered.shape[1]
    reach = max(1, round(SHARE * width))
    if width <= reach:
        return ordered.mean(1, dtype=np.float64), np.ptp(ordered, axis=1).astype(np.float64)
    low, high = ordered[:, :-reach], ordered[:, reach:]
    away = low + high
    away -= ordered.dtype.type(2 * usual)
    cost = np.abs(away, out=away)
    cost *= ordered.dtype.type(NEARNESS / 2)
    cost += high - low
    best = np.argmin(cost, axis=1)
    rows = np.arange(len(ordered))
    low, high = low[rows, best].astype(np.float64), high[rows, best].astype(np.float64)
    return (low + high) / 2, high - low


def settled(differences: Image, centre: Floats, reach: float) -> Floats:
    """The mean of what lies near the centre of each row, again and again: it no longer leans to the start."""
    kind = differences.dtype
    away, distance = np.empty_like(differences), np.empty_like(differences)
    for _ in range(SETTLING):
        np.subtract(differences, centre.astype(kind)[:, None], out=away)
        near = (np.abs(away, out=distance) <= kind.type(reach)).astype(kind)
        counts = np.maximum(np.einsum("ij->i", near), 1)
        centre = centre + np.einsum("ij,ij->i", away, near).astype(np.float64) / counts
    return centre


@dataclass(frozen=True)
class LineDifferences:
    """An image (height, width), and what is usual from one of its lines to the next."""

    heights: Image
    valid: Mask
    usual: float
    noise: float
    """Standard deviation of the differences of pixels."""

    def bridged(self, jumps: Floats, torn: NDArray[np.bool_]) -> Floats:
        """Jumps that add up to the difference of the last line before and the first after torn lines."""
        jumps = jumps.copy()
        for first, last in _runs(torn):
            if last - first < LONGEST_TEAR:
                centre, width = self._between(first, last + 1)
                if width <= 8 * self.noise:
                    jumps[last] = centre - jumps[first:last].sum()
        return jumps

    def without_edges(self, jumps: Floats, torn: NDArray[np.bool_]) -> Floats:
        """Jumps without the edges of features that fill most of a line.

        Such an edge seldom takes in a line from end to end: where a part of the line does not take part in
        a jump, nor within the next line, the lines before and after belong to that part. Unless lines then
        keep another level than those before: the jump is one of the line, at the edge of small features.
        """
        jumps = jumps.copy()
        apart = jumps - self.usual
        taken_back = np.abs(apart[1:] + apart[:-1]) < 3 * self.noise  # a line that has an offset alone
        single = np.append(taken_back, False) | np.insert(taken_back, 0, False)
        edges = np.flatnonzero(self._splitting(jumps) & ~torn & ~single).tolist()
        rests = {edge: self._jump_of_the_rest(edge, jumps[edge]) for edge in edges}
        steps = {edge: float(jumps[edge] - rest) for edge, rest in rests.items() if rest != jumps[edge]}
        offsets = _offsets_without_trend(jumps)
        for edge, step in steps.items():
            until = next((other for other in steps if other > edge and steps[other] * step < 0), len(jumps))
            change = _change_of_level(offsets, edge + 1, min(until - edge, LASTING))
            change = jumps[edge] - self.usual if change is None else change
            evidence = 1.0 if abs(apart[edge]) > STEP * self.noise else SURE
            if evidence * abs(change - step) < abs(change):
                jumps[edge] -= step
                offsets[edge + 1 :] -= step
        return jumps

    def _splitting(self, jumps: Floats) -> NDArray[np.bool_]:
        """Where enough of a line does not take part in its jump for the jump to be the edge of a feature."""
        kind = self.heights.dtype
        apart = np.diff(self.heights, axis=0)
        apart -= jumps.astype(kind)[:, None]
        both = self.valid[1:] & self.valid[:-1]
        away = (np.abs(apart, out=apart) > kind.type(4 * self.noise)) & both
        return np.asarray(away.sum(axis=1) >= np.maximum(3, REST_SHARE * both.sum(axis=1)))

    def with_missed(self, jumps: Floats) -> Floats:
        """Jumps with those within lines: neither line shows it whole, but the lines around them do."""
        if len(self.heights) < 4:
            return jumps
        few = slice(None, None, max(1, self.heights.shape[1] // 64))
        both = self.valid[3:, few] & self.valid[:-3, few]
        apart = np.where(both, self.heights[3:, few] - self.heights[:-3, few], np.inf)
        counts = both.sum(axis=1)
        sums = jumps[:-2] + jumps[1:-1] + jumps[2:]
        middle = np.sort(apart, axis=1)[np.arange(len(apart)), np.maximum(counts - 1, 0) // 2]
        off = np.where(counts > 8, middle - sums, 0.0)
        jumps = jumps.copy()
        for first, last in _runs(np.abs(off) > STEP * self.noise):
            missed = self._missed(last, jumps)
            if last - first < 3 and missed:
                jumps[last] += missed
        return jumps

    def _missed(self, place: int, jumps: Floats) -> float:
        """What the jumps over three lines lack, where all of the line has moved by it."""
        centre, _ = self._between(place, place + 3)
        away = np.abs(self._ordered(place, place + 3) - centre) > 4 * self.noise
        missed = centre - float(jumps[place : place + 3].sum())
        edge = away.mean() > 0.5 or self._is_split(place, place + 3, centre, missed)
        return 0.0 if edge else missed

    def far_beyond(self, jumps: Floats) -> list[int]:
        """Jumps far beyond the others. One that the next few lines take back is an offset of these lines."""
        apart = np.abs(jumps - self.usual)
        limit = max(6 * 1.4826 * float(np.median(apart)), STEP * self.noise)
        edges = np.flatnonzero(apart > limit)
        return [
            int(edge)
            for place, edge in enumerate(edges)
            if not any(
                abs(edges[other] - edge) <= FEW_LINES
                and abs(jumps[edges[other]] + jumps[edge] - 2 * self.usual) < limit
                for other in (place - 1, place + 1)
                if 0 <= other < len(edges)
            )
        ]

    def _jump_of_the_rest(self, edge: int, jump: float) -> float:
        """The jump of what does not take part in the jump of a line; the jump where all of it does."""
        rest = self._rest(edge, edge + 1, jump)
        if rest is None:
            return jump
        before, after = max(edge - 1, 0), min(edge + 2, len(self.heights) - 1)
        centre, _ = self._between(before, after)
        other = self._rest(before, after, centre)
        if other is None or abs(abs(centre - other) - abs(jump - rest)) >= 3 * self.noise:
            return jump
        of_rest = min(centre, other) if rest < jump else max(centre, other)
        still = self._near(edge, edge + 1, rest)
        as_well = still & self._near(before, after, of_rest)
        return rest if as_well.sum() > 0.5 * still.sum() else jump

    def _near(self, before: int, after: int, centre: float) -> NDArray[np.bool_]:
        """The pixels by which two lines differ by about `centre`; (width,)."""
        both = self.valid[before] & self.valid[after]
        return np.asarray(
            both & (np.abs(self.heights[after] - self.heights[before] - centre) < 4 * self.noise)
        )

    def _is_split(self, before: int, after: int, centre: float, apart: float) -> bool:
        """Whether a part of two lines differs by `apart` less than the most of them, which is `centre`."""
        rest = self._rest(before, after, centre)
        return rest is not None and abs(centre - rest - apart) < 3 * self.noise

    def _rest(self, before: int, after: int, centre: float) -> float | None:
        """The difference of two lines, where a part of them differs otherwise than by `centre`."""
        ordered = self._ordered(before, after)
        away = ordered[np.abs(ordered - centre) > 4 * self.noise]
        least = max(3, round(REST_SHARE * len(ordered)))
        if len(away) < least:
            return None
        usual = self.usual * (after - before)
        middle, width = densest(away[None], usual)
        return float(settled(away[None], middle, 2.5 * self.noise)[0]) if width[0] <= 4 * self.noise else None

    def _between(self, before: int, after: int) -> tuple[float, float]:
        """The most frequent difference of two lines, and how far its densest part spreads."""
        ordered = self._ordered(before, after)
        if len(ordered) < 3:
            return self.usual * (after - before), np.inf
        middle, width = densest(ordered[None], self.usual * (after - before))
        return float(settled(ordered[None], middle, 2.5 * self.noise)[0]), float(width[0])

    def _ordered(self, before: int, after: int) -> Floats:
        both = self.valid[before] & self.valid[after]
        return np.sort((self.heights[after] - self.heights[before])[both])


def _offsets_without_trend(jumps: Floats) -> Floats:
    """Offsets of lines (height,) by the jumps between them, without tilt and bow."""
    offsets = np.concatenate([[0.0], np.cumsum(jumps)])
    terms = np.polynomial.legendre.legvander(np.linspace(-1, 1, len(offsets)), min(2, len(jumps)))
    return np.asarray(offsets - terms @ np.linalg.lstsq(terms, offsets, rcond=None)[0])


def _change_of_level(offsets: Floats, line: int, reach: int) -> float | None:
    """How much higher some lines from this one on lie than those before; None of too few lines."""
    before, after = offsets[max(line - LASTING, 0) : line], offsets[line : line + reach]
    return None if min(len(before), len(after)) < FEW_LINES else float(after.mean() - before.mean())


def _runs(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last of each run of places that are chosen."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]])))
    return [(int(first), int(last) - 1) for first, last in ends.reshape(-1, 2)]
