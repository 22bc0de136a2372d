"""Thresholds from the histogram of heights."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 256


def otsu(values: NDArray[np.floating], levels: int = 1) -> tuple[float, ...]:
    """One or two thresholds, ascending, with the greatest variance between the classes they make."""
    counts, edges = np.histogram(values.astype(np.float64), BINS)
    centres = (edges[1:] + edges[:-1]) / 2
    weight = np.concatenate([[0.0], np.cumsum(counts / counts.sum())])
    moment = np.concatenate([[0.0], np.cumsum(centres * counts / counts.sum())])
    between = _between(weight, moment)
    if levels == 1:
        score = between[0, :] + between[:, -1]
        return (float(edges[int(np.argmax(score[1:-1])) + 1]),)
    score = between[0, :, None] + between + between[None, :, -1]
    score[np.tril_indices(len(score))] = -np.inf
    low, high = np.unravel_index(int(np.argmax(score)), score.shape)
    return float(edges[low]), float(edges[high])


def _between(weight: Floats, moment: Floats) -> Floats:
    """What a class of the bins from i to j adds to the variance between classes; (bins + 1, bins + 1)."""
    share = weight[None, :] - weight[:, None]
    mean = moment[None, :] - moment[:, None]
    return np.divide(mean**2, share, out=np.zeros_like(share), where=share > 0)
