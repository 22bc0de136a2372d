"""Numbers of what is drawn on the picture, in full precision: lines and their kymographs, and areas."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError
from playnano.kernels.polygons import inside_polygon
from playnano.kernels.profiles import heights_at, line_points, mean_finite
from playnano.kernels.roughness import height_parameters
from playnano.viewer.development import Layer
from playnano.viewer.jobs import Progress

MOST_KYMOGRAPH_VALUES = 1_000_000
MOST_LINE_POINTS = 50_000
Floats = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line from one place to another, averaged over a width.

    Parameters
    ----------
    start, end : (y, x)
        In pixels from the centre of the first pixel.
    width : float
        In nm; in pixels where the pixel size is not known.
    """

    start: Point
    end: Point
    width: float = 0.0

    def points(self, layer: Layer) -> tuple[Floats, Floats]:
        """Distances along the line (n,), and the places in pixels (lines, n, 2).

        Raises
        ------
        PlaynanoError
            For a line without length, or with more points than can be shown.
        """
        pixel = np.array(pixel_size(layer)[0])
        ends = np.array([self.start, self.end]) * pixel
        if not np.isfinite(ends).all() or not np.ptp(ends, axis=0).any():
            raise PlaynanoError("draw a line that is longer than a point")
        longest = float(np.hypot(*(np.array(layer.images.shape[1:]) * pixel)))
        if not 0 <= self.width <= longest or np.abs(ends).max() > 2 * longest:
            raise PlaynanoError("the line lies outside the image, or is wider than it")
        spacing = float(pixel.min())
        distance, places = line_points(tuple(ends[0]), tuple(ends[1]), self.width, spacing)
        if places[..., 0].size > MOST_LINE_POINTS * 20:
            raise PlaynanoError("the line is too wide: choose a smaller width")
        return distance, places / pixel


def pixel_size(layer: Layer) -> tuple[Point, str]:
    """Height and width of a pixel, and their unit: px where the size is not known."""
    y, x = layer.stack.pixel_size_y_nm, layer.stack.pixel_size_nm
    return ((y, x), "nm") if y and x else ((1.0, 1.0), "px")


def profile(layer: Layer, index: int, line: Line) -> dict[str, Any]:
    """Heights along a line of a frame: the mean across its width, NaN as null.

    Raises
    ------
    PlaynanoError
        For a line that cannot be drawn.
    """
    distance, places = line.points(layer)
    heights = mean_finite(heights_at(layer.images[index], places), axis=0)
    return {
        "distance": distance.tolist(),
        "heights": _numbers(heights),
        "length": float(distance[-1]),
        "height_difference": _number(heights[-1] - heights[0]),
        "length_unit": pixel_size(layer)[1],
        "unit": layer.stack.unit,
    }


def kymograph(layer: Layer, line: Line, report: Progress) -> dict[str, Any]:
    """Heights along a line in every frame: float64 (frames, points) as base64, little-endian.

    Raises
    ------
    PlaynanoError
        For a line that cannot be drawn, or a kymograph that is too large to show.
    """
    distance, places = line.points(layer)
    frames = len(layer.images)
    if frames * len(distance) > MOST_KYMOGRAPH_VALUES:
        raise PlaynanoError(f"a kymograph holds at most {MOST_KYMOGRAPH_VALUES:,} heights: shorten the line")
    heights = np.empty((frames, len(distance)), "<f8")
    for index in range(frames):
        report("kymograph", index, frames)
        heights[index] = mean_finite(heights_at(layer.images[index], places), axis=0)
    return {
        "frames": frames,
        "distance": distance.tolist(),
        "heights": base64.b64encode(heights.tobytes()).decode("ascii"),
        "length_unit": pixel_size(layer)[1],
        "unit": layer.stack.unit,
    }


def region(layer: Layer, index: int, first: Point, last: Point) -> dict[str, Any]:
    """Area and heights of the pixels of a rectangle between two corners, in pixels (y, x), both included.

    Raises
    ------
    PlaynanoError
        Where the rectangle holds no pixel of the image.
    """
    if not np.isfinite([*first, *last]).all():
        raise PlaynanoError("draw a rectangle on the image")
    limits = np.array(layer.images.shape[1:])
    corners = np.sort(np.rint(np.array([first, last])), axis=0)
    top, left = np.clip(corners[0], 0, limits).astype(int)
    bottom, right = np.clip(corners[1] + 1, 0, limits).astype(int)
    if bottom <= top or right <= left:
        raise PlaynanoError("draw a rectangle on the image")
    pixels = np.asarray(layer.images[index], np.float64)[top:bottom, left:right]
    place = {"top": top, "left": left, "height": bottom - top, "width": right - left}
    return {**{name: int(value) for name, value in place.items()}, **_numbers_of(pixels, layer)}


def polygon(layer: Layer, index: int, vertices: Sequence[Point]) -> dict[str, Any]:
    """Area and heights of the pixels whose centres lie inside a polygon, as `mask_polygon` finds them.

    Raises
    ------
    PlaynanoError
        Where no pixel of the image lies inside.
    """
    inside = inside_polygon(layer.images.shape[1:], vertices)
    if not inside.any():
        raise PlaynanoError("draw a polygon around pixels of the image")
    return _numbers_of(np.asarray(layer.images[index], np.float64)[inside], layer)


def _numbers_of(pixels: Floats, layer: Layer) -> dict[str, Any]:
    heights = pixels[np.isfinite(pixels)]
    size, unit = pixel_size(layer)
    return {
        "area": pixels.size * size[0] * size[1],
        "missing": int(pixels.size - heights.size),
        "mean": float(heights.mean()) if heights.size else None,
        "lowest": float(heights.min()) if heights.size else None,
        "highest": float(heights.max()) if heights.size else None,
        "sq": _number(height_parameters(heights)["sq"]),
        "length_unit": unit,
        "unit": layer.stack.unit,
    }


def _numbers(values: Floats) -> list[float | None]:
    return [_number(value) for value in values]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
