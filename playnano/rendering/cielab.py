"""Colours in CIELAB (D65, 2 degree observer) and in sRGB; IEC 61966-2-1 and CIE 15."""

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.float64]

_XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _XYZ_OF_RGB.sum(axis=1)
_BEND = 6 / 29  # where the cube root gives way to a straight line


def lab_of_srgb(rgb: Colours) -> Colours:
    """L*, a*, b* of sRGB values from 0 to 1; arrays (..., 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _XYZ_OF_RGB.T / _WHITE
    f = np.where(ratio > _BEND**3, np.cbrt(ratio), ratio / (3 * _BEND**2) + 4 / 29)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1
    )


def srgb_of_lab(lab: Colours) -> Colours:
    """The sRGB values of L*, a*, b*; arrays (..., 3). Colours that no screen shows lie outside 0 to 1."""
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    ratio = np.where(f > _BEND, f**3, 3 * _BEND**2 * (f - 4 / 29))
    linear = ratio * _WHITE @ np.linalg.inv(_XYZ_OF_RGB).T
    curved = 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055
    rgb: Colours = np.where(linear <= 0.0031308, 12.92 * linear, curved)
    return rgb
