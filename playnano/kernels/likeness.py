"""How alike a movie's frames are, before and after they are aligned."""

import numpy as np

from playnano.kernels.alignment import Alignment
from playnano.kernels.correlation import LEAST_OVERLAP
from playnano.kernels.refinement import shifted
from playnano.kernels.registration import Scale
from playnano.kernels.registration_copies import Copy
from playnano.kernels.tracking import Copies
from playnano.kernels.translation import Shift, overlap

_PAIRS = 16


def likeness(copies: Copies, alignment: Alignment, scale: Scale) -> tuple[float, float] | None:
    """Mean correlation of frames some way apart, before and after they are shifted; None: none overlap."""
    usable = np.flatnonzero(alignment.success)
    apart = max(1, len(usable) // 8)
    pairs = list(zip(usable[:-apart], usable[apart:], strict=True))
    pairs = (
        [pairs[k] for k in np.unique(np.linspace(0, len(pairs) - 1, _PAIRS).round().astype(int))]
        if pairs
        else []
    )
    path = alignment.path
    measured = []
    for one, other in pairs:
        first, second = copies(int(one)), copies(int(other))
        if first is not None and second is not None:
            shift = path[other] - path[one]
            measured.append([_alike(first, second, scale, way) for way in (np.zeros(2), shift)])
    both = np.array([pair for pair in measured if None not in pair], np.float64)
    return None if not len(both) else (float(both[:, 0].mean()), float(both[:, 1].mean()))


def _alike(first: Copy, second: Copy, scale: Scale, shift: Shift) -> float | None:
    """The correlation of two copies where the second one lies on the first."""
    still, moving = (copy.reduced(scale.search).levelled() for copy in (first, second))
    moved = shifted(moving, shift / scale.search)
    on_still, on_moving = overlap(moved.corner, moving.image.shape, still.image.shape)
    valid = still.valid[on_still] & moved.copy.valid[on_moving]
    if np.count_nonzero(valid) < LEAST_OVERLAP * valid.size or valid.size < LEAST_OVERLAP * still.image.size:
        return None
    a, b = still.image[on_still][valid], moved.copy.image[on_moving][valid]
    a, b = a - a.mean(), b - b.mean()
    power = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / power if power else None
