"""The z-range and the histogram of a layer: at once from some frames, then of the whole movie."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playnano.errors import PlaynanoError
from playnano.quality import KINDS, bad_frames, judged
from playnano.rendering.zrange import PERCENTS, Percents, movie_range
from playnano.stack.frames import Frame
from playnano.stack.lazy import DerivedFrames, LayerFrames
from playnano.stack.once import OncePerKey
from playnano.stack.stack import AFMImageStack
from playnano.viewer.development import Layer
from playnano.viewer.jobs import Progress

SAMPLED_FRAMES = 12
SAMPLED_PIXELS = 1 << 20
"""Fewer frames are sampled where so many pixels are in fewer: the page waits for it."""
BINS = 256


class SampledRanges:
    """The ranges of layers from some of their frames, each found once while its layer is there."""

    def __init__(self) -> None:
        self._ranges: OncePerKey[Layer, OncePerKey[Percents, dict[str, Any]]] = OncePerKey(weak=True)

    def of(self, layer: Layer, percents: Percents = PERCENTS) -> dict[str, Any]:
        """The exporters' automatic range and a histogram, from a few frames spread over the movie."""
        return self._ranges.of(layer, OncePerKey).of(percents, lambda: sampled(layer, percents))


def layer_stack(layer: Layer) -> AFMImageStack:
    """The layer as a movie of its own, with the times and sizes of its step."""
    return replace(layer.stack, frames=LayerFrames(layer.images), processed={}, masks={})


def sampled(layer: Layer, percents: Percents = PERCENTS) -> dict[str, Any]:
    """The exporters' automatic range and a histogram, from a few frames spread over the movie."""
    stack = layer_stack(layer)
    some = _some(stack, range(len(stack)))
    if len(some) == len(stack):
        return _whole(stack, percents)
    return _with_histogram({**_range(some, percents), "exact": False}, some)


def _some(stack: AFMImageStack, frames: Sequence[int]) -> AFMImageStack:
    """A few of the frames of these numbers, spread over them; no more pixels than the page can wait for."""
    pixels = stack.shape[1] * stack.shape[2]
    count = min(len(frames), max(2, min(SAMPLED_FRAMES, SAMPLED_PIXELS // pixels)))
    places = sorted({round(place) for place in np.linspace(0, len(frames) - 1, count)})
    return AFMImageStack.from_array(np.stack([stack[frames[place]] for place in places]))


def exact(layer: Layer, threads: int, report: Progress, percents: Percents = PERCENTS) -> dict[str, Any]:
    """The range that the exporters use, from every frame, and the frames that are not good, by kind."""
    stack = layer_stack(layer)
    watched = replace(stack, frames=Watched(stack.frames, report))
    return _whole(judged(watched, threads, lambda *at: report("looking at frames", *at)), percents, threads)


def _whole(stack: AFMImageStack, percents: Percents, threads: int = 1) -> dict[str, Any]:
    """The exporters' range, a histogram of good frames, and the frames that are not good, by kind."""
    stack = judged(stack, threads)
    bad = {kind: bad_frames(stack.frame_metadata, (kind,)) for kind in KINDS}
    left_out = set().union(*bad.values())
    good = [index for index in range(len(stack)) if index not in left_out] or range(len(stack))
    zrange = {**_range(stack, percents, threads), "exact": True, "bad": bad}
    return _with_histogram(zrange, _some(stack, good))


@dataclass(frozen=True, repr=False)
class Watched(DerivedFrames):
    """Frames that report when they are read, so that work on all of them can be cancelled."""

    report: Progress

    def __getitem__(self, index: int, /) -> Frame:
        self.report("z-range", index, len(self))
        return self.frames[index]


def _range(stack: AFMImageStack, percents: Percents, threads: int = 1) -> dict[str, Any]:
    try:
        zrange = movie_range(stack, "auto", "auto", threads, percents)
    except PlaynanoError as error:  # nothing but NaN: there is nothing to colour, and the page says so
        return {"zmin": 0.0, "zmax": 1.0, "message": str(error)}
    return {"zmin": zrange.zmin, "zmax": zrange.zmax, "message": ""}


def _with_histogram(zrange: dict[str, Any], stack: AFMImageStack) -> dict[str, Any]:
    """The range, and how many heights there are within it and beside it."""
    heights = np.concatenate([image[np.isfinite(image)] for image in stack])
    if not heights.size:
        return {**zrange, "histogram": {"low": 0.0, "high": 1.0, "counts": [0] * BINS}}
    low, high = (float(value) for value in np.percentile(heights, (0.05, 99.95)))
    margin, reach = 0.1 * (high - low) or 0.5, zrange["zmax"] - zrange["zmin"]
    low = max(low - margin, zrange["zmin"] - reach)  # frames that are lost may lie far from all others
    high = max(low, min(high + margin, zrange["zmax"] + reach))
    counts, _ = np.histogram(heights, BINS, (low, high))
    return {**zrange, "histogram": {"low": low, "high": high, "counts": counts.tolist()}}
