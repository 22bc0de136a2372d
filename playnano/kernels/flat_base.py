"""The base of an image flattened: its peak in the histogram is sharpened round by round."""

from dataclasses import dataclass

import numpy as np

from playnano.errors import NothingToFitError
from playnano.kernels.facets import facet_slope, tilted
from playnano.kernels.surfaces import Floats, fit_surface
from playnano.stack.frames import Frame, Mask

_FACET_ROUNDS = 5
_DEGREES = (2, 3, 4, 5)
_SIGMAS = 3
_PEAK_PART = 0.3  # of the highest bin
_MOST_BINS = 4096


@dataclass(frozen=True)
class FlatBase:
    """What was subtracted (height, width), and the standard deviation of the base that is left."""

    surface: Floats
    spread: float


def flat_base(frame: Frame, aspect: float = 1.0) -> FlatBase:
    """The surface under the features of an image, so that its base is at zero.

    Facets first, then polynomials of degree 2 to 5 fitted to what lies within 3 standard deviations above
    the base's peak, while that peak gets narrower.

    Raises
    ------
    NothingToFitError
        Where the background does not determine a slope.
    """
    heights = frame.image.astype(np.float64)
    background = frame.background()
    surface = np.zeros_like(heights)
    level, spread = _peak(heights[background])
    stages = [*[0] * _FACET_ROUNDS, *_DEGREES]
    while stages:
        stage = stages.pop(0)
        rest = Frame(heights - surface, ~background)
        step = _facets(rest, aspect) if not stage else _polynomial(rest, level + _SIGMAS * spread, stage)
        if step is None:
            break
        tried = _peak((heights - surface - step)[background])
        if tried[1] < spread:
            surface, (level, spread) = surface + step, tried
        elif not stage:  # the facets would be the same again
            stages = list(_DEGREES)
    return FlatBase(surface + level, spread)


def _facets(frame: Frame, aspect: float) -> Floats:
    return tilted(frame.image.shape, facet_slope(frame, aspect))


def _polynomial(frame: Frame, highest: float, degree: int) -> Floats | None:
    """The polynomial under what is not higher than this; None where too little is left to fit."""
    features = _grown(frame.image > highest, 1 + degree // 2)
    try:
        return fit_surface(frame.masked(features), degree)
    except NothingToFitError:
        return None


def _grown(mask: Mask, pixels: int) -> Mask:
    from scipy.ndimage import maximum_filter

    return np.asarray(maximum_filter(mask.view(np.uint8), 2 * pixels + 1, mode="constant").astype(bool))


def _peak(values: Floats) -> tuple[float, float]:
    """Mean and standard deviation of a Gaussian through the top of the histogram's highest peak."""
    if not values.size:
        raise NothingToFitError("every pixel is masked or NaN")
    low, high = np.percentile(values, [0.5, 99.5])
    if not high > low:
        return float(low), 0.0
    bins = int(min(_MOST_BINS, max(16, 4 * np.cbrt(len(values)))))
    counts, edges = np.histogram(values, bins, (low, high))
    top = int(np.argmax(counts))
    small = np.flatnonzero(counts < _PEAK_PART * counts[top])
    first = int(small[small < top].max(initial=-1)) + 1
    last = int(small[small > top].min(initial=bins)) - 1
    inside = values[(values >= edges[first]) & (values <= edges[last + 1])]
    return _gaussian(counts[first : last + 1], edges[first : last + 2], inside)


def _gaussian(counts: Floats, edges: Floats, inside: Floats) -> tuple[float, float]:
    """From a parabola through the logarithms of the counts; of few bins, from the values themselves."""
    centres = (edges[1:] + edges[:-1]) / 2
    middle, width = float(inside.mean()), float(edges[-1] - edges[0])
    if np.count_nonzero(counts) > 3:
        filled = counts > 0
        place = (centres[filled] - middle) / width
        curve = np.polynomial.polynomial.polyfit(place, np.log(counts[filled]), 2, w=np.sqrt(counts[filled]))
        if curve[2] < 0:
            top = float(np.clip(-curve[1] / (2 * curve[2]), -0.5, 0.5))
            return middle + top * width, width / float(np.sqrt(-2 * curve[2]))
    return middle, float(inside.std())
