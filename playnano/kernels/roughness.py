"""Roughness of a surface (ISO 25178-2)."""

import numpy as np
from numpy.typing import NDArray


def height_parameters(heights: NDArray[np.float64]) -> dict[str, float]:
    """Height parameters of a surface from its mean plane at the mean height; NaN without heights.

    Parameters
    ----------
    heights : float array (n,)
        Finite.

    References
    ----------
    ISO 25178-2:2021, Geometrical product specifications: surface texture, areal.
    """
    if not heights.size:
        return dict.fromkeys(("sa", "sq", "ssk", "sku", "sp", "sv", "sz"), np.nan)
    away = heights - heights.mean()
    square = float(np.mean(away**2))
    sq = float(np.sqrt(square))
    flat = sq <= 1e-12 * max(1.0, float(np.abs(heights).max()))
    return {
        "sa": float(np.mean(np.abs(away))),
        "sq": sq,
        "ssk": np.nan if flat else float(np.mean(away**3)) / sq**3,
        "sku": np.nan if flat else float(np.mean(away**4)) / square**2,
        "sp": float(away.max()),
        "sv": float(-away.min()),
        "sz": float(away.max() - away.min()),
    }
