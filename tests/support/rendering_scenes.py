"""Small movies that the rendering tests draw."""

import numpy as np

from playnano.stack.stack import AFMImageStack


def hills(
    height: int,
    width: int,
    frames: int = 3,
    *,
    width_nm: float | None = 400.0,
    aspect: float = 1.0,
    interval_s: float | None = 0.5,
) -> AFMImageStack:
    """Smooth hills that move a little; no noise, so that golden pictures stay small."""
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    images = [
        4 * np.exp(-((y - 0.4) ** 2 + (x - 0.3 - 0.05 * t) ** 2) / 0.02)
        + 3 * np.exp(-((y - 0.7) ** 2 + (x - 0.7) ** 2) / 0.01)
        + 0.5 * x
        for t in range(frames)
    ]
    size = None if width_nm is None else width_nm / width
    times = None if interval_s is None else [t * interval_s for t in range(frames)]
    pixel = None if size is None else (size * aspect, size)
    return AFMImageStack.from_array(np.array(images, np.float32), pixel_size_nm=pixel, timestamps=times)


def bordered(stack: AFMImageStack, border: int) -> AFMImageStack:
    """The movie with a border of NaN at the top and at the right."""
    data = stack.data
    data[:, :border] = data[:, :, -border:] = np.nan
    return AFMImageStack.from_array(
        data, pixel_size_nm=stack.pixel_size_nm, timestamps=stack.timestamps.tolist()
    )
