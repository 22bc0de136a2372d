"""Heights along a line, and at points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Floats = NDArray[np.float64]
Point = tuple[float, float]


def line_points(start: Point, end: Point, width: float, spacing: float) -> tuple[Floats, Floats]:
    """Points along a thick line: distances (n,) and positions (lines, n, 2).

    Parameters
    ----------
    start, end : (y, x)
    width : float
        Distance of the outermost of the parallel lines; 0 for a single one.
    spacing : float
        Greatest distance of neighbouring points, along and across.
    """
    first, last = np.array(start, float), np.array(end, float)
    length = float(np.hypot(*(last - first)))
    distance = np.linspace(0, length, max(2, int(np.ceil(length / spacing - 1e-9)) + 1))
    along = (last - first) / length
    across = np.array([-along[1], along[0]])
    lines = 1 if width <= 0 else max(2, int(np.ceil(width / spacing - 1e-9)) + 1)
    offset = np.linspace(-width / 2, width / 2, lines) if lines > 1 else np.zeros(1)
    return distance, first + distance[None, :, None] * along + offset[:, None, None] * across


def heights_at(image: Image, places: Floats) -> Floats:
    """Heights at positions (..., 2) in pixels, linear between pixels; NaN beside NaN and outside."""
    from scipy.ndimage import map_coordinates

    coordinates = np.moveaxis(places, -1, 0)
    values = map_coordinates(image.astype(np.float64), coordinates, order=1, mode="constant", cval=np.nan)
    return np.asarray(values)


def mean_finite(values: Floats, axis: int) -> Floats:
    """Mean over an axis, ignoring NaN; NaN where all values are NaN."""
    valid = np.isfinite(values)
    count = valid.sum(axis=axis)
    total = np.where(valid, values, 0).sum(axis=axis)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def power_spectrum(image: Image, spacing: float) -> tuple[Floats, Floats]:
    """One-sided power spectral density along the rows, averaged over the rows that are whole.

    Each row has its mean subtracted and a Hann window put on it. The integral over frequency is the variance.

    Parameters
    ----------
    spacing : float
        Distance of neighbouring pixels.

    Returns
    -------
    frequency, density : arrays (width // 2,)
        Without frequency 0; NaN where no row is whole.

    References
    ----------
    Welch, P. (1967), IEEE Transactions on Audio and Electroacoustics 15, 70-73.
    """
    width = image.shape[1]
    frequency = np.asarray(np.fft.rfftfreq(width, spacing)[1:], np.float64)
    rows = image[np.isfinite(image).all(axis=1)].astype(np.float64)
    if not len(rows):
        return frequency, np.full(len(frequency), np.nan)
    window = np.hanning(width + 1)[:-1] if width > 2 else np.ones(width)
    away = (rows - rows.mean(axis=1, keepdims=True)) * window
    density = np.mean(np.abs(np.fft.rfft(away, axis=1)[:, 1:]) ** 2, axis=0) * spacing / np.sum(window**2)
    density *= 2
    if width % 2 == 0:
        density[-1] /= 2
    return frequency, np.asarray(density, np.float64)


def within(shape: tuple[int, int], centre: Point, radius: float, pixel: Point) -> Any:
    """Where an image lies within a radius of a point; at least the pixel it falls on."""
    y = np.arange(shape[0])[:, None] * pixel[0] - centre[0]
    x = np.arange(shape[1])[None, :] * pixel[1] - centre[1]
    near = y**2 + x**2 <= radius**2
    row, column = round(centre[0] / pixel[0]), round(centre[1] / pixel[1])
    if 0 <= row < shape[0] and 0 <= column < shape[1]:
        near[row, column] = True
    return near
