"""Images of like particles laid onto each other, and their mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playnano.kernels.patches import turned_patch
from playnano.kernels.spots import filled, refined
from playnano.kernels.template_matching import Templates
from playnano.stack.frames import Image

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alignment:
    """How particles lie on their mean."""

    centres: Floats
    """(n, 2): where the middle of the mean lies in each image, px."""
    angles_deg: Floats
    """(n,): by how much the mean is turned in each image."""
    scores: Floats
    """(n,): correlation with the mean, up to 1."""


def aligned(
    images: Sequence[Image],
    centres: Floats,
    side: int,
    *,
    reach: int,
    angles_deg: Sequence[float],
    rounds: int,
) -> Alignment:
    """Particles aligned with their own mean, which gets sharper in each round.

    Where angles are searched, the first reference is the particle most like the mean of all as they are: a
    mean of particles at all angles is round, and fixes none.

    Parameters
    ----------
    images : sequence of arrays (h, w)
        One for each particle, with room for `side` and `reach` around its centre.
    centres : array (n, 2)
        Where each particle lies in its image, px.
    side : int
        Side of the mean, odd.
    reach : int
        Farthest shift that is tried, px.
    angles_deg : sequence of float
        Angles that are tried; [0] for none.
    """
    start = Alignment(centres, np.zeros(len(images)), np.ones(len(images)))
    reference, _ = mean_of(images, start, side)
    if len(angles_deg) > 1:
        unturned = _matched(images, centres, reference, reach, [0.0])
        best = int(np.argmax(unturned.scores))
        reference = turned_patch(images[best], tuple(centres[best]), side, 0.0)
    alignment = start
    for _ in range(rounds):
        alignment = _matched(images, centres, reference, reach, angles_deg)
        reference, _ = mean_of(images, alignment, side)
    return alignment


def mean_of(images: Sequence[Image], alignment: Alignment, side: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the aligned particles (side, side); NaN is left out."""
    count, total, squares = np.zeros((side, side)), np.zeros((side, side)), np.zeros((side, side))
    for image, centre, angle in zip(images, alignment.centres, alignment.angles_deg, strict=True):
        patch = turned_patch(image, tuple(centre), side, float(angle))
        valid = np.isfinite(patch)
        patch = np.where(valid, patch, 0)
        count, total, squares = count + valid, total + patch, squares + patch**2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
        return mean, np.sqrt(np.maximum(squares / count - mean**2, 0))


def _matched(
    images: Sequence[Image], centres: Floats, reference: Floats, reach: int, angles_deg: Sequence[float]
) -> Alignment:
    """Where, and at which angle, each image is most like the reference, no farther than `reach` away."""
    templates: dict[tuple[int, ...], Templates] = {}
    reference = filled(reference)
    places, angles, scores = [], [], []
    for image, centre in zip(images, centres, strict=True):
        if image.shape not in templates:
            templates[image.shape] = Templates.of(reference, angles_deg, (image.shape[0], image.shape[1]))
        score, angle = templates[image.shape].score(filled(image))
        y, x = np.ogrid[: score.shape[0], : score.shape[1]]
        near = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= (reach + 0.5) ** 2
        peak = np.array(np.unravel_index(np.argmax(np.where(near, score, -2)), score.shape))
        place, top = refined(score, peak[None])
        places.append(place[0])
        angles.append(angles_deg[int(angle[peak[0], peak[1]])])
        scores.append(min(float(top[0]), 1.0))
    return Alignment(np.array(places), np.array(angles, np.float64), np.array(scores))
