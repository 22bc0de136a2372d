"""Notes for the user about an alignment."""

from collections.abc import Iterator, Sequence

import numpy as np

from playnano.kernels.alignment import Alignment
from playnano.kernels.drift_path import Flags

_MANY = 0.1
_LESS_ALIKE = 0.01
_LISTED = 8
_UNSETTLED_PX = 0.5
"""Of the copies: where things move, shifts are off by about a third of what two estimates differ by."""


def alignment_notes(
    alignment: Alignment, factor: int, max_jump: float | None, alike: tuple[float, float] | None
) -> Iterator[str]:
    """One sentence for each thing that may be wrong with a path.

    Parameters
    ----------
    factor : int
        Pixels of the frames per pixel of the copies that the alignment was made with.
    alike : (before, after) or None
        Correlation of frames before and after they are shifted.
    """
    success = alignment.success
    if not success.all():
        yield not_found_note(success, bool(alignment.jumped))
    if alignment.jumped:
        yield (
            f"{_counted(len(alignment.jumped))} further from the frame before than max_jump or max_shift "
            f"allows: {listed(alignment.jumped)}; a larger limit aligns them"
        )
    for axis, held in zip("yx", alignment.held, strict=True):
        if held:
            yield f"the scene fixes no shift along {axis}: none is made along it"
    if period := _period(alignment, factor):
        yield (
            f"the scene repeats every {period:.1f} px: a frame that jumps by more than half of it is shifted "
            "ambiguously, by a whole period too little; max_jump limits jumps"
        )
    if alignment.change > _UNSETTLED_PX:
        yield (
            f"two estimates of the shifts differ by {alignment.change * factor:.1f} px (from all frames, and "
            "from those before each frame): shifts may be off by as much where noise or moving features hide "
            "the scene"
        )
    if alike is not None and alike[1] < alike[0] - _LESS_ALIKE:
        yield (
            f"the frames are less alike after alignment than before (correlation {alike[1]:.2f}, "
            f"before {alike[0]:.2f}): look at the path before using it"
        )


def listed(frames: Sequence[int]) -> str:
    """Numbers of frames, consecutive ones as ranges: `3, 7-12`; not more than a few."""
    ranges: list[list[int]] = []
    for index in frames:
        if ranges and index == ranges[-1][1] + 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    return ", ".join(texts[:_LISTED]) + (", ..." if len(texts) > _LISTED else "")


def not_found_note(success: Flags, limited: bool = False) -> str:
    """How many frames are not found, and which; `limited` where a limit has cut some off."""
    missing = np.flatnonzero(~success).tolist()
    which = f"{len(missing)} of {len(success)} frames not found ({listed(missing)})"
    if success.sum() <= 1:
        why = "" if limited else "the scene shows nothing to align by, and "
        return f"{which}: {why}no frame is moved"
    return f"{which}: their shifts are interpolated"


def _counted(count: int) -> str:
    return "1 frame lies" if count == 1 else f"{count} frames lie"


def _period(alignment: Alignment, factor: int) -> float | None:
    """Distance in px between peaks that are equally good, where many frames have such."""
    registered = [one for one in alignment.registrations if one.success and one.rival_shift is not None]
    rivals = [one for one in registered if one.ambiguous and all(one.fixed)]
    if not rivals or len(rivals) < _MANY * len(registered):
        return None
    apart = [np.hypot(*(one.rival_shift - one.shift)) for one in rivals if one.rival_shift is not None]
    return float(np.median(apart)) * factor
