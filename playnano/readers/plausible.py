"""Pixel sizes and times that a movie lacks, or that no microscope has, whatever its reader."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from playnano.errors import Doubt
from playnano.readers.base import ReadOptions
from playnano.stack.stack import AFMImageStack

_LEAST_NM, _MOST_NM = 1e-3, 1e6
"""A hundredth of an atom, and 1 mm."""
_MOST_UNEQUAL = 1000.0
"""How many times as long as wide a pixel may be."""
_LEAST_S, _MOST_S = 1e-4, 30 * 86400.0
"""Between frames."""
_SET_SIZE = "set `pixel_size_nm` of the input"
_SET_TIMES = "set `frame_interval_s` of the input"


def plausible(stack: AFMImageStack, options: ReadOptions) -> AFMImageStack:
    """The stack of a file that playnano did not write, with warnings of what its header says of it.

    What the user states is not looked at.
    """
    remarks: list[str] = []
    if stack.provenance.input is None and not options.says_pixel_size:
        remarks += _of_size(stack)
    if not options.says_interval:
        remarks += _of_times(stack)
    return replace(stack, warnings=(*stack.warnings, *remarks))


def _of_size(stack: AFMImageStack) -> Iterator[str]:
    y, x = stack.pixel_size_y_nm, stack.pixel_size_nm
    if x is None or y is None:
        if any("pixel size" in warning for warning in stack.warnings):
            return
        if x is y:
            yield f"the file does not state a pixel size; {_SET_SIZE}"
        else:
            yield Doubt(f"the file states the pixel size along {'x' if y is None else 'y'} only; {_SET_SIZE}")
    elif not _LEAST_NM <= min(x, y) <= max(x, y) <= min(_MOST_NM, _MOST_UNEQUAL * min(x, y)):
        yield Doubt(f"by the header, a pixel is {y:.6g} nm x {x:.6g} nm, which cannot be; {_SET_SIZE}")


def _of_times(stack: AFMImageStack) -> Iterator[str]:
    """Warnings of frames without a time, earlier than the one before, or too far from it."""
    steps = np.diff(stack.timestamps)
    back = np.flatnonzero(steps < 0)
    if back.size:
        yield Doubt(f"the times run backwards at frame {back[0] + 1}: frames may be in the wrong order")
    missing = sum(frame.get("timestamp") is None for frame in stack.frame_metadata)
    if 0 < missing < len(stack):
        yield Doubt(f"the file states no time for {missing} of {len(stack)} frames")
    same = np.flatnonzero(steps == 0)
    if same.size and not any("identical" in warning for warning in stack.warnings):
        yield Doubt(f"frames {same[0]} and {same[0] + 1} have identical times")
    usual = float(np.median(steps)) if steps.size and not missing else 0.0
    if usual > _MOST_S or 0 < usual < _LEAST_S:
        yield Doubt(f"by the header, frames are {usual:.6g} s apart, which cannot be; {_SET_TIMES}")
