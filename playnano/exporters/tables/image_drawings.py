"""Figures of measured images, on their axes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playnano.exporters.tables.figures import axes_of, say_empty
from playnano.stack.measured_images import Axis, MeasuredImages

MOST_PANELS = 12
"""Images of a longer movie: as many as this, evenly chosen."""
CMAP = "cividis"


def draw_images(sheet: Any, images: MeasuredImages) -> None:
    """An image with its axes and a colour bar; of a movie some frames."""
    if len(images.shape) == 3:
        _panels(sheet, images)
        return
    axes = axes_of(sheet, _label(images.axes[1]), _label(images.axes[0]))
    values = np.asarray(images, np.float64)
    if not np.isfinite(values).any():
        say_empty(axes, images.note or "no value is a number")
        return
    across, up = (edges(np.asarray(axis.values, np.float64)) for axis in (images.axes[1], images.axes[0]))
    mesh = axes.pcolormesh(across, up, values, cmap=CMAP, rasterized=True)
    axes.invert_yaxis()
    if images.is_movie:
        axes.set_aspect("equal")
    sheet.colorbar(mesh, ax=axes, label=images.unit)


def _panels(sheet: Any, images: MeasuredImages) -> None:
    """Frames of a movie beside one another, on one scale."""
    count = images.shape[0]
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_PANELS)).astype(int))
    shown = [np.asarray(images.values[int(index)], np.float64) for index in chosen]
    columns = int(np.ceil(np.sqrt(len(shown) * 4 / 3)))
    grid = sheet.subplots(int(np.ceil(len(shown) / columns)), columns, squeeze=False).ravel()
    numbers = np.concatenate([image[np.isfinite(image)] for image in shown])
    low, high = (numbers.min(), numbers.max()) if len(numbers) else (0.0, 1.0)
    for axes in grid:
        axes.set_axis_off()
    y, x = (axis.step or 1.0 for axis in images.axes[1:])
    for axes, index, image in zip(grid, chosen, shown, strict=False):
        mesh = axes.imshow(image, aspect=y / x, cmap=CMAP, vmin=low, vmax=max(high, low + 1e-9))
        axes.set_title(f"{images.axes[0].values[int(index)]:g}", fontsize=5, pad=1)
    sheet.colorbar(mesh, ax=list(grid), label=images.unit)


def _label(axis: Axis) -> str:
    text = axis.name.removesuffix(f"_{axis.unit}") if axis.unit else axis.name
    return f"{text} ({axis.unit})" if axis.unit else text


def edges(middles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of the bins with these centres."""
    if len(middles) < 2:
        return np.array([middles[0] - 0.5, middles[0] + 0.5])
    inner = (middles[1:] + middles[:-1]) / 2
    return np.concatenate([[2 * middles[0] - inner[0]], inner, [2 * middles[-1] - inner[-1]]])
