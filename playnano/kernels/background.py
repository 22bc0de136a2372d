"""The background of a frame: surface, line offsets and which pixels are background, found together."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.kernels.base_level import levels_of
from playnano.kernels.line_offsets import offsets_by_differences, smooth_offsets, wander, without_outliers
from playnano.kernels.line_shapes import Shape, coordinates, fitted_shape, shape_by_differences
from playnano.kernels.medians import median
from playnano.kernels.rounding import dither, rounding_step
from playnano.kernels.rows import row_medians
from playnano.kernels.sampling import few_of, sample, sample_without
from playnano.stack.frames import Image, Mask

Surface = Literal["plane", "polynomial", "terraces"]
Floats = NDArray[np.float64]

WINDOW = 3.5
"""Background is what lies within so many times its noise of its level."""
FLANK = 3
"""Pixels of a line that are so near to a feature are not background."""
ROUNDS = 5
TERRACE_ROUNDS = 20
"""More rounds for terraces: their slope and their heights are found one by the other."""
REDUCED_WIDTH = 256
"""Lines are thinned out to this many pixels, but for the last round."""
EARLY_WIDTH = 128
"""And to this many in the rounds that only show which pixels the next one is to look at."""
LEAST_AWAY = 0.25
"""Where flanks leave a smaller share of the background, as in a fine grating, they count as background."""
LEAST_NOISE = 1e-4
"""In ranges of the heights, where neighbouring pixels are mostly equal."""
SINGLE = np.dtype(np.float32)
"""What the last fit starts from need not be more precise than noise."""


@dataclass(frozen=True)
class Model:
    """What is fitted to the background."""

    surface: Surface
    lines: bool = True
    """Whether each line has an offset of its own; else lines follow the surface."""

    @property
    def bowed(self) -> bool:
        """Whether the surface has bow and twist beside its slope."""
        return self.surface == "polynomial"

    @property
    def terraces(self) -> bool:
        """Whether there are several levels."""
        return self.surface == "terraces"


@dataclass(frozen=True)
class Background:
    """A levelled image, its background's level at zero."""

    image: Image
    """Heights above the background (height, width); without meaning where a pixel does not count."""
    noise: float
    """Standard deviation of the background."""
    level: float
    """Level of the background before."""
    levels: Floats
    """Heights of the levels that count as background: 0, then those of terraces."""
    jumps: int = 0
    """Number of jumps of a whole line, far beyond the others, that were taken for offsets."""

    def features(self, window: float) -> Mask:
        """Pixels further than `window` from every level; bool (height, width)."""
        return np.asarray(np.abs(_to_nearest(self.image, self.levels)) > window)


@dataclass(frozen=True)
class Estimate:
    """What an image shows of its background, but for the last round."""

    shape: Shape
    noise: float
    levels: Floats
    jumps: int
    least_noise: float
    start: float
    """What was subtracted before."""
    line_noise: float
    """Standard deviation of the heights by the differences of neighbouring lines."""

    @property
    def roughness(self) -> float:
        """How many times rougher the background is than the noise: low features may be taken for it."""
        return self.noise / self.line_noise


def background(
    image: Image,
    valid: Mask,
    model: Model,
    estimate: Estimate | None = None,
    window: float | None = None,
    levels: Floats | None = None,
) -> Background:
    """Level an image by what it shows of its background.

    Parameters
    ----------
    image : array (height, width)
    valid : bool array (height, width)
        Pixels that count: they hold a number and no mask covers them.
    estimate : Estimate, optional
        That of this image, where it is there already.
    window : float, optional
        Pixels further than this from the background's level are features; found from the noise by default.
    levels : array, optional
        Heights of terraces above the background; found from the histogram by default.

    Raises
    ------
    NothingToFitError
        Where too few pixels count.
    """
    first = estimated(image, valid, model) if estimate is None else estimate
    full, u = _centred(image, valid, first.start, image.dtype), coordinates(image.shape[1])
    full -= first.shape.over(u, full.dtype)
    heights = first.levels if levels is None or not model.terraces else levels
    reach = WINDOW * first.noise if window is None else window
    last, noise = _round(full, valid, u, heights, reach, model)
    noise = max(noise, first.least_noise)
    full -= last.over(u, full.dtype)
    zero = 0.0 if model.terraces else _zero(full, valid, noise)
    full -= full.dtype.type(zero)
    level = first.start + float(np.median(first.shape.offsets + last.offsets)) + zero
    return Background(full, noise, level, heights, first.jumps)


def estimated(image: Image, valid: Mask, model: Model) -> Estimate:
    """What an image shows of its background where its lines are thinned out.

    Raises
    ------
    NothingToFitError
        Where too few pixels count.
    """
    if np.count_nonzero(valid) < 9:
        raise NothingToFitError("too few pixels are left to find the background")
    start = float(image.dtype.type(median(sample(image, valid))))
    every = max(1, image.shape[1] // REDUCED_WIDTH)
    few, u = np.ascontiguousarray(valid[:, ::every]), coordinates(image.shape[1])[::every]
    heights, step = _centred(image[:, ::every], few, start), rounding_step(image, valid)
    if step:
        heights += np.float32(step) * dither(*heights.shape)
    return _estimated(heights, few, u, model, start)


def likeness_gain(image: Image, valid: Mask, estimate: Estimate) -> float:
    """How much less a line differs from the next after levelling: the ratio of before to after, or 1.

    The typical difference of neighbouring pixels across the lines, before and after; where it is below 1,
    the offsets of lines have made the lines less alike.
    """
    few = slice(None, None, max(1, image.shape[1] // 128))
    both = valid[1:, few] & valid[:-1, few]
    before = _centred(image[:, few], valid[:, few], estimate.start)
    after = before - estimate.shape.over(coordinates(image.shape[1])[few], before.dtype)
    rough, smooth = (_typical_step(np.diff(heights, axis=0), both) for heights in (before, after))
    return rough / smooth if smooth > 0 and rough > 0 else 1.0


def _typical_step(differences: Image, both: Mask) -> float:
    some = both.any(axis=1)
    if not some.any():
        return 0.0
    usual = median(row_medians(differences, both)[some])
    differences -= differences.dtype.type(usual)
    return float(np.mean(row_medians(np.abs(differences, out=differences), both)[some], dtype=np.float64))


def _estimated(heights: Image, valid: Mask, u: Floats, model: Model, start: float) -> Estimate:
    """Shape and line offsets, the noise and the levels, of some columns of an image, at places `u`."""
    least = _least_noise(heights, valid)
    shape, noise, jumps = _by_differences(heights, valid, u, model, least)
    line_noise = noise
    offsets, spread = shape.offsets, noise * (1 + 0.1 * np.sqrt(len(heights)))
    flat = sample_without(shape, heights, u, valid)
    levels = levels_of(flat, max(spread / 3, noise), many=model.terraces)
    thin = slice(None, None, max(1, heights.shape[1] // EARLY_WIDTH))
    early, reaches = (heights[:, thin], valid[:, thin], u[thin]), _narrowing(spread, noise, model)
    for number, reach in enumerate(reaches, 1):
        image, counted, places = early if number < len(reaches) - 1 else (heights, valid, u)
        shape, levels = _rebased(shape, levels)
        flat = image - shape.over(places, image.dtype)
        change, noise = _round(flat, counted, places, levels, max(float(reach), WINDOW * noise), model)
        noise = max(noise, least)
        kept = without_outliers(shape.offsets + change.offsets - offsets, noise) + offsets
        change = replace(change, offsets=kept - shape.offsets)
        rest = sample_without(change, flat, places, counted)
        levels = levels_of(rest, noise, many=model.terraces)
        shape = shape + change
    shape, levels = _rebased(shape, levels)
    return Estimate(shape, noise, levels, jumps, least, start, line_noise)


def _by_differences(
    heights: Image, valid: Mask, u: Floats, model: Model, least: float
) -> tuple[Shape, float, int]:
    """Shape and line offsets by differences of pixels, the noise, and the number of jumps of whole lines."""
    shape = shape_by_differences(heights, valid, u, model.bowed)
    flat = heights - shape.over(u, heights.dtype)
    lines = offsets_by_differences(flat, valid, whole_lines_are_steps=model.terraces)
    noise = max(lines.noise, least)
    if not model.lines:
        return shape.with_offsets(smooth_offsets(flat, valid, model.bowed)), noise, lines.jumps
    flat -= lines.offsets.astype(flat.dtype)[:, None]
    return shape.with_offsets(lines.offsets + wander(flat, valid, noise)), noise, lines.jumps


def _narrowing(spread: float, noise: float, model: Model) -> Floats:
    """Half widths of what counts as background, round by round."""
    narrowing = np.geomspace(3 * spread, WINDOW * noise, ROUNDS)
    return np.concatenate([narrowing, narrowing[-1:].repeat(TERRACE_ROUNDS if model.terraces else 0)])


def _least_noise(heights: Image, valid: Mask) -> float:
    """What noise is taken to be at least: neighbouring pixels may be equal."""
    ordered = np.sort(sample(heights, valid))
    outer = len(ordered) // 100
    usual = LEAST_NOISE * float(ordered[-1 - outer] - ordered[outer])
    whole = 0.01 * LEAST_NOISE * float(ordered[-1] - ordered[0])
    return max(usual, whole, float(np.finfo(np.float32).tiny))


def _rebased(shape: Shape, levels: Floats) -> tuple[Shape, Floats]:
    """The shape with the base, which is the first of the levels, and the levels above it."""
    base = levels[0]
    return shape.with_offsets(np.full(len(shape.offsets), base)), levels - base


def _round(
    heights: Image, valid: Mask, u: Floats, levels: Floats, reach: float, model: Model
) -> tuple[Shape, float]:
    """One fit to what lies near a level: its shape, and the noise near a level without it."""
    rest = _to_nearest(heights, levels)
    near = _between_features(np.abs(rest) >= rest.dtype.type(reach), valid)
    shape = fitted_shape(rest, near, u, model.bowed, lines=model.lines)
    shape = replace(shape, offsets=without_outliers(shape.offsets, reach / WINDOW))
    return shape, 1.4826 * median(np.abs(sample_without(shape, rest, u, near)))


def _between_features(features: Mask, valid: Mask) -> Mask:
    """What counts and is no feature, nor a flank of one where that leaves enough."""
    away, between = away_from_features(features) & valid, valid & ~features
    enough = np.count_nonzero(away) >= LEAST_AWAY * np.count_nonzero(between)
    return away if enough else between


def away_from_features(features: Mask, flank: int = FLANK) -> Mask:
    """Pixels with no feature within `flank` pixels along the line: flanks are not background."""
    grown, reach, furthest = features, 0, min(flank, features.shape[1] - 1)
    while reach < furthest:
        shift = min(reach + 1, furthest - reach)  # a longer one leaves gaps beside the image's edge
        before, grown, reach = grown, grown.copy(), reach + shift
        grown[:, shift:] |= before[:, :-shift]
        grown[:, :-shift] |= before[:, shift:]
    return np.logical_not(grown)


def _zero(heights: Image, valid: Mask, noise: float) -> float:
    """The top of the background's peak: the mean of what lies near it leans to what stands out a little."""
    few = few_of(heights)
    some = heights[few]
    near = (np.abs(some) < WINDOW * noise) & valid[few]
    if not near.any():
        some, near = heights, (np.abs(heights) < WINDOW * noise) & valid
    return float(levels_of(some[near], noise)[0]) if near.any() else 0.0


def _centred(image: Image, valid: Mask, offset: float, dtype: np.dtype[Any] = SINGLE) -> Image:
    """Heights above an offset, in new memory; 0 where there is no number, which no pixel that counts is."""
    centred = np.subtract(image, image.dtype.type(offset)).astype(dtype, copy=False)
    if not valid.all():
        np.nan_to_num(centred, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return centred


def _to_nearest(heights: Image, levels: Floats) -> Image:
    """Distance of each pixel from the nearest level."""
    if len(levels) == 1:
        return heights if levels[0] == 0 else np.asarray(heights - heights.dtype.type(levels[0]))
    ordered = np.sort(levels).astype(heights.dtype)
    borders = (ordered[1:] + ordered[:-1]) / 2
    nearest = np.full_like(heights, ordered[0])
    for border, step in zip(borders, np.diff(ordered), strict=True):
        nearest += (heights > border) * step
    return np.subtract(heights, nearest, out=nearest)
