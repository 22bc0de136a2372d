"""The background of a frame: surface, line offsets and which pixels are background, found together."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playnano.errors import NothingToFitError
from playnano.kernels.base_level import levels_of
from playnano.kernels.line_offsets import offsets_by_differences, smooth_offsets, wander, without_outliers
from playnano.kernels.line_shapes import Shape, fitted_shape, shape_by_differences
from playnano.kernels.medians import median
from playnano.kernels.rounding import dither, rounding_step
from playnano.kernels.rows import row_medians
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
LEAST_NOISE = 1e-4
"""In ranges of the heights, where neighbouring pixels are mostly equal."""
_SAMPLE = 2**16


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

    image: Floats
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
    full = _centred(image, valid, first.start)
    full -= first.shape.over(image.shape[1])
    heights = first.levels if levels is None or not model.terraces else levels
    reach = WINDOW * first.noise if window is None else window
    last, full, noise = _round(full, valid, heights, reach, model)
    noise = max(noise, first.least_noise)
    zero = 0.0 if model.terraces else _zero(full, valid, noise)
    full -= zero
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
    start = median(_sample(image, valid))
    every = max(1, image.shape[1] // REDUCED_WIDTH)
    few = valid[:, ::every]
    return _estimated(_centred(image[:, ::every], few, start), few, model, start)


def likeness_gain(image: Image, valid: Mask, estimate: Estimate) -> float:
    """How much less a line differs from the next after levelling: the ratio of before to after, or 1.

    The typical difference of neighbouring pixels across the lines, before and after; where it is below 1,
    the offsets of lines have made the lines less alike.
    """
    few = slice(None, None, max(1, image.shape[1] // 128))
    both = valid[1:, few] & valid[:-1, few]
    before = _centred(image[:, few], valid[:, few], estimate.start)
    after = before - estimate.shape.over(before.shape[1])
    rough, smooth = (_typical_step(np.diff(heights, axis=0), both) for heights in (before, after))
    return rough / smooth if smooth > 0 and rough > 0 else 1.0


def _typical_step(differences: Image, both: Mask) -> float:
    some = both.any(axis=1)
    if not some.any():
        return 0.0
    usual = median(row_medians(differences, both)[some])
    return float(np.mean(row_medians(np.abs(differences - usual), both)[some]))


def _estimated(heights: Floats, valid: Mask, model: Model, start: float) -> Estimate:
    """Shape and line offsets, the noise and the levels, of a reduced image."""
    least = _least_noise(heights, valid)
    step = rounding_step(heights)
    if step:
        heights += step * dither(*heights.shape)
    shape = shape_by_differences(heights, valid, model.bowed)
    heights -= shape.over(heights.shape[1])
    lines = offsets_by_differences(heights, valid, whole_lines_are_steps=model.terraces)
    noise = max(lines.noise, least)
    offsets = lines.offsets if model.lines else smooth_offsets(heights, valid, model.bowed)
    heights -= offsets[:, None]
    if model.lines:
        wandered = wander(heights, valid, noise)
        heights -= wandered[:, None]
        offsets = offsets + wandered
    shape = shape.with_offsets(offsets)
    spread = noise * (1 + 0.1 * np.sqrt(len(heights)))
    levels = levels_of(_sample(heights, valid), max(spread / 3, noise), many=model.terraces)
    for reach in _narrowing(spread, noise, model):
        heights, shape, levels = _rebased(heights, shape, levels)
        change, heights, noise = _round(heights, valid, levels, max(float(reach), WINDOW * noise), model)
        noise = max(noise, least)
        kept = without_outliers(shape.offsets + change.offsets - offsets, noise) + offsets
        heights -= (kept - shape.offsets - change.offsets)[:, None]
        shape = Shape(shape.coefficients + change.coefficients, kept)
        levels = levels_of(_sample(heights, valid), noise, many=model.terraces)
    heights, shape, levels = _rebased(heights, shape, levels)
    return Estimate(shape, noise, levels, lines.jumps, least, start)


def _narrowing(spread: float, noise: float, model: Model) -> Floats:
    """Half widths of what counts as background, round by round."""
    narrowing = np.geomspace(3 * spread, WINDOW * noise, ROUNDS)
    return np.concatenate([narrowing, narrowing[-1:].repeat(TERRACE_ROUNDS if model.terraces else 0)])


def _least_noise(heights: Floats, valid: Mask) -> float:
    """What noise is taken to be at least: neighbouring pixels may be equal."""
    values = _sample(heights, valid)
    low, high = np.percentile(values, [1, 99])
    usual, whole = LEAST_NOISE * float(high - low), 0.01 * LEAST_NOISE * float(np.ptp(values))
    return max(usual, whole, float(np.finfo(float).tiny))


def _rebased(heights: Floats, shape: Shape, levels: Floats) -> tuple[Floats, Shape, Floats]:
    """Heights above the base, which is the first of the levels."""
    base = levels[0]
    return heights - base, shape.with_offsets(np.full(len(heights), base)), levels - base


def _round(
    heights: Floats, valid: Mask, levels: Floats, reach: float, model: Model
) -> tuple[Shape, Floats, float]:
    """One fit to what lies near a level: its shape, the heights without it, and their noise near a level."""
    rest = _to_nearest(heights, levels)
    near = _away_from_features(np.abs(rest) >= reach) & valid
    shape = fitted_shape(rest, near, model.bowed, lines=model.lines)
    shape = replace(shape, offsets=without_outliers(shape.offsets, reach / WINDOW))
    change = shape.over(rest.shape[1])
    after = heights - change
    return shape, after, _noise(after if rest is heights else rest - change, near)


def _away_from_features(features: Mask) -> Mask:
    """Pixels with no feature near them along the line: flanks are not background."""
    grown = features.copy()
    for shift in range(1, min(FLANK, features.shape[1] - 1) + 1):
        grown[:, shift:] |= features[:, :-shift]
        grown[:, :-shift] |= features[:, shift:]
    return np.asarray(~grown)


def _zero(heights: Floats, valid: Mask, noise: float) -> float:
    """The top of the background's peak: the mean of what lies near it leans to what stands out a little."""
    near = (np.abs(heights) < WINDOW * noise) & valid
    return float(levels_of(_sample(heights, near), noise)[0]) if near.any() else 0.0


def _centred(image: Image, valid: Mask, offset: float) -> Floats:
    """Heights above an offset, in new memory; 0 where there is no number, which no pixel that counts is."""
    centred = np.subtract(image, offset, dtype=np.float64)
    if not valid.all():
        np.nan_to_num(centred, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(centred)


def _to_nearest(heights: Floats, levels: Floats) -> Floats:
    """Distance of each pixel from the nearest level."""
    if len(levels) == 1:
        return heights if levels[0] == 0 else np.asarray(heights - levels[0])
    ordered = np.sort(levels)
    borders = (ordered[1:] + ordered[:-1]) / 2
    return np.asarray(heights - ordered[np.searchsorted(borders, heights)])


def _noise(rest: Floats, near: Mask) -> float:
    return 1.4826 * median(np.abs(_sample(rest, near)))


def _sample(values: Image, chosen: Mask) -> Floats:
    """Some of the chosen values, spread over the image."""
    step = max(1, values.size // _SAMPLE) | 1
    few = values.ravel()[::step][chosen.ravel()[::step]]
    return np.asarray(few if few.size else values[chosen], np.float64)
