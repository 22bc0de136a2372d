"""Charts as SVG text: small, labelled, in the colours of the page."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.exporters.report.markup import escaped, number
from playnano.rendering.colour_bar import tick_heights

Floats = NDArray[np.float64]
WIDTH, HEIGHT = 460, 170
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 10, 34
MOST_POINTS = 400
MOST_BANDS = 100


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high`, drawn from pixel `start` to pixel `end`."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Floats, start: float, end: float, margin: float = 0.0) -> "Axis":
        """An axis that holds all finite values, and some more at both ends."""
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        spread = max((high - low) * margin, 1e-9 * max(abs(low), abs(high), 1.0) if high > low else 0.5)
        spread = spread if margin or high == low else 0.0
        return cls(low - spread, high + spread, start, end)

    def place(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int) -> list[float]:
        """Round values along the axis."""
        return [tick for tick in tick_heights(self.low, self.high, most) if self.low <= tick <= self.high]


@dataclass(frozen=True)
class Chart:
    """A chart with two axes; marks are added as SVG text."""

    x: Axis
    y: Axis
    x_label: str
    y_label: str
    width: int = WIDTH
    height: int = HEIGHT

    def svg(self, marks: Sequence[str], title: str) -> str:
        """The whole chart; `title` is read by screen readers and shown by a pointer."""
        middle = (self.y.start + self.y.end) / 2
        text = [
            *_grid(self),
            *marks,
            f'<text class="label" x="{(self.x.start + self.x.end) / 2:.1f}" y="{self.height - 4}" '
            f'text-anchor="middle">{escaped(self.x_label)}</text>',
            f'<text class="label" transform="translate(11 {middle:.1f}) rotate(-90)" '
            f'text-anchor="middle">{escaped(self.y_label)}</text>',
        ]
        return (
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img"><title>{escaped(title)}</title>'
            + "".join(text)
            + "</svg>"
        )


def curve(x: Floats, y: Floats, bad: Sequence[int], labels: tuple[str, str], title: str) -> str:
    """A measured number over time or frames; frames that are not good are shaded."""
    chart = Chart(
        Axis.around(x, LEFT, WIDTH - RIGHT, 0.0),
        Axis.around(y, HEIGHT - BOTTOM, TOP, 0.08),
        *labels,
    )
    return chart.svg([*_bands(chart, x, bad), *_line(chart, x, y)], title)


def histogram(heights: Floats, peak: float | None, label: str, kind: str) -> str:
    """Shares of heights, with a line at the background's peak."""
    counts, edges = np.histogram(heights, 120, _span(heights))
    shares = counts / max(len(heights), 1) * 100
    chart = Chart(
        Axis(float(edges[0]), float(edges[-1]), LEFT, WIDTH - RIGHT),
        Axis(0.0, max(float(shares.max()) * 1.08, 1e-9), HEIGHT - BOTTOM, TOP),
        label,
        "share (%)",
    )
    marks = [f'<path class="area {kind}" d="{_outline(chart, edges, shares)}"/>']
    if peak is not None and edges[0] <= peak <= edges[-1]:
        marks.append(_peak_mark(chart, peak))
    return chart.svg(marks, f"histogram of heights, {kind}")


def drift(y: Floats, x: Floats, aligned: NDArray[np.bool_], unit: str) -> str:
    """The path of the shifts, x to the right and y downwards; frames not found are hollow."""
    size, good = 360, np.isfinite(y) & np.isfinite(x)
    half = max(float(np.ptp(y[good])), float(np.ptp(x[good])), 1.0) * 0.56
    centre_y, centre_x = (float(v[good].max() + v[good].min()) / 2 for v in (y, x))
    chart = Chart(
        Axis(centre_x - half, centre_x + half, LEFT, size - RIGHT),
        Axis(centre_y - half, centre_y + half, TOP, size - BOTTOM),
        f"shift along x ({unit})",
        f"shift along y ({unit})",
        size,
        size,
    )
    places = [(chart.x.place(x[i]), chart.y.place(y[i])) for i in np.flatnonzero(good)]
    marks = [f'<path class="line after" d="{_path(_thinned(places))}"/>']
    every = max(1, len(places) // MOST_POINTS)
    for n, index in enumerate(np.flatnonzero(good)):
        if n % every == 0 or not aligned[index]:
            kind = "dot" if aligned[index] else "dot hollow"
            marks.append(f'<circle class="{kind}" cx="{places[n][0]:.1f}" cy="{places[n][1]:.1f}" r="2"/>')
    marks = marks[: 3 * MOST_POINTS]
    for name, (left, top) in (("first", places[0]), ("last", places[-1])):
        marks.append(f'<circle class="end" cx="{left:.1f}" cy="{top:.1f}" r="4"/>')
        side, anchor = (-8, "end") if left > size * 0.75 else (8, "start")
        marks.append(
            f'<text class="note" x="{left + side:.1f}" y="{top + 4:.1f}" text-anchor="{anchor}">{name}</text>'
        )
    return chart.svg(marks, "path of the drift")


def _grid(chart: Chart) -> list[str]:
    parts = []
    for tick in chart.y.ticks(5 if chart.height < 300 else 7):
        at = chart.y.place(tick)
        parts.append(
            f'<path class="grid" d="M{chart.x.start:g} {at:.1f}H{chart.x.end:g}"/>'
            f'<text x="{chart.x.start - 6:g}" y="{at + 3.5:.1f}" text-anchor="end">{number(tick)}</text>'
        )
    bottom = max(chart.y.start, chart.y.end)
    for tick in chart.x.ticks(7):
        at = chart.x.place(tick)
        parts.append(
            f'<path class="tick" d="M{at:.1f} {bottom:g}v4"/>'
            f'<text x="{at:.1f}" y="{bottom + 15:g}" text-anchor="middle">{number(tick)}</text>'
        )
    return [*parts, f'<path class="axis" d="M{chart.x.start:g} {bottom:g}H{chart.x.end:g}"/>']


def _bands(chart: Chart, x: Floats, bad: Sequence[int]) -> list[str]:
    """Shaded spans of frames that are not good, each half way to its neighbours."""
    if len(x) < 2:
        return []
    middles = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    runs: list[list[int]] = []
    for index in bad:
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    parts = []
    for first, last in runs[:MOST_BANDS]:
        left, right = chart.x.place(middles[first]), chart.x.place(middles[last + 1])
        parts.append(
            f'<rect class="band" x="{left:.1f}" y="{TOP}" width="{max(right - left, 1):.1f}" '
            f'height="{chart.height - TOP - BOTTOM}"/>'
        )
    return parts


def _line(chart: Chart, x: Floats, y: Floats) -> list[str]:
    """Lines through runs of numbers; a number with none beside it is a dot."""
    parts = []
    for start, end in _runs(np.isfinite(y)):
        places = [(chart.x.place(x[i]), chart.y.place(y[i])) for i in range(start, end)]
        if len(places) == 1:
            parts.append(f'<circle class="dot" cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" r="2.2"/>')
        else:
            parts.append(f'<path class="line after" d="{_path(_thinned(places))}"/>')
    return parts[: 2 * MOST_POINTS]


def _runs(good: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _thinned(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most some points: of each group of neighbours the lowest and the highest, in order."""
    size = -(-len(places) // MOST_POINTS)
    if size <= 1:
        return places
    kept: list[tuple[float, float]] = []
    for start in range(0, len(places), 2 * size):
        group = places[start : start + 2 * size]
        ends = {
            min(range(len(group)), key=lambda i: group[i][1]),
            max(range(len(group)), key=lambda i: group[i][1]),
        }
        kept += [group[i] for i in sorted(ends)]
    return kept


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in places)


def _outline(chart: Chart, edges: Floats, shares: Floats) -> str:
    places = [(chart.x.place(edges[0]), chart.y.start)]
    for left, right, share in zip(edges[:-1], edges[1:], shares, strict=True):
        at = chart.y.place(share)
        places += [(chart.x.place(left), at), (chart.x.place(right), at)]
    return _path([*places, (chart.x.place(edges[-1]), chart.y.start)]) + "Z"


def _peak_mark(chart: Chart, peak: float) -> str:
    at = chart.x.place(peak)
    side, anchor = (-5, "end") if at > WIDTH * 0.7 else (5, "start")
    return (
        f'<path class="peak" d="M{at:.1f} {TOP}V{chart.y.start:g}"/>'
        f'<text class="note" x="{at + side:.1f}" y="{TOP + 10}" text-anchor="{anchor}">'
        f"background {number(peak)}</text>"
    )


def _span(heights: Floats) -> tuple[float, float]:
    low, high = (float(v) for v in np.percentile(heights, [0.05, 99.95]))
    if not high > low:
        return low - 0.5, high + 0.5
    return low - 0.03 * (high - low), high + 0.03 * (high - low)
