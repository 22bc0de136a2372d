"""Shifts to a hundredth of a pixel: robust least squares on the differences of two images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.medians import median
from playnano.kernels.registration_copies import Copy
from playnano.kernels.rows import row_medians
from playnano.kernels.translation import Shift, between_pixels, overlap
from playnano.stack.frames import Image, Mask

CONVERGED_PX = 0.005
MAX_ROUNDS = 12
BEYOND_DOUBT = 0.75
"""Agreement that no two images reach by chance."""
_LONGEST_STEP_PX = 2.0
_CUT_OFF = 4.685
"""Of Tukey's biweight, in standard deviations: what differs by more has no weight."""
_MAD = 1.4826
_BORDER = 2
_LEAST_PIXELS = 64

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """A shift (y, x), and how well the images fix it."""

    shift: Shift
    agreement: NDArray[np.float64]
    """Correlation of both images' slopes along two directions, the lesser first."""
    directions: NDArray[np.float64]
    """The directions, unit vectors (y, x), one per row."""
    standing_out: float
    """Share of the pixels that differ too much to have a weight: what moves."""
    chance: float
    """Standard deviation of the agreement of images that share nothing; 0 where it is beyond doubt."""


@dataclass(frozen=True)
class Moved:
    """A copy moved between the pixels, and its upper left pixel (y, x)."""

    copy: Copy
    corner: NDArray[np.int64]


def shifted(copy: Copy, shift: Shift) -> Moved:
    """A copy where its shift puts it."""
    corner = np.round(shift).astype(np.int64)
    return Moved(Copy(between_pixels(copy.image, shift - corner), _inner(copy)), corner)


def _inner(copy: Copy) -> Mask:
    """The valid pixels whose neighbours are valid."""
    from scipy.ndimage import binary_erosion

    if copy.whole:
        return copy.valid
    return np.asarray(binary_erosion(copy.valid, np.ones((3, 3), bool), border_value=1))


def refined(
    reference: Copy, corner: NDArray[np.int64], moving: Copy, start: Shift, along: Any = None
) -> Fit | None:
    """The shift that puts `moving` on `reference`, from a start that is right to about a pixel.

    Of the differences of the images, an offset per row and a slope along the rows are fitted with the
    shift, so that neither the noise of lines nor tilt matters, and no line is levelled beforehand. Pixels
    that differ by more than noise does are given less weight, or none (Tukey's biweight): what moves.

    Parameters
    ----------
    reference : Copy
    corner : array (2,)
        Where its upper left pixel lies.
    start : array (2,)
        Shift (y, x).
    along : array (2,), optional
        The only direction in which to move.

    Returns
    -------
    Fit or None
        None where too little overlaps.

    References
    ----------
    B. D. Lucas and T. Kanade, "An iterative image registration technique", IJCAI 674 (1981).
    """
    shift, step, damping = start.astype(np.float64), np.full(2, np.inf), 1.0
    pair = _paired(reference, corner, shifted(moving, shift))
    for _ in range(MAX_ROUNDS):
        if pair is None:
            return None
        before, step = step, pair.step(along)
        if np.isfinite(before).all() and np.dot(before, step) < 0:
            damping = max(0.3, damping * 0.7)
        shift = shift + damping * np.clip(step, -_LONGEST_STEP_PX, _LONGEST_STEP_PX)
        if np.abs(step).max() < CONVERGED_PX:
            break
        pair = _paired(reference, corner, shifted(moving, shift))
    if pair is None:
        return None
    agreement, directions = pair.agreement()
    chance = 0.0 if agreement[0] > BEYOND_DOUBT else pair.chance()
    return Fit(shift, agreement, directions, pair.standing_out, chance)


@dataclass(frozen=True)
class _Pair:
    """What two images hold where both are valid, without an offset per row."""

    difference: Array
    slopes: tuple[Array, Array, Array]
    """Of the reference along y and x; and the position along the row."""
    weights: Array
    moved: Array
    standing_out: float

    @cached_property
    def _normal(self) -> NDArray[np.float64]:
        """The normal equations' matrix."""
        return _products(self._weighted, self.slopes)

    @cached_property
    def _weighted(self) -> list[Array]:
        return [slope * self.weights for slope in self.slopes]

    def step(self, along: Any) -> Shift:
        """By how much to move on."""
        normal = self._normal
        right = np.array([_dot(a, self.difference) for a in self._weighted])
        if along is not None:
            turned = np.array([[*along, 0.0], [0.0, 0.0, 1.0]])
            normal, right = turned @ normal @ turned.T, turned @ right
        scale = np.sqrt(np.maximum(np.diag(normal), 1e-30))
        solved = np.linalg.lstsq(normal / np.outer(scale, scale), right / scale, rcond=1e-6)[0] / scale
        return np.asarray(solved[0] * np.asarray(along) if along is not None else solved[:2])

    def agreement(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Correlation of the slopes of both images, in the directions in which it is least and most."""
        from scipy.linalg import eigh

        theirs = self._their_slopes
        shared = np.array([[_dot(a, b) for b in theirs] for a in self._weighted[:2]])
        power = self._normal[:2, :2] + _products([slope * self.weights for slope in theirs], theirs)
        power /= 2
        power += np.eye(2) * (1e-4 * np.trace(power) + 1e-30)
        values, vectors = eigh((shared + shared.T) / 2, power)
        directions = vectors.T / np.linalg.norm(vectors.T, axis=1, keepdims=True)
        return values, directions

    @cached_property
    def _their_slopes(self) -> list[Array]:
        totals = _totals(self.weights)
        return [_centred(slope, self.weights, totals) for slope in _slopes(self.moved)]

    def chance(self) -> float:
        """The standard deviation of the agreement if these images, with their own textures, shared nothing.

        That of a correlation is the sum over all shifts of the product of both autocorrelations.
        """
        variances = []
        for one, other in zip(self.slopes[:2], self._their_slopes, strict=True):
            first, second = _power(one * self.weights), _power(other * self.weights)
            power = 2 * float(first.sum(dtype=np.float64)) * float(second.sum(dtype=np.float64))
            variances.append(float((first * second).sum(dtype=np.float64)) / power if power else 1.0)
        return float(np.sqrt(max(variances)))


def _power(image: Array) -> Array:
    """The half of the power spectrum that a real image needs."""
    from scipy.fft import next_fast_len, rfft2

    spectrum = rfft2(image, tuple(next_fast_len(n, real=True) for n in image.shape))
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


def _paired(reference: Copy, corner: NDArray[np.int64], moved: Moved) -> _Pair | None:
    on_reference, on_moving = overlap(moved.corner - corner, moved.copy.image.shape, reference.image.shape)
    if min(s.stop - s.start for s in on_reference) <= 2 * _BORDER + 2:
        return None
    still, moving = (
        np.asarray(reference.image[on_reference], np.float32),
        np.asarray(moved.copy.image[on_moving], np.float32),
    )
    valid = _without_border(reference.valid[on_reference] & moved.copy.valid[on_moving])
    pixels = int(np.count_nonzero(valid))
    if pixels < _LEAST_PIXELS:
        return None
    weights = valid.astype(np.float32)
    difference = moving - still
    difference -= row_medians(difference, valid)[:, None]
    weights *= _biweights(difference, valid)
    totals = _totals(weights)
    difference = _centred(difference, weights, totals)
    along = np.broadcast_to(_ramp(still.shape[1]), still.shape)
    slopes = tuple(_centred(part, weights, totals) for part in (*_slopes(still), along))
    standing_out = 1 - float(np.count_nonzero(weights)) / pixels
    return _Pair(difference, slopes, weights, moving, standing_out)  # type: ignore[arg-type]


def _without_border(valid: Mask) -> Mask:
    inner = np.zeros_like(valid)
    middle = slice(_BORDER, -_BORDER)
    inner[middle, middle] = valid[middle, middle]
    return inner


def _biweights(difference: Array, valid: Mask) -> Array:
    spread = _MAD * median(np.abs(difference[::2, ::2][valid[::2, ::2]])) * _CUT_OFF
    if not spread > 0:
        return np.ones_like(difference)
    part = difference / np.float32(spread)
    np.square(part, out=part)
    np.subtract(1, part, out=part)
    np.maximum(part, 0, out=part)
    weights: Array = np.square(part, out=part)
    return weights


def _totals(weights: Array) -> Array:
    """The sum of the weights of each row, or next to nothing."""
    return np.asarray(np.maximum(np.einsum("ij->i", weights), np.float32(1e-6)))


def _centred(image: Array, weights: Array, totals: Array) -> Array:
    """The image without the weighted mean of each row."""
    return np.asarray(image - (np.einsum("ij,ij->i", image, weights) / totals)[:, None])


def _slopes(image: Image) -> tuple[Array, Array]:
    """Along y and x, by central differences; 0 at the borders."""
    along_y, along_x = np.zeros_like(image), np.zeros_like(image)
    along_y[1:-1] = (image[2:] - image[:-2]) * np.float32(0.5)
    along_x[:, 1:-1] = (image[:, 2:] - image[:, :-2]) * np.float32(0.5)
    return along_y, along_x


@lru_cache(maxsize=8)
def _ramp(width: int) -> Array:
    return np.linspace(-1, 1, width, dtype=np.float32)


def _products(some: Sequence[Array], others: Sequence[Array]) -> NDArray[np.float64]:
    """The products of images with others that they are but for weights: a symmetric matrix."""
    matrix = np.empty((len(some), len(others)))
    for row, column in combinations_with_replacement(range(len(some)), 2):
        matrix[row, column] = matrix[column, row] = _dot(some[row], others[column])
    return matrix


def _dot(a: Array, b: Array) -> float:
    return float(np.einsum("ij,ij->i", a, b).sum(dtype=np.float64))
