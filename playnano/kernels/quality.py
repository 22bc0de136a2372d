"""Whether a frame shows the sample: what its lines have in common, alone and beside other frames."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.medians import median
from playnano.stack.blocks import line_blocks
from playnano.stack.frames import Image

Quality = Literal["good", "partial", "lost", "blank"]
Floats = NDArray[np.float64]

UNRELATED = 0.15
"""Lines that correlate less than this with the next have nothing in common."""
STEP_RATIO = 2.5
"""Without contact, neighbouring lines differ this many times more than in the other frames."""
LEAST_FLAT = 0.01
"""Share of lines of one level, at the top or bottom, that makes a frame partial."""
ONE_LEVEL = 0.997
"""A frame with such a share of its pixels on one level is blank."""
LEAST_LINES = 5
"""Fewest recorded lines for an estimate."""
SAMPLE_FRAMES = 64
"""So many frames, spread over the movie, say what its lines are like."""


class LineEvidence(NamedTuple):
    """What the lines of one frame show."""

    flat_lines: float
    """Share of the lines, at the top or the bottom, that repeat one level or are NaN; 1 in a blank frame."""
    line_correlation: float
    """Mean correlation of a recorded line with the next, offset, slope and bow removed; NaN where unknown."""
    line_step: float
    """Typical difference of a recorded line and the next, in the unit of the image; NaN where unknown."""


def line_evidence(image: Image) -> LineEvidence:
    """What the lines of an image (height, width) show of its quality."""
    if not _recorded(image):
        return LineEvidence(1.0, np.nan, np.nan)
    flat = _flat_lines(image)
    lines = image[~flat] if flat.any() else image
    if min(lines.shape) < LEAST_LINES:
        return LineEvidence(float(flat.mean()), np.nan, np.nan)
    blocks = _blocks(lines)
    correlation = np.mean(_correlations(blocks))
    steps = np.diff(blocks, axis=0)
    step = 1.4826 * median(np.abs(steps, out=steps))
    return LineEvidence(float(flat.mean()), float(correlation), float(step))


class ContactLimits(NamedTuple):
    """What the lines of a movie are like: a frame with less in common, and larger steps, has no contact."""

    correlation: float
    step: float
    """NaN where no frame shows anything: then none is lost."""


def sample_frames(count: int) -> list[int]:
    """Numbers of the frames that the limits of a movie come from."""
    places = np.linspace(0, count - 1, min(count, SAMPLE_FRAMES))
    return [int(place) for place in np.unique(places.round())]


def contact_limits(sample: Sequence[LineEvidence]) -> ContactLimits:
    """The limits of a movie, from some of its frames."""
    _, correlation, step = np.array(sample, float).reshape(-1, 3).T
    textured = np.isfinite(correlation)
    related = textured & (correlation >= UNRELATED)
    others = related if related.any() else textured
    if not others.any():
        return ContactLimits(UNRELATED, np.nan)
    least = min(UNRELATED, float(np.median(correlation[others])) / 2 + UNRELATED / 2)
    return ContactLimits(least, STEP_RATIO * float(np.median(step[others])))


def frame_quality(evidence: LineEvidence, limits: ContactLimits) -> Quality:
    """The quality of a frame in a movie of these limits.

    `blank`: one level, or nothing but NaN. `lost`: neighbouring lines have nothing in common and differ far
    more than in the frames that show something, as where the tip has no contact. `partial`: some lines, at
    the top or the bottom, were not recorded. A movie without structure, such as bare mica, has no lost
    frames: only those count whose lines differ more than those of the others.
    """
    if evidence.flat_lines == 1:
        return "blank"
    if evidence.line_correlation < limits.correlation and evidence.line_step > limits.step:
        return "lost"
    return "partial" if evidence.flat_lines >= LEAST_FLAT else "good"


def _recorded(image: Image) -> bool:
    """Whether the image holds numbers, and not nearly all of them are the same.

    A level of nearly all pixels is the median of nearly all parts of the image, so no copy of it is needed.
    """
    if _changes_along_lines(image):
        return True
    numbers: Counter[float] = Counter()
    for lines in line_blocks(image.shape):
        finite = image[lines][np.isfinite(image[lines])]
        if finite.size:
            numbers[float(np.partition(finite, finite.size // 2)[finite.size // 2])] += finite.size
    if not numbers:
        return False
    level = image.dtype.type(numbers.most_common(1)[0][0])
    return bool(np.count_nonzero(image == level) / numbers.total() <= ONE_LEVEL)


def _changes_along_lines(image: Image) -> bool:
    """Whether too many pixels differ from the next for nearly all to be the same; False where any is NaN.

    Each pixel that is not on the level takes away two pairs of equal neighbours at most.
    """
    height, width = image.shape
    equal = np.count_nonzero(image[:, 1:] == image[:, :-1])
    fewest = height * (width - 1) - 2 * (1 - ONE_LEVEL) * image.size
    return bool(equal < fewest and np.isfinite(image).all())


def _flat_lines(image: Image) -> NDArray[np.bool_]:
    """Lines of one level (or NaN) that the lines from there to the top or the bottom share; (height,).

    None where most of the other lines is of that level too: it is the background of a scene without noise.
    """
    first = image[:, 0]
    one_level = np.all((image == first[:, None]) | np.isnan(image) & np.isnan(first)[:, None], axis=1)
    flat = _run(one_level, first) | _run(one_level[::-1], first[::-1])[::-1]
    if not flat.any() or flat.all():
        return flat
    background = np.isin(image[~flat], np.unique(first[flat]))
    return np.zeros_like(flat) if background.mean() > 0.5 else flat


def _run(one_level: NDArray[np.bool_], level: NDArray[Any]) -> NDArray[np.bool_]:
    """The run of lines at the start that all have the level of the first; none where it is a single line."""
    same = one_level & ((level == level[0]) | np.isnan(level) & np.isnan(level[0]))
    run = np.logical_and.accumulate(same)
    return run if run.sum() > 1 else np.zeros_like(run)


def _blocks(image: Image) -> Floats:
    """Means of a few pixels along each line, less noisy than pixels; (height, blocks)."""
    size = min(4, max(1, image.shape[1] // 32))
    count = image.shape[1] // size
    offset = np.float64(_first_number(image))
    blocks = np.empty((len(image), count))
    for lines in line_blocks(image.shape):
        part, sums = image[lines], blocks[lines]
        finite = np.isfinite(part)
        values = part if finite.all() else np.where(finite, part, offset)
        np.subtract(values[:, : count * size : size], offset, out=sums)
        for pixel in range(1, size):
            sums += values[:, pixel : count * size : size] - offset
    blocks /= size
    return blocks


def _first_number(image: Image) -> Any:
    line = next((line for line in image if np.isfinite(line).any()), np.zeros(1))
    return line[np.isfinite(line)][0]


def _correlations(blocks: Floats) -> Floats:
    """Correlation of each line with the next, offset, slope and bow removed; (height - 1,)."""
    width = blocks.shape[1]
    basis = np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1, 1, width), 2))[0]
    rest = (blocks @ basis) @ basis.T
    np.subtract(blocks, rest, out=rest)
    power = np.einsum("ij,ij->i", rest, rest)
    scale = np.sqrt(power[:-1] * power[1:])
    products = np.einsum("ij,ij->i", rest[:-1], rest[1:])
    return np.asarray(np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0))
