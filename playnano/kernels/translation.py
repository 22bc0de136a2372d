"""Move images: by whole pixels as copies, between pixels by cubic splines."""

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playnano.stack.frames import Image

Shift = NDArray[np.float64]
"""(y, x) in px."""
WHOLE = 1e-6
"""Shifts this near to whole pixels copy pixels."""
_LINES = 32
"""So many lines at a time stay in the processor's cache."""
MARGIN = 8
"""How far a border reaches into the spline: what is left of it there is 0.27 ** 8."""


def between_pixels(image: Image, part: Shift) -> Image:
    """The image moved by half a pixel at most, by a cubic spline; mirrored at its borders."""
    for axis in (0, 1):
        image = _convolved(image, float(part[axis]), axis, "even")
    return image


def _convolved(image: Image, part: float, axis: int, borders: Literal["even", "odd"]) -> Image:
    """The cubic spline through the pixels, `part` of a pixel before them along one axis.

    The spline's coefficients and its values in one: block by block, the product with a matrix of a few
    diagonals. The same numbers as `scipy.ndimage.spline_filter1d` and a convolution in a fifth of their time.

    Parameters
    ----------
    borders : str
        Beyond its borders the image is mirrored: `even`, its values; `odd`, its differences to the border.
    """
    weights = _weights(part, image.dtype)
    reach, length = len(weights) // 2, image.shape[axis]
    margins = [(0, 0), (0, 0)]
    margins[axis] = (reach, reach)
    wide = np.pad(image, margins, mode="reflect", reflect_type=borders)
    matrix = _diagonals(weights)
    result = np.empty_like(image)
    for start in range(0, length, _LINES):
        end = min(start + _LINES, length)
        part_of_matrix = matrix[: end - start, : end - start + 2 * reach]
        if axis == 0:
            np.matmul(part_of_matrix, wide[start : end + 2 * reach], out=result[start:end])
        else:
            result[:, start:end] = wide[:, start : end + 2 * reach] @ part_of_matrix.T
    return result


def _diagonals(weights: Image) -> Image:
    """A matrix (n, n + reach) that weighs each pixel and those around it."""
    line = np.concatenate([weights, np.zeros(_LINES, weights.dtype)])  # longer by one than the matrix is wide
    return np.tile(line, _LINES)[: _LINES * (len(line) - 1)].reshape(_LINES, -1)


def _weights(part: float, dtype: np.dtype[Any]) -> Image:
    """The cubic spline that is 1 at one pixel and 0 at the others, at pixels around a place before it.

    The B-spline at the five pixels around the place, convolved with what turns pixels to its coefficients.
    """
    far = np.abs(np.arange(-2, 3) + part)
    spline = np.where(far < 1, 2 / 3 - far**2 + far**3 / 2, np.maximum(2 - far, 0) ** 3 / 6)
    weights = np.convolve(spline, _to_coefficients(dtype))
    return np.asarray((weights / weights.sum()).astype(dtype))


@lru_cache(maxsize=4)
def _to_coefficients(dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """A power of their distance, which ends where the type no longer resolves it."""
    pole = np.sqrt(3) - 2
    reach = int(np.ceil(np.log(np.finfo(dtype).eps) / np.log(-pole))) + 1
    return np.asarray(pole ** np.abs(np.arange(-reach, reach + 1)))


def moved(image: Image, part: Shift) -> Image:
    """The image moved by half a pixel at most; NaN where a pixel beside the place is NaN or outside."""
    valid = np.isfinite(image)
    if np.abs(part).max() < WHOLE or not valid.any():
        return image
    filled = image if valid.all() else _filled(image, valid)
    some = filled[:: max(1, len(filled) // _LINES)]
    level = image.dtype.type(some.mean(dtype=np.float64))  # so that an offset costs no digits
    result = _interpolated(filled - level, part)
    result += level
    for axis in (0, 1):
        valid = _known_beside(valid, float(part[axis]), axis)
    result[~valid] = np.nan
    return result


def _interpolated(image: Image, part: Shift) -> Image:
    """The image moved; beyond its borders it goes on with their slope, which a mirror would level out."""
    for axis in (0, 1):
        if abs(part[axis]) >= WHOLE:
            image = _between_along(image, float(part[axis]), axis)
    return image


def _between_along(image: Image, part: float, axis: int) -> Image:
    """The image moved by half a pixel at most along one axis, by a cubic spline that does not overshoot.

    A spline rings around what is as small as a pixel. Its values are kept between those of the pixels
    beside the place, or of the straight lines that lead there from both sides (which an extremum between
    pixels reaches at most).

    References
    ----------
    A. Suresh and H. T. Huynh, "Accurate monotonicity-preserving schemes", J. Comput. Phys. 136, 83 (1997).
    """
    result, margins = _convolved(image, part, axis, "odd"), [(0, 0), (0, 0)]
    margins[axis] = (2, 2)
    wide = np.pad(image, margins, mode="reflect", reflect_type="odd")
    first = 1 if part > 0 else 2
    around = [_stretch(wide, first + offset, image.shape[axis], axis) for offset in (-1, 0, 1, 2)]
    at = image.dtype.type(1 - part if part > 0 else -part)
    for start in range(0, len(result), _LINES):
        lines = slice(start, start + _LINES)
        lowest, highest = _limits([pixels[lines] for pixels in around], at)
        np.clip(result[lines], lowest, highest, out=result[lines])
    return result


def _limits(around: list[Image], at: Any) -> tuple[Image, Image]:
    """Least and greatest value at a place between pixels, of which two before and two after are given."""
    before_last, before, after, next_after = around
    rising, falling = before + (before - before_last) * at, after + (after - next_after) * (1 - at)
    highest = np.maximum(np.maximum(before, after), np.minimum(rising, falling))
    lowest = np.minimum(np.minimum(before, after), np.maximum(rising, falling))
    return lowest, highest


def _stretch(image: Image, start: int, length: int, axis: int) -> Image:
    return image[(slice(None),) * axis + (slice(start, start + length),)]


def sheared(image: Image, place: Shift, drift: Shift, shape: tuple[int, ...]) -> Image:
    """An image on a canvas whose rows lie where the scene was halfway through the frame.

    Parameters
    ----------
    image : array (height, width)
    place : array (2,)
        Where the upper left pixel of the image lies on the canvas but for the drift; (y, x) in px.
    drift : array (2,)
        By how much more the last row has to be moved than the first one; (y, x) in px.
    shape : tuple of int
        Of the canvas; NaN where nothing comes from.
    """
    from scipy.ndimage import affine_transform, maximum_filter, minimum_filter

    valid = np.isfinite(image)
    if not valid.any():
        return np.full(shape, np.nan, image.dtype)
    height = image.shape[0]
    filled = (image if valid.all() else _filled(image, valid)).astype(np.float64)
    filled = np.pad(filled, MARGIN, mode="reflect", reflect_type="odd")
    valid = np.pad(valid, MARGIN)
    stretch = 1 / (1 + drift[0] / height)
    matrix = np.array([[stretch, 0.0], [-drift[1] / height * stretch, 1.0]])
    middle = np.array([height / 2, 0.0])
    offset = middle - matrix @ (place + middle) + MARGIN
    settings: Any = {"offset": offset, "output_shape": shape, "mode": "mirror"}
    result = affine_transform(filled, matrix, order=3, **settings)
    lowest, highest = (
        affine_transform(limit(filled, 3), matrix, order=0, **settings)
        for limit in (minimum_filter, maximum_filter)
    )
    settings["mode"] = "constant"
    shown = affine_transform(valid.astype(np.float64), matrix, order=1, **settings)
    result = np.clip(result, lowest, highest)
    result[~(shown > 1 - 1e-6)] = np.nan
    return np.asarray(result.astype(image.dtype))


def _filled(image: Image, valid: NDArray[np.bool_]) -> Image:
    """NaN replaced by the nearest value: a step there would ring in the spline far around it."""
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return np.asarray(image[tuple(nearest)])


def _known_beside(valid: NDArray[np.bool_], part: float, axis: int) -> NDArray[np.bool_]:
    """Where both pixels are known that a place lies between, along one axis."""
    if abs(part) < WHOLE:
        return valid
    step = 1 if part > 0 else -1
    beside = np.roll(valid, step, axis)
    beside[(slice(None),) * axis + (0 if step > 0 else -1,)] = False
    return valid & beside


def placed(image: Any, corner: Any, shape: tuple[int, ...], fill: Any) -> Any:
    """The image on a canvas of another shape, its upper left pixel at `corner` (y, x)."""
    canvas = np.full(shape, fill, image.dtype)
    on_canvas, on_image = overlap(corner, image.shape, shape)
    canvas[on_canvas] = image[on_image]
    return canvas


def overlap(
    corner: Any, size: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """What a rectangle at `corner` and a canvas share: in the canvas, and in the rectangle."""
    starts = [max(0, int(at)) for at in corner]
    ends = [min(n, int(at) + m) for at, m, n in zip(corner, size, shape, strict=True)]
    on_canvas = tuple(slice(start, max(start, end)) for start, end in zip(starts, ends, strict=True))
    on_image = tuple(
        slice(s.start - int(at), s.stop - int(at)) for s, at in zip(on_canvas, corner, strict=True)
    )
    return on_canvas, on_image
