"""How far two images lie apart along the fast axis, and one moved onto the other."""

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

_FURTHEST = 0.25  # of the width
_LEAST_CORRELATION = 0.1
_AROUND = 3  # px

Signal = NDArray[np.float64]


def shift_of(trace: Image, retrace: Image) -> float | None:
    """How far the retrace lies to the right of the trace, in px; None where the two do not show it.

    Both are images (height, width). Their rows, levelled, are correlated at every whole shift up to a
    quarter of the width; around the best one, the sum of squared differences of that part of the trace
    which the retrace holds at each shift has its least value between the pixels.
    """
    furthest = int(_FURTHEST * trace.shape[1]) - _AROUND
    if furthest <= _AROUND:
        return None
    correlation = _correlation(_levelled(trace), _levelled(retrace), furthest)
    best = int(np.argmax(correlation)) - furthest
    if correlation[best + furthest] < _LEAST_CORRELATION:
        return None
    for _ in range(furthest):  # where features are broad, the best correlation lies a little off
        agreement = _agreement(trace, retrace, best)
        off = int(np.argmax(agreement)) - _AROUND
        if off == 0:
            return best + _summit(agreement)
        best += off
        if abs(best) > furthest:
            return None
    return None


def _agreement(trace: Image, retrace: Image, shift: int) -> Signal:
    """Less the sum of squared differences at the whole shifts around one; 2 * _AROUND + 1 values."""
    width = trace.shape[1]
    start, stop = max(0, _AROUND - shift), min(width, width - shift - _AROUND)
    part = trace[:, start:stop].astype(np.float64)
    offsets = range(shift - _AROUND, shift + _AROUND + 1)
    differences = [part - retrace[:, start + offset : stop + offset] for offset in offsets]
    valid = np.isfinite(sum(differences))
    return np.array([-_power(difference, valid) for difference in differences])


def _power(difference: Signal, valid: NDArray[np.bool_]) -> float:
    levelled = _levelled(difference if valid.all() else np.where(valid, difference, np.nan))
    return float(np.nansum(np.square(levelled, out=levelled)))


def _levelled(image: Image) -> Signal:
    """An image without a parabola in each row, which is tilt and the scanner's bow; NaN where not known."""
    valid = np.isfinite(image)
    values = image.astype(np.float64)
    for place in np.flatnonzero(~valid.all(axis=1)):
        row, finite = values[place], valid[place]
        row[~finite] = np.median(row[finite]) if finite.any() else 0.0
    x = np.linspace(-1, 1, image.shape[1])
    parabolas = np.linalg.qr(np.stack([x**0, x, x**2], axis=1))[0]
    values -= values @ parabolas @ parabolas.T
    values[~valid] = np.nan
    return values


def _correlation(first: Signal, second: Signal, furthest: int) -> Signal:
    """Correlation at each shift from -furthest to furthest, over the pixels that both have; 0 where none."""
    transforms = []
    length = first.shape[1] + furthest
    for signal in (first, second):
        valid = np.isfinite(signal)
        values = np.where(valid, signal, 0.0)
        transforms.append([np.fft.rfft(part, length, axis=1) for part in (values, values**2, valid)])
    (a, a2, in_a), (b, b2, in_b) = transforms
    products, power_a, power_b = (
        _lags((x.conj() * y).sum(axis=0), length, furthest) for x, y in ((a, b), (a2, in_b), (in_a, b2))
    )
    power = np.sqrt(np.maximum(power_a, 0) * np.maximum(power_b, 0))
    least = 1e-12 * float(power.max(initial=0.0))
    correlation: Signal = np.divide(products, power, out=np.zeros_like(products), where=power > least)
    return correlation


def _lags(spectrum: NDArray[np.complex128], length: int, furthest: int) -> Signal:
    around = np.fft.irfft(spectrum, length)
    return np.concatenate([around[length - furthest :], around[: furthest + 1]])


def _summit(curve: Signal) -> float:
    """Where a polynomial through a curve has its top, in points from the middle one, the highest."""
    places = np.arange(len(curve)) - len(curve) // 2
    coefficients = np.polynomial.polynomial.polyfit(places, curve, len(curve) - 1)
    fine = np.linspace(-1, 1, 2001)
    return float(fine[np.argmax(np.polynomial.polynomial.polyval(fine, coefficients))])


def shifted(image: Image, shift_px: float) -> Signal:
    """An image (height, width) moved to the left by `shift_px`, float64; NaN where nothing comes from.

    Between pixels by cubic convolution (Keys), which keeps straight slopes as they are.
    """
    whole = int(np.floor(shift_px))
    part = shift_px - whole
    values = image.astype(np.float64)
    if part:
        values = _between(values, part)
    width = image.shape[1]
    moved = np.full(image.shape, np.nan)
    target = slice(max(0, -whole), max(0, min(width, values.shape[1] - whole)))
    moved[:, target] = values[:, target.start + whole : max(0, target.stop + whole)]
    return moved


def _between(values: Signal, part: float) -> Signal:
    """Values at `part` of the way to the next pixel; (height, width - 1)."""
    if values.shape[1] < 2:
        return values[:, :0]
    before, after = 2 * values[:, :1] - values[:, 1:2], 2 * values[:, -1:] - values[:, -2:-1]
    padded = np.concatenate([before, values, after], axis=1)
    p0, p1, p2, p3 = (padded[:, i : i + values.shape[1] - 1] for i in range(4))
    t = part
    return 0.5 * (
        (-t + 2 * t**2 - t**3) * p0
        + (2 - 5 * t**2 + 3 * t**3) * p1
        + (t + 4 * t**2 - 3 * t**3) * p2
        + (t**3 - t**2) * p3
    )
