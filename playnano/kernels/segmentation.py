"""From a mask to labelled regions: connected pixels, holes filled, touching regions split."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.regions import Labels, spread_by_one
from playnano.stack.frames import Mask

Split = Literal["none", "watershed", "opening"]
SHALLOW = 0.12
"""Two regions whose neck is less than this share narrower than the thinner of them are one."""


def connected_regions(mask: Mask, connectivity: int = 8) -> tuple[Labels, int]:
    """Labels of connected pixels in the order of their first pixel, and their number."""
    from scipy.ndimage import label

    structure = np.ones((3, 3), int) if connectivity == 8 else None
    labels = np.empty(mask.shape, np.int32)
    count = label(mask, structure, output=labels)
    return labels, int(count)


def filled_holes(mask: Mask) -> Mask:
    """The mask with what it encloses."""
    from scipy.ndimage import binary_fill_holes

    return np.asarray(binary_fill_holes(mask))


def renumbered(labels: Labels, kept: NDArray[np.bool_]) -> tuple[Labels, int]:
    """Only the regions that are kept, numbered anew in their order; `kept` has a flag for each."""
    numbers = np.zeros(len(kept) + 1, np.int32)
    numbers[1:][kept] = np.arange(1, kept.sum() + 1)
    return numbers[labels], int(kept.sum())


def in_raster_order(labels: Labels) -> tuple[Labels, int]:
    """Regions numbered in the order of their first pixel, row after row."""
    names, first = np.unique(labels, return_index=True)
    first, names = first[names > 0], names[names > 0]
    numbers = np.zeros(int(names[-1]) + 1 if len(names) else 1, np.int32)
    numbers[names[np.argsort(first)]] = np.arange(1, len(names) + 1)
    return numbers[labels], len(names)


def split_by_watershed(mask: Mask) -> tuple[Labels, int]:
    """Touching round regions apart: basins of the distance to the background, shallow ones merged.

    References
    ----------
    Meyer, F. (1994), Signal Processing 38, 113-125.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    if not mask.any():
        return np.zeros(mask.shape, np.int32), 0
    depth = np.asarray(distance_transform_edt(np.pad(mask, 1)))[1:-1, 1:-1]
    smooth = np.where(mask, gaussian_filter(depth, 1.0), 0)
    basins, count = _basins(smooth, mask)
    return in_raster_order(_merged(basins, count, smooth))


def split_by_opening(mask: Mask, radius_px: float) -> tuple[Labels, int]:
    """Regions joined by a neck thinner than twice the radius apart; thin regions are kept whole."""
    from scipy.ndimage import distance_transform_edt

    depth = np.asarray(distance_transform_edt(np.pad(mask, 1)))[1:-1, 1:-1]
    seeds, count = connected_regions(depth > radius_px)
    whole, _ = connected_regions(mask)
    seeded = np.zeros(whole.max() + 1, bool)
    seeded[whole[seeds > 0]] = True
    seeds = np.where(mask & ~seeded[whole], whole + count, seeds)
    return in_raster_order(flooded(seeds.astype(np.int32), mask))


def flooded(seeds: Labels, mask: Mask) -> Labels:
    """Seeds grown over the mask, a pixel in all directions at a time; where two meet, the larger wins."""
    grown = np.where(mask, seeds, 0).astype(np.int32)
    while True:
        further = np.where(mask & (grown == 0), spread_by_one(grown), grown)
        if np.array_equal(further, grown):
            return grown
        grown = further


def _basins(smooth: NDArray[Any], mask: Mask) -> tuple[Labels, int]:
    """Where steepest ascent leads from each pixel: labels of the summits, and their number."""
    height, width = smooth.shape
    padded = np.pad(smooth, 1)
    steps = np.array([(0, 0), *((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx)])
    around = np.stack([padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy, dx in steps])
    best = steps[np.argmax(around, axis=0)]
    towards = np.arange(height * width) + (best[..., 0] * width + best[..., 1]).ravel()
    while True:
        further = towards[towards]
        if np.array_equal(further, towards):
            break
        towards = further
    summits, labels = np.unique(towards[mask.ravel()], return_inverse=True)
    basins = np.zeros(height * width, np.int32)
    basins[mask.ravel()] = labels + 1
    return basins.reshape(height, width), len(summits)


def _merged(basins: Labels, count: int, smooth: NDArray[Any]) -> Labels:
    """Neighbouring basins joined, the highest pass first, where it is nearly as high as the lower peak."""
    peak = np.zeros(count + 1)
    np.maximum.at(peak, basins.ravel(), smooth.ravel())
    parent = list(range(count + 1))

    def root(name: int) -> int:
        while parent[name] != name:
            name = parent[name]
        return name

    for height, one, other in _passes(basins, smooth):
        a, b = root(one), root(other)
        if a != b and height > (1 - SHALLOW) * min(peak[a], peak[b]):
            keep, join = (a, b) if (peak[a], -a) >= (peak[b], -b) else (b, a)
            parent[join] = keep
    return np.array([root(name) for name in range(count + 1)], np.int32)[basins]


def _passes(basins: Labels, smooth: NDArray[Any]) -> list[tuple[float, int, int]]:
    """The highest pass between each pair of neighbouring basins, highest first."""
    best: dict[tuple[int, int], float] = {}
    for here, neighbours in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:-1, :-1], np.s_[1:, 1:]),
        (np.s_[:-1, 1:], np.s_[1:, :-1]),
    ):
        a, b = basins[here], basins[neighbours]
        touch = (a != b) & (a > 0) & (b > 0)
        heights = np.minimum(smooth[here], smooth[neighbours])[touch]
        for one, other, height in zip(a[touch], b[touch], heights, strict=True):
            pair = (int(min(one, other)), int(max(one, other)))
            best[pair] = max(best.get(pair, 0.0), float(height))
    return sorted(((height, *pair) for pair, height in best.items()), key=lambda p: (-p[0], p[1], p[2]))
